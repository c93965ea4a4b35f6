package tunnel

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Stream is one connection of a sender that a stock sshd forwards. It is like the TCP connection it comes from, and may
// carry one request after another: deadlines work, CloseWrite says that no more comes. What a sender sends waits in the
// channel's window, 2 MiB, until it is read. Its methods may be called at the same time.
//
// The protocol has no way to have the sender's connection reset: to a sender, Close is an end like any other.
type Stream struct {
	session *session
	ch      ssh.Channel
	from    net.Addr

	writes sync.Mutex // held by the one Write that is going on

	mu      sync.Mutex // guards what follows
	changed sync.Cond  // what Read, Write and receive wait for
	rest    []byte     // came and was not read; it lies in receive's block
	fault   error      // why nothing more comes: io.EOF or ErrLost
	closed  bool       // by Close
	shut    bool       // by CloseWrite
	broken  error      // a Write ran out of time on its way
	reading deadline
	writing deadline
	gone    chan struct{}
	goneAt  time.Time
}

func newStream(s *session, ch ssh.Channel, from net.Addr) *Stream {
	c := &Stream{session: s, ch: ch, from: from, gone: make(chan struct{})}
	c.changed.L = &c.mu
	return c
}

// RemoteAddr is the sender's address, as the server tells it.
func (c *Stream) RemoteAddr() net.Addr { return c.from }

// PublicHost is the host[:port] that callers use.
func (c *Stream) PublicHost() string { return c.session.publicHost() }

// LocalAddr is the public address.
func (c *Stream) LocalAddr() net.Addr { return addr(c.PublicHost()) }

// Gone is closed when the connection has ended on the other side, or the tunnel is lost.
func (c *Stream) Gone() <-chan struct{} { return c.gone }

// GoneAt tells when that was.
func (c *Stream) GoneAt() (at time.Time, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.goneAt, !c.goneAt.IsZero()
}

// leave takes note of the channel's end.
func (c *Stream) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.goneAt = c.session.l.cfg.Now()
	close(c.gone)
	c.changed.Broadcast()
}

// receive reads ahead, a block at most: a channel's own Read knows no deadlines.
func (c *Stream) receive() {
	b := GetBlock()
	defer b.Put()
	for {
		n, err := c.ch.Read(b[:])
		if !c.pass(b[:n]) {
			return
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

// pass gives what came to Read and waits until it is taken. It returns false after Close.
func (c *Stream) pass(p []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = p
	c.changed.Broadcast()
	for len(c.rest) > 0 && !c.closed {
		c.changed.Wait()
	}
	return !c.closed
}

// end takes note that nothing more comes. x/crypto ends channels with io.EOF also where the whole connection was lost.
func (c *Stream) end(err error) {
	if err != io.EOF || c.session.line.Dead() {
		err = ErrLost
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = err
	c.changed.Broadcast()
}

// Read reads what the sender sent. The errors: io.EOF when it sends no more, ErrLost, os.ErrDeadlineExceeded,
// net.ErrClosed.
func (c *Stream) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(p) > 0 && !c.closed && !c.reading.over && len(c.rest) == 0 && c.fault == nil {
		c.changed.Wait()
	}
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.reading.over:
		return 0, errTimeout
	case len(p) == 0:
		return 0, nil
	case len(c.rest) == 0:
		return 0, c.fault
	}
	n := copy(p, c.rest)
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.changed.Broadcast()
	}
	return n, nil
}

// Write sends to the sender. It waits while the sender takes nothing. The errors: ErrGone, ErrLost,
// os.ErrDeadlineExceeded, after which all further writes fail, and net.ErrClosed.
func (c *Stream) Write(p []byte) (n int, err error) {
	c.writes.Lock()
	defer c.writes.Unlock()
	for len(p) > 0 && err == nil {
		var m int
		m, err = c.write(p[:min(len(p), blockSize)])
		n, p = n+m, p[m:]
	}
	return n, err
}

// write leaves the sending to a goroutine: x/crypto's channels know no deadlines. If it is late, the block stays with it.
func (c *Stream) write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.writeFault(); err != nil {
		return 0, err
	}
	block, sent, done := GetBlock(), error(nil), false
	n := copy(block[:], p)
	go func() {
		_, err := c.ch.Write(block[:n])
		block.Put()
		c.mu.Lock()
		defer c.mu.Unlock()
		sent, done = err, true
		c.changed.Broadcast()
	}()
	for !done && !c.closed && !c.writing.over {
		c.changed.Wait()
	}
	switch {
	case done && sent == nil:
		return n, nil
	case done && c.session.line.Dead():
		return 0, ErrLost
	case done:
		return 0, ErrGone
	case c.closed:
		return 0, net.ErrClosed
	}
	c.broken = errTimeout
	return 0, errTimeout
}

func (c *Stream) writeFault() error {
	switch {
	case c.closed || c.shut:
		return net.ErrClosed
	case c.broken != nil:
		return c.broken
	case c.writing.over:
		return errTimeout
	}
	return nil
}

// CloseWrite tells the sender that no more bytes come. Reading goes on.
func (c *Stream) CloseWrite() error {
	c.writes.Lock()
	defer c.writes.Unlock()
	c.mu.Lock()
	err := c.writeFault()
	c.shut = true
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.ch.CloseWrite()
}

// Close ends the connection both ways. What was written is still passed on.
func (c *Stream) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	c.reading.set(time.Time{}, &c.mu, &c.changed)
	c.writing.set(time.Time{}, &c.mu, &c.changed)
	c.changed.Broadcast()
	go c.ch.Close() // it doesn't wait for the other end
	return nil
}

// SetDeadline sets both deadlines.
func (c *Stream) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets when Read gives up, also one that waits already. The zero time means never.
func (c *Stream) SetReadDeadline(t time.Time) error { return c.expire(&c.reading, t) }

// SetWriteDeadline sets when Write gives up, also one that waits already. If the time runs out while bytes are on their
// way into the tunnel, all further writes fail.
func (c *Stream) SetWriteDeadline(t time.Time) error { return c.expire(&c.writing, t) }

func (c *Stream) expire(d *deadline, t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	d.set(t, &c.mu, &c.changed)
	return nil
}
