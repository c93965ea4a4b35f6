package relay

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// register gives the agent an address, or says why not.
func (s *Server) register(a *agent, payload []byte) tunnel.ListenReply {
	var q tunnel.ListenRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return refusal(tunnel.StatusRefused, "a listen request that cannot be read")
	}
	if q.Version != tunnel.Version {
		return refusal(tunnel.StatusVersion, "this relay speaks version %d", tunnel.Version)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return refusal(tunnel.StatusFailed, "the relay is shutting down")
	case a.instance != "" || a.stock.Load():
		return refusal(tunnel.StatusRefused, "this connection has its address already")
	case q.Instance == "" || len(q.Instance) > maxInstance:
		return refusal(tunnel.StatusRefused, "an instance of 1 to %d bytes is needed", maxInstance)
	case q.Name != "":
		return refusal(tunnel.StatusRefused, "this relay gives no names")
	}
	d, no := s.claim(a, &q)
	if d == nil {
		return no
	}
	a.instance, a.trial = q.Instance, tunnel.Claim(q.Claim) == tunnel.ClaimSpare
	s.settle(a, d)
	a.lanes.open(int(q.Ready))
	s.cfg.Log.Info("agent registered", "port", d.port, "key", a.key, "name", a.grant.Name)
	return tunnel.ListenReply{Port: uint32(d.port), Scheme: scheme, Host: s.cfg.PublicHost}
}

const (
	scheme      = "http"
	maxInstance = 128 // bytes
)

func refusal(st tunnel.Status, format string, args ...any) tunnel.ListenReply {
	return tunnel.ListenReply{Status: uint32(st), Text: fmt.Sprintf(format, args...)}
}

// claim finds the address that is asked for. The lock is held.
func (s *Server) claim(a *agent, q *tunnel.ListenRequest) (*address, tunnel.ListenReply) {
	port := int(q.Port)
	switch tunnel.Claim(q.Claim) {
	case tunnel.ClaimPort:
		return s.claimPort(a, port, func(*agent) bool { return true })
	case tunnel.ClaimResume:
		return s.claimPort(a, port, func(other *agent) bool { return other.instance == q.Instance })
	case tunnel.ClaimAny:
		return s.claimAny(a, port)
	case tunnel.ClaimSpare:
		return s.claimSpare(a, port)
	}
	return nil, refusal(tunnel.StatusRefused, "unknown kind of claim")
}

// claimPort takes one port; mayReplace says whether from a live agent of the same key.
func (s *Server) claimPort(a *agent, port int, mayReplace func(*agent) bool) (*address, tunnel.ListenReply) {
	if !s.offers(a, port) {
		return nil, refusal(tunnel.StatusRefused, "port %d is not offered to this key; it may have %v", port, s.offered(a))
	}
	d := s.addresses[port]
	if d == nil {
		d, err := s.open(a.key, port)
		if err != nil {
			return nil, refusal(tunnel.StatusFailed, "port %d: %v", port, err)
		}
		return d, tunnel.ListenReply{}
	}
	if d.owner != a.key && d.owner != "" {
		return nil, refusal(tunnel.StatusTaken, "port %d belongs to another key", port)
	}
	if other := d.agent.Load(); other != nil && !mayReplace(other) {
		return nil, refusal(tunnel.StatusReplaced, "port %d is in use by another process with this key", port)
	}
	return d, tunnel.ListenReply{}
}

// claimAny takes the first free port. What is live is never taken; what waits for its owner goes to another process of
// the same key only if asked for, or when nothing else is free: starts that were cut off must not use the ports up.
func (s *Server) claimAny(a *agent, first int) (*address, tunnel.ListenReply) {
	if s.offers(a, first) {
		d, _ := s.claimPort(a, first, func(*agent) bool { return false })
		if d != nil {
			return d, tunnel.ListenReply{}
		}
	}
	var waiting *address // the first that is this key's, without an agent
	reasons := ""
	for _, port := range s.cfg.Prefer {
		if !s.offers(a, port) {
			continue
		}
		if d := s.addresses[port]; d != nil && d.owner == "" {
			return d, tunnel.ListenReply{}
		} else if d != nil {
			if waiting == nil && d.owner == a.key && d.agent.Load() == nil {
				waiting = d
			}
			reasons += fmt.Sprintf("; port %d: in use by a tunnel", port)
			continue
		}
		d, err := s.open(a.key, port)
		if err == nil {
			return d, tunnel.ListenReply{}
		}
		reasons += fmt.Sprintf("; port %d: %v", port, err)
	}
	if waiting != nil {
		return waiting, tunnel.ListenReply{}
	}
	return nil, refusal(tunnel.StatusTaken, "no public port is free%s", reasons)
}

func (s *Server) offers(a *agent, port int) bool {
	return slices.Contains(s.cfg.Ports, port) && (a.grant.Ports == nil || slices.Contains(a.grant.Ports, port))
}

func (s *Server) offered(a *agent) (ports []int) {
	for _, p := range s.cfg.Ports {
		if s.offers(a, p) {
			ports = append(ports, p)
		}
	}
	return ports
}
