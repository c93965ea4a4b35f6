package relay

import (
	"errors"
	"sync/atomic"
	"time"

	"devhook/tunnel"
)

// A lane is the relay's end of an exchange channel. Its goroutine brings answers back; requests are sent by the
// senders' own.
type lane struct {
	pool  *lanes
	ch    *tunnel.Channel
	x     atomic.Pointer[exchange] // the one that goes on, or nil
	dead  atomic.Bool              // nobody reads any more; set before the last look at x
	since time.Time                // free since; guarded by the pool's lock
}

// run reads the agent's frames until the channel ends. It waits for nobody else: behind an answer that its sender is
// slow to take there may be credit that the request waits for.
func (l *lane) run() {
	defer l.ch.Release()
	defer l.pool.agent.s.contain(func() { l.end(errors.New("relay: panic")) })
	for {
		f, err := l.ch.Next()
		if err == nil {
			err = l.take(f)
		}
		if err != nil {
			l.end(err)
			return
		}
	}
}

// carry puts an exchange on the lane, unless the lane has ended since it was free.
func (l *lane) carry(x *exchange) bool {
	l.x.Store(x)
	return !l.dead.Load() || !l.x.CompareAndSwap(x, nil)
}

var errAborted = errors.New("relay: the agent aborted the exchange")

func (l *lane) take(f tunnel.Frame) error {
	x := l.x.Load()
	if x == nil {
		return errors.New("relay: a frame outside of an exchange")
	}
	switch f.Type {
	case tunnel.FrameData:
		return l.data(x, f.Payload)
	case tunnel.FrameCredit:
		return x.out.Add(f.Credit())
	case tunnel.FrameBlocked:
		x.repay(x.in.Blocked())
	case tunnel.FrameUpgraded:
		return x.upgrade()
	case tunnel.FrameEnd:
		x.answered(nil, l.ended(x, f.EndFlags()))
	case tunnel.FrameAbort:
		return errAborted
	default:
		return errors.New("relay: the agent sent an open frame")
	}
	return nil
}

// data passes a piece of the answer on. If the end came with it, the lane is free before the sender has the answer: its
// next request will find it.
func (l *lane) data(x *exchange, p []byte) error {
	if err := x.in.Arrived(len(p)); err != nil {
		return err
	}
	l.ch.Count(len(p))
	var last *ending
	if flags, ok := l.ch.End(); ok {
		last = l.ended(x, flags)
	}
	x.answered(p, last)
	return nil
}

// ended takes the exchange off the lane. Only after a clean end both ways the lane carries another.
func (l *lane) ended(x *exchange, flags byte) *ending {
	if x.isRaw() {
		return &ending{} // the other direction may go on
	}
	last := &ending{keep: flags&tunnel.EndKeep != 0}
	if flags&tunnel.EndRecorded != 0 {
		x.record()
	}
	if !l.x.CompareAndSwap(x, nil) {
		return last // the sender went away at this moment, and the channel is being closed
	}
	x.out.Fail(tunnel.ErrOver)
	l.ch.Retire(x.turn)
	if flags&tunnel.EndConsumed != 0 && x.sentEnd() && l.ch.Count(0) < largeFrom {
		l.pool.release(l)
	} else {
		l.ch.Close()
	}
	return last
}

// end is the end of the channel, in the middle of an exchange or not. The lane counts until the agent has closed it too:
// what an agent that doesn't sends would else pile up.
func (l *lane) end(err error) {
	free := l.pool.remove(l)
	l.dead.Store(true)
	if x := l.x.Swap(nil); x != nil {
		x.broken(err)
	}
	l.ch.Close()
	l.ch.Drain()
	l.pool.lost(free)
}
