package export

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
)

// received is one request as it stood on the wire; body is without chunk borders.
type received struct {
	head string
	body []byte
}

// receive takes one request off a raw listener and answers it.
func receive(ln net.Listener) (r received, err error) {
	conn, err := ln.Accept()
	if err != nil {
		return r, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	in := bufio.NewReader(conn)
	for !strings.HasSuffix(r.head, "\r\n\r\n") {
		line, err := in.ReadString('\n')
		if r.head += line; err != nil {
			return r, err
		}
	}
	var body io.Reader = strings.NewReader("")
	if n, err := strconv.ParseInt(headValue([]byte(r.head), "Content-Length"), 10, 64); err == nil {
		body = io.LimitReader(in, n)
	} else if headValue([]byte(r.head), "Transfer-Encoding") != "" {
		body = httputil.NewChunkedReader(in)
	}
	if r.body, err = io.ReadAll(body); err != nil {
		return r, err
	}
	_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	return r, err
}

// replayed makes a capture of head and body as sent to a listener of its own, runs its curl command in bash, and
// returns what came of it. HOST in the head is the listener's address.
func replayed(t *testing.T, head string, body []byte) (want string, got received, command string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	want = strings.ReplaceAll(strings.ReplaceAll(head, "HOST", ln.Addr().String()), "\n", "\r\n")
	c := capture(want)
	c.PublicURL = "http://" + ln.Addr().String() + c.Target
	switch {
	case headValue(c.Head, "Transfer-Encoding") != "":
		c.Framing = "chunked"
	case headValue(c.Head, "Content-Length") == "":
		c.Framing = "none"
	}
	command, err = Curl(c, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		var err error
		got, err = receive(ln)
		done <- err
	}()
	run(t, command)
	ln.Close() // should curl never have come
	if err := <-done; err != nil {
		t.Fatalf("%v, after %q of\n%s", err, got.head, command)
	}
	return want, got, command
}

func run(t *testing.T, command string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "--norc", "-s")
	bash.Stdin = strings.NewReader(command)
	bash.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin", "LC_ALL=C", "HOME=" + t.TempDir()}
	if out, err := bash.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, command)
	}
}

// withoutLength parts a head from the Content-Length line, which curl writes where it likes.
func withoutLength(head string) (rest, length string) {
	var b strings.Builder
	for l := range strings.Lines(head) {
		if strings.HasPrefix(strings.ToLower(l), "content-length:") {
			length = strings.TrimSpace(l[len("content-length:"):])
			continue
		}
		b.WriteString(l)
	}
	return b.String(), length
}

