package inspector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// shortBody is the longest body that is held in memory and stored with its capture in one piece, in bytes. Longer
// ones go to the store piece by piece of this size.
const shortBody = 256 << 10

// A bodyError says why a body is not whole, and what the sender is told.
type bodyError struct {
	status int
	reason string
}

func (e *bodyError) Error() string { return e.reason }

// receive reads the whole body, before anything else happens to the request. A *bodyError means that the request is
// at fault, a *storeError that it could not be stored.
func (x *exchange) receive() error {
	f, n := x.q.Framing()
	x.c.Framing = framingWord(f)
	if n > x.cfg.Limits.Body {
		return &bodyError{413, fmt.Sprintf("the body of %d bytes is longer than the limit of %d", n, x.cfg.Limits.Body)}
	}
	if x.q.ExpectsContinue() {
		if _, err := io.WriteString(x.s, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return &bodyError{400, "the sender left before its body"}
		}
	}
	x.s.patience = x.cfg.Limits.Silence
	defer x.s.calm()
	b := x.s.r.Body(f, n)
	sum := sha256.New()
	buf, err := x.readPiece(b, sum, make([]byte, 0, firstPiece(f, n)))
	if err == nil {
		if f == http1.Length && n <= x.cfg.Limits.Verify {
			x.copied = x.cfg.Memory.take(n)
		}
		err = x.receiveLong(b, sum, buf)
	} else {
		x.body = buf // also what came of one that is not whole
	}
	x.c.BodySHA256 = hex.EncodeToString(sum.Sum(nil))
	x.c.Trailer, x.trailer = b.RawTrailer(), b.Trailer()
	x.whole = notEOF(err) == nil
	return x.blame(notEOF(err), n)
}

// firstPiece is how much to set aside at first: the body if its length is known and short.
func firstPiece(f http1.Framing, n int64) int64 {
	switch f {
	case http1.Length:
		return min(n, shortBody)
	case http1.Chunked:
		return 4 << 10
	}
	return 0
}

// readPiece reads the next piece of the body into the room of buf, which grows up to shortBody. io.EOF means that the
// body ended in it.
func (x *exchange) readPiece(b *http1.Body, sum hash.Hash, buf []byte) ([]byte, error) {
	var err error
	for err == nil && len(buf) < shortBody {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(len(buf), shortBody-len(buf)))
		}
		var n int
		n, err = b.Read(buf[len(buf):min(cap(buf), shortBody)])
		buf = buf[:len(buf)+n]
	}
	_, _ = sum.Write(buf)
	if x.c.BodySize += int64(len(buf)); x.c.BodySize > x.cfg.Limits.Body {
		err = &bodyError{413, fmt.Sprintf("the body is longer than the limit of %d bytes", x.cfg.Limits.Body)}
	}
	return buf, err
}

// receiveLong stores a long body as it comes. All of it is in memory only where that was set aside.
func (x *exchange) receiveLong(b *http1.Body, sum hash.Hash, buf []byte) (end error) {
	x.long = true
	ctx := context.Background()
	if err := x.rec.BeginArrival(ctx, x.c); err != nil {
		return &storeError{err}
	}
	x.copied.add(buf)
	for len(buf) > 0 {
		if err := x.rec.AppendBody(ctx, x.c.ID, buf); err != nil {
			return &storeError{err}
		}
		if end != nil {
			break
		}
		buf, end = x.readPiece(b, sum, x.copied.space(buf))
		x.copied.add(buf)
	}
	if end == io.EOF {
		x.body = x.copied.whole()
	}
	return end
}

func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// blame turns what a read said into what the sender did.
func (x *exchange) blame(err error, declared int64) error {
	var bad *http1.Error
	var long *bodyError
	var unstored *storeError
	switch {
	case err == nil, errors.As(err, &long), errors.As(err, &unstored):
		return err
	case errors.As(err, &bad):
		return &bodyError{bad.Status, bad.Reason}
	case isTimeout(err):
		return &bodyError{408, fmt.Sprintf("nothing came for %s; %s", x.cfg.Limits.Silence, x.howMuch(declared))}
	}
	return &bodyError{400, "cut off " + x.howMuch(declared)}
}

func (x *exchange) howMuch(declared int64) string {
	if declared > 0 {
		return fmt.Sprintf("after %d of %d bytes", x.c.BodySize, declared)
	}
	return fmt.Sprintf("after %d bytes", x.c.BodySize)
}

func framingWord(f http1.Framing) string {
	switch f {
	case http1.Length:
		return "length"
	case http1.Chunked:
		return "chunked"
	}
	return "none"
}

// asked is c without its body, as a provider sees it.
func asked(c *store.Capture, h *http1.Head) *provider.Request {
	q := &provider.Request{
		Method: c.Method, Target: c.Target, URL: c.PublicURL, At: c.ReceivedAt,
		Fields: providerFields(h),
	}
	q.Remote, _ = address(c.RemoteAddr)
	return q
}

func providerFields(h *http1.Head) []provider.Field {
	fields := make([]provider.Field, len(h.Fields))
	for n, f := range h.Fields {
		fields[n] = provider.Field(f)
	}
	return fields
}

// readBack takes a long body out of the store for a provider to look at. What is too long to be verified is not read
// at all.
func (i *Inspector) readBack(c *store.Capture) (body []byte, truncated bool) {
	if c.BodySize > i.cfg.Limits.Verify {
		return nil, true
	}
	r, err := i.rec.Body(context.Background(), c.ID)
	if err == nil {
		defer r.Close()
		body = make([]byte, c.BodySize)
		_, err = io.ReadFull(r, body)
	}
	if err != nil {
		i.cfg.Log.Error("a long body could not be read back to be checked", "id", c.ID, "err", err)
		return nil, true
	}
	return body, false
}

// plainTarget is the path of a target, for a message.
func plainTarget(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return path
}
