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

// forward gives a stock client the public port it asks for by `ssh -R`. A request for a port is a claim like an agent's:
// it takes the port from an older connection of the same key, and from no other key.
func (s *Server) forward(a *agent, payload []byte) error {
	var q forwardRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return fmt.Errorf("a request that cannot be read")
	}
	if !slices.Contains(everywhere[:], q.Addr) {
		return fmt.Errorf("bind address %.64q: only the public address can be had, write -R %d:…", q.Addr, q.Port)
	}
	if q.Port > 65535 {
		return fmt.Errorf("%d is no port", q.Port)
	}
	if len(s.visitors) > 0 {
		return fmt.Errorf("this relay asks callers for a password, which it can't do for ssh -R: use devhook up --relay")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	port := int(q.Port)
	switch _, has := a.forwards[port]; {
	case s.closed:
		return fmt.Errorf("the relay is shutting down")
	case a.instance != "" || has:
		return fmt.Errorf("port %d: this connection has its address already", port)
	}
	d, no := s.claimPort(a, port, func(*agent) bool { return true })
	if d == nil {
		return fmt.Errorf("%s", no.Text)
	}
	if a.forwards == nil {
		a.forwards = make(map[int]string)
	}
	a.forwards[port] = q.Addr
	a.stock.Store(true)
	a.lanes.close() // a stock client knows no exchange channels
	s.hand(a, d)
	s.cfg.Log.Info("client registered", "port", port, "key", a.key, "name", a.grant.Name)
	a.console.say("public     " + scheme + "://" + a.publicHost(port))
	return nil
}

// publicHost is host[:port] as a client is told it. A relay that doesn't know its name says where it was dialled.
func (a *agent) publicHost(port int) string {
	name := a.s.cfg.PublicHost
	if name == "" {
		name = host(a.conn.LocalAddr())
	}
	return tunnel.PublicHost(scheme, name, port)
}

// unforward gives one port of a stock client up.
func (s *Server) unforward(a *agent, payload []byte) error {
	var q forwardRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return fmt.Errorf("a request that cannot be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	port := int(q.Port)
	if addr, ok := a.forwards[port]; !ok || addr != q.Addr {
		return fmt.Errorf("port %d is not this connection's", port)
	}
	delete(a.forwards, port)
	if d := s.addresses[port]; d != nil && d.agent.CompareAndSwap(a, nil) {
		s.discard(d)
	}
	return nil
}

// withdraw takes a port from a stock client, for a newer connection of its key. One that has none left is cut, after the
// time to finish what goes on. The lock is held.
func (s *Server) withdraw(a *agent, port int) {
	delete(a.forwards, port)
	a.console.say(fmt.Sprintf("port %d was taken by a newer connection of your key", port))
	if len(a.forwards) == 0 {
		a.cutLater()
	}
}

// abandon is the end of a stock client's connection: its ports wait for it, unless it took its leave. The lock is held.
func (s *Server) abandon(a *agent, leave bool) {
	for port := range a.forwards {
		d := s.addresses[port]
		if d == nil || !d.agent.CompareAndSwap(a, nil) || s.closed {
			continue
		}
		if leave {
			s.discard(d)
			continue
		}
		s.cfg.Log.Info("client lost", "port", port, "key", a.key)
		s.reserve(d)
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

// forwardedTo describes a sender's connection to a's port; ok is false if a doesn't have the port any more.
func (s *Server) forwardedTo(a *agent, port int, from net.Addr) (payload []byte, ok bool) {
	s.mu.Lock()
	addr, ok := a.forwards[port]
	s.mu.Unlock()
	f := forwarded{Addr: addr, Port: uint32(port), Origin: host(from)}
	if tcp, isTCP := from.(*net.TCPAddr); isTCP {
		f.OriginPort = uint32(tcp.Port)
	}
	return ssh.Marshal(&f), ok
}
