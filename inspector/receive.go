package inspector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/netip"
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
// at fault; any other error that it could not be stored.
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
	buf, err := readPiece(b, make([]byte, pieceSize(f, n)))
	x.count(sum, buf)
	switch {
	case err == nil:
		err = x.receiveLong(b, sum, buf)
	case err == io.EOF:
		x.body, err = buf, nil
	default:
		x.body = buf // what came of it is kept
	}
	x.c.BodySHA256 = hex.EncodeToString(sum.Sum(nil))
	x.c.Trailer, x.trailer = b.RawTrailer(), b.Trailer()
	return x.blame(err, n)
}

// pieceSize is how much to set aside for the first piece: the body if its length is known, one byte more so that its
// end is seen.
func pieceSize(f http1.Framing, n int64) int {
	switch {
	case f == http1.None:
		return 0
	case f == http1.Length && n < shortBody:
		return int(n) + 1
	}
	return shortBody
}

// readPiece fills buf. io.EOF means that the body ended within it.
func readPiece(r io.Reader, buf []byte) ([]byte, error) {
	if len(buf) == 0 {
		return nil, io.EOF
	}
	n := 0
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		n += m
		if err != nil {
			return buf[:n], err
		}
	}
	return buf, nil
}

func (x *exchange) count(sum hash.Hash, p []byte) {
	_, _ = sum.Write(p)
	x.c.BodySize += int64(len(p))
}

// receiveLong stores a long body as it comes, at flat memory.
func (x *exchange) receiveLong(b io.Reader, sum hash.Hash, buf []byte) error {
	x.long = true
	ctx := context.Background()
	if err := x.cfg.Store.BeginArrival(ctx, x.c); err != nil {
		return err
	}
	for {
		if err := x.cfg.Store.AppendBody(ctx, x.c.ID, buf); err != nil {
			return err
		}
		piece, err := readPiece(b, buf[:shortBody])
		x.count(sum, piece)
		if err == nil && x.c.BodySize > x.cfg.Limits.Body {
			err = &bodyError{413, fmt.Sprintf("the body is longer than the limit of %d bytes", x.cfg.Limits.Body)}
		}
		if err != nil {
			if len(piece) > 0 {
				err = errors.Join(x.cfg.Store.AppendBody(ctx, x.c.ID, piece), notEOF(err))
			}
			return notEOF(err)
		}
		buf = piece
	}
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
	var short *bodyError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		return &bodyError{bad.Status, bad.Reason}
	case errors.As(err, &short):
		return short
	case isTimeout(err):
		return &bodyError{408, fmt.Sprintf("nothing came for %s; %s", x.cfg.Limits.Silence, x.howMuch(declared))}
	case storeFault(err):
		return err
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
	if ap, err := netip.ParseAddrPort(c.RemoteAddr); err == nil {
		q.Remote = ap.Addr().Unmap()
	}
	return q
}

func providerFields(h *http1.Head) []provider.Field {
	fields := make([]provider.Field, len(h.Fields))
	for n, f := range h.Fields {
		fields[n] = provider.Field(f)
	}
	return fields
}

// readBack takes a long body out of the store for a provider to look at, one at a time, so that many long uploads
// cost the memory of one. What is too long to be verified is not read at all.
func (i *Inspector) readBack(c *store.Capture) (body []byte, truncated bool) {
	if c.BodySize > i.cfg.Limits.Verify {
		return nil, true
	}
	i.reading <- struct{}{}
	defer func() { <-i.reading }()
	r, err := i.cfg.Store.Body(context.Background(), c.ID)
	if err != nil {
		return nil, true
	}
	defer r.Close()
	body = make([]byte, 0, c.BodySize)
	buf := buffer{body}
	if _, err := io.Copy(&buf, r); err != nil {
		return nil, true
	}
	return buf.bytes, false
}

// plainTarget is the path of a target, for a message.
func plainTarget(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return path
}
