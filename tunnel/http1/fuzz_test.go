package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"devhook/tunnel/http1/http1test"
)

// seed gives the fuzzers the catalogue, without what is long for length's sake.
func seed(f *testing.F, add func(in []byte)) {
	for _, c := range http1test.Inputs() {
		if len(c.In) < 2000 {
			add([]byte(c.In))
		}
	}
	add([]byte(oddHead))
	add([]byte(upgradeHead))
}

func FuzzReadRequest(f *testing.F) {
	seed(f, func(in []byte) { f.Add(in) })
	f.Fuzz(func(t *testing.T, in []byte) {
		src := bytes.NewReader(in)
		r := NewReader(src)
		q, err := r.ReadRequest(Limits{})
		if q == nil {
			if err != io.EOF || len(bytes.Trim(in, "\r\n")) > 0 {
				t.Fatalf("no request: %v", err)
			}
			return
		}
		if !bytes.HasPrefix(in, q.Raw) || len(q.Raw) > defaultHeadBytes || len(q.Raw)+r.Buffered()+src.Len() != len(in) {
			t.Fatalf("Raw is %q", q.Raw)
		}
		again, err2 := NewReader(bytes.NewReader(q.Raw)).ReadRequest(Limits{})
		sameHead(t, "again", q.Head, again.Head, err, err2)
		slow, err3 := NewReader(iotest.OneByteReader(bytes.NewReader(in))).ReadRequest(Limits{})
		if err == nil {
			sameHead(t, "byte by byte", q.Head, slow.Head, err, err3)
			checkGoodHead(t, q)
			compareRequest(t, q)
		} else if fault(err) != fault(err3) {
			t.Fatalf("%v, but byte by byte %v", err, err3)
		}
	})
}

func sameHead(t *testing.T, what string, a, b Head, errA, errB error) {
	t.Helper()
	if fault(errA) != fault(errB) {
		t.Fatalf("%v, but %s %v", errA, what, errB)
	}
	if !bytes.Equal(a.Raw, b.Raw) || !slices.Equal(a.Fields, b.Fields) { // cmp.Diff is too slow for a fuzzer
		t.Fatalf("%q %q, but %s %q %q", a.Raw, a.Fields, what, b.Raw, b.Fields)
	}
}

// checkGoodHead holds what may be relied on once a head is passed.
func checkGoodHead(t *testing.T, q *Request) {
	t.Helper()
	if !ValidMethod(q.Method) || !ValidTarget(q.Target) || len(q.Fields) > defaultLines {
		t.Fatalf("passed %q %q and %d lines", q.Method, q.Target, len(q.Fields))
	}
	var lines int
	for f, line := range q.Lines() {
		if f != q.Fields[lines] || !ValidField(f.Name, f.Value) || !bytes.HasPrefix(line, []byte(f.Name+":")) {
			t.Fatalf("line %q is %q", line, f)
		}
		lines++
	}
	if lines != len(q.Fields) {
		t.Fatalf("%d lines, %d fields", lines, len(q.Fields))
	}
	framing, length := q.Framing()
	if n := len(q.Values("Content-Length")); (framing == Length) != (n > 0) || (length >= 0) != (framing != Chunked) {
		t.Fatalf("%d lengths make %s %d", n, framing, length)
	}
	if n := len(q.Values("Transfer-Encoding")); (framing == Chunked) != (n == 1) || n > 1 {
		t.Fatalf("%d codings make %s", n, framing)
	}
	rewritten := AppendHead(nil, q.Method+" "+q.Target+" "+q.Proto, q.Fields)
	again, err := ParseRequest(rewritten)
	if err != nil {
		t.Fatalf("rewritten: %v", err)
	}
	if !slices.Equal(q.Fields, again.Fields) || again.framing != framing || again.length != length {
		t.Fatalf("rewritten as %q: %q %s %d", rewritten, again.Fields, again.framing, again.length)
	}
}

// compareRequest: an app built on net/http refuses what we pass, or frames it as we do.
func compareRequest(t *testing.T, q *Request) {
	t.Helper()
	std, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(q.Raw)))
	if err != nil {
		return
	}
	framing, length := q.Framing()
	if std.Method != q.Method || std.RequestURI != q.Target || (framing == Chunked) != (len(std.TransferEncoding) > 0) || std.ContentLength != length {
		t.Fatalf("we: %s %s %s %d; net/http: %s %s %v %d", q.Method, q.Target, framing, length,
			std.Method, std.RequestURI, std.TransferEncoding, std.ContentLength)
	}
}

