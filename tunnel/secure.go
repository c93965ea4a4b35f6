package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	greetWait  = 10 * time.Second       // for a caller's first byte and its TLS handshake together
	greetTold  = 10 * time.Second       // of callers that come to nothing one is told of in this time
	abortWait  = 100 * time.Millisecond // for the last bytes of an answer that is cut
	clientHere = 0x16                   // the first byte of whoever begins TLS (RFC 8446 §5.1, handshake)
)

// halfRecord is the beginning of application data (RFC 8446 §5.1) of which the rest never comes. Without it some would
// take the end of the connection for that of the answer.
var halfRecord = [...]byte{0x17, 3, 3}

// secureConfig is how TLS is spoken with callers. HTTP/2 is not offered: what reads the requests knows HTTP/1 only.
func secureConfig(c *Certificate) *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{GetCertificate: c.Get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

func (l *Listener) scheme() string {
	if l.secure != nil {
		return "https"
	}
	return "http"
}

// forwardSecure asks for a port whose callers' bytes are passed on unread. A devhook relay would take a goodbye, which
// changes nothing before there is an address; a stock server refuses what it doesn't know. So an address that would be of
// no use is taken from nobody.
func (s *session) forwardSecure(ctx context.Context, q ListenRequest) error {
	ours, _, err := s.conn.SendRequest(RequestGoodbye, true, nil)
	switch {
	case err != nil:
		return fmt.Errorf("tunnel: register at server: %w", err)
	case ours:
		return fmt.Errorf("tunnel: %w", ErrReads)
	}
	return s.forward(ctx, q)
}

// greet has a caller's TLS handshake, and gives to Accept who comes through it. One who says something else than TLS is
// handed on as that, so that it is answered and seen. One who says nothing at all has not called.
func (l *Listener) greet(c *Stream) {
	ctx, cancel := context.WithTimeout(l.ctx, greetWait)
	defer cancel()
	_ = c.SetDeadline(time.Now().Add(greetWait))
	first := make([]byte, 1)
	if n, _ := c.Read(first); n == 0 {
		_ = c.Close()
		return
	}
	bare := &BareStream{Stream: c, first: first}
	if first[0] != clientHere {
		_ = c.SetDeadline(time.Time{})
		l.handOrClose(bare)
		return
	}
	t := tls.Server(bare, l.secure)
	if err := t.HandshakeContext(ctx); err != nil {
		if ctx.Err() == nil && l.odd.now() {
			l.cfg.Log.Warn("a caller's TLS handshake failed", "from", c.RemoteAddr().String(), "err", err)
		}
		_ = c.Close()
		return
	}
	_ = c.SetDeadline(time.Time{})
	l.handOrClose(&SecureStream{Conn: t, under: c})
}

// SecureStream is a Stream whose TLS ends here: Read and Write are what the sender says and hears. Deadlines work as
// those of a Stream.
type SecureStream struct {
	*tls.Conn
	under *Stream

	mu  sync.Mutex
	cut bool
}

// Scheme is "https".
func (c *SecureStream) Scheme() string { return "https" }

// Gone is closed when the connection has ended on the other side, or the tunnel is lost.
func (c *SecureStream) Gone() <-chan struct{} { return c.under.Gone() }

// GoneAt tells when that was.
func (c *SecureStream) GoneAt() (at time.Time, gone bool) { return c.under.GoneAt() }

// CloseWrite tells the sender that no more bytes come. Reading goes on.
func (c *SecureStream) CloseWrite() error {
	err := c.Conn.CloseWrite()
	_ = c.under.SetWriteDeadline(time.Time{}) // crypto/tls lets it run out behind its goodbye
	return errors.Join(err, c.under.CloseWrite())
}

// SetLinger with 0 makes Close an abort: instead of TLS's goodbye comes a record that is cut off, so that a cut answer
// doesn't look whole. With other values Close is a clean end, as it is at first.
func (c *SecureStream) SetLinger(seconds int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = seconds == 0
	return nil
}

// Close ends the connection both ways.
func (c *SecureStream) Close() error {
	c.mu.Lock()
	cut := c.cut
	c.mu.Unlock()
	if !cut {
		return c.Conn.Close()
	}
	_ = c.under.SetWriteDeadline(time.Now().Add(abortWait)) // also for a Write that is going on
	_, _ = c.under.Write(halfRecord[:])
	return c.under.Close()
}

// BareStream is a Stream of a caller that doesn't speak TLS, where TLS is asked for.
type BareStream struct {
	*Stream
	first []byte // was read ahead; used by one Read after another
}

// Malformed says what is wrong with the caller.
func (c *BareStream) Malformed() string { return "it came without TLS, and this address is https" }

// Read reads what the caller sent.
func (c *BareStream) Read(p []byte) (int, error) {
	if len(c.first) > 0 && len(p) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Stream.Read(p)
}

var _ net.Conn = (*BareStream)(nil)

// seldom keeps what the world can cause from filling a log.
type seldom struct {
	mu   sync.Mutex
	next time.Time
}

// now reports whether the time has come to tell of one again.
func (s *seldom) now() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.next) {
		return false
	}
	s.next = time.Now().Add(greetTold)
	return true
}
