package tunnel

import (
	"errors"
	"net"
	"time"
)

// endWait is how long Finish waits for the end of a request that was answered already. It normally came with the last
// bytes of the request.
const endWait = time.Second

// Finish ends the answer cleanly. keep says that the sender's connection may carry another request. After an error Close
// aborts what has not left yet.
func (c *Conn) Finish(keep bool) error {
	c.out.mu.Lock()
	defer c.out.unlock()
	if err := c.writeFault(); err != nil {
		return err
	}
	if keep && !c.info.Upgrade && !c.requestEnded() {
		if err := c.flush(); err != nil {
			return err
		}
		keep = c.awaitEnd()
	}
	if err := c.outflow.Take(c.out.size, c.blocked); err != nil {
		return err
	}
	consumed, recorded, ok := c.finished()
	if !ok {
		return net.ErrClosed
	}
	var flags byte
	if keep {
		flags |= EndKeep
	}
	if consumed {
		flags |= EndConsumed
	}
	if recorded {
		flags |= EndRecorded
	}
	c.lane.detach(c, consumed)
	defer c.lane.session.exchanges.end()
	if c.out.size == 0 {
		return c.transmit(AppendEnd(nil, flags), c.lane.ch.SendLast)
	}
	return c.transmit(AppendEnd(c.frame(), flags), c.lane.ch.SendLast)
}

// finished marks the exchange as over and tells whether the request's end came, and whether it is on disk. ok is false if
// Close was faster.
func (c *Conn) finished() (consumed, recorded, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false, false, false
	}
	c.over = true
	c.letGo()
	return c.ended, c.stored, true
}

// letGo frees what an exchange that is over still holds. The lock is held.
func (c *Conn) letGo() {
	c.in.release()
	c.inflow.Close()
	c.limit.set(time.Time{}, &c.mu, &c.changed)
	c.outflow.ExpireAt(time.Time{})
	c.changed.Broadcast()
}

func (c *Conn) requestEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *Conn) awaitEnd() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	late := false
	t := time.AfterFunc(endWait, func() {
		c.mu.Lock()
		late = true
		c.changed.Broadcast()
		c.mu.Unlock()
	})
	defer t.Stop()
	for !c.ended && !late && c.fault == nil && !c.over {
		c.changed.Wait()
	}
	return c.ended
}

// Upgrade turns the exchange into raw bytes both ways, behind what was written so far. From now on Close is a clean end.
func (c *Conn) Upgrade() error {
	c.out.mu.Lock()
	defer c.out.unlock()
	if err := c.writeFault(); err != nil {
		return err
	}
	if !c.info.Upgrade {
		return errors.New("tunnel: upgrade of a request that did not ask for it")
	}
	if err := c.outflow.Take(c.out.size, c.blocked); err != nil {
		return err
	}
	if err := c.transmit(AppendUpgraded(c.frame()), c.lane.ch.Send); err != nil {
		return err
	}
	c.mu.Lock()
	c.raw = true
	c.mu.Unlock()
	return nil
}

// CloseWrite tells the other side of an upgraded exchange that no more bytes come. It goes on reading.
func (c *Conn) CloseWrite() error {
	c.out.mu.Lock()
	defer c.out.unlock()
	if err := c.writeFault(); err != nil {
		return err
	}
	c.mu.Lock()
	ok := c.raw
	c.shut = c.raw
	c.mu.Unlock()
	if !ok {
		return errors.New("tunnel: half-close of an exchange that is not upgraded")
	}
	return c.transmit(nil, func(turn uint64, _ []byte) error { return c.lane.ch.sendEnd(turn, false) })
}

// Close ends the exchange. Before Finish it is an abort: the relay resets the sender's connection. After an upgrade it
// is the clean end. After Finish it does nothing.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return nil
	}
	c.over = true
	raw, broken := c.raw, c.fault != nil
	c.letGo()
	c.mu.Unlock()
	c.outflow.Fail(net.ErrClosed)
	c.cleanOutput()
	c.lane.detach(c, false)
	defer c.lane.session.exchanges.end()
	switch {
	case broken:
	case raw:
		return c.lane.ch.sendEnd(c.turn, true)
	default:
		c.lane.ch.Abort(c.turn, "the answer was given up")
	}
	return nil
}

// cleanOutput gives the output's block back, now or when the write that uses it ends.
func (c *Conn) cleanOutput() {
	c.out.closed.Store(true)
	if c.out.mu.TryLock() {
		if c.out.timer != nil {
			c.out.timer.Stop()
		}
		c.out.unlock()
	}
}
