package relay

import (
	"errors"
	"net"
	"time"
)

// OpenPorts opens every public port now, instead of when it is claimed, and keeps it open: what belongs to nobody answers
// 503. Ports that names share have to be opened so. Addresses in owners, as Config.Keep was told them by an earlier relay,
// are reserved. It returns the listeners' addresses of the ports that could be opened, and errors for the others.
func (s *Server) OpenPorts(owners map[string]Owner) ([]net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	var open []net.Addr
	var errs []error
	for _, port := range s.cfg.Ports {
		if s.entrances[port] != nil {
			continue
		}
		e, err := s.openStanding(port)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		open = append(open, e.ln.Addr())
	}
	first := !s.remembering
	if first {
		s.remembering = true
		s.running.Go(s.remember)
		s.holdings.load()
	}
	for text, owner := range owners {
		s.restore(text, owner)
	}
	if first {
		s.holdings.settle()
	}
	return open, errors.Join(errs...)
}

// openStanding opens a public port for good. The lock is held.
func (s *Server) openStanding(port int) (*entrance, error) {
	if s.shared(port) {
		return s.openEntrance(port, nil)
	}
	d, err := s.openPort("", port)
	if err != nil {
		return nil, err
	}
	d.standing = true
	return d.entrance, nil
}

// restore reserves an address for the owner it had. What this relay doesn't have is no address, but is kept as long as a
// name: it may have been started without its domain, or a port may have been in use. The lock is held.
func (s *Server) restore(text string, owner Owner) {
	p, err := parsePlace(text)
	if err != nil {
		return
	}
	d := s.addresses[p]
	if d == nil && p.name != "" && s.cfg.Domain != "" {
		d = s.addName(owner.Key, p.name)
	}
	if d == nil {
		s.strange[text] = owner
		return
	}
	if d.agent.Load() != nil || d.owner != "" && d.owner != owner.Key {
		return
	}
	d.owner, d.seen, d.told = owner.Key, owner.Seen, owner.Seen
	d.hold.Store(owner.Hold)
	s.await(d)
	s.tellClaimed(d)
}

// telling is what Config.Keep is still to be told. It may be slow, and a relay of ten thousand names has much to tell it: so it
// is told without the lock, and what changes meanwhile is one call. Guarded by Server.mu.
type telling struct {
	wanted, done int              // changes that there were, and of which it knows
	news         chan struct{}    // closed when done grows; nil: nothing is on its way
	last         map[string]Owner // what it is told at the end; nil until the relay stops
}

// keep has it told who owns what. The lock is held.
func (s *Server) keep() {
	if s.cfg.Keep == nil || s.closed {
		return
	}
	if s.telling.wanted++; s.telling.news == nil {
		s.telling.news = make(chan struct{})
		s.running.Go(s.tell)
	}
}

// tell calls Config.Keep until it knows all.
func (s *Server) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.telling
	for t.done < t.wanted {
		owners, upTo := t.last, t.wanted
		if owners == nil {
			owners = s.owners()
		}
		s.mu.Unlock()
		s.cfg.Keep(owners)
		s.mu.Lock()
		t.done = upTo
		close(t.news)
		t.news = make(chan struct{})
	}
	t.news = nil
}

// kept waits until Config.Keep knows all that was to be kept until now: who is given an address has it after a restart, too.
func (s *Server) kept() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t, want := &s.telling, s.telling.wanted; t.done < want; {
		news := t.news
		s.mu.Unlock()
		<-news
		s.mu.Lock()
	}
}

// owners is who owns what. The lock is held.
func (s *Server) owners() map[string]Owner {
	owners, now := make(map[string]Owner), s.cfg.Now()
	for text, owner := range s.strange {
		if now.Sub(owner.Seen) < s.cfg.Limits.ReserveName {
			owners[text] = owner
		}
	}
	for p, d := range s.addresses {
		if d.owner == "" {
			continue
		}
		if d.told = d.seen; d.agent.Load() != nil {
			d.told = now
		}
		owners[p.String()] = Owner{d.owner, d.told, d.hold.Load()}
	}
	return owners
}

// keepShare says after which share of ReserveName Config.Keep is told again when addresses were used last. To tell it at
// each use would cost a disk too much.
const keepShare = 30

// remember tells Config.Keep now and then, so that names which are in use for long are not forgotten by a crash.
func (s *Server) remember() {
	tick := time.NewTicker(max(s.cfg.Limits.ReserveName/keepShare, time.Second))
	defer tick.Stop()
	for {
		select {
		case <-s.stopping:
			return
		case <-tick.C:
			s.mu.Lock()
			s.keep()
			s.mu.Unlock()
		}
	}
}

// Recheck asks Config.Authorized again about every agent that is connected. One that may not be, or whose port or name is
// not its any more, is cut, and what it may not have is given up.
func (s *Server) Recheck() {
	s.mu.Lock()
	agents := make([]*agent, 0, len(s.agents))
	for a := range s.agents {
		agents = append(agents, a)
	}
	s.mu.Unlock()
	for _, a := range agents {
		g, err := s.cfg.Authorized(a.public, a.conn.RemoteAddr())
		if err == nil && s.mayKeep(a, g) {
			continue
		}
		s.counts.dropped[DroppedWithdrawn].Add(1)
		s.cfg.Log.Warn("agent cut: its key was withdrawn", "key", a.key, "name", a.grant.Name, "from", a.conn.RemoteAddr().String())
		s.mu.Lock()
		s.withdrawAll(a, func(p place) bool { return err == nil && g.may(p) })
		s.mu.Unlock()
		_ = a.line.Close()
	}
}

// mayKeep reports whether a grant covers the addresses that an agent has, and makes them those it may have from now on.
func (s *Server) mayKeep(a *agent, g Grant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.grant.Ports, a.grant.Names = g.Ports, g.Names
	if a.address != nil && !g.may(a.address.place) {
		return false
	}
	for p := range a.forwards {
		if !g.may(p) {
			return false
		}
	}
	return true
}

// withdrawAll takes its addresses from an agent. Those that its key may keep wait for it. The lock is held.
func (s *Server) withdrawAll(a *agent, may func(place) bool) {
	take := func(d *address) {
		switch {
		case d == nil || !d.agent.CompareAndSwap(a, nil):
		case may(d.place):
			s.lose(d)
		default:
			s.discard(d)
		}
	}
	take(a.address)
	for p := range a.forwards {
		take(s.addresses[p])
	}
	a.address, a.forwards = nil, nil
}
