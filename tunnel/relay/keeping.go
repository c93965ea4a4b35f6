package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

const (
	keptPiece = 256 << 10 // bytes of a body that are held in memory; longer ones go to the spool piece by piece
	keptBody  = 1 << 30   // bytes of the longest body that is kept, which is the inspector's limit too
)

// A keeping is a request on its way to the spool.
type keeping struct {
	x     *sender
	h     *holdings
	q     *http1.Request
	body  *http1.Body
	held  Held
	whose claimed
	wish  *tunnel.Hold
	buf   []byte // of the body, not in the spool yet
	long  bool   // something is in the spool
	room  int64  // bytes that were promised
	whole bool   // nothing more of the body comes
}

// mayHold reports whether a request is one to be kept while its agent is away. Those that ask for something, and expect an
// answer nobody else can give, are not; nor what can't be read, or in two ways: no app would get it.
func (x *sender) mayHold(q *http1.Request, malformed string) bool {
	if malformed != "" || x.entrance.s.holdings == nil || q.Asks() || q.HostDiffers() {
		return false
	}
	wish := x.address.hold.Load()
	return wish != nil && wish.Answer(q.Target).Status != 0 && !strings.HasPrefix(ownTarget(q.Target), ownPath)
}

// turnWait is how long a request waits for the end of what its agent is getting before it. Where those are few the tunnel
// is soon as it was; if each request were put behind them there might be no end.
const turnWait = time.Second

// mustHold reports whether a request that may be kept has to be: its agent is away, or is just getting what was kept before.
func (x *sender) mustHold() bool {
	a := x.address.agent.Load()
	if a == nil || a.trial || a.line.Dead() {
		return true
	}
	h, late := x.entrance.s.holdings, time.NewTimer(turnWait)
	defer late.Stop()
	for {
		empty := h.emptied(x.address.place.String())
		if empty == nil {
			return false
		}
		select {
		case <-empty:
		case <-a.ended:
			return true
		case <-late.C:
			return true
		}
	}
}

// hold keeps a request of which the head was read, and answers as the agent wants it.
func (x *sender) hold(q *http1.Request) bool {
	f, n := q.Framing()
	k := &keeping{x: x, q: q, body: x.r.RawBody(f, n), whole: f == http1.None}
	now := x.entrance.s.cfg.Now()
	return k.run(arrivalID(now), now)
}

// run keeps the request and answers. No answer has left before.
func (k *keeping) run(id string, arrived time.Time) bool {
	x, s := k.x, k.x.entrance.s
	s.busy.Add(1)
	defer s.busy.Add(-1)
	k.h, k.wish = s.holdings, x.address.hold.Load()
	s.mu.Lock()
	k.whose = x.address.claim()
	s.mu.Unlock()
	if k.wish == nil || k.wish.Answer(k.q.Target).Status == 0 || k.whose.owner == "" { // until now it was otherwise
		return x.refuse(offline)
	}
	if !k.h.begin(k.whose) {
		return x.refuse(tooMany)
	}
	defer k.h.end(k.whose)
	k.held = Held{
		ID: id, Address: k.whose.address, Owner: k.whose.owner, Arrived: arrived,
		Sender: x.name, Scheme: x.entrance.scheme, Host: x.entrance.host(x.address), Port: x.entrance.port,
		Head: k.q.Raw, Size: int64(len(k.q.Raw) + len(k.buf)),
	}
	if no := k.read(); no != nil {
		k.giveUp()
		return x.refuse(no)
	}
	if no := k.keep(); no != nil {
		return x.refuse(no)
	}
	return k.answer()
}

// read reads the body. What can't be kept is refused before it is read, if its length is told.
func (k *keeping) read() *ownAnswer {
	f, n := k.q.Framing()
	if f == http1.Length && n > keptBody {
		return tooLarge
	}
	need := Quota(k.held.Size)
	if f == http1.Length {
		need = Quota(int64(len(k.q.Raw)) + n)
	}
	if no := k.promise(need); no != nil {
		return no
	}
	if !k.whole && k.q.ExpectsContinue() {
		_ = k.x.conn.SetWriteDeadline(time.Now().Add(lingerFor))
		if _, err := io.WriteString(k.x.conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return cutOff
		}
	}
	for !k.whole {
		if no := k.readPiece(); no != nil {
			return no
		}
	}
	k.x.readForEver()
	return nil
}

