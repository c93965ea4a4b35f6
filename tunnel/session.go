package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// A session is one SSH connection to the relay, and the registration it carries.
type session struct {
	l         *Listener
	line      *Line
	conn      ssh.Conn
	name      string
	port      int
	scheme    string
	host      string        // host[:port] that callers use
	given     chan struct{} // closed when the address is: an exchange may be faster than that
	channels  atomic.Int32
	exchanges tally
	ended     chan struct{}             // closed when the connection is
	forwarded atomic.Int32              // the port that a stock server forwards; 0 at a devhook relay
	terms     atomic.Pointer[HoldTerms] // on which the relay holds requests; nil: it doesn't

	mu    sync.Mutex
	cause error // why we closed it; nil if the other end did
}

// connect dials, logs in and asks for an address.
// Dialling may take so long; the handshake Config.DialTimeout.
func (l *Listener) connect(ctx context.Context, q ListenRequest, dialFor time.Duration) (*session, error) {
	dialling, cancel := context.WithTimeout(ctx, dialFor)
	defer cancel()
	raw, err := l.dial(dialling)
	if err != nil {
		return nil, &unreachedError{err}
	}
	line := NewLine(raw)
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	_ = line.SetDeadline(time.Now().Add(l.cfg.DialTimeout))
	s, err := l.login(line)
	if err == nil {
		err = s.askHold()
	}
	if err == nil {
		err = s.askWaiting()
	}
	if err == nil {
		err = s.register(ctx, q)
	}
	if err != nil {
		_ = line.Close()
		return nil, errors.Join(ctx.Err(), err)
	}
	s.takeHeld()
	_ = line.SetDeadline(time.Time{})
	go s.heartbeat()
	return s, nil
}

// An unreachedError says why there was no connection to the relay.
type unreachedError struct{ cause error }

func (e *unreachedError) Error() string { return "tunnel: dial relay: " + e.cause.Error() }
func (e *unreachedError) Unwrap() error { return e.cause }

// dial begins anew when this machine's addresses change: packets that left by the old way are lost.
func (l *Listener) dial(ctx context.Context) (net.Conn, error) {
	for {
		attempt, cancel := l.lookout.until(ctx)
		c, err := l.cfg.Dial(attempt)
		moved := attempt.Err() != nil && ctx.Err() == nil
		cancel()
		if err == nil || !moved {
			return c, err
		}
	}
}

// tooMany is how OpenSSH's server words the end of its patience with keys that it doesn't know.
const tooMany = "Too many authentication failures"

// login runs the SSH handshake.
func (l *Listener) login(line *Line) (*session, error) {
	var refused error
	var offered []string
	keys := func() ([]ssh.Signer, error) {
		signers, err := l.cfg.Keys()
		for _, s := range signers {
			offered = append(offered, ssh.FingerprintSHA256(s.PublicKey()))
		}
		return signers, err
	}
	c := &ssh.ClientConfig{
		User: l.cfg.User, Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(keys)},
		ClientVersion: "SSH-2.0-devhook", HostKeyAlgorithms: l.cfg.HostKeyAlgorithms,
		HostKeyCallback: func(host string, remote net.Addr, key ssh.PublicKey) error {
			if err := l.cfg.HostKey(host, remote, key); err != nil {
				refused = fmt.Errorf("tunnel: %w: %w", ErrHostKey, err)
			}
			return refused
		},
		AuthCallback: func(a *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
			if line.Dead() {
				return nil, nil // it was cut, which says nothing about the key
			}
			if slices.Contains(a.TriedMethods, "publickey") || !slices.Contains(a.AllowedMethods, "publickey") {
				refused = fmt.Errorf("tunnel: %w: %s", ErrKeyRefused, strings.Join(offered, ", "))
			}
			return nil, refused
		},
	}
	conn, channels, requests, err := ssh.NewClientConn(line, l.relayAddr(line), c)
	switch {
	case refused != nil:
		return nil, refused
	case err != nil && strings.Contains(err.Error(), tooMany):
		return nil, fmt.Errorf("tunnel: %w: too many were offered: %s", ErrKeyRefused, strings.Join(offered, ", "))
	case err != nil:
		return nil, fmt.Errorf("tunnel: handshake with relay: %w", err)
	}
	s := &session{l: l, line: line, conn: conn, given: make(chan struct{}), ended: make(chan struct{})}
	go s.serveRequests(requests)
	go s.serveChannels(channels)
	go func() {
		_ = conn.Wait()
		close(s.ended)
	}()
	return s, nil
}

func (l *Listener) relayAddr(line *Line) string {
	if l.cfg.Addr != "" {
		return l.cfg.Addr
	}
	return line.RemoteAddr().String()
}

