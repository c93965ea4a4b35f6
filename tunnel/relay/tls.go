package relay

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
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

// wire is the connection itself, below TLS.
func (x *sender) wire() net.Conn {
	if c, ok := x.conn.(*tls.Conn); ok {
		return c.NetConn()
	}
	return x.conn
}

// hard makes the close of the sender's connection a reset, or an ordinary end again.
func (x *sender) hard(reset bool) {
	seconds := -1
	if reset {
		seconds = 0
	}
	if tcp, ok := x.wire().(*net.TCPConn); ok {
		_ = tcp.SetLinger(seconds)
	}
}

// reset closes the sender's connection the hard way. TLS is not ended: an answer that its end delimits would look whole.
func (x *sender) reset() {
	x.hard(true)
	_ = x.wire().Close()
}
