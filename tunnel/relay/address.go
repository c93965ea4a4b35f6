package relay

import (
	"sync/atomic"
	"time"

	"devhook/tunnel"
)

// An address is what callers call while it belongs to a key: a whole public port, or a name on the shared ones. Without an
// agent it is reserved for its owner.
type address struct {
	place
	s        *Server
	owner    string // fingerprint of the key; "" while a standing port belongs to nobody. Guarded by Server.mu
	agent    atomic.Pointer[agent]
	hold     atomic.Pointer[tunnel.Hold] // what is to be done while the agent is away; nil: nothing. Written with Server.mu
	expiry   *time.Timer                 // runs while the address is reserved; guarded by Server.mu
	seen     time.Time                   // when an agent took it or left it last; guarded by Server.mu
	told     time.Time                   // what Config.Keep was told of that; guarded by Server.mu
	away     bool                        // its agent was lost and may come back; guarded by Server.mu
	lost     time.Time                   // when that was, or the start of this relay; guarded by Server.mu
	entrance *entrance                   // of a whole port

	standing bool // a whole port that stays open while it belongs to nobody
}

// openPort opens a public port as an address of its own. The lock is held.
func (s *Server) openPort(owner string, port int) (*address, error) {
	d := &address{s: s, place: place{port: port}, owner: owner}
	e, err := s.openEntrance(port, d)
	if err != nil {
		return nil, err
	}
	d.entrance = e
	s.addresses[d.place] = d
	return d, nil
}

// addName makes a name an address. The lock is held.
func (s *Server) addName(owner, name string) *address {
	d := &address{s: s, place: place{name: name}, owner: owner}
	s.addresses[d.place] = d
	s.names.Store(name, d)
	return d
}

// announced is how an address is best called: by TLS where that is spoken.
func (s *Server) announced(p place) (scheme string, port int) {
	if p.name == "" {
		return s.scheme(p.port), p.port
	}
	if e := s.entrances[443]; e != nil && e.scheme == "https" || s.entrances[80] == nil {
		return s.scheme(443), 443
	}
	return "http", 80
}

// settle gives the address to the agent, and takes it from an older one. The lock is held.
func (s *Server) settle(a *agent, d *address) {
	a.address, a.first = d, d.seen.IsZero()
	s.hand(a, d)
}

// hand gives the address to an agent or a stock client, and takes it from an older one. The lock is held.
func (s *Server) hand(a *agent, d *address) {
	if d.expiry != nil {
		d.expiry.Stop()
		d.expiry = nil
	}
	fresh := d.owner != a.key || d.seen.IsZero()
	s.holdings.forgetOthers(claimed{d.place.String(), a.key})
	d.owner, d.away = a.key, false
	news := s.wish(a, d)
	old := d.agent.Swap(a)
	if old != nil {
		s.counts.takeovers.Add(1)
	}
	s.use(d)
	if fresh || news {
		s.keep()
	}
	if fresh {
		s.tellClaimed(d)
	}
	s.holdings.begun(d, d.claim())
	switch {
	case old == nil:
		return
	case old.stock.Load():
		s.withdraw(old, d.place)
		return
	}
	old.address = nil
	if old.instance == a.instance {
		_ = old.line.Close() // its ghost: the same process, cut off, came back before we noticed
		return
	}
	old.replaced()
}

// tellClaimed tells that a name has an owner now, so that there is time to get a certificate for it. The lock is held.
func (s *Server) tellClaimed(d *address) {
	if d.name != "" && s.cfg.Claimed != nil {
		host := s.hostOf(d.place)
		s.running.Go(func() { s.cfg.Claimed(host) })
	}
}

// enlist takes note of an agent that logged in.
func (s *Server) enlist(a *agent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.agents[a] = struct{}{}
	return true
}

// dismiss is the end of an agent's connection: its address waits for it.
func (s *Server) dismiss(a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.agents, a)
	s.abandon(a, a.left.Load())
	d := a.address
	a.address = nil
	if d == nil || !d.agent.CompareAndSwap(a, nil) || s.closed {
		return
	}
	s.cfg.Log.Info("agent lost", "address", d.String(), "key", a.key)
	if a.trial {
		s.endTrial(a, d)
		return
	}
	s.lose(d)
}

