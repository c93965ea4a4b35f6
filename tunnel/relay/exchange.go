package relay

import (
	"errors"
	"sync"
	"time"

	"devhook/tunnel"
)

const (
	promptly  = 20 * time.Millisecond // how long a lane may wait for a sender that takes its answer
	lingerFor = 2 * time.Second       // how long a sender may go on sending after its answer, before the close
	rawLinger = 10 * time.Second      // the same after an upgrade
	drainMost = 1 << 20               // bytes of a request that are thrown away after an early answer
)

// An ending is the end of an answer.
type ending struct{ keep bool }

// An exchange is one request and its answer. Its sender's goroutine sends the request, the lane's brings the answer;
// when a sender is slow to take it, a goroutine of its own takes the lane's place.
type exchange struct {
	sender *sender
	agent  *agent
	lane   *lane
	turn   uint64
	ticket tickets        // that is given back with its end
	out    tunnel.Outflow // of the request
	in     tunnel.Inflow  // of the answer
	done   chan struct{}  // closed when the sender's connection was dealt with
	raw    chan struct{}  // closed by an upgrade; nil unless the request asks for one
	since  time.Time

	mu       sync.Mutex
	uploaded bool // the request was read whole
	endSent  bool // and its end was sent
	begun    bool // a byte of the answer has left
	keep     bool // another request may follow on the sender's connection
	over     bool // nothing of the answer follows; done will be closed
	keeps    bool // if the way is lost before the answer, the request is kept
	rescued  bool // that is so
	recorded bool // the agent has the request on its disk
	finished bool // the agent's answer came whole

	waking  sync.Cond // what the slow way waits for
	slow    bool      // the slow way is taken
	waiting []byte    // of the answer
	last    *ending   // behind that
}

func newExchange(x *sender, a *agent, upgrade bool) *exchange {
	e := &exchange{sender: x, agent: a, done: make(chan struct{}), since: time.Now()}
	e.waking.L = &e.mu
	if upgrade {
		e.raw = make(chan struct{})
	}
	e.out.Open()
	e.in.Open(a.budget)
	return e
}

// board finds a lane. Until it has, nothing has left, and it may try another.
func (e *exchange) board() error {
	for range 3 {
		l, err := e.agent.lanes.take()
		if err != nil {
			return err
		}
		e.lane, e.turn = l, l.ch.Begin()
		if l.carry(e) {
			return nil
		}
	}
	return errNoLane
}

// send sends frames of the request with so many bytes of data, when there is credit for them.
func (e *exchange) send(frames []byte, data int) error {
	if err := e.out.Take(data, e.blocked); err != nil {
		return err
	}
	e.lane.ch.Count(data)
	e.agent.s.counts.in.Add(int64(data))
	return e.lane.ch.Send(e.turn, frames)
}

func (e *exchange) blocked() { _ = e.lane.ch.Send(e.turn, tunnel.AppendBlocked(nil)) }

// repay gives credit for the answer back to the agent.
func (e *exchange) repay(credit int) {
	if credit > 0 {
		_ = e.lane.ch.Send(e.turn, tunnel.AppendCredit(nil, credit))
	}
}

// whole notes, before the last frames are sent, that the request was read to its end.
func (e *exchange) whole(end bool) {
	e.mu.Lock()
	e.uploaded, e.endSent = true, end
	e.mu.Unlock()
}

func (e *exchange) sentEnd() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.endSent
}

func (e *exchange) isOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.over
}

func (e *exchange) wasRescued() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rescued
}

func (e *exchange) wasRecorded() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.recorded
}

func (e *exchange) wasFinished() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.finished
}

func (e *exchange) record() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recorded = true
}

// keepNot says that the request is too long to be kept.
func (e *exchange) keepNot() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keeps = false
}

func (e *exchange) isRaw() bool {
	if e.raw == nil {
		return false
	}
	select {
	case <-e.raw:
		return true
	default:
		return false
	}
}

func (e *exchange) upgrade() error {
	if e.raw == nil || e.isRaw() {
		return errors.New("relay: the agent upgraded what does not ask for it")
	}
	close(e.raw)
	return nil
}

// finish is the clean end of an answer: all of it was handed to the sender's connection.
func (e *exchange) finish(last *ending) {
	whole, ok := e.end(Answered, last)
	if !ok {
		return
	}
	e.mu.Lock()
	e.finished = true
	e.mu.Unlock()
	if !e.isRaw() && e.sender.kept == nil {
		e.agent.s.counts.answered(time.Since(e.since))
	}
	x := e.sender
	switch {
	case e.isRaw():
		x.linger(rawLinger) // the sender may still say something
		e.out.ExpireAt(time.Now().Add(rawLinger))
	case e.keep:
		x.readWithin(x.limits().Idle)
		x.rest()
	case whole && x.asked:
		_ = x.conn.Close()
	default:
		x.linger(lingerFor)
	}
	e.close()
}

// end marks the exchange as over, before the sender's connection is dealt with. ok is false if it was over already.
func (e *exchange) end(o Outcome, last *ending) (whole, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return false, false
	}
	e.over = true
	if o != nothing {
		e.sender.count(o)
	}
	e.keep = last != nil && last.keep && e.uploaded && e.sender.mayKeep()
	e.waking.Signal()
	return e.uploaded, true
}

// close lets the sender's goroutine go on.
func (e *exchange) close() {
	e.in.Close()
	e.ticket.giveBack()
	e.agent.busy.Add(-1)
	e.agent.s.busy.Add(-1)
	close(e.done)
}

// senderGone is the loss of the sender's connection before the answer's end.
func (e *exchange) senderGone() {
	if e.lane.x.CompareAndSwap(e, nil) {
		e.lane.ch.Abort(e.turn, "the sender is gone")
	}
	e.out.Fail(tunnel.ErrOver)
	e.reset(Left)
}

// broken is the loss of the lane, or of the whole tunnel, before the answer's end. If nothing of the answer has left
// the sender is told; else its connection is reset, so that the piece does not pass for a whole.
func (e *exchange) broken(err error) {
	e.out.Fail(tunnel.ErrOver)
	e.mu.Lock()
	begun, keeps := e.begun, e.keeps
	e.begun = true
	e.rescued = keeps && !begun && !e.over
	rescued := e.rescued
	e.mu.Unlock()
	if rescued {
		e.rescue()
		return
	}
	if begun || errors.Is(err, errAborted) {
		e.reset(Cut)
		return
	}
	if _, ok := e.end(Lost, nil); !ok {
		return
	}
	_, _ = e.write(lostAnswer.text, promptly)
	e.sender.linger(lingerFor)
	e.close()
}

// nothing is the outcome of a request whose end is counted elsewhere.
const nothing Outcome = -1

// rescue leaves the request to its sender's goroutine, which keeps it. It may be waiting for what the sender says next.
func (e *exchange) rescue() {
	if _, ok := e.end(nothing, nil); ok {
		_ = e.sender.conn.SetReadDeadline(time.Now())
		e.close()
	}
}

// reset closes the sender's connection the hard way.
func (e *exchange) reset(o Outcome) {
	if _, ok := e.end(o, nil); !ok {
		return
	}
	e.sender.reset()
	e.close()
}
