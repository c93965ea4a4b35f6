package tunnel

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// gatherFor is how long written bytes wait for company before they leave by themselves.
const gatherFor = 500 * time.Microsecond

// output gathers an answer's bytes into frames.
type output struct {
	mu     sync.Mutex // held while bytes are gathered or sent, and while they wait for credit
	block  *Block     // a data frame in the making, its header left free; nil while empty
	size   int        // payload bytes in it
	timer  *time.Timer
	broken error        // a write ran out of time on its way
	until  atomic.Int64 // write deadline in Unix nanoseconds, 0 for none
	closed atomic.Bool
}

func (o *output) expire(t time.Time) {
	if t.IsZero() {
		o.until.Store(0)
	} else {
		o.until.Store(t.UnixNano())
	}
}

func (o *output) space() []byte {
	if o.block == nil {
		o.block = GetBlock()
	}
	return o.block[HeaderSize+o.size : HeaderSize+MaxFinalData]
}

func (o *output) release() {
	if o.block != nil {
		o.block.Put()
	}
	o.block, o.size = nil, 0
}

// unlock ends a use of the output. Who closed it in the meantime left the cleaning up to us.
func (o *output) unlock() {
	if o.closed.Load() {
		o.release()
	}
	o.mu.Unlock()
}

// Write takes bytes of the answer. They leave when a packet is full, when Read has to wait, by Flush or Finish, and at
// the latest half a millisecond later; after an upgrade at once.
func (c *Conn) Write(p []byte) (n int, err error) {
	c.out.mu.Lock()
	defer c.out.unlock()
	for len(p) > 0 {
		if c.out.size == MaxFinalData {
			if err := c.flush(); err != nil {
				return n, err
			}
		}
		if err := c.writeFault(); err != nil {
			return n, err
		}
		m := copy(c.out.space(), p)
		c.out.size += m
		n += m
		p = p[m:]
	}
	if c.isRaw() {
		return n, c.flush()
	}
	c.flushSoon()
	return n, nil
}

func (c *Conn) isRaw() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw
}

func (c *Conn) writeFault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over || c.shut:
		return net.ErrClosed
	case c.fault != nil:
		return c.fault
	case c.out.broken != nil:
		return c.out.broken
	case c.outflow.expired():
		return errTimeout
	}
	return nil
}

func (c *Conn) flushSoon() {
	switch {
	case c.out.size == 0:
	case c.out.timer == nil:
		c.out.timer = time.AfterFunc(gatherFor, func() { _ = c.Flush() })
	default:
		c.out.timer.Reset(gatherFor)
	}
}

// Flush sends what was written so far.
func (c *Conn) Flush() error {
	c.out.mu.Lock()
	defer c.out.unlock()
	return c.flush()
}

// flushNow is Flush if that doesn't take any waiting: a Read must not wait for the other direction.
func (c *Conn) flushNow() {
	if !c.out.mu.TryLock() {
		return
	}
	defer c.out.unlock()
	if c.out.size > 0 && c.writeFault() == nil && c.outflow.tryTake(c.out.size) {
		_ = c.transmit(c.frame(), c.lane.ch.Send)
	}
}

func (c *Conn) flush() error {
	if c.out.size == 0 {
		return nil
	}
	if err := c.writeFault(); err != nil {
		return err
	}
	if err := c.outflow.Take(c.out.size, c.blocked); err != nil {
		return err
	}
	return c.transmit(c.frame(), c.lane.ch.Send)
}

func (c *Conn) blocked() { _ = c.lane.ch.Send(c.turn, AppendBlocked(nil)) }

// frame is the gathered data as a frame, or nothing. Its credit was taken.
func (c *Conn) frame() []byte {
	if c.out.size == 0 {
		return nil
	}
	PutHeader(c.out.block[:], FrameData, c.out.size)
	return c.out.block[:HeaderSize+c.out.size]
}

// transmit sends frames that lie in the output's block, if any do, and empties it.
func (c *Conn) transmit(frames []byte, send func(uint64, []byte) error) error {
	if c.out.timer != nil {
		c.out.timer.Stop()
	}
	until := c.out.until.Load()
	if until == 0 {
		err := send(c.turn, frames)
		c.out.size = 0
		c.out.release()
		return err
	}
	return c.transmitUntil(time.Unix(0, until), frames, send)
}

// transmitUntil leaves the sending to a goroutine: x/crypto's channels know no deadlines. If it is late, the block stays
// with it.
func (c *Conn) transmitUntil(t time.Time, frames []byte, send func(uint64, []byte) error) error {
	block := c.out.block
	c.out.block, c.out.size = nil, 0
	sent := make(chan error, 1)
	go func() {
		sent <- send(c.turn, frames)
		if block != nil {
			block.Put()
		}
	}()
	late := time.NewTimer(time.Until(t))
	defer late.Stop()
	select {
	case err := <-sent:
		return err
	case <-late.C:
		c.out.broken = errTimeout
		return errTimeout
	}
}
