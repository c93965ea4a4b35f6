package inspector

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	"devhook/tunnel/http1"
)

// What a connection may offer beyond net.Conn. A tunnel's connections offer all of it.
type (
	finisher  interface{ Finish(keep bool) error }      // carries one exchange; this is its clean end
	upgrader  interface{ Upgrade() error }              // raw bytes from now on
	announcer interface{ Scheme() string }              // how the sender called: http or https
	called    interface{ PublicHost() string }          // and whom: host[:port]
	suspect   interface{ Malformed() string }           // what the relay found wrong with the head
	leaver    interface{ Gone() <-chan struct{} }       // closed when the sender left early
	leftAt    interface{ GoneAt() (time.Time, bool) }   // when that was
	repeated  interface{ Repeated() string }            // what the arrival is called, if the relay may hand it over again
	heldSince interface{ Held() time.Time }             // when a request came that the relay has held since; zero: it comes just now
	keeper    interface{ Recorded() }                   // the request is on disk: nobody needs to hand it over again
	closer    interface{ CloseWrite() error }           // TCP: say that no more comes, go on reading
	lingerer  interface{ SetLinger(seconds int) error } // TCP: how to close
)

// A sender is the side of an exchange that called us.
type sender struct {
	net.Conn
	limits   Limits
	r        *http1.Reader
	ended    atomic.Bool   // Finish was called: Close is no abort any more
	patience time.Duration // for the next read; 0 waits as long as it takes
	idle     atomic.Bool   // between two requests
	sent     int64         // bytes written to the sender
}

func newSender(c net.Conn, l Limits) *sender {
	s := &sender{Conn: c, limits: l}
	s.r = http1.NewReader(s)
	return s
}

// Read gives the connection's bytes, each read bounded by the patience of the moment.
func (s *sender) Read(p []byte) (int, error) {
	if s.patience > 0 {
		if err := s.SetReadDeadline(time.Now().Add(s.patience)); err != nil {
			return 0, err
		}
	}
	return s.Conn.Read(p)
}

func (s *sender) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.sent += int64(n)
	if err != nil {
		err = &leftError{err}
	}
	return n, err
}

// A leftError says that the sender no longer takes the answer.
type leftError struct{ cause error }

func (e *leftError) Error() string { return e.cause.Error() }
func (e *leftError) Unwrap() error { return e.cause }

// single reports whether the connection carries one exchange only.
func (s *sender) single() bool { _, ok := s.Conn.(finisher); return ok }

// awaitRequest waits for the first byte of a request.
func (s *sender) awaitRequest() error {
	s.patience = s.limits.Idle
	_, err := s.r.Peek(1)
	s.patience = 0
	if err != nil {
		return err
	}
	return s.SetReadDeadline(time.Now().Add(s.limits.HeadFor))
}

// calm takes every read deadline away.
func (s *sender) calm() {
	s.patience = 0
	_ = s.SetReadDeadline(time.Time{})
}

func (s *sender) scheme() string {
	if a, ok := s.Conn.(announcer); ok && a.Scheme() != "" {
		return a.Scheme()
	}
	return "http"
}

// base is the address that the sender called, without a path; the Host line decides where the connection doesn't know.
func (s *sender) base(host string) string {
	if c, ok := s.Conn.(called); ok && c.PublicHost() != "" {
		host = c.PublicHost()
	}
	return s.scheme() + "://" + host
}

func (s *sender) malformed() string {
	if m, ok := s.Conn.(suspect); ok {
		return m.Malformed()
	}
	return ""
}

// repeated names an arrival that the relay may hand over again, "" for any other.
func (s *sender) repeated() string {
	if r, ok := s.Conn.(repeated); ok {
		return r.Repeated()
	}
	return ""
}

// held is when a request came that the relay has held since, and answered; zero for one whose sender waits.
func (s *sender) held() time.Time {
	if h, ok := s.Conn.(heldSince); ok {
		return h.Held()
	}
	return time.Time{}
}

// recorded tells the relay that the request is on disk.
func (s *sender) recorded() {
	if k, ok := s.Conn.(keeper); ok {
		k.Recorded()
	}
}

// gone is closed when the sender left before its answer; nil where the connection cannot tell.
func (s *sender) gone() <-chan struct{} {
	if l, ok := s.Conn.(leaver); ok {
		return l.Gone()
	}
	return nil
}

// goneAfter is how long after t the sender left, 0 if it is still there.
func (s *sender) goneAfter(t, now time.Time) time.Duration {
	select {
	case <-s.gone():
	default:
		return 0
	}
	if l, ok := s.Conn.(leftAt); ok {
		if at, ok := l.GoneAt(); ok {
			return max(at.Sub(t), time.Millisecond)
		}
	}
	return max(now.Sub(t), time.Millisecond)
}

// finish ends the answer cleanly and reports whether another request may follow on this connection.
func (s *sender) finish(keep bool) bool {
	s.ended.Store(true)
	if f, ok := s.Conn.(finisher); ok {
		return f.Finish(keep) == nil && keep
	}
	if !keep {
		s.linger()
	}
	return keep
}

// linger reads off a little of what the sender still sends before the connection is closed: closing with unread
// bytes resets it, and the answer could be lost on the way.
func (s *sender) linger() {
	c, ok := s.Conn.(closer)
	if !ok || c.CloseWrite() != nil {
		return
	}
	s.patience = 0
	_ = s.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.CopyN(io.Discard, s.Conn, 1<<20)
}

// upgrade turns the connection into raw bytes both ways.
func (s *sender) upgrade() error {
	if u, ok := s.Conn.(upgrader); ok {
		if err := u.Upgrade(); err != nil {
			return &leftError{err}
		}
	}
	return nil
}

// abort cuts the connection so that an unfinished answer can't be taken for a whole one.
func (s *sender) abort() {
	if l, ok := s.Conn.(lingerer); ok && !s.ended.Load() {
		_ = l.SetLinger(0)
	}
	_ = s.Conn.Close()
}

// close ends the connection: an abort unless the last answer was finished or nothing of it had left.
func (s *sender) close() {
	s.r.Release()
	if s.ended.Load() || s.sent == 0 {
		_ = s.Conn.Close()
		return
	}
	s.abort()
}

func (s *sender) closeIfIdle() {
	if s.idle.Load() {
		_ = s.Conn.Close()
	}
}
