package tunnel

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"
)

// What a stock server understands (RFC 4254 §7).
const (
	requestForward   = "tcpip-forward"
	requestCancel    = "cancel-tcpip-forward"
	channelForwarded = "forwarded-tcpip"
	channelDirect    = "direct-tcpip"
)

// forwardRequest is the payload of requestForward and requestCancel. An empty address is every one of the server's.
type forwardRequest struct {
	Address string
	Port    uint32
}

// forwardedOpen is the extra data of a forwarded channel.
type forwardedOpen struct {
	Address    string
	Port       uint32
	Originator string
	From       uint32
}

// directOpen is the extra data of a direct channel.
type directOpen struct {
	Host       string
	Port       uint32
	Originator string
	From       uint32
}

// A NotGivenError says that a stock server gave none of the ports asked for, and what else was found out. It is
// ErrNotGiven.
type NotGivenError struct {
	Asked  []int // the ports that were refused, or found occupied
	Other  int   // another one of Config.Ports that it would have given, 0 for none
	InUse  bool  // something listens on the server's own loopback at the first of Asked
	Direct bool  // the server forwards in the other direction, so that forwarding isn't off altogether
}

func (e *NotGivenError) Error() string { return fmt.Sprintf("tunnel: %v: %v", ErrNotGiven, e.Asked) }
func (e *NotGivenError) Unwrap() error { return ErrNotGiven }

// forward asks a server that is no devhook relay for a port, as ssh -R does.
func (s *session) forward(ctx context.Context, q ListenRequest) error {
	if q.Name != "" && Claim(q.Claim) != ClaimAny {
		return fmt.Errorf("tunnel: %w", ErrNoNames)
	}
	free := Claim(q.Claim) == ClaimAny || Claim(q.Claim) == ClaimSpare && q.Port == 0
	ports := []int{int(q.Port)}
	if free {
		ports = preferring(int(q.Port), s.l.cfg.Ports)
	}
	if len(s.l.cfg.Ports) == 0 {
		return fmt.Errorf("tunnel: %w", ErrNotRelay)
	}
	for _, port := range ports {
		if free && s.l.cfg.Occupied != nil && s.l.cfg.Occupied(ctx, port) {
			continue
		}
		// What listens on one of the server's addresses leaves us the others, which most senders don't call.
		if inUse, _ := s.listens(port); inUse && Claim(q.Claim) != ClaimResume {
			continue
		}
		given, err := s.takePort(port)
		if err != nil {
			return err
		}
		if given {
			s.give(s.l.scheme(), "", port)
			return nil
		}
	}
	if Claim(q.Claim) == ClaimResume {
		return &NotGivenError{Asked: ports} // a ghost of ours may hold it; nothing else is tried each time
	}
	return s.notGiven(ports)
}

// preferring puts one of the ports first, if it is one of them.
func preferring(first int, ports []int) []int {
	n := slices.Index(ports, first)
	if n < 0 {
		return ports
	}
	return append([]int{first}, slices.Delete(slices.Clone(ports), n, n+1)...)
}

// takePort asks for one port. Who calls it already may be served before the answer is here.
func (s *session) takePort(port int) (bool, error) {
	s.forwarded.Store(int32(port))
	given, _, err := s.conn.SendRequest(requestForward, true, ssh.Marshal(&forwardRequest{Port: uint32(port)}))
	if err != nil {
		return false, fmt.Errorf("tunnel: ask server for port %d: %w", port, err)
	}
	if !given {
		s.forwarded.Store(0)
	}
	return given, nil
}

// notGiven finds out what it can about a refusal: the protocol gives no reason.
func (s *session) notGiven(asked []int) error {
	e := &NotGivenError{Asked: asked}
	for _, port := range s.l.cfg.Ports {
		if slices.Contains(asked, port) {
			continue
		}
		given, err := s.takePort(port)
		if err != nil {
			return err
		}
		if given {
			e.Other = port
			s.giveUp()
			break
		}
	}
	e.InUse, e.Direct = s.listens(asked[0])
	return e
}

// listensWait is how long a server may take to connect to itself.
const listensWait = 10 * time.Second

// listens asks the server to connect to a port of its own. allowed is false if it does no such thing for us, or says nothing:
// an open that meets the end of the connection may never return.
func (s *session) listens(port int) (yes, allowed bool) {
	type answer struct{ yes, allowed bool }
	told := make(chan answer, 1)
	go func() {
		yes, allowed := s.reaches(port)
		told <- answer{yes, allowed}
	}()
	late := time.NewTimer(listensWait)
	defer late.Stop()
	select {
	case a := <-told:
		return a.yes, a.allowed
	case <-late.C:
		return false, false
	}
}

func (s *session) reaches(port int) (yes, allowed bool) {
	c, requests, err := s.conn.OpenChannel(channelDirect, ssh.Marshal(&directOpen{
		Host: "localhost", Port: uint32(port), Originator: "127.0.0.1",
	}))
	if err != nil {
		refused, ok := err.(*ssh.OpenChannelError)
		return false, ok && refused.Reason == ssh.ConnectionFailed
	}
	go ssh.DiscardRequests(requests)
	_ = c.Close()
	return true, true
}

// serveForwarded takes a sender's connection, if it came to the port that is ours.
func (s *session) serveForwarded(n ssh.NewChannel) {
	var o forwardedOpen
	switch err := ssh.Unmarshal(n.ExtraData(), &o); {
	case err != nil:
		_ = n.Reject(ssh.ConnectionFailed, "not understood")
	case s.forwarded.Load() == 0 || o.Port != uint32(s.forwarded.Load()) || !everywhere(o.Address):
		_ = n.Reject(ssh.Prohibited, "not asked for")
	case s.channels.Load() >= maxChannels:
		_ = n.Reject(ssh.ResourceShortage, "too many channels")
	default:
		s.serveStream(n, sender(o))
	}
}

// everywhere reports whether an address means all of a server's: servers name ours in one of these ways.
func everywhere(address string) bool {
	switch address {
	case "", "*", "0.0.0.0", "::":
		return true
	}
	return false
}

// sender is the address that the server says the connection comes from.
func sender(o forwardedOpen) net.Addr {
	ip, err := netip.ParseAddr(o.Originator)
	if err != nil || o.From > 65535 {
		return addr(net.JoinHostPort(o.Originator, strconv.FormatUint(uint64(o.From), 10)))
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip.Unmap(), uint16(o.From)))
}

func (s *session) serveStream(n ssh.NewChannel, from net.Addr) {
	ch, requests, err := n.Accept()
	if err != nil {
		return
	}
	s.channels.Add(1)
	s.exchanges.begin()
	c := newStream(s, ch, from)
	go c.receive()
	go func() {
		ssh.DiscardRequests(requests) // ends with the channel: the server has passed everything on then
		c.leave()
		s.channels.Add(-1)
		s.exchanges.end()
	}()
	if s.l.secure != nil {
		go s.l.greet(c)
		return
	}
	s.l.handOrClose(c)
}

func (l *Listener) handOrClose(c net.Conn) {
	if !l.hand(c) {
		l.cfg.Log.Warn("connection dropped: too many wait to be accepted, or the listener has ended")
		_ = c.Close()
	}
}
