package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"devhook/tunnel/http1/http1test"
)

const upgradeHead = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

// TestUpgradeKeepsEarlyBytes (H40): what a client sends right behind its head is the other protocol's.
func TestUpgradeKeepsEarlyBytes(t *testing.T) {
	early := strings.Repeat("early ", 10000)
	for name, read := range map[string]func(*Reader) (string, error){
		"Read": func(r *Reader) (string, error) {
			b, err := io.ReadAll(struct{ io.Reader }{r})
			return string(b), err
		},
		"WriteTo": func(r *Reader) (string, error) {
			var b bytes.Buffer
			n, err := io.Copy(&b, r)
			if n != int64(b.Len()) {
				t.Errorf("%d bytes told, %d written", n, b.Len())
			}
			return b.String(), err
		},
	} {
		r := NewReader(&pieces{upgradeHead + early, "late"})
		q, err := r.ReadRequest(Limits{})
		if err != nil || q.Upgrade() != "websocket" {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := read(r); got != early+"late" || err != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestWriteToTellsErrors(t *testing.T) {
	broken := errors.New("broken")
	r := NewReader(iotest.DataErrReader(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))))
	if b, err := r.Peek(3); string(b) != "abc" || err != nil {
		t.Fatalf("Peek: %q, %v", b, err)
	}
	var w bytes.Buffer
	if n, err := r.WriteTo(&w); n != 3 || err != broken || w.String() != "abc" {
		t.Errorf("source: %d, %v", n, err)
	}
	r.Reset(strings.NewReader("abc"))
	r.Peek(1)
	if n, err := r.WriteTo(refusing{}); n != 0 || err == nil {
		t.Errorf("writer: %d, %v", n, err)
	}
}

type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestPeek(t *testing.T) {
	r := NewReader(iotest.OneByteReader(strings.NewReader(strings.Repeat("x", blockSize) + "y")))
	if b, err := r.Peek(5); string(b) != "xxxxx" || err != nil || r.Buffered() != 5 {
		t.Errorf("got %q, %v", b, err)
	}
	if b, err := r.Peek(blockSize); len(b) != blockSize || err != nil {
		t.Errorf("a whole block: %d bytes, %v", len(b), err)
	}
	if _, err := r.Peek(blockSize + 1); err != bufio.ErrBufferFull {
		t.Errorf("more than a block: %v", err)
	}
	io.CopyN(io.Discard, r, blockSize)
	if b, err := r.Peek(2); string(b) != "y" || err != io.EOF {
		t.Errorf("at the end: %q, %v", b, err)
	}
}

// TestIdleHoldsNoBlock: whatever was read, an empty Reader is a small one.
func TestIdleHoldsNoBlock(t *testing.T) {
	long := strings.Repeat("x", 50<<10)
	for name, in := range map[string]string{
		"small":     "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"big head":  "GET / HTTP/1.1\r\nHost: a\r\nX: " + long + "\r\n\r\n",
		"length":    "POST / HTTP/1.1\r\nHost: a\r\nX: " + long[:5000] + "\r\nContent-Length: 51200\r\n\r\n" + long,
		"chunked":   "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nc800\r\n" + long + "\r\n0\r\n\r\n",
		"malformed": "GET / HTTP/1.1\r\nX: " + long + "\x00",
	} {
		r := NewReader(strings.NewReader(in))
		q, err := r.ReadRequest(Limits{})
		if err == nil {
			io.ReadAll(r.Body(q.Framing()))
		}
		if r.block != nil || len(r.buf) != smallSize || r.Buffered() != 0 {
			t.Errorf("%s: still holds %d bytes", name, len(r.buf))
		}
	}
}

func TestReleaseKeepsBytes(t *testing.T) {
	r := NewReader(strings.NewReader(strings.Repeat("x", 3000)))
	r.Peek(3000)
	r.Release()
	if b, err := io.ReadAll(r); len(b) != 3000 || err != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	r.Reset(strings.NewReader("abc"))
	r.Peek(1)
	r.Reset(strings.NewReader("new"))
	if b, _ := io.ReadAll(r); string(b) != "new" {
		t.Errorf("after Reset: %q", b)
	}
}

func TestSilentSourceIsAnError(t *testing.T) {
	if _, err := NewReader(silent{}).ReadRequest(Limits{}); err != io.ErrNoProgress {
		t.Errorf("got %v", err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestAllocations(t *testing.T) {
	src := strings.NewReader("")
	r := NewReader(src)
	for _, c := range []struct {
		lines, want int
	}{{3, 3}, {16, 3}, {17, 4}} {
		head := http1test.HeadOf(0, c.lines)
		got := testing.AllocsPerRun(100, func() {
			src.Reset(head)
			r.ReadRequest(Limits{})
		})
		if int(got) > c.want {
			t.Errorf("%d lines: %.0f allocations, want %d", c.lines, got, c.want)
		}
	}
}
