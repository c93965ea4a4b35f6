package relay

import (
	"bytes"
	"context"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

const (
	againAfter = time.Second      // a request that the agent could not take is handed over again
	againMost  = 30 * time.Second // at the latest

	// An agent whose app takes longer has recorded the request: when it is handed over again the agent says so, and the next
	// has its turn.
	handOverFor = 5 * time.Minute
)

// begun sees to it that what is kept for an address is handed over, if its agent is there. h may be nil.
func (h *holdings) begun(d *address, c claimed) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.waiting[c]
	if w == nil || w.count == 0 || w.draining || d.taker(c.owner) == nil {
		return
	}
	w.draining = true
	h.s.running.Go(func() {
		defer h.s.contain(func() { h.rest(c) })
		(&drain{h: h, d: d, whose: c, pause: againAfter}).run()
	})
}

func (h *holdings) rest(c claimed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of(c).draining = false
}

// taker is the agent that takes what is kept for an owner, nil if none is there.
func (d *address) taker(owner string) *agent {
	a := d.agent.Load()
	if a == nil || a.trial || !a.takes.Load() || a.key != owner || a.line.Dead() {
		return nil
	}
	return a
}

// A drain hands over what is kept for an address, one request after another in the order of their arrival, until there is
// no more or no agent. What comes meanwhile is kept, and so handed over behind it.
type drain struct {
	h     *holdings
	d     *address
	whose claimed
	told  *agent // who was told how much comes
	count int    // handed over to it
	pause time.Duration
}

func (r *drain) run() {
	for {
		a := r.next()
		if a == nil {
			return
		}
		r.tell(a)
		k, err := r.h.Spool.Next(context.Background(), r.whose.address, r.whose.owner)
		switch {
		case err != nil:
			r.h.s.cfg.Log.Error("held webhooks can't be read", "address", r.whose.address, "key", r.whose.owner, "err", err)
			r.rest(a)
		case k == nil:
			r.forgot()
		case r.handOver(a, k):
			r.pause = againAfter
		default:
			r.rest(a)
		}
	}
}

// next is the agent to hand over to, nil if there is none or nothing is left: then the drain has ended.
func (r *drain) next() *agent {
	r.h.mu.Lock()
	defer r.h.mu.Unlock()
	w, a := r.h.of(r.whose), r.d.taker(r.whose.owner)
	select {
	case <-r.h.s.stopping:
		a = nil
	default:
	}
	if a != nil && w.count > 0 {
		return a
	}
	if w.count == 0 && r.count > 0 {
		r.h.s.cfg.Log.Info("held webhooks were handed over", "address", r.whose.address, "key", r.whose.owner, "count", r.count)
	}
	w.draining = false
	r.h.tidy(r.whose, w)
	return nil
}

// forgot takes note that the spool has less than was counted, which a fault of it may have led to.
func (r *drain) forgot() {
	r.h.mu.Lock()
	defer r.h.mu.Unlock()
	w := r.h.of(r.whose)
	r.h.free(r.whose, w.bytes)
	r.h.counted(r.whose, w, -w.count)
	w.bytes = 0
}

// tell tells an agent once what it gets.
func (r *drain) tell(a *agent) {
	if r.told == a {
		return
	}
	r.told, r.count = a, 0
	r.h.mu.Lock()
	w := *r.h.of(r.whose)
	r.h.mu.Unlock()
	r.h.s.cfg.Log.Info("held webhooks are handed over", "address", r.whose.address, "key", r.whose.owner,
		"count", w.count, "bytes", w.bytes, "oldest", w.oldest.UTC().Format(time.RFC3339))
	news := tunnel.HeldNews{Count: uint32(w.count), Bytes: uint64(w.bytes), Oldest: uint64(w.oldest.Unix())}
	_, _, _ = a.conn.SendRequest(tunnel.RequestHeld, false, ssh.Marshal(&news))
}

// rest waits before the next attempt, unless the agent goes.
func (r *drain) rest(a *agent) {
	late := time.NewTimer(r.pause)
	defer late.Stop()
	select {
	case <-late.C:
		r.pause = min(2*r.pause, againMost)
	case <-a.ended:
		r.pause = againAfter
	case <-r.h.s.stopping:
	}
}

