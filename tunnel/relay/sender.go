package relay

import (
	"errors"
	"fmt"
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
	entrance *entrance
	address  *address  // that the request is for; nil before the first where names share the port
	wire     net.Conn  // the connection itself, as it was accepted
	conn     net.Conn  // what is read and written: TLS on top of it where that is spoken. Used by the sender's goroutine and its exchange only
	below    *belowTLS // between the two; nil without TLS
	name     string    // its address
	r        *http1.Reader
	idle     atomic.Bool // no request is under way
	latest   atomic.Pointer[exchange]

	kept *Held // the request that this one gives again; nil of a sender that is there

	last  bool // no request may follow the one that goes on
	asked bool // because the sender asked for the close: it sends nothing more
	moved bool // the connection was handed to another server
}

func newSender(e *entrance, c net.Conn) *sender {
	return &sender{entrance: e, address: e.whole, wire: c, conn: c, name: c.RemoteAddr().String(), r: http1.NewReader(c)}
}

func (x *sender) limits() *Limits { return &x.entrance.s.cfg.Limits }

// mayKeep reports whether the connection may carry another request.
func (x *sender) mayKeep() bool { return !x.last && !x.entrance.gone.Load() }

// serve takes requests until the connection ends.
func (x *sender) serve() {
	defer x.leave()
	if !x.secured() {
		return
	}
	if a := x.stock(); a != nil {
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

// leave ends the connection, unless another server has it.
func (x *sender) leave() {
	x.r.Reset(nil)
	if !x.moved {
		_ = x.conn.Close()
	}
}

// stock is the stock client whose port this is whole, nil if it is anybody else's.
func (x *sender) stock() *agent {
	if x.entrance.whole == nil {
		return nil
	}
	if a := x.entrance.whole.agent.Load(); a != nil && a.stock.Load() {
		return a
	}
	return nil
}

// allowed reports whether the sender may call at all.
func (x *sender) allowed() bool {
	allow := x.entrance.s.cfg.Allow
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
	if x.entrance.gone.Load() {
		return false
	}
	_, err := x.r.Peek(1)
	return err == nil
}

// count notes what became of a request. One that was held was counted when it came.
func (x *sender) count(o Outcome) {
	if x.kept == nil {
		x.entrance.s.counts.ended(o)
	}
}

// rest marks the connection as one that carries no request.
func (x *sender) rest() {
	x.idle.Store(true)
	if x.entrance.gone.Load() {
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
	if malformed != "" && !isHTTP(q.Raw) {
		x.hintAtTLS(q.Raw)
		if x.entrance.whole == nil || !x.entrance.s.noise.allow(x.entrance.port, time.Now(), time.Second) {
			return x.refuse(notHTTP)
		}
	}
	if malformed == "" && reserved(q.Target) {
		return x.serveOwn(q)
	}
	if no := x.unauthorised(q, malformed); no != nil {
		return x.refuse(no)
	}
	if no := x.route(q, err); no != nil {
		return x.refuse(no)
	}
	mayHold := x.mayHold(q, malformed)
	if mayHold && x.mustHold() {
		return x.hold(q)
	}
	a := x.address.agent.Load()
	switch {
	case a == nil && mayHold: // since a moment ago
		return x.hold(q)
	case a == nil:
		return x.refuse(offline)
	case a.stock.Load() && malformed == "":
		if !x.allowed() { // it would have no answer to a round trip
			return x.refuse(forbidden)
		}
		return x.spliceRequests(a, q)
	}
	if malformed != "" && !a.tickets.take(a.ended) {
		return x.refuse(tooMany)
	}
	u := newUpload(x, q, malformed)
	u.keeps = mayHold
	if malformed != "" {
		u.ticket = a.tickets
		defer func() { u.ticket.giveBack() }()
	}
	defer u.release()
	if !u.gather() {
		return false
	}
	return u.run()
}

// route finds the address that a request is for, where names share the port. One parse decides: what can be read in two
// ways, or not at all, is nobody's, and the relay's answer to it is returned.
func (x *sender) route(q *http1.Request, err error) (no *ownAnswer) {
	if x.entrance.whole != nil {
		return nil
	}
	if bad, ok := errors.AsType[*http1.Error](err); ok {
		return newAnswer(Unrouted, bad.Status, 0, "This request can't be read: "+bad.Reason+".")
	}
	if err != nil {
		return notHTTP
	}
	if x.address = x.addressOf(q); x.address == nil {
		return newAnswer(NoName, 404, 0, fmt.Sprintf("No tunnel is called %q here.", q.Get("Host")))
	}
	return nil
}

// addressOf is the address that a sound request calls by its name, nil if there is none.
func (x *sender) addressOf(q *http1.Request) *address {
	if q.HostDiffers() {
		return nil
	}
	s := x.entrance.s
	if d, ok := s.names.Load(s.nameIn(q.Get("Host"))); ok {
		return d.(*address)
	}
	return nil
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

// cut closes the connection, whatever it is at. If an answer is under way it is reset, so that the piece does not pass for
// a whole.
func (x *sender) cut() {
	if e := x.latest.Load(); e != nil {
		e.senderGone()
	}
	_ = x.wire.Close()
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
	keep, rescued := e.keep, e.rescued
	e.mu.Unlock()
	if rescued {
		return false
	}
	if !keep && err == nil {
		x.drain()
	}
	return keep && err == nil
}
