package http1

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"devhook/tunnel/http1/http1test"
	"github.com/google/go-cmp/cmp"
)

// TestRawBody: the bytes passed on are those that came, up to the end of the body or the byte that is wrong.
func TestRawBody(t *testing.T) {
	for _, c := range http1test.Inputs() {
		for _, size := range []int{1, 3, 100, 40000} {
			in := strings.NewReader(c.In)
			r := NewReader(in)
			q, err := r.ReadRequest(Limits{})
			if err != nil {
				continue
			}
			decoded := story(strings.NewReader(c.In))
			var raw bytes.Buffer
			_, err = io.CopyBuffer(&raw, struct{ io.Reader }{r.RawBody(q.Framing())}, make([]byte, size))
			passed := string(q.Raw) + raw.String()
			if !strings.HasPrefix(c.In, passed) {
				t.Fatalf("%s: passed on %q", c.Name, passed)
			}
			again := story(strings.NewReader(passed))
			if err == nil {
				again = strings.TrimSuffix(again, " | end")
			}
			if !strings.HasPrefix(decoded, again) {
				t.Errorf("%s, %d bytes at a time: first %s\nthen %s", c.Name, size, decoded, again)
			}
			if rest := int(in.Size()) - len(passed); err == nil && rest != r.Buffered()+in.Len() {
				t.Errorf("%s: %d bytes left, want %d", c.Name, r.Buffered()+in.Len(), rest)
			}
		}
	}
}

// TestEndWithLastBytes: the relay can put the last bytes and the end into one frame.
func TestEndWithLastBytes(t *testing.T) {
	for _, c := range []struct {
		in, want string
		f        Framing
		n        int64
	}{
		{"abcNEXT", "abc", Length, 3},
		{"3\r\nabc\r\n0\r\n\r\nNEXT", "abc", Chunked, -1},
	} {
		p := make([]byte, 100)
		r := NewReader(strings.NewReader(c.in))
		n, err := r.Body(c.f, c.n).Read(p)
		if string(p[:n]) != c.want || err != io.EOF {
			t.Errorf("%s: %q, %v", c.f, p[:n], err)
		}
		if rest, _ := io.ReadAll(r); string(rest) != "NEXT" && c.f == Chunked {
			t.Errorf("%s: left %q", c.f, rest)
		}
	}
}

func TestEmptyBodies(t *testing.T) {
	r := NewReader(iotest.ErrReader(errors.New("nothing should be read")))
	for _, b := range []*Body{r.Body(None, 0), r.Body(None, -1), r.Body(Length, 0), r.RawBody(None, 0), r.RawBody(Length, 0)} {
		if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("got %d, %v", n, err)
		}
	}
	b := r.Body(Length, 1)
	if n, err := b.Read(nil); n != 0 || err != nil {
		t.Errorf("into nothing: %d, %v", n, err)
	}
}

func TestTrailer(t *testing.T) {
	const trailer = "X-Sum:  1\r\nx-sum: 2\r\n"
	for name, body := range map[string]*Body{
		"decoded": NewReader(&pieces{"1\r\na\r\n0\r\n", trailer, "\r\n"}).Body(Chunked, -1),
		"raw":     NewReader(&pieces{"1\r\na\r\n0\r\n", trailer, "\r\n"}).RawBody(Chunked, -1),
	} {
		body.Read(make([]byte, 1))
		if body.RawTrailer() != nil || body.Trailer() != nil {
			t.Errorf("%s: a trailer before the end", name)
		}
		if _, err := io.ReadAll(body); err != nil {
			t.Fatal(err)
		}
		if string(body.RawTrailer()) != trailer {
			t.Errorf("%s: %q", name, body.RawTrailer())
		}
		if diff := cmp.Diff([]Field{{"X-Sum", "1"}, {"x-sum", "2"}}, body.Trailer()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestErrorsStay: a Body that ended badly doesn't come to a good end when asked again.
func TestErrorsStay(t *testing.T) {
	for in, want := range map[string]string{
		"5\r\nabc":            "cut",
		"3\r\nabc\n0\r\n\r\n": "400 a chunk that doesn't end where its size says",
	} {
		b := NewReader(strings.NewReader(in)).Body(Chunked, -1)
		got, err := io.ReadAll(b)
		if string(got) != "abc" || fault(err) != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
		if n, again := b.Read(make([]byte, 9)); n != 0 || again != err {
			t.Errorf("%q: then %d, %v", in, n, again)
		}
	}
}

// TestBodyAfterTimeout: silence isn't the end.
func TestBodyAfterTimeout(t *testing.T) {
	for f, in := range map[Framing][]string{
		Length:     {"ab", "c"},
		Chunked:    {"3\r\nab", "c\r\n0\r\n\r\n"},
		UntilClose: {"ab", "c"},
	} {
		src := &pausing{parts: in}
		b := NewReader(src).Body(f, 3)
		first, err := io.ReadAll(b)
		if string(first) != "ab" || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %q, %v", f, first, err)
		}
		if rest, err := io.ReadAll(b); string(rest) != "c" || err != nil {
			t.Errorf("%s: then %q, %v", f, rest, err)
		}
	}
}

// pausing times out once between its parts.
type pausing struct {
	parts []string
	due   bool
}

func (p *pausing) Read(b []byte) (int, error) {
	if p.due {
		p.due = false
		return 0, os.ErrDeadlineExceeded
	}
	if len(p.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.parts[0])
	p.parts = p.parts[1:]
	p.due = len(p.parts) > 0
	return n, nil
}
