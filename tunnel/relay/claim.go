package relay

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	defer s.kept() // without the lock
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return refusal(tunnel.StatusFailed, "the relay is shutting down")
	case a.instance != "" || a.stock.Load():
		return refusal(tunnel.StatusRefused, "this connection has its address already")
	case q.Instance == "" || len(q.Instance) > maxInstance:
		return refusal(tunnel.StatusRefused, "an instance of 1 to %d bytes is needed", maxInstance)
	}
	d, no := s.claim(a, &q)
	if d == nil {
		return no
	}
	a.instance, a.trial = q.Instance, tunnel.Claim(q.Claim) == tunnel.ClaimSpare
	s.settle(a, d)
	a.lanes.open(int(q.Ready))
	s.cfg.Log.Info("agent registered", "address", d.String(), "key", a.key, "name", a.grant.Name)
	scheme, port := s.announced(d.place)
	return tunnel.ListenReply{Port: uint32(port), Scheme: scheme, Host: s.hostOf(d.place), Name: d.name}
}

const maxInstance = 128 // bytes

func refusal(st tunnel.Status, format string, args ...any) tunnel.ListenReply {
	return tunnel.ListenReply{Status: uint32(st), Text: fmt.Sprintf(format, args...)}
}

// claim finds the address that is asked for. The lock is held.
func (s *Server) claim(a *agent, q *tunnel.ListenRequest) (*address, tunnel.ListenReply) {
	switch tunnel.Claim(q.Claim) {
	case tunnel.ClaimThis:
		return s.claimThis(a, placeOf(q), func(*agent) bool { return true })
	case tunnel.ClaimResume:
		return s.claimThis(a, placeOf(q), func(other *agent) bool { return other.instance == q.Instance })
	case tunnel.ClaimAny:
		return s.claimAny(a, placeOf(q))
	case tunnel.ClaimSpare:
		return s.claimSpare(a, placeOf(q))
	}
	return nil, refusal(tunnel.StatusRefused, "unknown kind of claim")
}

// placeOf is what a request asks for: a name counts more than a port.
func placeOf(q *tunnel.ListenRequest) place {
	if q.Name != "" {
		return place{name: strings.ToLower(q.Name)}
	}
	return place{port: int(q.Port)}
}

// claimThis takes one address; mayReplace says whether from a live agent of the same key. The lock is held.
func (s *Server) claimThis(a *agent, p place, mayReplace func(*agent) bool) (*address, tunnel.ListenReply) {
	if no := s.refuses(a, p); no != "" {
		return nil, refusal(tunnel.StatusRefused, "%s", no)
	}
	d := s.addresses[p]
	switch {
	case d == nil && p.name != "":
		now := s.cfg.Now()
		taken := s.takenSince(a.key, now.Add(-24*time.Hour))
		if len(taken) >= s.cfg.Limits.NewNames {
			return nil, refusal(tunnel.StatusRefused, "this key has taken %d new names within a day; it may use those, or wait", len(taken))
		}
		if !s.makeRoom(a.key) {
			return nil, refusal(tunnel.StatusRefused, "this key has %d names already, which are in use or were until now", s.cfg.Limits.Names)
		}
		s.taken[a.key] = append(taken, now)
		return s.addName(a.key, p.name), tunnel.ListenReply{}
	case d == nil:
		d, err := s.openPort(a.key, p.port)
		if err != nil {
			return nil, refusal(tunnel.StatusFailed, "port %d: %v", p.port, err)
		}
		return d, tunnel.ListenReply{}
	case d.owner != a.key && d.owner != "":
		return nil, refusal(tunnel.StatusTaken, "%s belongs to another key", p.label())
	}
	if other := d.agent.Load(); other != nil && !mayReplace(other) {
		return nil, refusal(tunnel.StatusReplaced, "%s is in use by another process with this key", p.label())
	}
	return d, tunnel.ListenReply{}
}

// takenSince is when a key took new names. What is older is forgotten. The lock is held.
func (s *Server) takenSince(key string, since time.Time) []time.Time {
	s.taken[key] = slices.DeleteFunc(s.taken[key], func(at time.Time) bool { return !at.After(since) })
	return s.taken[key]
}

// label is a place as people are told it.
func (p place) label() string {
	if p.name != "" {
		return "the name " + p.name
	}
	return "port " + p.String()
}

