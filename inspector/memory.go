package inspector

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
)

// MemoryForBodies is how much of long bodies is in memory at a time where nothing else is said, in bytes.
const MemoryForBodies = 20 << 20

// Memory is what is left for long bodies. They are in the store, piece by piece; but to read one back from there, to look at it
// and to pass it on, takes longer than to receive it. Where the memory is used up, or the length isn't known beforehand, that is
// done all the same. Several Inspectors may share one.
type Memory struct {
	left  atomic.Int64
	spare sync.Pool // of *[]byte that were released
}

// NewMemory allows so many bytes.
func NewMemory(bytes int64) *Memory {
	m := new(Memory)
	m.left.Store(bytes)
	return m
}

// A bodyCopy is a long body in memory, as far as it has come. Nil is none: what is asked of it then comes to nothing.
type bodyCopy struct {
	memory *Memory
	bytes  []byte
	users  atomic.Int32 // the exchange, and each reader that is open; 0: it is released for good
}

// take sets memory aside for a body of so many bytes; nil if it isn't left.
func (m *Memory) take(size int64) *bodyCopy {
	room := int(size) + 1 // the last is for the read that finds the end
	spare, ok := m.spare.Get().(*[]byte)
	if ok = ok && cap(*spare) >= room && cap(*spare) <= room+room/4; ok {
		room = cap(*spare)
	}
	if m.left.Add(-int64(room)) < 0 {
		m.left.Add(int64(room))
		if ok {
			m.spare.Put(spare)
		}
		return nil
	}
	c := &bodyCopy{memory: m}
	if ok {
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
		c.memory.left.Add(int64(cap(c.bytes)))
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
