package relay

import (
	"io"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// An upload is the way of one request into the tunnel: its bytes are gathered into a block, and a full block, or the
// request's end, sends it. A request that fits into one block is one packet.
type upload struct {
	x      *sender
	head   *http1.Request
	body   *http1.Body
	open   tunnel.Open
	framed http1.Framing
	e      *exchange // nil until the first block is sent
	ticket tickets   // that it has as a malformed request, until an exchange takes it over

	block *tunnel.Block
	start int  // where the data frame's header stands
	end   int  // behind its payload
	whole bool // the request was read to its end, sound or not
	gone  bool // the sender's connection was reset

	arrived time.Time
	keeps   bool   // if its way is lost, it is kept for the agent's return
	copied  []byte // what was read of its body then
}

func newUpload(x *sender, q *http1.Request, malformed string) *upload {
	u := &upload{x: x, head: q, block: tunnel.GetBlock(), arrived: x.entrance.s.cfg.Now()}
	u.open = tunnel.Open{Sender: x.name, Scheme: x.entrance.scheme, Malformed: malformed, LocalPort: x.entrance.port}
	if k := x.kept; k != nil {
		u.open.Host, u.open.ID, u.open.Held = k.Host, k.ID, k.Arrived
	} else {
		u.open.Host, u.open.ID = x.entrance.host(x.address), arrivalID(u.arrived)
	}
	if malformed != "" {
		u.body = x.r.RawBody(http1.None, 0)
	} else {
		var n int64
		u.framed, n = q.Framing()
		u.body = x.r.RawBody(u.framed, n)
		u.open.Upgrade = q.Upgrade() != ""
	}
	u.whole = u.framed == http1.None
	u.start = len(tunnel.AppendOpen(u.block[:0], &u.open))
	u.end = u.start + tunnel.HeaderSize
	return u
}

func arrivalID(now time.Time) string {
	id, err := ulid.New(ulid.Timestamp(now), ulid.DefaultEntropy())
	if err != nil { // the year 10889
		return strings.Repeat("0", ulid.EncodedSize)
	}
	return id.String()
}

func (u *upload) release() {
	if u.block != nil {
		u.block.Put()
		u.block = nil
	}
}

// space is where the next bytes go; an end frame will always fit in behind them.
func (u *upload) space() []byte { return u.block[u.end : len(u.block)-tunnel.EndSize] }

// put adds bytes of the head.
func (u *upload) put(p []byte) bool {
	for len(p) > 0 {
		if len(u.space()) == 0 && !u.flush(false) {
			return false
		}
		n := copy(u.space(), p)
		u.end += n
		p = p[n:]
	}
	return true
}

// gather puts the head into the block, and the body if it is short: a slow sender then takes no place in the tunnel
// before its request is whole.
func (u *upload) gather() bool {
	if !u.put(u.head.Raw) {
		return false
	}
	if u.whole || u.head.ExpectsContinue() || u.open.Upgrade {
		return true
	}
	_, n := u.head.Framing()
	short := u.framed == http1.Length && n <= int64(len(u.space()))
	for !u.whole && len(u.space()) > 0 && (short || u.x.r.Buffered() > 0) {
		u.read()
	}
	return true
}

// read reads a piece of the body into the block.
func (u *upload) read() {
	if u.x.r.Buffered() == 0 {
		u.x.readWithin(u.x.limits().BodySilence)
	}
	if u.e != nil && u.e.isOver() {
		return
	}
	n, err := u.body.Read(u.space())
	u.copy(u.space()[:n])
	u.end += n
	if err != nil && u.e != nil && timedOut(err) && u.e.wasRescued() {
		return // we were woken: the body goes on elsewhere
	}
	if err != nil {
		u.whole = true
		if err != io.EOF {
			u.keepNot()
			u.x.last, u.x.asked = true, false // cut, late or malformed: the agent sees where it ends, and says so
			u.gone = reset(err)
		}
	}
}

// run sends the request and waits for the answer's end.
func (u *upload) run() bool {
	for {
		if !u.flush(u.whole) {
			return u.ended(false)
		}
		if u.whole {
			break
		}
		if u.read(); u.e.isOver() {
			return u.ended(true)
		}
	}
	u.release()
	switch {
	case u.gone:
		u.e.senderGone()
		return false
	case u.open.Upgrade:
		return u.x.watchUpgrade(u.e)
	}
	if u.x.watch(u.e) {
		return true
	}
	return u.ended(false)
}

// ended is the end of a request's connection, unless its way was lost and it is kept now. The sender may still be sending.
func (u *upload) ended(drain bool) bool {
	if u.e != nil {
		<-u.e.done
		switch rescued := u.e.wasRescued(); {
		case rescued && u.keeps:
			return u.rescue()
		case rescued: // it grew too long, or was cut, at this moment
			return u.x.refuse(lostAnswer)
		}
	} else if u.keeps {
		return u.rescue()
	}
	if drain {
		u.x.drain()
	}
	return false
}

// flush sends the block. With the request's last bytes goes its end, except where an upgrade is asked for: then it waits
// for the decision.
func (u *upload) flush(last bool) bool {
	if u.e == nil && !u.begin() {
		return false
	}
	data := u.end - u.start - tunnel.HeaderSize
	frames := u.block[:u.end]
	if data > 0 {
		tunnel.PutHeader(u.block[u.start:], tunnel.FrameData, data)
	} else {
		frames = u.block[:u.start]
	}
	if last {
		if !u.gone {
			u.x.readForEver()
		}
		sound := !u.open.Upgrade && !u.gone
		u.e.whole(sound)
		if sound {
			frames = tunnel.AppendEnd(frames, 0)
		}
	}
	u.start, u.end = 0, tunnel.HeaderSize
	if len(frames) == 0 {
		return true
	}
	if err := u.e.send(frames, data); err != nil {
		if <-u.e.done; !u.e.wasRescued() { // the lane says what becomes of it
			u.x.drain()
		}
		return false
	}
	return true
}

// begin finds a lane to the agent that has the address now: another one may have come while the request was gathered, or
// while it waited for a lane. From here on the request belongs to it.
func (u *upload) begin() bool {
	for {
		a := u.x.address.agent.Load()
		if a == nil {
			return u.refuse(offline)
		}
		if a.busy.Add(1) > int64(u.x.limits().Exchanges) {
			a.busy.Add(-1)
			return u.refuse(tooMany)
		}
		e := newExchange(u.x, a, u.open.Upgrade)
		e.keeps, e.ticket = u.keeps, u.ticket
		if e.board() == nil {
			a.s.busy.Add(1)
			a.s.began.Add(1)
			if u.open.Malformed != "" {
				a.s.counts.malformed.Add(1)
			}
			u.e, u.ticket = e, nil
			u.x.latest.Store(e)
			return true
		}
		a.busy.Add(-1)
		if u.x.address.agent.Load() == a {
			return u.refuse(offline)
		}
	}
}

// refuse answers that there is no way to the agent, unless the request is kept.
func (u *upload) refuse(answer *ownAnswer) bool {
	if u.keeps {
		return false
	}
	return u.x.refuse(answer)
}
