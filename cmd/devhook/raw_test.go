//go:build unix

package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// These tests speak to the public port in raw bytes and look at what a raw app gets, so that everything in between,
// relay, tunnel and inspector, has its chance to change a byte.

// socketApp keeps what it reads of each connection and answers once a test's own rule says that a request is whole.
type socketApp struct {
	mu  sync.Mutex
	got []string
}

// startSocketApp runs an app that answers each request by a rule, and says whether its connection stays.
func startSocketApp(t *testing.T, answer func(request string) (reply string, again bool)) (*socketApp, string) {
	t.Helper()
	a := &socketApp{}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go a.serve(c, answer)
		}
	}()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return a, port
}

func (a *socketApp) serve(c net.Conn, answer func(string) (string, bool)) {
	defer c.Close()
	br := bufio.NewReader(c)
	for {
		request, err := wholeRequest(br)
		if err != nil {
			return
		}
		a.mu.Lock()
		a.got = append(a.got, request)
		a.mu.Unlock()
		reply, again := answer(request)
		if _, err := io.WriteString(c, reply); err != nil || !again {
			return
		}
	}
}

// wholeRequest reads up to the empty line, and then a body by its length or in chunks up to the end of its trailer. No
// body here looks like that end.
func wholeRequest(br *bufio.Reader) (string, error) {
	var b strings.Builder
	until := func(end string) error {
		for !strings.HasSuffix(b.String(), end) {
			c, err := br.ReadByte()
			if err != nil {
				return err
			}
			b.WriteByte(c)
		}
		return nil
	}
	if err := until("\r\n\r\n"); err != nil {
		return "", err
	}
	head := strings.ToLower(b.String())
	if strings.Contains(head, "\r\ntransfer-encoding: chunked\r\n") {
		if err := until("0\r\n"); err != nil {
			return "", err
		}
		err := until("\r\n\r\n")
		return b.String(), err
	}
	if _, rest, ok := strings.Cut(head, "\r\ncontent-length: "); ok {
		digits, _, _ := strings.Cut(rest, "\r\n")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return "", err
		}
		_, err = io.CopyN(&b, br, n)
		return b.String(), err
	}
	return b.String(), nil
}

func (a *socketApp) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.got...)
}

// address is where the public port listens.
func (u *up) address() string {
	address := strings.TrimPrefix(u.public, "http://")
	if _, _, err := net.SplitHostPort(address); err != nil {
		address += ":80" // the other ports may be in use
	}
	return address
}

// raw sends bytes to the public port, ends its side and returns all that comes back.
func (u *up) raw(bytes string) string {
	u.t.Helper()
	c, err := net.Dial("tcp", u.address())
	if err != nil {
		u.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, bytes); err != nil {
		u.t.Fatal(err)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil {
		u.t.Errorf("answer to %.40q: %v after %q", bytes, err, b)
	}
	return string(b)
}

// TestRawThroughTheTunnel: same head lines but for the documented table, same body, same kind of framing.
func TestRawThroughTheTunnel(t *testing.T) {
	tests := []struct{ name, head, body, wantHead, wantBody string }{
		{name: "a query that parsers mend", head: "GET /p?a=1;b=2&c=%zz HTTP/1.1\r\nHost: h\r\n"},
		{name: "duplicates and odd case", head: "POST /p HTTP/1.1\r\nhOST: h\r\nx-lower: 1\r\nX-LOWER:2\r\nX-lower:   3\r\nContent-Length: 2\r\n", body: "hi"},
		{
			name:     "a signature named in Connection",
			head:     "POST /p HTTP/1.1\r\nHost: h\r\nConnection: close, X-Hub-Signature-256\r\nX-Hub-Signature-256: sha256=ab\r\nContent-Length: 2\r\n",
			wantHead: "POST /p HTTP/1.1\r\nHost: h\r\nX-Hub-Signature-256: sha256=ab\r\nContent-Length: 2\r\n", body: "hi",
		},
		{
			name: "chunks with a trailer", head: "POST /p HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n",
			body: "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n", wantBody: "5\r\nabcde\r\n0\r\nX-Sum: 1\r\n\r\n",
		},
		{name: "no body", head: "POST /p HTTP/1.1\r\nHost: h\r\n"},
		{name: "an empty body by length", head: "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n"},
		{name: "an empty body in chunks", head: "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n", body: "0\r\n\r\n"},
		{name: "HTTP/1.0", head: "POST /p HTTP/1.0\r\nContent-Length: 2\r\n", body: "hi"},
	}
	app, port := startSocketApp(t, func(string) (string, bool) { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true })
	db := filepath.Join(t.TempDir(), "devhook.db")
	u := startUp(t, db, nil, nil, "--local", port, "--inspect", "off")
	for n, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := u.raw(tt.head + "\r\n" + tt.body); !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") {
				t.Fatalf("answered %q", got)
			}
			head, host := tt.wantHead, "X-Forwarded-Host: h\r\n"
			if head == "" {
				head = tt.head
			}
			if !strings.Contains(strings.ToLower(head), "host:") {
				host = ""
			}
			body := tt.wantBody
			if body == "" {
				body = tt.body
			}
			id := captured(t, db)[0]["id"].(string)
			want := head + "X-Forwarded-For: 127.0.0.1\r\n" + host + "X-Forwarded-Proto: http\r\nX-Devhook-Id: " + id + "\r\n\r\n" + body
			if diff := cmp.Diff(want, app.requests()[n]); diff != "" {
				t.Errorf("at the app (-sent +got):\n%s", diff)
			}
		})
	}
}

