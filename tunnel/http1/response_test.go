package http1

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func answer(in, method string) string {
	r := NewReader(iotest.OneByteReader(strings.NewReader(in)))
	p, err := r.ReadResponse(Limits{})
	if err != nil {
		return fault(err)
	}
	f, n := p.Framing(method)
	body, err := io.ReadAll(r.Body(f, n))
	rest, _ := io.ReadAll(r)
	told := fmt.Sprintf("%d %q %s %d %q rest %q", p.Status, p.Reason, f, n, body, rest)
	if err != nil {
		told += " " + fault(err)
	}
	return told
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct{ name, method, in, want string }{
		{"length", "POST", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", `200 "OK" length 2 "ab" rest "c"`},
		{"chunked", "POST", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nc", `200 "OK" chunked -1 "a" rest "c"`},
		{"until close", "POST", "HTTP/1.1 200 Fine by me\r\n\r\nabc", `200 "Fine by me" close -1 "abc" rest ""`},
		{"HTTP/1.0", "POST", "HTTP/1.0 200 OK\r\n\r\nabc", `200 "OK" close -1 "abc" rest ""`},
		{"no reason", "GET", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", `404 "" length 0 "" rest ""`},
		{"empty reason", "GET", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", `404 "" length 0 "" rest ""`},
		{"UTF-8 reason", "GET", "HTTP/1.1 200 schön\r\nContent-Length: 0\r\n\r\n", `200 "schön" length 0 "" rest ""`},
		{"LF only", "GET", "HTTP/1.1 200 OK\nContent-Length: 1\n\nab", `200 "OK" length 1 "a" rest "b"`},
		{"LF and CRLF", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\n\r\nab", `200 "OK" length 1 "a" rest "b"`},
		{"early hints", "GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP", `103 "Early Hints" none 0 "" rest "HTTP"`},
		{"H38 204 with a body", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nab", `204 "No Content" none 0 "" rest "ab"`},
		{"H38 304", "GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", `304 "Not Modified" none 0 "" rest ""`},
		{"H38 HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", `200 "OK" none 0 "" rest "ab"`},
		{"H38 too short", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", `200 "OK" length 9 "ab" rest "" cut`},
		{"999", "GET", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", `999 "Odd" length 0 "" rest ""`},
		{"H39 0", "GET", "HTTP/1.1 0 OK\r\n\r\n", "502 a status that isn't three digits"},
		{"H39 000", "GET", "HTTP/1.1 000 OK\r\n\r\n", "502 a status below 100"},
		{"H39 99", "GET", "HTTP/1.1 99 OK\r\n\r\n", "502 a status that isn't three digits"},
		{"H39 099", "GET", "HTTP/1.1 099 OK\r\n\r\n", "502 a status below 100"},
		{"H39 1000", "GET", "HTTP/1.1 1000 OK\r\n\r\n", "502 a status that isn't three digits"},
		{"H39 2oo", "GET", "HTTP/1.1 2oo OK\r\n\r\n", "502 a status that isn't three digits"},
		{"H39 no HTTP", "GET", "<html>", "502 an answer that doesn't begin with HTTP/1"},
		{"H39 HTTP/2", "GET", "HTTP/2 200\r\n\r\n", "502 an answer that doesn't begin with HTTP/1"},
		{"H39 HTTP/1.x", "GET", "HTTP/1.x 200\r\n\r\n", "502 a status line without version and status"},
		{"H39 empty line first", "GET", "\r\nHTTP/1.1 200\r\n\r\n", "502 a status line without version and status"},
		{"H39 600 KiB", "GET", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 600<<10) + "\r\n\r\n", "502 the head is too long"},
		{"H39 lines", "GET", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 201) + "\r\n", "502 too many header lines"},
		{"control byte", "GET", "HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n", "502 byte 0x01 in a header line"},
		{"bare CR", "GET", "HTTP/1.1 200 OK\rX: a\r\n\r\n", "502 bare CR in the status line"},
		{"both framings", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "502 both Transfer-Encoding and Content-Length"},
		{"chunked in 1.0", "GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "502 Transfer-Encoding in HTTP/1.0"},
		{"gzip coding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "502 a Transfer-Encoding other than chunked"},
		{"different lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "502 two different Content-Length values"},
		{"nothing", "GET", "", "end"},
		{"cut", "GET", "HTTP/1.1 200 OK\r\nContent-", "cut"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := answer(c.in, c.method); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestBadAnswerIsKept: a bad answer is shown to the developer who wrote it.
func TestBadAnswerIsKept(t *testing.T) {
	const head = "HTTP/1.1 200 OK\nX-A: b\nno colon\n\n"
	p, err := NewReader(strings.NewReader(head + "body")).ReadResponse(Limits{})
	var e *Error
	if !errors.As(err, &e) || e.Status != 502 {
		t.Fatalf("got %v", err)
	}
	if string(p.Raw) != head || p.Status != 200 || p.Get("x-a") != "b" {
		t.Errorf("got %d, %v, raw %q", p.Status, p.Fields, p.Raw)
	}
	p, err = ParseResponse([]byte("HTTP/1.1 2000 OK\r\nX-A: b\r\n\r\n"))
	if err == nil || p.Status != 0 || p.Get("x-a") != "b" {
		t.Errorf("got %d, %v", p.Status, err)
	}
}

func TestStatusText(t *testing.T) {
	if StatusText(502) != "Bad Gateway" || StatusText(599) != "" {
		t.Errorf("got %q and %q", StatusText(502), StatusText(599))
	}
}
