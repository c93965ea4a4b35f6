package relay

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"devhook/tunnel/http1"
)

// A sender is one connection to a public port. Its goroutine reads requests, one after another.
type sender struct {
	address *address
	conn    net.Conn
	name    string // its address
	r       *http1.Reader
	idle    atomic.Bool // no request is under way
	latest  atomic.Pointer[exchange]

	last  bool // no request may follow the one that goes on
	asked bool // because the sender asked for the close: it sends nothing more
}

func newSender(d *address, c net.Conn) *sender {
	return &sender{address: d, conn: c, name: c.RemoteAddr().String(), r: http1.NewReader(c)}
}

func (x *sender) limits() *Limits { return &x.address.s.cfg.Limits }

// mayKeep reports whether the connection may carry another request.
func (x *sender) mayKeep() bool { return !x.last && !x.address.gone.Load() }

// serve takes requests until the connection ends.
func (x *sender) serve() {
	defer x.conn.Close()
	defer x.r.Reset(nil)
	if !x.allowed() {
		x.readWithin(x.limits().Head)
		if x.awaitRequest() { // clients take an answer to nothing for an error
			x.refuse(forbidden)
		}
		return
	}
	if a := x.address.agent.Load(); a != nil && a.stock.Load() {
		x.splice(a)
		return
	}
	x.readWithin(x.limits().Head)
	for x.awaitRequest() {
		x.readWithin(x.limits().Head)
		q, err := x.r.ReadRequest(x.limits().HTTP)
		if q == nil || !x.serveRequest(q, err) {
			return
		}
	}
}

// allowed reports whether the sender may call at all.
func (x *sender) allowed() bool {
	allow := x.address.s.cfg.Allow
	if len(allow) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(x.name)
	return err == nil && slices.ContainsFunc(allow, func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap().WithZone("")) })
}

// awaitRequest waits for the first byte of a request.
func (x *sender) awaitRequest() bool {
	x.idle.Store(true)
	defer x.idle.Store(false)
	if x.address.gone.Load() {
		return false
	}
	_, err := x.r.Peek(1)
	return err == nil
}

// rest marks the connection as one that carries no request.
func (x *sender) rest() {
	x.idle.Store(true)
	if x.address.gone.Load() {
		_ = x.conn.Close()
	}
}

func (x *sender) readWithin(d time.Duration) {
	_ = x.conn.SetReadDeadline(time.Now().Add(d))
}

func (x *sender) readForEver() { _ = x.conn.SetReadDeadline(time.Time{}) }

// serveRequest leads one request to its end and reports whether another may follow.
func (x *sender) serveRequest(q *http1.Request, err error) bool {
	malformed := reason(err, x.limits())
	x.asked = malformed == "" && !http1.KeepAlive(q.Minor, &q.Head)
	x.last = malformed != "" || x.asked
	if malformed != "" && !isHTTP(q.Raw) && !x.address.s.noise.allow(x.address.port, time.Now()) {
		return x.refuse(notHTTP)
	}
	if malformed == "" && reserved(q.Target) {
		return x.refuse(notFound)
	}
	if no := x.unauthorised(q, malformed); no != nil {
		return x.refuse(no)
	}
	if x.address.agent.Load() == nil {
		return x.refuse(offline)
	}
	u := newUpload(x, q, malformed)
	defer u.release()
	if !u.gather() {
		return false
	}
	return u.run()
}

// reason says what is wrong with a head, "" for nothing.
func reason(err error, l *Limits) string {
	if err == nil {
		return ""
	}
	var bad *http1.Error
	switch {
	case errors.As(err, &bad):
		return bad.Reason
	case timedOut(err):
		return "the head did not arrive within " + l.Head.String()
	case reset(err):
		return "the sender left in the middle of the head"
	}
	return "the head was cut off"
}

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// reset reports whether a connection ended by more than a FIN.
func reset(err error) bool {
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF || timedOut(err) {
		return false
	}
	var bad *http1.Error
	return !errors.As(err, &bad)
}

// cut closes the connection. If an answer is under way it is reset, so that the piece does not pass for a whole.
func (x *sender) cut() {
	if e := x.latest.Load(); e != nil {
		e.senderGone()
	}
	_ = x.conn.Close()
}

// linger ends our side and lets the sender go on for a moment: closing with its bytes unread would reset the connection
// and could destroy the answer on its way.
func (x *sender) linger(d time.Duration) {
	if c, ok := x.conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
	x.readWithin(d)
}

// drain throws away what the sender still sends, for a moment.
func (x *sender) drain() {
	x.readWithin(lingerFor)
	_, _ = io.Copy(io.Discard, io.LimitReader(x.r, drainMost))
}

// watch waits for the end of an exchange whose request was sent, and for the sender's next byte meanwhile: it may leave,
// or send the next request ahead, or half-close, which is legal.
func (x *sender) watch(e *exchange) bool {
	_, err := x.r.Peek(1)
	if reset(err) && !e.isOver() {
		e.senderGone()
	}
	<-e.done
	e.mu.Lock()
	keep := e.keep
	e.mu.Unlock()
	if !keep && err == nil {
		x.drain()
	}
	return keep && err == nil
}