func FuzzReadResponse(f *testing.F) {
	for _, in := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 200\nTransfer-Encoding: chunked\n\n0\r\n\r\n", "HTTP/1.0 204 \r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
		"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 200 OK\nX : a\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/2 200\r\n\r\n",
	} {
		f.Add([]byte(in), false)
		f.Add([]byte(in), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, head bool) {
		src := bytes.NewReader(in)
		r := NewReader(src)
		p, err := r.ReadResponse(Limits{})
		if p == nil {
			if err != io.EOF || len(in) > 0 {
				t.Fatalf("no answer: %v", err)
			}
			return
		}
		if !bytes.HasPrefix(in, p.Raw) || len(p.Raw) > defaultHeadBytes || len(p.Raw)+r.Buffered()+src.Len() != len(in) {
			t.Fatalf("Raw is %q", p.Raw)
		}
		again, err2 := NewReader(bytes.NewReader(p.Raw)).ReadResponse(Limits{})
		sameHead(t, "again", p.Head, again.Head, err, err2)
		slow, err3 := NewReader(iotest.OneByteReader(bytes.NewReader(in))).ReadResponse(Limits{})
		if err == nil {
			sameHead(t, "byte by byte", p.Head, slow.Head, err, err3)
			compareResponse(t, p, head)
		} else if fault(err) != fault(err3) {
			t.Fatalf("%v, but byte by byte %v", err, err3)
		}
	})
}

// compareResponse: a caller that uses net/http refuses what we pass, or frames it as we do.
func compareResponse(t *testing.T, p *Response, head bool) {
	t.Helper()
	method := "POST"
	if head {
		method = "HEAD"
	}
	framing, length := p.Framing(method)
	if none := head || p.Status < 200 || p.Status == 204 || p.Status == 304; none != (framing == None) || p.Status < 100 || p.Status > 999 {
		t.Fatalf("%s answered %d: %s", method, p.Status, framing)
	}
	std, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(p.Raw)), &http.Request{Method: method})
	if err != nil || framing == None {
		return
	}
	if std.StatusCode != p.Status || (framing == Chunked) != (len(std.TransferEncoding) > 0) || std.ContentLength != length {
		t.Fatalf("we: %d %s %d; net/http: %d %v %d", p.Status, framing, length, std.StatusCode, std.TransferEncoding, std.ContentLength)
	}
}

func FuzzBody(f *testing.F) {
	seed(f, func(in []byte) {
		if _, body, ok := strings.Cut(string(in), "\r\n\r\n"); ok {
			f.Add([]byte(body), uint16(7))
		}
	})
	f.Fuzz(func(t *testing.T, in []byte, size uint16) {
		src := bytes.NewReader(in)
		r := NewReader(src)
		body := r.Body(Chunked, -1)
		decoded, err := io.ReadAll(body)
		left := r.Buffered() + src.Len()

		src2 := bytes.NewReader(in)
		r2 := NewReader(src2)
		var raw bytes.Buffer
		_, err2 := io.CopyBuffer(&raw, struct{ io.Reader }{r2.RawBody(Chunked, -1)}, make([]byte, int(size)+1))
		if !bytes.HasPrefix(in, raw.Bytes()) || fault(err) != fault(err2) && !(err == nil && err2 == nil) {
			t.Fatalf("decoded: %v; raw: %v, %q", err, err2, raw.Bytes())
		}
		if left2 := r2.Buffered() + src2.Len(); left != left2 || raw.Len()+left != len(in) {
			t.Fatalf("%d bytes left, raw %d", left, left2)
		}
		again := NewReader(iotest.OneByteReader(&raw)).Body(Chunked, -1)
		decoded3, err3 := io.ReadAll(again)
		if !bytes.Equal(decoded, decoded3) || fault(err) != fault(err3) || !bytes.Equal(body.RawTrailer(), again.RawTrailer()) {
			t.Fatalf("first %q %v, then %q %v", decoded, err, decoded3, err3)
		}
		if err == nil {
			compareBody(t, in[:len(in)-left], decoded)
		}
	})
}

// compareBody: net/http refuses a body that we pass, or reads the same from it.
func compareBody(t *testing.T, wire, decoded []byte) {
	t.Helper()
	head := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	std, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), bytes.NewReader(wire))))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(std.Body)
	if err == nil && !bytes.Equal(body, decoded) {
		t.Fatalf("we read %q, net/http %q", decoded, body)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && len(std.Trailer) == 0 {
		t.Fatalf("%q isn't the whole body for net/http: %v", wire, err)
	}
}