func (s *session) register(ctx context.Context, q ListenRequest) error {
	if s.l.secure != nil {
		return s.forwardSecure(ctx, q)
	}
	ok, answer, err := s.conn.SendRequest(RequestListen, true, ssh.Marshal(&q))
	if err != nil {
		return fmt.Errorf("tunnel: register at relay: %w", err)
	}
	if !ok {
		return s.forward(ctx, q)
	}
	var r ListenReply
	if err := ssh.Unmarshal(answer, &r); err != nil {
		return fmt.Errorf("tunnel: answer of relay: %w", err)
	}
	if err := r.fault(); err != nil {
		return err
	}
	s.name = r.Name
	s.give(r.Scheme, r.Host, int(r.Port))
	return nil
}

// give takes note of the address that is ours now. Without a host it is the relay's own.
func (s *session) give(scheme, host string, port int) {
	if host == "" {
		var err error
		if host, _, err = net.SplitHostPort(s.l.relayAddr(s.line)); err != nil {
			host = s.l.cfg.Addr
		}
	}
	s.port, s.scheme, s.host = port, scheme, PublicHost(scheme, host, port)
	close(s.given)
}

// publicHost waits for the address, since an exchange may be faster, and returns its host[:port].
func (s *session) publicHost() string {
	select {
	case <-s.given:
		return s.host
	case <-s.ended:
		return ""
	}
}

func (s *session) serveRequests(requests <-chan *ssh.Request) {
	for r := range requests {
		switch r.Type {
		case RequestTaken:
			_ = r.Reply(true, nil)
			s.l.end(fmt.Errorf("tunnel: %w", ErrTakenOver))
		case RequestPing:
			_ = r.Reply(true, nil)
		case RequestHeld:
			s.tellHeld(r.Payload)
			_ = r.Reply(true, nil)
		default:
			_ = r.Reply(false, nil)
		}
	}
}

func (s *session) serveChannels(channels <-chan ssh.NewChannel) {
	for n := range channels {
		switch {
		case n.ChannelType() == channelForwarded:
			s.serveForwarded(n)
		case n.ChannelType() != ChannelType:
			_ = n.Reject(ssh.UnknownChannelType, "not asked for")
		case s.channels.Load() >= maxChannels:
			_ = n.Reject(ssh.ResourceShortage, "too many channels")
		default:
			s.serveChannel(n)
		}
	}
}

func (s *session) serveChannel(n ssh.NewChannel) {
	c, requests, err := n.Accept()
	if err != nil {
		return
	}
	s.channels.Add(1)
	go ssh.DiscardRequests(requests)
	go func() {
		defer s.channels.Add(-1)
		l := &lane{session: s, ch: NewChannel(c)}
		l.run()
	}()
}

// cut closes the connection for a reason of ours.
func (s *session) cut(why error) {
	s.mu.Lock()
	if s.cause == nil {
		s.cause = why
	}
	s.mu.Unlock()
	_ = s.line.Close()
}

// wait waits for the connection's end and tells why it ended.
func (s *session) wait() error {
	<-s.ended
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return s.cause
	}
	return fmt.Errorf("tunnel: the relay closed the connection: %w", s.conn.Wait())
}

// leave gives the address up, lets exchanges go on for a while, and closes the connection.
func (s *session) leave(goodbye bool) {
	answered := goodbye && s.giveUp()
	done := s.exchanges.done()
	select {
	case <-done:
		if answered {
			s.cut(net.ErrClosed)
			return
		}
	default:
	}
	go func() {
		end := time.Now().Add(s.l.cfg.Drain)
		wait(done, s.ended, s.l.cfg.Drain)
		s.ask(RequestPing, nil, time.Until(end)) // the answer tells that the relay has all we sent: a close could destroy it
		s.cut(net.ErrClosed)
	}()
}

// giveUp tells the relay that the address isn't needed any more.
func (s *session) giveUp() bool {
	if port := s.forwarded.Load(); port != 0 {
		return s.ask(requestCancel, ssh.Marshal(&forwardRequest{Port: uint32(port)}), time.Second)
	}
	return s.ask(RequestGoodbye, nil, time.Second)
}

// ask sends a request and reports whether it was answered in time.
func (s *session) ask(request string, payload []byte, limit time.Duration) bool {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _, _ = s.conn.SendRequest(request, true, payload)
	}()
	return wait(answered, s.ended, limit)
}

// wait waits for a or b and reports whether it was a.
func wait(a, b <-chan struct{}, limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-a:
		return true
	case <-b:
	case <-t.C:
	}
	return false
}
