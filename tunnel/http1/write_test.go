package http1

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// writes keeps each Write apart.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

func TestChunkedWriter(t *testing.T) {
	var w writes
	c := NewChunkedWriter(&w)
	io.WriteString(c, "hello")
	io.WriteString(c, "")
	if n, err := io.WriteString(c, strings.Repeat("x", 26)); n != 26 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if err := c.Close([]Field{{"X-Sum", "1"}, {"Empty", ""}}); err != nil {
		t.Error(err)
	}
	want := []string{"5\r\nhello\r\n", "1a\r\n" + strings.Repeat("x", 26) + "\r\n", "0\r\nX-Sum: 1\r\nEmpty:\r\n\r\n"}
	if strings.Join(w, "|") != strings.Join(want, "|") {
		t.Errorf("got %q", w)
	}
	if _, err := c.Write([]byte("x")); err == nil || c.Close(nil) == nil || len(w) != 3 {
		t.Errorf("writes after Close: %v", err)
	}
}

func TestChunkedWriterIsRead(t *testing.T) {
	var wire bytes.Buffer
	c := NewChunkedWriter(&wire)
	data := strings.Repeat("0123456789", 20000)
	if n, err := io.WriteString(c, data); n != len(data) || err != nil {
		t.Fatalf("got %d, %v", n, err)
	}
	c.Close(nil)
	got, err := io.ReadAll(NewReader(&wire).Body(Chunked, -1))
	if string(got) != data || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestChunkedWriterErrors(t *testing.T) {
	c := NewChunkedWriter(refusing{})
	if n, err := c.Write([]byte("abc")); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %d, %v", n, err)
	}
	if err := c.Close(nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close after a broken Write: %v", err)
	}
	for _, f := range []Field{{"X", "a\r\nY: b"}, {"X:", "a"}, {"", "a"}, {"X", "\x00"}} {
		var w writes
		if NewChunkedWriter(&w).Close([]Field{f}) == nil || len(w) > 0 {
			t.Errorf("trailer %q was written: %q", f, w)
		}
	}
}

func TestAppendHead(t *testing.T) {
	head := AppendHead([]byte("before "), "POST /x HTTP/1.1", []Field{{"host", "a"}, {"X", ""}, {"x", "b c"}})
	if want := "before POST /x HTTP/1.1\r\nhost: a\r\nX:\r\nx: b c\r\n\r\n"; string(head) != want {
		t.Errorf("got %q", head)
	}
}

func TestValid(t *testing.T) {
	for s, want := range map[string]bool{"GET": true, "get": true, "": false, "G T": false, "G\r": false, strings.Repeat("M", 33): false} {
		if ValidMethod(s) != want {
			t.Errorf("method %q: %t", s, !want)
		}
	}
	for s, want := range map[string]bool{"/a?b=%zz;#ä": true, "*": true, "": false, "/a b": false, "/\n": false, "/\x7f": false} {
		if ValidTarget(s) != want {
			t.Errorf("target %q: %t", s, !want)
		}
	}
	for f, want := range map[Field]bool{{"X-A", "b\tc \xff"}: true, {"X", ""}: true, {"", "b"}: false, {"X:", ""}: false, {"X", "\r\n"}: false} {
		if ValidField(f.Name, f.Value) != want {
			t.Errorf("field %q: %t", f, !want)
		}
	}
}
