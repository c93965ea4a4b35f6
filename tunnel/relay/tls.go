package relay

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

const acmeALPN = "acme-tls/1" // RFC 8737 §6.2

// served is a TLS configuration as public ports use it: HTTP/1.1 and nothing older than TLS 1.2.
func served(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	protocols := []string{"http/1.1"}
	for _, p := range c.NextProtos {
		if p == acmeALPN {
			protocols = append(protocols, p)
		}
	}
	c.NextProtos = protocols
	return c
}

// handshakeFault tells a sender that speaks plain HTTP on a port where TLS is spoken. Others hear of it by TLS.
func (x *sender) handshakeFault(err error) {
	plain, ok := errors.AsType[tls.RecordHeaderError](err)
	if ok && plain.Conn != nil && isHTTP(plain.RecordHeader[:]) {
		_ = x.conn.SetWriteDeadline(time.Now().Add(lingerFor))
		_, _ = plain.Conn.Write(needsTLS.text)
		x.entrance.s.counts.ended(needsTLS.outcome)
		x.linger(lingerFor)
		x.drain()
		return
	}
	x.entrance.s.cfg.Log.Debug("no TLS handshake", "port", x.entrance.port, "from", x.name, "err", err)
}

// hintAtTLS writes to the log, a few times only, that a sender speaks TLS on a plain port: its user sees nothing but a
// broken handshake.
func (x *sender) hintAtTLS(raw []byte) {
	s := x.entrance.s
	if bytes.HasPrefix(raw, []byte{0x16, 0x03}) && s.hints.allow(x.entrance.port, time.Now(), time.Minute) {
		s.cfg.Log.Warn("a sender speaks TLS on a plain port: it should call http://, or a port with a certificate",
			"port", x.entrance.port, "from", x.name)
	}
}

// hard makes the close of the sender's connection a reset, or an ordinary end again.
func (x *sender) hard(reset bool) {
	seconds := -1
	if reset {
		seconds = 0
	}
	if tcp, ok := x.wire.(*net.TCPConn); ok {
		_ = tcp.SetLinger(seconds)
	}
}

// reset closes the sender's connection the hard way. TLS is not ended: an answer that its end delimits would look whole.
func (x *sender) reset() {
	x.hard(true)
	_ = x.wire.Close()
}

// belowTLS is the connection below TLS. A write that runs out of time would be the last of a TLS connection (crypto/tls);
// so what a prompt one has no time for is kept, and goes out first with the next write, or flush.
type belowTLS struct {
	net.Conn

	mu     sync.Mutex // held while writing
	prompt bool
	rest   []byte // a piece of an answer at most
}

// Write writes p, or keeps what of it would have to wait if that is asked for.
func (c *belowTLS) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.prompt && len(c.rest) > 0 {
		c.rest = append(c.rest, p...)
		return len(p), nil
	}
	if err := c.writeRest(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if c.prompt && timedOut(err) {
		c.rest = append(c.rest, p[n:]...)
		return len(p), nil
	}
	return n, err
}

// writeRest writes what was kept. The lock is held.
func (c *belowTLS) writeRest() error {
	if len(c.rest) == 0 {
		return nil
	}
	n, err := c.Conn.Write(c.rest)
	c.rest = c.rest[n:]
	return err
}

// hurry makes writes prompt, or patient again, and reports whether something is kept.
func (c *belowTLS) hurry(prompt bool) (kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prompt = prompt
	return len(c.rest) > 0
}

// write writes a piece of an answer within a time. If that is short and not enough, the error is os.ErrDeadlineExceeded,
// and the n bytes count as written: more may follow, after flush.
func (x *sender) write(p []byte, limit time.Duration) (n int, err error) {
	_ = x.conn.SetWriteDeadline(time.Now().Add(limit))
	if x.below == nil || limit > promptly {
		return x.conn.Write(p)
	}
	x.below.hurry(true)
	n, err = x.conn.Write(p)
	if kept := x.below.hurry(false); kept && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// flush writes what a prompt write had no time for.
func (x *sender) flush() error {
	if x.below == nil {
		return nil
	}
	_ = x.conn.SetWriteDeadline(time.Now().Add(x.limits().AnswerSilence))
	x.below.mu.Lock()
	defer x.below.mu.Unlock()
	return x.below.writeRest()
}
