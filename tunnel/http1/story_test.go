package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// story tells in one line what a Reader makes of all the bytes of a connection: each request with its framing and body, until the
// connection ends or a fault stops it.
func story(src io.Reader) string {
	var told []string
	r := NewReader(src)
	for len(told) < 10 {
		q, err := r.ReadRequest(Limits{})
		if err != nil {
			return strings.Join(append(told, fault(err)), " | ")
		}
		f, n := q.Framing()
		b := r.Body(f, n)
		body, err := io.ReadAll(b)
		line := fmt.Sprintf("%s %s %s", q.Method, shorten(q.Target), f)
		if f != None {
			line += " " + shorten(string(body))
		}
		if t := b.RawTrailer(); t != nil {
			line += " +" + shorten(fmt.Sprintf("%q", t))
		}
		if err != nil {
			return strings.Join(append(told, line, fault(err)), " | ")
		}
		told = append(told, line)
	}
	return strings.Join(told, " | ") + " | …"
}

func shorten(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("(%d bytes)", len(s))
	}
	if s == "" {
		return `""`
	}
	return s
}

func fault(err error) string {
	var e *Error
	switch {
	case err == nil:
		return "fine"
	case errors.As(err, &e):
		return fmt.Sprintf("%d %s", e.Status, e.Reason)
	case err == io.EOF:
		return "end"
	case err == io.ErrUnexpectedEOF:
		return "cut"
	}
	return err.Error()
}

// pieces is a connection whose bytes arrive in just these pieces.
type pieces []string

func (p *pieces) Read(b []byte) (int, error) {
	for len(*p) > 0 && (*p)[0] == "" {
		*p = (*p)[1:]
	}
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	(*p)[0] = (*p)[0][n:]
	return n, nil
}

// splits are the places to cut an input: all of a short one; of a long one those around the limits and a sample of the others.
func splits(s string) []int {
	var at []int
	for i := range len(s) + 1 {
		near := func(n int) bool { return i >= n-2 && i <= n+2 }
		if len(s) < 2000 || i < 50 || near(smallSize) || near(blockSize) || near(defaultHeadBytes) || near(len(s)) || i%9973 == 0 {
			at = append(at, i)
		}
	}
	return at
}

// mustRequest reads a head that has to be good.
func mustRequest(t testing.TB, in string) *Request {
	t.Helper()
	q, err := NewReader(strings.NewReader(in)).ReadRequest(Limits{})
	if err != nil {
		t.Fatalf("read %q: %v", in, err)
	}
	if !bytes.HasPrefix([]byte(in), q.Raw) {
		t.Fatalf("Raw %q isn't how %q begins", q.Raw, in)
	}
	return q
}