// refuses says why a key can't have a place on this relay; "" if it can.
func (s *Server) refuses(a *agent, p place) string {
	switch {
	case p.name != "" && s.cfg.Domain == "":
		return "this relay gives no names; ask for a port"
	case p.name != "":
		if err := checkName(p.name); err != nil {
			return err.Error()
		}
		if !a.grant.mayName(p.name) {
			return fmt.Sprintf("the name %s is not offered to this key", p.name)
		}
	case s.shared(p.port):
		return fmt.Sprintf("port %d is shared by names here; ask for a name", p.port)
	case !s.offers(a, p.port):
		return fmt.Sprintf("port %d is not offered to this key; it may have %v", p.port, s.offered(a))
	}
	return ""
}

// makeRoom makes room for another name of a key, if it has as many as it may: the one that was not used for longest is given
// up, but none that is in use or whose agent may come back. The lock is held.
func (s *Server) makeRoom(key string) bool {
	count, oldest := s.namesOf(key)
	if count < s.cfg.Limits.Names {
		return true
	}
	if oldest != nil {
		s.discard(oldest)
	}
	return oldest != nil
}

// namesOf counts the names of a key, and finds the one that was not used for longest of those that can be given up. The lock
// is held.
func (s *Server) namesOf(key string) (count int, oldest *address) {
	for _, d := range s.addresses {
		if d.name == "" || d.owner != key {
			continue
		}
		count++
		if d.agent.Load() == nil && !d.awaited() && !s.holdings.some(d.claim()) && (oldest == nil || d.seen.Before(oldest.seen)) {
			oldest = d
		}
	}
	return count, oldest
}

// claimAny takes the first address that is free: the one asked for, then a name of the key's own where there are names,
// then a port. What is live is never taken; what waits for its owner goes to another process of the same key only if
// asked for, or when nothing else is free: starts that were cut off must not use the ports up.
func (s *Server) claimAny(a *agent, first place) (*address, tunnel.ListenReply) {
	if s.refuses(a, first) == "" {
		d, _ := s.claimThis(a, first, func(*agent) bool { return false })
		if d != nil {
			return d, tunnel.ListenReply{}
		}
	}
	if d := s.anyName(a); d != nil {
		return d, tunnel.ListenReply{}
	}
	d, no := s.anyPort(a)
	if d == nil {
		d = s.waitingName(a)
	}
	return d, no
}

// waitingName is the name of a key's that has waited for its agent longest, nil without one.
func (s *Server) waitingName(a *agent) (oldest *address) {
	for _, d := range s.addresses {
		if d.name != "" && d.owner == a.key && d.agent.Load() == nil && a.grant.mayName(d.name) &&
			(oldest == nil || d.seen.Before(oldest.seen)) {
			oldest = d
		}
	}
	return oldest
}

// anyName finds a name that is free for a key: of those it was granted, or one of its own making.
func (s *Server) anyName(a *agent) *address {
	if s.cfg.Domain == "" {
		return nil
	}
	free := func(name string) *address {
		p := place{name: name}
		if d := s.addresses[p]; d != nil && d.awaited() {
			return nil
		}
		d, _ := s.claimThis(a, p, func(*agent) bool { return false })
		return d
	}
	for _, name := range a.grant.Names {
		if d := free(name); d != nil {
			return d
		}
	}
	for n := 0; a.grant.Names == nil && n < s.cfg.Limits.Names; n++ {
		if d := free(ownName(a.key, n)); d != nil {
			return d
		}
	}
	return nil
}

func (s *Server) anyPort(a *agent) (*address, tunnel.ListenReply) {
	var waiting *address // the first that is this key's, without an agent
	reasons := ""
	for _, port := range s.cfg.Prefer {
		if !s.offers(a, port) {
			continue
		}
		if d := s.addresses[place{port: port}]; d != nil && d.owner == "" {
			return d, tunnel.ListenReply{}
		} else if d != nil {
			if waiting == nil && d.owner == a.key && d.agent.Load() == nil {
				waiting = d
			}
			reasons += fmt.Sprintf("; port %d: in use by a tunnel", port)
			continue
		}
		d, err := s.openPort(a.key, port)
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

// offers reports whether a key may have a whole port.
func (s *Server) offers(a *agent, port int) bool {
	return slices.Contains(s.cfg.Ports, port) && !s.shared(port) && a.grant.mayPort(port)
}

func (s *Server) offered(a *agent) (ports []int) {
	for _, p := range s.cfg.Ports {
		if s.offers(a, p) {
			ports = append(ports, p)
		}
	}
	return ports
}
