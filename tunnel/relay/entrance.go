package relay

import (
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"devhook/tunnel"
)

// An entrance is a public port that is open. What comes in is for the one address that the port is, or, where names share
// the port, for the address whose name a request calls.
type entrance struct {
	s      *Server
	port   int
	scheme string // "http" or "https": TLS ends here
	ln     net.Listener
	whole  *address     // the port as an address; nil where names share it
	count  atomic.Int64 // senders' connections
	gone   atomic.Bool  // given up: what goes on is the last
}

// scheme is "https" for a port where TLS is spoken.
func (s *Server) scheme(port int) string {
	if s.cfg.TLS != nil && slices.Contains(s.cfg.TLSPorts, port) {
		return "https"
	}
	return "http"
}

// shared reports whether names share a port.
func (s *Server) shared(port int) bool {
	return s.cfg.Domain != "" && (port == 80 || port == 443)
}

// openEntrance begins to listen on a public port. The lock is held.
func (s *Server) openEntrance(port int, whole *address) (*entrance, error) {
	ln, err := s.cfg.Listen("tcp", net.JoinHostPort(s.cfg.Bind, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	e := &entrance{s: s, port: port, scheme: s.scheme(port), ln: ln, whole: whole}
	s.entrances[port] = e
	s.running.Go(func() {
		if err := s.acceptAll(ln, e.serve); !e.gone.Load() {
			s.cfg.Log.Error("public port lost", "port", port, "err", err)
		}
	})
	return e, nil
}

// host is the host[:port] by which callers of this port reach an address.
func (e *entrance) host(d *address) string {
	return tunnel.PublicHost(e.scheme, d.s.hostOf(d.place), e.port)
}

// serve begins the life of a sender's connection.
func (e *entrance) serve(c net.Conn) {
	x := newSender(e, c)
	if e.count.Add(1) > int64(e.s.cfg.Limits.Senders) || !e.s.takeIn(x) {
		e.count.Add(-1)
		e.s.counts.sendersRefused.Add(1)
		_ = c.Close()
		return
	}
	e.s.counts.sendersOpened.Add(1)
	e.s.spawn(func() {
		defer e.count.Add(-1)
		defer e.s.senders.remove(x)
		x.serve()
	}, c)
}

// takeIn counts a sender among the others, unless its network has too many here. That is told of once a second.
func (s *Server) takeIn(x *sender) bool {
	ok, full := s.senders.add(x)
	if full && s.crowded.allow(x.entrance.port, time.Now(), time.Second) {
		s.cfg.Log.Warn("connection refused: too many from one address", "from", x.name, "limit", s.cfg.Limits.SendersPer)
	}
	return ok
}

// close stops listening. Exchanges that go on may end. The lock of the Server is held.
func (e *entrance) close() {
	if e.s.entrances[e.port] == e {
		delete(e.s.entrances, e.port)
	}
	e.gone.Store(true)
	_ = e.ln.Close()
	e.closeIdle()
}

// closeIdle closes the connections that carry no exchange; the others close when theirs is over. TLS's goodbye is left out:
// it can wait for a sender that takes nothing, and locks are held.
func (e *entrance) closeIdle() {
	e.gone.Store(true)
	e.s.senders.each(func(x *sender) {
		if x.entrance == e && x.idle.Load() {
			_ = x.wire.Close()
		}
	})
}

// secured speaks TLS with the sender, where it is spoken. It reports whether the sender may go on.
func (x *sender) secured() bool {
	if x.entrance.scheme != "https" {
		return true
	}
	x.below = &belowTLS{Conn: x.wire}
	c := tls.Server(x.below, x.entrance.s.cfg.TLS)
	_ = c.SetDeadline(time.Now().Add(x.limits().Head))
	if err := c.Handshake(); err != nil {
		x.handshakeFault(err)
		return false
	}
	_ = c.SetDeadline(time.Time{})
	if c.ConnectionState().NegotiatedProtocol == acmeALPN {
		return false // the handshake was all it wanted
	}
	x.conn = c
	x.r.Reset(c)
	return true
}
