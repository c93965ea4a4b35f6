package tunnel

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
)

// ErrOver says that the exchange a frame belongs to has ended on this channel.
var ErrOver = errors.New("tunnel: the exchange is over")

// A Channel carries frames over an SSH channel, for one exchange after another. One goroutine reads, any may send. Each
// exchange has a turn, and a frame is sent only in its own turn: so no late frame can fall into the next exchange.
type Channel struct {
	ssh ssh.Channel

	sending sync.Mutex // held while a frame is written: SSH channels don't take concurrent writes
	turn    uint64     // the exchange that may send, 0 for none; guarded by sending
	turns   uint64     // how many there were; guarded by sending
	ended   uint64     // the latest whose end sendEnd sent; guarded by sending

	moved atomic.Int64 // payload bytes of data frames in this turn, both ways

	small      [16]byte // holds what comes first when nothing is held
	block      *Block   // while more has come
	buf        []byte   // small or block
	start, end int      // buf[start:end] was read and not handed out
}

// NewChannel begins to speak frames on an SSH channel.
func NewChannel(c ssh.Channel) *Channel {
	ch := &Channel{ssh: c}
	ch.buf = ch.small[:]
	return ch
}

// Begin gives the turn to a new exchange.
func (c *Channel) Begin() (turn uint64) {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.moved.Store(0)
	c.turns++
	c.turn = c.turns
	return c.turn
}

// Send writes whole frames at once, if it is this exchange's turn.
func (c *Channel) Send(turn uint64, frames []byte) error { return c.send(turn, frames, false) }

// SendLast is Send, and the exchange's turn ends with it.
func (c *Channel) SendLast(turn uint64, frames []byte) error { return c.send(turn, frames, true) }

func (c *Channel) send(turn uint64, frames []byte, last bool) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if c.turn != turn {
		return ErrOver
	}
	if last {
		c.turn = 0
	}
	_, err := c.ssh.Write(frames)
	return err
}

// sendEnd sends a turn's end frame, unless it was sent before. The turn itself goes on for credit, or ends with it.
func (c *Channel) sendEnd(turn uint64, last bool) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	if c.turn != turn {
		return ErrOver
	}
	if last {
		c.turn = 0
	}
	if c.ended == turn {
		return nil
	}
	c.ended = turn
	_, err := c.ssh.Write(AppendEnd(nil, 0))
	return err
}

// Retire ends a turn: what the exchange still wants to send is not sent.
func (c *Channel) Retire(turn uint64) {
	c.sending.Lock()
	if c.turn == turn {
		c.turn = 0
	}
	c.sending.Unlock()
}

// Abort sends an abort frame, unless the turn is over, and closes the channel. It doesn't wait for either.
func (c *Channel) Abort(turn uint64, reason string) {
	go func() {
		_ = c.SendLast(turn, AppendAbort(nil, reason))
		_ = c.ssh.Close()
	}()
}

// Close closes the channel, without waiting for the other end.
func (c *Channel) Close() { go c.ssh.Close() }

// Drain throws away what still comes, until the other end has closed the channel too.
func (c *Channel) Drain() {
	c.Release()
	b := GetBlock()
	defer b.Put()
	for {
		if _, err := c.ssh.Read(b[:]); err != nil {
			return
		}
	}
}

// Count adds data bytes to those moved in this turn and tells their sum.
func (c *Channel) Count(n int) int64 { return c.moved.Add(int64(n)) }

// Next waits for the next frame. Its payload is valid until the next call.
func (c *Channel) Next() (Frame, error) {
	for {
		f, ok, err := c.Ready()
		if ok || err != nil {
			return f, err
		}
		if err := c.fill(); err != nil {
			return f, err
		}
	}
}

// Ready is Next for a frame that is here already.
func (c *Channel) Ready() (f Frame, ok bool, err error) {
	f, rest, ok, err := parseFrame(c.buf[c.start:c.end])
	c.start = c.end - len(rest)
	return f, ok, err
}

// End takes the next frame if it is an end frame and here already, and returns its flags.
func (c *Channel) End() (flags byte, ok bool) {
	f, rest, ok, _ := parseFrame(c.buf[c.start:c.end])
	if !ok || f.Type != FrameEnd {
		return 0, false
	}
	c.start = c.end - len(rest)
	return f.EndFlags(), true
}

// fill reads once more. While nothing is held it waits without a block, so that an idle channel holds none.
func (c *Channel) fill() error {
	switch {
	case c.start == c.end:
		c.Release()
	case c.block == nil:
		b := GetBlock()
		c.end = copy(b[:], c.buf[c.start:c.end])
		c.start, c.block, c.buf = 0, b, b[:]
	case c.start > 0:
		c.end = copy(c.buf, c.buf[c.start:c.end])
		c.start = 0
	}
	n, err := c.ssh.Read(c.buf[c.end:])
	c.end += n
	if n > 0 {
		return nil
	}
	if err == io.EOF && c.end > 0 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Release gives up the block and what is in it.
func (c *Channel) Release() {
	c.start, c.end = 0, 0
	if c.block != nil {
		c.block.Put()
		c.block, c.buf = nil, c.small[:]
	}
}
