package tunnel

import (
	"net"
	"sync/atomic"
	"time"
)

// A Line is a transport that knows when the other end was last heard of. Any byte is a sign of life: while a lot is on
// its way, the answer to a ping may have to wait behind it.
type Line struct {
	net.Conn
	began time.Time
	heard atomic.Int64 // nanoseconds after began
	dead  atomic.Bool
}

// NewLine begins to listen to a transport.
func NewLine(c net.Conn) *Line { return &Line{Conn: c, began: time.Now()} }

// Read reads from the transport.
func (l *Line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard.Store(int64(time.Since(l.began)))
	}
	if err != nil {
		l.dead.Store(true)
	}
	return n, err
}

// Dead reports whether reading has failed: nothing more will be heard, though SSH may not have noticed yet.
func (l *Line) Dead() bool { return l.dead.Load() }

// Silence is how long nothing was heard.
func (l *Line) Silence() time.Duration {
	return time.Since(l.began) - time.Duration(l.heard.Load())
}
