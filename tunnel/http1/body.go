package http1

import "io"

// directSize is from where on data goes straight into the caller's buffer instead of through ours.
const directSize = 4 << 10

// Body reads one body off a Reader and stops at its last byte. Read it to its end before reading the next head.
type Body struct {
	r       *Reader
	raw     bool
	framing Framing
	left    int64 // of Length
	chunks  chunks
	err     error // what every further Read returns
}

// Body reads the body behind the head that was just read, as it is meant: without chunk sizes and trailer.
func (r *Reader) Body(f Framing, length int64) *Body {
	b := &Body{r: r, framing: f, left: length}
	b.chunks.limits = r.limits
	if f == None || f == Length && length <= 0 {
		b.err = io.EOF
	}
	return b
}

// RawBody reads the body as it stands on the wire: chunk sizes, line ends and trailer are passed on, but checked all the same. Up to
// and including the byte that breaks the rules everything is passed on, so that the next reader finds the same fault.
func (r *Reader) RawBody(f Framing, length int64) *Body {
	b := r.Body(f, length)
	b.raw = true
	return b
}

// Read reads some of the body. io.EOF means that it is complete, and comes together with its last bytes if their being the last
// is already known. io.ErrUnexpectedEOF: the connection ended inside it. *Error: its chunks are malformed. Other errors are the
// connection's; after a time-out Read may be called again.
func (b *Body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	switch b.framing {
	case Length:
		return b.readLength(p)
	case Chunked:
		return b.readChunked(p)
	}
	n, err := b.r.Read(p)
	if err == io.EOF {
		b.err = err
	}
	return n, err
}

func (b *Body) readLength(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if b.left == 0 {
		b.err = io.EOF
		return n, io.EOF
	}
	return n, b.cut(err)
}

// readChunked gives what is already there, and waits only while it has nothing to give.
func (b *Body) readChunked(p []byte) (n int, err error) {
	for err == nil {
		switch c := &b.chunks; {
		case c.state == atEnd:
			b.err = io.EOF
			return n, io.EOF
		case n == len(p) && (b.raw || c.state == inData):
			return n, nil
		case b.r.Buffered() == 0:
			if n > 0 {
				return n, nil
			}
			if n, err = b.wait(p); n == 0 && b.r.Buffered() == 0 {
				return 0, err
			}
		case c.state == inData:
			n += b.data(p[n:])
		default:
			n += b.frame(p[n:])
			err = b.err
		}
	}
	return n, err
}

// wait reads from the connection: long data directly into p, anything else into the Reader's buffer.
func (b *Body) wait(p []byte) (int, error) {
	c := &b.chunks
	if want := min(int64(len(p)), c.left); c.state == inData && want >= directSize {
		n, err := b.r.Read(p[:want])
		b.passed(n)
		return n, b.cut(err)
	}
	b.r.useBlock()
	err := b.r.fill(blockSize)
	b.r.Release()
	return 0, b.cut(err)
}

// data copies what is read ahead of this chunk.
func (b *Body) data(p []byte) int {
	n := copy(p[:min(int64(len(p)), b.chunks.left)], b.r.ahead())
	b.r.take(n)
	b.passed(n)
	return n
}

func (b *Body) passed(n int) {
	b.chunks.left -= int64(n)
	if b.chunks.left == 0 {
		b.chunks.state = dataCR
	}
}

// frame takes the framing that is read ahead, copies it if the body is read raw, and tells how much it copied.
func (b *Body) frame(p []byte) (n int) {
	c := &b.chunks
	ahead := b.r.ahead()
	taken := 0
	for taken < len(ahead) && c.state != inData && c.state != atEnd && b.err == nil && !(b.raw && taken == len(p)) {
		if bad := c.step(ahead[taken]); bad != nil {
			b.err = bad
		}
		taken++
	}
	if b.raw {
		n = copy(p, ahead[:taken])
	}
	b.r.take(taken)
	return n
}

// cut makes the end of the connection inside the body an error that stays.
func (b *Body) cut(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
		b.err = err
	}
	return err
}

// Trailer returns the trailer's fields, in their order; none before the end of the body.
func (b *Body) Trailer() []Field {
	raw := b.RawTrailer()
	return appendFields(nil, raw, string(raw), true)
}

// RawTrailer returns the trailer's lines as they came, without the empty line that ends them: nil if there are none, or before the
// end of the body.
func (b *Body) RawTrailer() []byte {
	if b.chunks.state != atEnd {
		return nil
	}
	return b.chunks.trailer
}
