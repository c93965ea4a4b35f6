package relay

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// The relay's own paths on public ports.
const (
	ownPath       = "/_devhook/"
	probePath     = "/_devhook/probe/"             // passes to the agent
	challengePath = "/.well-known/acme-challenge/" // RFC 8555 §8.3
)

// ownTarget is a target's path; of an absolute one what follows the host.
func ownTarget(target string) string {
	if _, rest, ok := strings.Cut(target, "://"); ok && target[0] != '/' {
		n := strings.IndexAny(rest, "/?#")
		if n < 0 {
			return "/"
		}
		target = rest[n:]
	}
	return target
}

// reserved reports whether a target is below one of the relay's own paths.
func reserved(target string) bool {
	target = ownTarget(target)
	return strings.HasPrefix(target, challengePath) || strings.HasPrefix(target, ownPath) && !strings.HasPrefix(target, probePath)
}

// serveOwn answers what is the relay's own: agents that come by WebSocket where names share the port, and challenges of a
// certificate authority. The connection is handed to a server of net/http's, with what was read of it.
func (x *sender) serveOwn(q *http1.Request) bool {
	path, _, _ := strings.Cut(ownTarget(q.Target), "?")
	s := x.entrance.s
	switch {
	case path == tunnel.WebSocketPath && x.entrance.whole == nil:
		return x.handTo(s.inlet(socketInlet), q)
	case strings.HasPrefix(path, challengePath) && s.cfg.Challenge != nil && x.entrance.scheme == "http":
		return x.handTo(s.inlet(challengeInlet), q)
	}
	return x.refuse(notFound)
}

// handTo moves the connection to another server. Agents are counted there, as such; others stay among the senders until they
// have gone.
func (x *sender) handTo(in *inlet, q *http1.Request) bool {
	read := append([]byte(nil), q.Raw...)
	ahead := make([]byte, x.r.Buffered())
	n, _ := io.ReadFull(x.r, ahead)
	_ = x.conn.SetDeadline(time.Time{})
	c := &movedConn{Conn: x.conn, read: append(read, ahead[:n]...), closed: make(chan struct{})}
	if in == nil || !in.take(c) {
		return x.refuse(shuttingDown)
	}
	x.moved = true
	if !in.agents {
		<-c.closed
	}
	return false
}

// A movedConn is a connection of which something was read already.
type movedConn struct {
	net.Conn
	read   []byte
	once   sync.Once
	closed chan struct{}
}

// Close closes the connection.
func (c *movedConn) Close() error {
	defer c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (c *movedConn) Read(p []byte) (int, error) {
	if len(c.read) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.read)
	c.read = c.read[n:]
	return n, nil
}

// The servers that connections are handed to.
const (
	socketInlet    = 0
	challengeInlet = 1
)

// inlet is one of those servers, begun when it is needed first; nil once the relay ends.
func (s *Server) inlet(which int) *inlet {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if s.inner[which] == nil {
		in := newInlet(which == socketInlet)
		s.inner[which] = in
		serve := s.ServeWebSocket
		if which == challengeInlet {
			serve = s.serveChallenge
		}
		s.running.Go(func() {
			if err := serve(in); err != nil {
				s.cfg.Log.Error("a server of the relay's own paths ended", "err", err)
			}
		})
	}
	return s.inner[which]
}

// serveChallenge answers a certificate authority until the Server is shut down.
func (s *Server) serveChallenge(ln net.Listener) error {
	h := &http.Server{
		Handler: s.cfg.Challenge, ReadTimeout: s.cfg.Limits.Head, WriteTimeout: s.cfg.Limits.Head,
		MaxHeaderBytes: s.cfg.Limits.HTTP.HeadBytes,
		ErrorLog:       slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
	h.SetKeepAlivesEnabled(false)
	return s.serveHTTP(h, ln)
}

// serveHTTP runs a server of net/http's until the Server is shut down, which is no error.
func (s *Server) serveHTTP(h *http.Server, ln net.Listener) error {
	if !s.track(ln) {
		_ = ln.Close()
		return nil
	}
	defer s.running.Done()
	err := h.Serve(ln)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
	if s.closed || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// An inlet is a listener whose connections come from within.
type inlet struct {
	agents bool // come here, and not senders
	conns  chan net.Conn
	once   sync.Once
	ended  chan struct{}
}

func newInlet(agents bool) *inlet {
	return &inlet{agents: agents, conns: make(chan net.Conn), ended: make(chan struct{})}
}

// take gives a connection to who accepts, unless nobody does any more.
func (l *inlet) take(c net.Conn) bool {
	select {
	case l.conns <- c:
		return true
	case <-l.ended:
		return false
	}
}

// Accept waits for the next connection.
func (l *inlet) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *inlet) Close() error {
	l.once.Do(func() { close(l.ended) })
	return nil
}

// Addr names the listener.
func (l *inlet) Addr() net.Addr { return inletAddr{} }

type inletAddr struct{}

func (inletAddr) Network() string { return "inlet" }
func (inletAddr) String() string  { return "public ports" }