// TestAmbiguousThroughTheTunnel: what can be read in two ways is refused, recorded, and never reaches the app.
func TestAmbiguousThroughTheTunnel(t *testing.T) {
	app, port := startSocketApp(t, func(string) (string, bool) { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true })
	db := filepath.Join(t.TempDir(), "devhook.db")
	u := startUp(t, db, nil, nil, "--local", port, "--inspect", "off")
	heads := []string{
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n",
		"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n",
		"GET / HTTP/1.1\nHost: h\n\n",
		"GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
	}
	for n, head := range heads {
		answer := u.raw(head)
		if !strings.HasPrefix(answer, "HTTP/1.1 4") {
			t.Errorf("%q was answered %q", head, answer)
		}
		all := captured(t, db)
		if len(all) != n+1 || all[0]["state"] != "malformed" {
			t.Errorf("%q: %d captures, the last %v", head, len(all), all[0]["state"])
		}
	}
	if got := app.requests(); len(got) != 0 {
		t.Errorf("the app got %q", got)
	}
}

// TestOnceThroughTheTunnel: an app that reads a request on a connection it answered before, and closes it. CLOSES=1000 has
// as many for each kind of method.
func TestOnceThroughTheTunnel(t *testing.T) {
	app, port := startSocketApp(t, func(request string) (string, bool) {
		if strings.Contains(request, "/second/") {
			return "", false
		}
		return "HTTP/1.1 204 No Content\r\n\r\n", true
	})
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", port, "--inspect", "off")
	want := 0
	closes := counted("CLOSES", 5)
	for _, tail := range []string{
		"GET %s HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD %s HTTP/1.1\r\nHost: h\r\n\r\n", "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
		"POST %s HTTP/1.1\r\nHost: h\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\nhi",
	} {
		for n := range closes {
			u.raw(fmt.Sprintf(tail, fmt.Sprintf("/first/%d", n)))
			if got := u.raw(fmt.Sprintf(tail, fmt.Sprintf("/second/%d", n))); !strings.HasPrefix(got, "HTTP/1.1 502") {
				t.Errorf("answered %q, want 502", got)
			}
			want += 2
		}
	}
	got, once := app.requests(), map[string]bool{}
	for _, request := range got {
		id, _, _ := strings.Cut(request[strings.Index(request, "X-Devhook-Id: "):], "\r\n")
		once[id] = true
	}
	if len(got) != want || len(once) != want {
		t.Errorf("the app got %d requests, %d different ones, want each of %d once", len(got), len(once), want)
	}
	t.Logf("%d upstream closes for each kind of method, %d of %d requests twice", closes, len(got)-len(once), want)
}
