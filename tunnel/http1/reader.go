package http1

import (
	"bufio"
	"io"
	"sync"
)

const (
	smallSize = 2 << 10  // part of each Reader: enough for most webhooks whole, and for whoever sends nothing
	blockSize = 32 << 10 // from the pool, while there is more
	emptyMax  = 100      // reads in a row that may bring nothing
)

var blocks = sync.Pool{New: func() any { return new([blockSize]byte) }}

// Reader reads messages off a connection. It isn't safe for concurrent use. While nothing is read ahead it holds no pooled buffer.
type Reader struct {
	src        io.Reader
	buf        []byte           // small, or block, or one made for a big head
	start, end int              // buf[start:end] is read ahead
	block      *[blockSize]byte // from the pool, or nil
	err        error            // came with the last bytes, is told after them
	limits     Limits           // of the last head: they hold for the trailer too
	small      [smallSize]byte
}

// NewReader reads from src, which should return what has come rather than wait for a full buffer, as connections do.
func NewReader(src io.Reader) *Reader {
	r := new(Reader)
	r.Reset(src)
	return r
}

// Reset forgets what was read ahead and reads from src. A Reader may be kept in a pool: Reset(nil) before.
func (r *Reader) Reset(src io.Reader) {
	r.drop()
	r.src, r.err, r.limits = src, nil, Limits{}.orDefault()
}

// Release gives the pooled buffer back if nothing is read ahead. A Reader does so by itself whenever it runs empty; this is for
// callers that stop reading in the middle. Bytes read ahead are kept.
func (r *Reader) Release() {
	if r.start == r.end {
		r.drop()
	}
}

// Buffered tells how many bytes are read ahead.
func (r *Reader) Buffered() int { return r.end - r.start }

// Peek waits until n bytes are read ahead, at most 32 KiB, and shows them without taking them. With fewer comes the reason. The
// bytes are good until the next call.
func (r *Reader) Peek(n int) ([]byte, error) {
	if n > blockSize {
		return r.ahead(), bufio.ErrBufferFull
	}
	for r.Buffered() < n {
		if err := r.fill(blockSize); err != nil {
			return r.ahead(), err
		}
	}
	return r.ahead()[:n], nil
}

// Read gives raw bytes: those read ahead, then those of the connection. This is what stands after an upgrade.
func (r *Reader) Read(p []byte) (int, error) {
	if r.start == r.end {
		if err := r.pending(); err != nil {
			return 0, err
		}
		return r.src.Read(p)
	}
	n := copy(p, r.ahead())
	r.take(n)
	return n, nil
}

// WriteTo copies raw bytes to w until the connection ends, so that io.Copy needs no buffer of its own.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var early int64
	if r.start < r.end {
		n, err := w.Write(r.ahead())
		r.take(n)
		early = int64(n)
		if err != nil {
			return early, err
		}
	}
	if err := r.pending(); err == io.EOF {
		return early, nil
	} else if err != nil {
		return early, err
	}
	block := blocks.Get().(*[blockSize]byte)
	defer blocks.Put(block)
	n, err := io.CopyBuffer(w, r.src, block[:])
	return early + n, err
}

func (r *Reader) ahead() []byte { return r.buf[r.start:r.end] }

// take removes n bytes that were read ahead.
func (r *Reader) take(n int) {
	r.start += n
	if r.start == r.end {
		r.drop()
	}
}

// drop empties the buffer and goes back to the small one.
func (r *Reader) drop() {
	r.start, r.end = 0, 0
	r.buf = r.small[:]
	if r.block != nil {
		blocks.Put(r.block)
		r.block = nil
	}
}

// pending gives the error that came with bytes already handed out, once.
func (r *Reader) pending() error {
	err := r.err
	r.err = nil
	return err
}

// fill reads once, behind what is there. A full buffer makes way for a bigger one of at most limit bytes: callers stop before.
func (r *Reader) fill(limit int) error {
	if err := r.pending(); err != nil {
		return err
	}
	if r.end == len(r.buf) {
		r.makeRoom(limit)
	}
	for range emptyMax {
		n, err := r.src.Read(r.buf[r.end:])
		if n > 0 {
			r.end += n
			r.err = err
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

func (r *Reader) makeRoom(limit int) {
	switch {
	case r.start > 0:
		r.end = copy(r.buf, r.ahead())
		r.start = 0
	case r.block == nil && len(r.buf) < blockSize:
		r.useBlock()
	default:
		grown := make([]byte, max(limit, 2*len(r.buf)))
		end := copy(grown, r.buf)
		r.drop()
		r.buf, r.end = grown, end
	}
}

// useBlock moves what is read ahead into a buffer from the pool.
func (r *Reader) useBlock() {
	block := blocks.Get().(*[blockSize]byte)
	r.end = copy(block[:], r.ahead())
	r.start = 0
	r.block, r.buf = block, block[:]
}
