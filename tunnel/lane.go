package tunnel

import (
	"errors"
	"fmt"
	"sync"
)

// A lane is the agent's end of an exchange channel. It carries one Conn after another.
type lane struct {
	session *session
	ch      *Channel

	mu       sync.Mutex
	conn     *Conn // the exchange that goes on, or nil
	draining bool  // the last exchange was over before its request was: the rest is thrown away

	fresh *Conn // opened by the frame just read; told to Accept when all that came with it is in
}

// run reads frames until the channel ends. It never waits for an exchange: that would stop the other direction.
func (l *lane) run() {
	defer l.ch.Release()
	for {
		f, ok, err := l.ch.Ready()
		if err == nil && !ok {
			l.announce()
			f, err = l.ch.Next()
		}
		if err == nil {
			err = l.take(f)
		}
		if err != nil {
			l.end(err)
			return
		}
	}
}

func (l *lane) take(f Frame) error {
	c, draining := l.current()
	switch f.Type {
	case FrameOpen:
		if c != nil || draining {
			return violation("an exchange was opened inside another")
		}
		return l.begin(f)
	case FrameUpgraded:
		return violation("the relay sent an upgraded frame")
	}
	if c == nil {
		return stray(f, draining)
	}
	switch f.Type {
	case FrameData:
		return c.arrived(f.Payload)
	case FrameCredit:
		return c.outflow.Add(f.Credit())
	case FrameBlocked:
		if credit := c.inflow.Blocked(); credit > 0 {
			return notOver(l.ch.Send(c.turn, AppendCredit(nil, credit)))
		}
	case FrameEnd:
		return c.end()
	case FrameAbort:
		return ErrGone
	}
	return nil
}

// stray judges a frame that came when no exchange was going on. Credit may have crossed the end of the last one; the
// rest of a request that was answered early is thrown away.
func stray(f Frame, draining bool) error {
	switch f.Type {
	case FrameCredit, FrameBlocked, FrameAbort:
		return nil
	case FrameData, FrameEnd:
		if draining {
			return nil
		}
	}
	return violation("frame of type %d outside of an exchange", f.Type)
}

func notOver(err error) error {
	if errors.Is(err, ErrOver) {
		return nil
	}
	return err
}

func (l *lane) current() (c *Conn, draining bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn, l.draining
}

func (l *lane) begin(f Frame) error {
	o, err := ParseOpen(f.Payload)
	if err != nil {
		return err
	}
	c := newConn(l, o, l.session.l.budget)
	l.mu.Lock()
	l.conn = c
	l.mu.Unlock()
	l.fresh = c
	l.session.exchanges.begin()
	return nil
}

// announce hands a new exchange to Accept.
func (l *lane) announce() {
	c := l.fresh
	if c == nil {
		return
	}
	l.fresh = nil
	if !l.session.l.hand(c) {
		l.session.l.cfg.Log.Warn("exchange dropped: too many wait to be accepted, or the listener has ended")
		_ = c.Close()
	}
}

// detach takes an exchange that is over off the lane, which may carry the next one at once.
func (l *lane) detach(c *Conn, consumed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == c {
		l.conn, l.draining = nil, !consumed
	}
}

// end is the end of the channel: of an idle one that the relay doesn't need any more, or in the middle of an exchange.
func (l *lane) end(err error) {
	c, _ := l.current()
	if errors.Is(err, ErrProtocol) {
		l.session.l.cfg.Log.Warn("exchange channel closed", "err", err)
	}
	if c != nil {
		if !errors.Is(err, ErrGone) {
			err = fmt.Errorf("%w: %v", ErrLost, err) // %v: an io.EOF in it would pass for the end of the request
		}
		c.fail(err)
		l.announce() // so that what came of it can be recorded
	}
	l.ch.Close()
	l.ch.Drain()
}
