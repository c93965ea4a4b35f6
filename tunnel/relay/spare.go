package relay

import (
	"fmt"

	"devhook/tunnel"
)

// claimSpare takes an address that nobody has and nobody comes back for: the one that is asked for or, without, a name of
// the key's own where there are names, or the first port there is. It is what a trial asks for that gives the address up
// again. The lock is held.
func (s *Server) claimSpare(a *agent, only place) (*address, tunnel.ListenReply) {
	if only.name != "" {
		return s.spareName(a, only)
	}
	if only.port == 0 {
		if d := s.anyName(a); d != nil {
			return d, tunnel.ListenReply{}
		}
	}
	return s.sparePort(a, only.port)
}

// spareName takes a name that is nobody's, or the key's own and not in use. A name stays its key's anyway.
func (s *Server) spareName(a *agent, p place) (*address, tunnel.ListenReply) {
	d := s.addresses[p]
	if d != nil && d.owner == a.key && d.away {
		return nil, refusal(tunnel.StatusReplaced, "%s belongs to this key already", p.label())
	}
	if count, _ := s.namesOf(a.key); d == nil && count >= s.cfg.Limits.Names {
		return nil, refusal(tunnel.StatusRefused, "this key has %d names already", count)
	}
	return s.claimThis(a, p, func(*agent) bool { return false })
}

func (s *Server) sparePort(a *agent, only int) (*address, tunnel.ListenReply) {
	ports := s.cfg.Prefer
	if only != 0 {
		ports = []int{only}
	}
	status, reasons, offered := tunnel.StatusTaken, "", false
	for _, port := range ports {
		if !s.offers(a, port) {
			continue
		}
		offered = true
		d := s.addresses[place{port: port}]
		switch {
		case d == nil:
			d, err := s.openPort(a.key, port)
			if err == nil {
				return d, tunnel.ListenReply{}
			}
			reasons += fmt.Sprintf("; port %d: %v", port, err)
		case d.owner == "":
			return d, tunnel.ListenReply{}
		case d.owner == a.key:
			status = tunnel.StatusReplaced
			reasons += fmt.Sprintf("; port %d belongs to this key already", port)
		default:
			reasons += fmt.Sprintf("; port %d belongs to another key", port)
		}
	}
	if !offered {
		return nil, refusal(tunnel.StatusRefused, "not offered to this key; it may have %v", s.offered(a))
	}
	return nil, refusal(status, "nothing is spare%s", reasons)
}
