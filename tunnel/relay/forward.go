package relay

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// Requests and channels of RFC 4254, which stock OpenSSH clients speak.
const (
	requestForward = "tcpip-forward"                // §7.1
	requestCancel  = "cancel-tcpip-forward"         // §7.1
	requestNoMore  = "no-more-sessions@openssh.com" // openssh PROTOCOL §2.2
	channelSession = "session"                      // §6.1
	channelForward = "forwarded-tcpip"              // §7.2
)

// everywhere are the bind addresses that mean the public one: what `ssh -R` sends for no address, and what people write
// for all.
var everywhere = [...]string{"", "localhost", "*", "0.0.0.0", "::"}

// forwardRequest is the payload of requestForward and requestCancel.
type forwardRequest struct {
	Addr string
	Port uint32
}

// forward gives a stock client the public port, or the name, it asks for by `ssh -R`. Such a request is a claim like an
// agent's: it takes the address from an older connection of the same key, and from no other key.
func (s *Server) forward(a *agent, payload []byte) error {
	var q forwardRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return fmt.Errorf("a request that cannot be read")
	}
	p, err := s.placeFor(&q)
	if err != nil {
		return err
	}
	if len(s.visitors) > 0 {
		return fmt.Errorf("this relay asks callers for a password, which it can't do for ssh -R: use devhook up --relay")
	}
	defer s.kept() // without the lock
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, has := a.forwards[p]; {
	case s.closed:
		return fmt.Errorf("the relay is shutting down")
	case a.instance != "" || has:
		return fmt.Errorf("%s: this connection has its address already", p.label())
	}
	d, no := s.claimThis(a, p, func(*agent) bool { return true })
	if d == nil {
		return fmt.Errorf("%s", no.Text)
	}
	if a.forwards == nil {
		a.forwards = make(map[place]forwardRequest)
	}
	a.forwards[p] = q
	a.stock.Store(true)
	a.lanes.close() // a stock client knows no exchange channels
	s.hand(a, d)
	s.cfg.Log.Info("client registered", "address", p.String(), "key", a.key, "name", a.grant.Name)
	a.console.say("public     " + s.urlFor(a, p))
	return nil
}

// placeFor is what a stock client asks for: -R PORT:… a whole port, -R NAME:80:… or -R NAME:443:… a name, which is there
// on both.
func (s *Server) placeFor(q *forwardRequest) (place, error) {
	name := strings.ToLower(q.Addr)
	switch {
	case q.Port > 65535:
		return place{}, fmt.Errorf("%d is no port", q.Port)
	case slices.Contains(everywhere[:], q.Addr) && s.shared(int(q.Port)):
		return place{}, fmt.Errorf("port %d is shared by names here: write -R NAME:%d:…", q.Port, q.Port)
	case slices.Contains(everywhere[:], q.Addr):
		return place{port: int(q.Port)}, nil
	case s.cfg.Domain == "":
		return place{}, fmt.Errorf("bind address %.64q: only the public address can be had, write -R %d:…", q.Addr, q.Port)
	case !s.shared(int(q.Port)):
		return place{}, fmt.Errorf("names share the ports 80 and 443: write -R %.64q:80:…", name)
	}
	return place{name: strings.TrimSuffix(name, "."+s.cfg.Domain)}, nil
}

// urlFor is an address as a client is told it. A relay that doesn't know its name says where it was dialled.
func (s *Server) urlFor(a *agent, p place) string {
	name := s.hostOf(p)
	if name == "" {
		name = host(a.conn.LocalAddr())
	}
	scheme, port := s.announced(p)
	return scheme + "://" + tunnel.PublicHost(scheme, name, port)
}

// unforward gives one address of a stock client up.
func (s *Server) unforward(a *agent, payload []byte) error {
	var q forwardRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return fmt.Errorf("a request that cannot be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.placeFor(&q)
	if has, ok := a.forwards[p]; err != nil || !ok || has != q {
		return fmt.Errorf("port %d is not this connection's", q.Port)
	}
	delete(a.forwards, p)
	if d := s.addresses[p]; d != nil && d.agent.CompareAndSwap(a, nil) {
		s.leave(d)
	}
	return nil
}

// withdraw takes an address from a stock client, for a newer connection of its key. One that has none left is cut, after
// the time to finish what goes on. The lock is held.
func (s *Server) withdraw(a *agent, p place) {
	delete(a.forwards, p)
	a.console.say(p.label() + " was taken by a newer connection of your key")
	if len(a.forwards) == 0 {
		a.cutLater()
	}
}

// abandon is the end of a stock client's connection: its addresses wait for it, unless it took its leave. The lock is held.
func (s *Server) abandon(a *agent, leave bool) {
	for p := range a.forwards {
		d := s.addresses[p]
		if d == nil || !d.agent.CompareAndSwap(a, nil) || s.closed {
			continue
		}
		if leave {
			s.leave(d)
			continue
		}
		s.cfg.Log.Info("client lost", "address", p.String(), "key", a.key)
		s.lose(d)
	}
	a.forwards = nil
}

// leave reports whether a connection was ended by its client, and not lost: OpenSSH says so (RFC 4253 §11.1, by
// application). x/crypto keeps the type of this error to itself.
func leave(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "ssh: disconnect, reason 11")
}

// forwarded is the payload of a channelForward: the address as it was registered, and the sender's.
type forwarded struct {
	Addr       string
	Port       uint32
	Origin     string
	OriginPort uint32
}

// forwardedTo describes a sender's connection to an address of a's, in a's own words: OpenSSH takes no others. ok is false
// if a doesn't have the address any more.
func (s *Server) forwardedTo(a *agent, p place, from net.Addr) (payload []byte, ok bool) {
	s.mu.Lock()
	q, ok := a.forwards[p]
	s.mu.Unlock()
	f := forwarded{Addr: q.Addr, Port: q.Port, Origin: host(from)}
	if tcp, isTCP := from.(*net.TCPAddr); isTCP {
		f.OriginPort = uint32(tcp.Port)
	}
	return ssh.Marshal(&f), ok
}