// handOver leads a kept request to the agent as if it came now, and forgets it when the agent has it on disk, or has refused it
// for good: it would keep everything behind it from the agent.
func (r *drain) handOver(a *agent, k *Held) bool {
	r.h.mu.Lock()
	r.h.of(r.whose).oldest = k.Arrived
	r.h.mu.Unlock()
	log := r.h.s.cfg.Log
	status, e, err := r.exchange(k)
	switch {
	case err != nil:
		log.Error("a held webhook can't be read", "address", k.Address, "id", k.ID, "err", err)
		return false
	case e != nil && e.wasRecorded():
		return r.forget(k, &r.h.handed)
	case e != nil && e.wasFinished() && status/100 == 4:
		log.Error("a held webhook was refused by its agent, which has not recorded it: it is forgotten", "address", k.Address, "key", k.Owner,
			"id", k.ID, "status", status, "bytes", k.Size, "arrived", k.Arrived.UTC().Format(time.RFC3339))
		return r.forget(k, &r.h.dropped)
	case !a.line.Dead():
		log.Warn("a held webhook was not taken by its agent, it is handed over again", "address", k.Address, "key", k.Owner, "id", k.ID, "in", r.pause.String())
	}
	return false
}

// forget ends the keeping of one request, and counts it.
func (r *drain) forget(k *Held, as *atomic.Int64) bool {
	sums, err := r.h.Spool.Drop(context.Background(), Choice{Seq: k.Seq})
	if err != nil {
		r.h.s.cfg.Log.Error("a webhook that was handed over could not be forgotten: it is handed over again", "address", k.Address, "id", k.ID, "err", err)
		return false
	}
	r.count++
	as.Add(1)
	r.h.gone(sums)
	return true
}

// exchange runs an exchange with the kept request, and gives the status of what was answered, 0 for nothing. It is nil if there
// was no way to the agent. A head that was read when it came and is none any more, since the limits are others, goes to the
// agent as malformed.
func (r *drain) exchange(k *Held) (status int, e *exchange, err error) {
	c := &heldConn{from: k.Sender}
	if k.Body != nil {
		c.Reader = io.MultiReader(bytes.NewReader(k.Head), bytes.NewReader(k.Body))
	} else {
		body, err := r.h.Spool.Body(context.Background(), k)
		if err != nil {
			return 0, nil, err
		}
		defer body.Close()
		c.Reader = io.MultiReader(bytes.NewReader(k.Head), body)
	}
	x := newSender(&entrance{s: r.h.s, port: k.Port, scheme: k.Scheme}, c)
	x.address, x.kept = r.d, k
	defer x.r.Reset(nil)
	q, err := x.r.ReadRequest(x.limits().HTTP)
	if q == nil {
		return 0, nil, err
	}
	defer time.AfterFunc(handOverFor, x.cut).Stop()
	u := newUpload(x, q, reason(err, x.limits()))
	defer u.release()
	if u.gather() {
		u.run()
	}
	return c.status(), u.e, nil
}

// heldConn is the connection of a sender that has gone: it gives what it sent, and takes the answer to nowhere.
type heldConn struct {
	io.Reader
	from   string
	answer [len("HTTP/1.1 200")]byte // how it begins
	n      atomic.Int32              // bytes of that
}

func (c *heldConn) Write(p []byte) (int, error) {
	c.n.Add(int32(copy(c.answer[c.n.Load():], p)))
	return len(p), nil
}

// status is what was answered, 0 if nothing was.
func (c *heldConn) status() int {
	if c.n.Load() < int32(len(c.answer)) {
		return 0
	}
	n, _ := strconv.Atoi(string(c.answer[len("HTTP/1.1 "):]))
	return n
}

func (c *heldConn) Close() error                     { return nil }
func (c *heldConn) LocalAddr() net.Addr              { return heldAddr("") }
func (c *heldConn) RemoteAddr() net.Addr             { return heldAddr(c.from) }
func (c *heldConn) SetDeadline(time.Time) error      { return nil }
func (c *heldConn) SetReadDeadline(time.Time) error  { return nil }
func (c *heldConn) SetWriteDeadline(time.Time) error { return nil }

type heldAddr string

func (heldAddr) Network() string  { return "tcp" }
func (a heldAddr) String() string { return string(a) }

// rescue keeps a request whose way to the agent was lost before any answer to it. The agent may have got it: it tells by the
// arrival's ID.
func (u *upload) rescue() bool {
	k := &keeping{x: u.x, q: u.head, body: u.body, whole: u.whole, buf: u.copied}
	u.copied = nil
	return k.run(u.open.ID, u.arrived)
}

// keepNot says that the request is not one to be kept.
func (u *upload) keepNot() {
	u.keeps, u.copied = false, nil
	if u.e != nil {
		u.e.keepNot()
	}
}

// A copy of what may be lost on its way is kept up to so many bytes.
func (u *upload) copy(p []byte) {
	switch {
	case !u.keeps:
	case len(u.copied)+len(p) > keptPiece:
		u.keepNot()
	default:
		u.copied = append(u.copied, p...)
	}
}
