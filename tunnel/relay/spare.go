package relay

import (
	"fmt"

	"devhook/tunnel"
)

// claimSpare takes a port that belongs to nobody: the one that is asked for or, for 0, the first there is. It is what a
// trial asks for that gives the port up again, and so mustn't have what an agent that was cut off comes back for. The lock
// is held.
func (s *Server) claimSpare(a *agent, only int) (*address, tunnel.ListenReply) {
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
		d := s.addresses[port]
		switch {
		case d == nil:
			d, err := s.open(a.key, port)
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
