package http1

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// AppendHead appends a start line, the fields in their order, and the empty line. It writes what it is given: check what people
// typed with [ValidMethod], [ValidTarget] and [ValidField] before.
func AppendHead(dst []byte, startLine string, fields []Field) []byte {
	dst = append(dst, startLine...)
	dst = append(dst, "\r\n"...)
	dst = appendLines(dst, fields)
	return append(dst, "\r\n"...)
}

func appendLines(dst []byte, fields []Field) []byte {
	for i := range fields {
		dst = append(dst, fields[i].Name...)
		dst = append(dst, ':')
		if fields[i].Value != "" {
			dst = append(dst, ' ')
			dst = append(dst, fields[i].Value...)
		}
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// chunkRoom is what a chunk's size line and its end may take of a block.
const chunkRoom = 16

var errClosed = errors.New("http1: write chunk: body is closed")

// ChunkedWriter writes a chunked body. It holds no buffer between calls.
type ChunkedWriter struct {
	w   io.Writer
	err error
}

// NewChunkedWriter writes chunks to w.
func NewChunkedWriter(w io.Writer) *ChunkedWriter { return &ChunkedWriter{w: w} }

// Write makes a chunk of p and hands it to w in one Write. A p of more than about 32 KiB makes several. An empty one makes none.
func (c *ChunkedWriter) Write(p []byte) (n int, err error) {
	if c.err != nil || len(p) == 0 {
		return 0, c.err
	}
	block := blocks.Get().(*[blockSize]byte)
	defer blocks.Put(block)
	for len(p) > 0 && c.err == nil {
		data := p[:min(len(p), blockSize-chunkRoom)]
		chunk := strconv.AppendUint(block[:0], uint64(len(data)), 16)
		chunk = append(chunk, "\r\n"...)
		chunk = append(chunk, data...)
		chunk = append(chunk, "\r\n"...)
		if _, c.err = c.w.Write(chunk); c.err == nil {
			n += len(data)
			p = p[len(data):]
		}
	}
	return n, c.err
}

// Close writes the last chunk and the trailer, in one Write. It doesn't close w. A trailer that would break the framing is
// refused, and nothing is written.
func (c *ChunkedWriter) Close(trailer []Field) error {
	if c.err != nil {
		return c.err
	}
	for _, f := range trailer {
		if !ValidField(f.Name, f.Value) {
			return fmt.Errorf("http1: write trailer: bad field %q", f.Name)
		}
	}
	last := appendLines([]byte("0\r\n"), trailer)
	_, err := c.w.Write(append(last, "\r\n"...))
	c.err = errClosed
	return err
}
