package web

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const (
	unpackedBytes = 4 << 20  // how far a packed body is unpacked for a page
	unpackMost    = 3        // encodings one over the other that are undone
	zstdMemory    = 32 << 20 // what unpacking zstd may use; the windows of what comes by HTTP need at most 8 MiB
)

// unpacked is a body as it was before it was packed for its way.
type unpacked struct {
	data []byte
	said string // what was undone, or why not; "" if there was nothing to undo
	cut  bool   // there is more than data
	bad  bool   // it isn't what its Content-Encoding says
}

// unpack undoes the encodings in the order in which they were put on, the last one first. Each is bounded, so that a
// few bytes that stand for very many do no harm. partial says that data is only the start of the body. What can't be
// unpacked is given as it came.
func unpack(encodings string, data []byte, partial bool) unpacked {
	names := encodingNames(encodings)
	if len(names) == 0 || len(data) == 0 {
		return unpacked{data: data}
	}
	said := strings.Join(names, ", ")
	if len(names) > unpackMost {
		return unpacked{data: data, bad: true, said: fmt.Sprintf("packed %d times over, which is not undone", len(names))}
	}
	var r io.Reader = bytes.NewReader(data)
	var layers []*layer
	for i := len(names) - 1; i >= 0; i-- {
		open := unpackers[names[i]]
		if open == nil {
			return unpacked{data: data, bad: true, said: "packed as " + visible(cut(names[i], 40), false) + ", which can’t be undone here"}
		}
		l := &layer{open: open, from: r, left: unpackedBytes}
		defer l.close()
		layers, r = append(layers, l), l
	}
	out, err := io.ReadAll(r)
	u := unpacked{data: out, said: "unpacked from " + said}
	for _, l := range layers {
		u.cut = u.cut || l.full
	}
	return u.judged(err, data, said, partial)
}

// judged says what an error means: an end that came too early is our own doing if only a part was read.
func (u unpacked) judged(err error, data []byte, said string, partial bool) unpacked {
	switch {
	case u.cut:
		u.said += " and cut at " + size(int64(len(u.data)))
	case err == nil:
		u.cut = partial
	case partial && len(u.data) == 0:
		return unpacked{data: data, cut: true, said: "packed as " + said + ", of which too little was read to unpack it"}
	case partial:
		u.cut = true
		u.said += ", as far as it was read"
	case len(u.data) > 0:
		u.bad, u.cut = true, true
		u.said += " up to where it is damaged"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			u.said = "unpacked from " + said + " up to where it breaks off"
		}
	default:
		return unpacked{data: data, bad: true, said: "called " + said + " but isn’t"}
	}
	return u
}

// encodingNames are the words of Content-Encoding that mean something, in lower case.
func encodingNames(list string) (names []string) {
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "" && name != "identity" {
			names = append(names, name)
		}
	}
	return names
}

// unpackers open the encodings of RFC 9110 §8.4.1 and the two newer ones that senders use.
var unpackers = map[string]func(io.Reader) (io.Reader, error){
	"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"x-gzip":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"deflate": inflate,
	"br":      func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	"zstd": func(r io.Reader) (io.Reader, error) {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(zstdMemory))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	},
}

// inflate reads "deflate" as the standard has it, with zlib's two bytes before, and as many write it, without.
func inflate(r io.Reader) (io.Reader, error) {
	var head bytes.Buffer
	if _, err := io.CopyN(&head, r, 2); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	b := head.Bytes()
	r = io.MultiReader(bytes.NewReader(b), r)
	if b[0]&0x0f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// layer is one encoding that is undone while it is read. It ends after left bytes, whatever there is to come: also
// what it reads from is bounded then, even where nothing comes out.
type layer struct {
	open func(io.Reader) (io.Reader, error)
	from io.Reader
	r    io.Reader
	left int
	full bool // it was ended
}

func (l *layer) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open(l.from)
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	if l.left == 0 {
		n, _ := l.r.Read(make([]byte, 1))
		l.full = l.full || n > 0
		return 0, io.EOF
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

func (l *layer) close() {
	if c, ok := l.r.(io.Closer); ok {
		_ = c.Close() // nothing is lost: it was read as far as it is shown
	}
}
