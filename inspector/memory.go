package inspector

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
)

// memoryForBodies is how much of long bodies may be in memory at a time, in bytes. They are in the store, piece by piece;
// but to read one back from there, to look at it and to pass it on, takes longer than to receive it.
const memoryForBodies = 24 << 20

// bodyMemory is what is left for long bodies. Where it is used up they are read back.
type bodyMemory struct {
	left  atomic.Int64
	spare sync.Pool // of *[]byte that were released
}

// A bodyCopy is a long body in memory, as far as it has come. Nil is none: what is asked of it then comes to nothing.
type bodyCopy struct {
	memory *bodyMemory
	size   int64 // bytes of the body
	bytes  []byte
	users  atomic.Int32 // the exchange, and each reader that is open; 0: it is released for good
}

// take sets memory aside for a body of so many bytes; nil if it isn't left.
func (m *bodyMemory) take(size int64) *bodyCopy {
	if m.left.Add(-size) < 0 {
		m.left.Add(size)
		return nil
	}
	room := int(size) + 1 // the last is for the read that finds the end
	c := &bodyCopy{memory: m, size: size}
	if spare, ok := m.spare.Get().(*[]byte); ok && cap(*spare) >= room && cap(*spare) <= 2*room {
		c.bytes = (*spare)[:0]
	} else {
		c.bytes = make([]byte, 0, room)
	}
	c.users.Store(1)
	return c
}

// space is where the next piece of the body goes: in buf, which is used again, if there is no copy.
func (c *bodyCopy) space(buf []byte) []byte {
	if c == nil {
		return buf[:0]
	}
	n := len(c.bytes)
	return c.bytes[n:n:min(n+shortBody, cap(c.bytes))]
}

// add takes note of the next piece. It lies where space said, or is copied there.
func (c *bodyCopy) add(piece []byte) {
	if c != nil {
		c.bytes = append(c.bytes, piece...)
	}
}

// whole is all that was added.
func (c *bodyCopy) whole() []byte {
	if c == nil {
		return nil
	}
	return c.bytes
}

// open reads it from the beginning, and it stays until the reader is closed. Nil once it is released: an app may have
// answered before its request was begun.
func (c *bodyCopy) open() io.ReadCloser {
	if c == nil {
		return nil
	}
	for n := c.users.Load(); n > 0; n = c.users.Load() {
		if c.users.CompareAndSwap(n, n+1) {
			return &copyReader{*bytes.NewReader(c.bytes), c}
		}
	}
	return nil
}

// release ends a use of it. With the last the memory is free for another.
func (c *bodyCopy) release() {
	if c != nil && c.users.Add(-1) == 0 {
		c.memory.left.Add(c.size)
		c.memory.spare.Put(&c.bytes)
	}
}

type copyReader struct {
	bytes.Reader
	c *bodyCopy
}

// Close is called once.
func (r *copyReader) Close() error {
	r.c.release()
	return nil
}