// use notes that an address is in use, or was until now. The lock is held.
func (s *Server) use(d *address) {
	d.seen = s.cfg.Now()
	if !d.told.IsZero() && d.seen.Sub(d.told).Abs() > s.cfg.Limits.ReserveName/keepShare {
		s.keep()
	}
}

// lose is the loss of an address's agent. The lock is held.
func (s *Server) lose(d *address) {
	s.use(d)
	s.await(d)
}

// await reserves an address whose agent was lost. The lock is held.
func (s *Server) await(d *address) {
	d.away, d.lost = true, time.Now()
	s.reserve(d)
}

// awaited reports whether an address's agent was lost just now. The lock is held.
func (d *address) awaited() bool { return d.away && time.Since(d.lost) < d.s.cfg.Limits.Reserve }

// reserve lets an address wait for its owner: a port for a while, a name for long, since its callers know nothing else, and both
// as long as what is held for them.
// The lock is held.
func (s *Server) reserve(d *address) {
	now := s.cfg.Now()
	wait := s.cfg.Limits.Reserve
	if d.name != "" {
		long := s.cfg.Limits.ReserveName
		wait = max(wait, min(long, d.seen.Add(long).Sub(now))) // the clock may have been set back since
	}
	if d.keeps() {
		wait = max(wait, s.holdings.Age) // from now on: what was held last came a moment ago, maybe
	}
	if d.expiry != nil {
		d.expiry.Stop()
	}
	var t *time.Timer
	t = time.AfterFunc(wait, func() { s.expire(d, &t) })
	d.expiry = t
}

// goodbye is the end of an agent's use of its address: a port is given up at once.
func (s *Server) goodbye(a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := a.address
	a.address = nil
	switch {
	case d == nil || !d.agent.CompareAndSwap(a, nil):
	case a.trial:
		s.endTrial(a, d)
	default:
		s.leave(d)
	}
}

// endTrial gives an address up that a trial had. A name that its key had before stays its key's. The lock is held.
func (s *Server) endTrial(a *agent, d *address) {
	if a.first {
		s.discard(d)
		return
	}
	s.leave(d)
}

// leave is the end of an owner's use of an address. A name stays reserved: whoever had it next would get the calls that are
// meant for its owner. So does a port whose requests are to be held. The lock is held.
func (s *Server) leave(d *address) {
	if (d.name != "" || d.keeps()) && !s.closed {
		s.use(d)
		d.away = false
		s.reserve(d)
		return
	}
	s.discard(d)
}

// expire is the end of a reservation, unless its timer is not the latest.
func (s *Server) expire(d *address, timer **time.Timer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.expiry != *timer || d.agent.Load() != nil || s.addresses[d.place] != d {
		return
	}
	if s.holdings.some(d.claim()) { // what was held last has its time, but nothing more is
		d.hold.Store(nil)
		s.keep()
		s.reserve(d)
		return
	}
	s.discard(d)
}

// discard takes an address from its owner. Exchanges that go on may end. The lock is held.
func (s *Server) discard(d *address) {
	if d.expiry != nil {
		d.expiry.Stop()
		d.expiry = nil
	}
	if !s.closed {
		s.holdings.forget(d.claim(), "the address is its key's no more")
		d.hold.Store(nil)
	}
	if d.standing && !s.closed {
		d.owner, d.seen, d.told = "", time.Time{}, time.Time{}
		s.keep()
		return
	}
	if s.addresses[d.place] == d {
		delete(s.addresses, d.place)
		s.names.CompareAndDelete(d.name, d)
		s.keep()
		if d.name != "" && s.cfg.Released != nil {
			s.cfg.Released(s.hostOf(d.place)) // at once, so that no later Claimed of it comes first
		}
	}
	if d.entrance != nil {
		d.entrance.close()
	}
}
