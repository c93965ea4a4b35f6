package relay

import (
	"errors"
	"net"
	"slices"
)

// OpenPorts opens every public port now, instead of when it is claimed, and keeps it open: what belongs to nobody answers
// 503. owners, as Config.Keep was told them by an earlier relay, have their ports reserved. It returns the addresses of
// the ports that could be opened, and errors for the others.
func (s *Server) OpenPorts(owners map[int]string) ([]net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	var open []net.Addr
	var errs []error
	for _, port := range s.cfg.Ports {
		if s.addresses[port] != nil {
			continue
		}
		d, err := s.open(owners[port], port)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.standing = true
		open = append(open, d.ln.Addr())
		if d.owner != "" {
			s.reserve(d)
		}
	}
	return open, errors.Join(errs...)
}

// keep tells who owns what. The lock is held.
func (s *Server) keep() {
	if s.cfg.Keep == nil || s.closed {
		return
	}
	owners := make(map[int]string)
	for port, d := range s.addresses {
		if d.owner != "" {
			owners[port] = d.owner
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
		s.goodbye(a)
		a.left.Store(true)
		_ = a.line.Close()
	}
}

// mayKeep reports whether a grant covers the ports that an agent has, and makes them those it may have from now on.
func (s *Server) mayKeep(a *agent, g Grant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.grant.Ports = g.Ports
	may := func(port int) bool { return g.Ports == nil || slices.Contains(g.Ports, port) }
	if a.address != nil && !may(a.address.port) {
		return false
	}
	for port := range a.forwards {
		if !may(port) {
			return false
		}
	}
	return true
}