// readPiece reads some of the body.
func (k *keeping) readPiece() *ownAnswer {
	if len(k.buf) >= keptPiece {
		if no := k.spool(); no != nil {
			return no
		}
	}
	if len(k.buf) == cap(k.buf) {
		k.buf = append(make([]byte, 0, min(max(4<<10, 2*cap(k.buf)), keptPiece)), k.buf...)
	}
	if k.x.r.Buffered() == 0 {
		k.x.readWithin(k.x.limits().BodySilence)
	}
	n, err := k.body.Read(k.buf[len(k.buf):cap(k.buf)])
	k.buf = k.buf[:len(k.buf)+n]
	k.held.Size += int64(n)
	switch bad, _ := errors.AsType[*http1.Error](err); {
	case err == io.EOF:
		k.whole = true
	case bad != nil:
		k.x.last, k.x.asked = true, false
		return newAnswer(Other, bad.Status, 0, "This request can't be read: "+bad.Reason+".")
	case timedOut(err):
		return tooSlow
	case err != nil:
		return cutOff
	case k.held.Size > keptBody:
		return tooLarge
	}
	if more := Quota(k.held.Size) - k.room; more > 0 {
		return k.promise(max(more, min(keptPiece, k.held.Size)))
	}
	return nil
}

// promise sets room aside.
func (k *keeping) promise(bytes int64) *ownAnswer {
	err := k.h.promise(k.whose, bytes)
	if err == nil {
		k.room += bytes
		return nil
	}
	if k.h.refuses(k.whose) {
		k.h.s.cfg.Log.Warn("a webhook for an agent that is away was not held: its sender was told to try again",
			"address", k.whose.address, "key", k.whose.owner, "why", err.Error())
	}
	return heldFull
}

// spool moves what was read to the spool.
func (k *keeping) spool() *ownAnswer {
	if err := k.h.Spool.Append(context.Background(), k.held.ID, k.buf); err != nil {
		return k.fault(err)
	}
	k.long, k.buf = true, k.buf[:0]
	return nil
}

// keep puts the request on disk, to stay.
func (k *keeping) keep() *ownAnswer {
	if k.long && len(k.buf) > 0 {
		if no := k.spool(); no != nil {
			k.giveUp()
			return no
		}
	}
	if !k.long {
		k.held.Body = k.buf
		if k.held.Body == nil {
			k.held.Body = []byte{}
		}
	}
	if err := k.h.Spool.Keep(context.Background(), &k.held); err != nil {
		no := k.fault(err)
		k.giveUp()
		return no
	}
	k.h.giveBack(k.whose, k.room-Quota(k.held.Size))
	k.h.kept(k.whose, &k.held)
	return k.check()
}

// check sees whether the address still is whose it was when the request came. If not, its owner gets nothing of it any more.
func (k *keeping) check() *ownAnswer {
	s, d := k.h.s, k.x.address
	s.mu.Lock()
	still := d.claim() == k.whose && (s.addresses[d.place] == d || s.closed)
	s.mu.Unlock()
	if still {
		k.h.begun(d, k.whose)
		return nil
	}
	sums, err := k.h.Spool.Drop(context.Background(), Choice{Seq: k.held.Seq})
	if err != nil {
		s.cfg.Log.Error("a held webhook could not be forgotten", "address", k.whose.address, "key", k.whose.owner, "err", err)
	}
	k.h.gone(sums)
	return offline
}

// fault tells that the spool can't be written.
func (k *keeping) fault(err error) *ownAnswer {
	k.h.refused.Add(1)
	k.h.s.cfg.Log.Error("a webhook for an agent that is away could not be held: its sender was told to try again",
		"address", k.whose.address, "key", k.whose.owner, "err", err)
	return unkept
}

// giveUp forgets what came of the request.
func (k *keeping) giveUp() {
	k.h.giveBack(k.whose, k.room)
	if !k.long {
		return
	}
	if err := k.h.Spool.Discard(context.Background(), k.held.ID); err != nil {
		k.h.s.cfg.Log.Error("a part of a webhook could not be forgotten", "err", err)
	}
}

// answer tells the sender what the agent wants it to be told.
func (k *keeping) answer() bool {
	x := k.x
	x.count(HeldBack)
	keep := x.mayKeep()
	_ = x.conn.SetWriteDeadline(time.Now().Add(lingerFor))
	_, err := x.conn.Write(heldAnswer(k.wish.Answer(k.q.Target), keep, k.q.Minor))
	_ = x.conn.SetWriteDeadline(time.Time{})
	switch {
	case err != nil:
		return false
	case !keep:
		x.linger(lingerFor)
		x.drain()
		return false
	}
	x.readWithin(x.limits().Idle)
	return true
}

// heldAnswer is the answer to a request that is kept, in full.
func heldAnswer(a tunnel.HoldAnswer, keep bool, minor int) []byte {
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", a.Status, http1.StatusText(a.Status))
	bodiless := a.Status == 204 || a.Status == 304
	if !bodiless {
		b = fmt.Appendf(b, "Content-Length: %d\r\n", len(a.Body))
		if a.Body != "" {
			kind := a.Type
			if kind == "" {
				kind = "text/plain; charset=utf-8"
			}
			b = fmt.Appendf(b, "Content-Type: %s\r\n", kind)
		}
	}
	switch {
	case !keep:
		b = append(b, "Connection: close\r\n"...)
	case minor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	b = append(b, "\r\n"...)
	if !bodiless {
		b = append(b, a.Body...)
	}
	return b
}
