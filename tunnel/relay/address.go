package relay

import (
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"devhook/tunnel"
)

// An address is a public port while it belongs to a key. Without an agent it is reserved for its owner.
type address struct {
	s      *Server
	port   int
	host   string // host[:port] callers use
	owner  string // fingerprint of the key; "" while a standing address belongs to nobody. Guarded by Server.mu
	ln     net.Listener
	agent  atomic.Pointer[agent]
	expiry *time.Timer  // runs while the address is reserved; guarded by Server.mu
	count  atomic.Int64 // senders' connections
	gone   atomic.Bool  // given up: what goes on is the last

	standing bool // stays open while it belongs to nobody
}

// open begins to listen on a public port. The lock is held.
func (s *Server) open(owner string, port int) (*address, error) {
	ln, err := s.cfg.Listen("tcp", net.JoinHostPort(s.cfg.Bind, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	d := &address{s: s, port: port, host: tunnel.PublicHost(scheme, s.cfg.PublicHost, port), owner: owner, ln: ln}
	s.addresses[port] = d
	s.running.Go(func() {
		if err := s.acceptAll(ln, d.serve); !d.gone.Load() {
			s.cfg.Log.Error("public port lost", "port", port, "err", err)
		}
	})
	return d, nil
}

// settle gives the address to the agent, and takes it from an older one. The lock is held.
func (s *Server) settle(a *agent, d *address) {
	a.address = d
	s.hand(a, d)
}

// hand gives the address to an agent or a stock client, and takes it from an older one. The lock is held.
func (s *Server) hand(a *agent, d *address) {
	if d.expiry != nil {
		d.expiry.Stop()
		d.expiry = nil
	}
	d.owner = a.key
	old := d.agent.Swap(a)
	s.keep()
	switch {
	case old == nil:
		return
	case old.stock.Load():
		s.withdraw(old, d.port)
		return
	}
	old.address = nil
	if old.instance == a.instance {
		_ = old.line.Close() // its ghost: the same process, cut off, came back before we noticed
		return
	}
	old.replaced()
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
	s.cfg.Log.Info("agent lost", "port", d.port, "key", a.key)
	if a.trial {
		s.discard(d)
		return
	}
	s.reserve(d)
}

// reserve lets an address wait for its owner. The lock is held.
func (s *Server) reserve(d *address) {
	d.expiry = time.AfterFunc(s.cfg.Limits.Reserve, func() { s.expire(d) })
}

// goodbye gives the agent's address up at once.
func (s *Server) goodbye(a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := a.address
	a.address = nil
	if d != nil && d.agent.CompareAndSwap(a, nil) {
		s.discard(d)
	}
}

func (s *Server) expire(d *address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.agent.Load() == nil && s.addresses[d.port] == d {
		s.discard(d)
	}
}

// discard closes an address that belongs to nobody any more. Exchanges that go on may end. The lock is held.
func (s *Server) discard(d *address) {
	if d.expiry != nil {
		d.expiry.Stop()
		d.expiry = nil
	}
	if d.standing && !s.closed {
		d.owner = ""
		s.keep()
		return
	}
	if s.addresses[d.port] == d {
		delete(s.addresses, d.port)
		s.keep()
	}
	d.gone.Store(true)
	_ = d.ln.Close()
	d.closeIdle()
}

// closeIdle closes the connections that carry no exchange; the others close when theirs is over.
func (d *address) closeIdle() {
	d.gone.Store(true)
	d.s.senders.each(func(x *sender) {
		if x.address == d && x.idle.Load() {
			_ = x.conn.Close()
		}
	})
}

// serve begins the life of a sender's connection.
func (d *address) serve(c net.Conn) {
	x := newSender(d, c)
	if d.count.Add(1) > int64(d.s.cfg.Limits.Senders) || !d.s.senders.add(x) {
		d.count.Add(-1)
		_ = c.Close()
		return
	}
	d.s.spawn(func() {
		defer d.count.Add(-1)
		defer d.s.senders.remove(x)
		x.serve()
	}, c)
}
