package relay

import (
	"errors"
	"net"
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
	for text, owner := range owners {
		s.restore(text, owner)
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

// restore reserves an address for the owner it had. What this relay doesn't have any more is forgotten. The lock is held.
func (s *Server) restore(text string, owner Owner) {
	p, err := parsePlace(text)
	if err != nil || p.name != "" && s.cfg.Domain == "" {
		return
	}
	d := s.addresses[p]
	if d == nil && p.name != "" {
		d = s.addName(owner.Key, p.name)
	}
	if d == nil || d.agent.Load() != nil || d.owner != "" && d.owner != owner.Key {
		return
	}
	d.owner, d.seen = owner.Key, owner.Seen
	s.await(d)
	s.tellClaimed(d)
}

// keep tells who owns what. The lock is held.
func (s *Server) keep() {
	if s.cfg.Keep == nil || s.closed {
		return
	}
	owners := make(map[string]Owner)
	for p, d := range s.addresses {
		if d.owner != "" {
			owners[p.String()] = Owner{d.owner, d.seen}
		}
	}
	s.cfg.Keep(owners)
}

// Recheck asks Config.Authorized again about every agent that is connected. One that may not be, or whose port is not
// its any more, is cut and its address given up.
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
		s.withdrawAll(a)
		s.mu.Unlock()
		_ = a.line.Close()
	}
}

// mayKeep reports whether a grant covers the addresses that an agent has, and makes them those it may have from now on.
func (s *Server) mayKeep(a *agent, g Grant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.grant.Ports, a.grant.Names = g.Ports, g.Names
	may := func(p place) bool { return p.name != "" && g.mayName(p.name) || p.name == "" && g.mayPort(p.port) }
	if a.address != nil && !may(a.address.place) {
		return false
	}
	for p := range a.forwards {
		if !may(p) {
			return false
		}
	}
	return true
}

// withdrawAll takes the addresses of an agent whose key counts no more. The lock is held.
func (s *Server) withdrawAll(a *agent) {
	d := a.address
	a.address = nil
	if d != nil && d.agent.CompareAndSwap(a, nil) {
		s.discard(d)
	}
	for p := range a.forwards {
		if d := s.addresses[p]; d != nil && d.agent.CompareAndSwap(a, nil) {
			s.discard(d)
		}
	}
	a.forwards = nil
}