func TestCurlSendsTheSame(t *testing.T) {
	const form = "Content-Type: application/x-www-form-urlencoded\n"
	allBytes := make([]byte, 256)
	for i := range allBytes {
		allBytes[i] = byte(i)
	}
	post := func(lines string) string {
		return "POST /hooks/sms?x=1 HTTP/1.1\nHost: HOST\n" + lines + "Content-Length: %d\n\n"
	}
	for _, c := range []struct {
		name, head string
		body       []byte
	}{
		{"form", post(form + "User-Agent: x/1\n"), []byte("event=a&secret=it's+\"50%\"+$(id)`id`!!\\&x=ü")},
		{"get", "GET /a?b=c HTTP/1.1\nHost: HOST\nAccept: */*\n\n", nil},
		{"nothing that curl adds", "GET / HTTP/1.1\nHost: HOST\n\n", nil},
		{"head", "HEAD /a HTTP/1.1\nHost: HOST\n\n", nil},
		{"other method", "PROPFIND /a HTTP/1.1\nHost: HOST\n\n", nil},
		{"get with a body", "GET /a HTTP/1.1\nHost: HOST\nContent-Length: %d\n\n", []byte("x")},
		{"delete with a form", "DELETE /a HTTP/1.1\nHost: HOST\n" + form + "Content-Length: %d\n\n", []byte("id=1")},
		{"old protocol", "GET /a HTTP/1.0\nHost: HOST\n\n", nil},
		{"no host", "GET /a HTTP/1.0\n\n", nil},
		{"another host", "GET /a HTTP/1.1\nHost: Shop.Example.:443\n\n", nil},
		{"order, case, duplicates, spaces", post("x-b: 2\nX-A:1\nX-B:  3  \nACCEPT: a\naccept: b\nCookie: a=b; c\nAuthorization: Basic eDp5\nConnection: keep-alive\n"), []byte("x")},
		{"empty value", "GET / HTTP/1.1\nHost: HOST\nX-Empty:\nAccept:\n\n", nil},
		{"odd values", "GET / HTTP/1.1\nHost: HOST\nX-A: it's \"q\" $HOME `x` \\ !! @ # ; ~\nX-B: \xff\xfe\tü\nX-C: @file\n\n", nil},
		{"no body but a length", post(form), nil},
		{"no content type", post(""), []byte("x")},
		{"name of a file", post(form), []byte("@/etc/hostname")},
		{"standard input", post(form), []byte("@-")},
		{"dash", post(form), []byte("-")},
		{"control bytes", post(form), []byte("a\r\n\t\x1b[31m\x7f\x01!'\\x41\xc3\x28ü\u202e\n\n")},
		{"lines", post(form), []byte("{\n  \"a\": 'b'\n}\n")},
		{"all bytes", post(form), allBytes},
		{"all but NUL", post(form), allBytes[1:]},
		{"long text", post(form), bytes.Repeat([]byte("0123456789 '"), 40_000)},
		{"long enough for Expect", post(form), bytes.Repeat([]byte("x\n\x00y"), 600_000)},
		{"chunked", "POST /a HTTP/1.1\nHost: HOST\n" + form + "Transfer-Encoding: chunked\n\n", []byte("a=b&c=d")},
		{"brackets in the target", "GET /a[1-3]{x,y}?a[b]=c&d={} HTTP/1.1\nHost: HOST\n\n", nil},
		{"dots in the target", "GET /a/../b/./c/..?/../x HTTP/1.1\nHost: HOST\n\n", nil},
		{"odd target", "GET /a\"<>^`|\\ü\xff#frag?%zz;'&& HTTP/1.1\nHost: HOST\n\n", nil},
		{"two slashes", "GET //a//b?? HTTP/1.1\nHost: HOST\n\n", nil},
		{"asterisk", "OPTIONS * HTTP/1.1\nHost: HOST\n\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := c.head
			if strings.Contains(head, "%d") {
				head = fmt.Sprintf(strings.ReplaceAll(strings.ReplaceAll(head, "%", "%%"), "%%d", "%d"), len(c.body))
			}
			want, got, command := replayed(t, head, c.body)
			wantHead, wantLength := withoutLength(want)
			gotHead, gotLength := withoutLength(got.head)
			if diff := cmp.Diff(wantHead, gotHead); diff != "" || gotLength != wantLength {
				t.Errorf("lengths %q, %q; head (-want +got):\n%s\n%.2000s", wantLength, gotLength, diff, command)
			}
			if !bytes.Equal(c.body, got.body) {
				t.Errorf("body is not the same: want %d bytes %.80q, got %d bytes %.80q", len(c.body), c.body, len(got.body), got.body)
			}
		})
	}
}

func TestCurlText(t *testing.T) {
	c := capture("POST /hooks/sms?token=x HTTP/1.1\r\nHost: h.example\r\nUser-Agent: T\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic eDp5\r\nContent-Length: 24\r\n\r\n")
	c.PublicURL = "https://h.example:443" + c.Target
	got, err := Curl(c, []byte("event=a&secret=x"), telerivetMask())
	want := `curl --http1.1 \
  'https://h.example:443/hooks/sms?token=••••••••' \
  -H 'User-Agent: T' \
  -H 'Accept: */*' \
  -H 'Content-Type: application/x-www-form-urlencoded' \
  -H 'Authorization: Basic ••••••••' \
  --data-binary 'event=a&secret=••••••••'
`
	if err != nil || got != want {
		t.Errorf("error %v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
}

func TestCurlWithoutPublicURL(t *testing.T) {
	c := capture("GET /a HTTP/1.1\r\nHost: h.example\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n")
	c.PublicURL, c.Framing = "", "none"
	got, err := Curl(c, nil, nil)
	if want := "curl http://h.example/a \\\n  -H 'User-Agent: x' \\\n  -H 'Accept: */*'\n"; err != nil || got != want {
		t.Errorf("error %v, got %q", err, got)
	}
	c.State = store.Incomplete
	if _, err := Curl(c, nil, nil); err != nil {
		t.Error(err)
	}
}
