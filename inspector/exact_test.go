package inspector_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// added are the lines that the documented table adds, for a request that came over loopback.
func added(host, id string) string {
	return "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: " + host + "\r\nX-Forwarded-Proto: http\r\nX-Devhook-Id: " + id + "\r\n"
}

// TestHeadsArriveAsSent compares the very bytes at sender, database and app.
func TestHeadsArriveAsSent(t *testing.T) {
	tests := []struct{ name, sent, body, want string }{
		{
			name: "query that parsers mend",
			sent: "GET /p%2fq//r/../s;v=1?a=1;b=2&c=%zz&%00&\xc3\xa4=\xff#f HTTP/1.1\r\nHost: h\r\n",
			want: "GET /p%2fq//r/../s;v=1?a=1;b=2&c=%zz&%00&\xc3\xa4=\xff#f HTTP/1.1\r\nHost: h\r\n",
		},
		{
			name: "case, order, duplicates, white space",
			sent: "POST /x HTTP/1.1\r\nhOST: h\r\nx-lower: 1\r\nX-LOWER:2\r\nCookie: a\r\nX-Lower:  3  \r\nCookie: b\r\nEmpty:\r\nContent-length: 2\r\n",
			body: "hi",
			want: "POST /x HTTP/1.1\r\nhOST: h\r\nx-lower: 1\r\nX-LOWER:2\r\nCookie: a\r\nX-Lower:  3  \r\nCookie: b\r\nEmpty:\r\nContent-length: 2\r\n",
		},
		{
			name: "a signature named in Connection",
			sent: "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close, X-Hub-Signature-256\r\nX-Hub-Signature-256: sha256=ab\r\nContent-Length: 0\r\n",
			want: "POST /x HTTP/1.1\r\nHost: h\r\nX-Hub-Signature-256: sha256=ab\r\nContent-Length: 0\r\n",
		},
		{
			name: "what anyone could claim of the caller",
			sent: "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\nX_Forwarded_For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nx-forwarded-proto: https\r\nX-Other: stays\r\n",
			want: "GET / HTTP/1.1\r\nHost: h\r\nX-Other: stays\r\n",
		},
		{
			name: "hop-by-hop",
			sent: "GET / HTTP/1.1\r\nHost: h\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Connection: x\r\nUpgrade-Insecure-Requests: 1\r\nAccept: */*\r\n",
			want: "GET / HTTP/1.1\r\nHost: h\r\nUpgrade-Insecure-Requests: 1\r\nAccept: */*\r\n",
		},
		{
			name: "two equal lengths",
			sent: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nA: b\r\ncontent-length: 2\r\n",
			body: "hi",
			want: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nA: b\r\n",
		},
		{
			name: "values that are not ASCII",
			sent: "GET / HTTP/1.1\r\nHost: h\r\nX-A: \xe9\xff \xc3\xa9\r\n",
			want: "GET / HTTP/1.1\r\nHost: h\r\nX-A: \xe9\xff \xc3\xa9\r\n",
		},
		{name: "OPTIONS *", sent: "OPTIONS * HTTP/1.1\r\nHost: h\r\n", want: "OPTIONS * HTTP/1.1\r\nHost: h\r\n"},
		{name: "a method of one's own", sent: "m-search / HTTP/1.1\r\nHost: h\r\n", want: "m-search / HTTP/1.1\r\nHost: h\r\n"},
		{name: "HTTP/1.0", sent: "GET / HTTP/1.0\r\nHost: h\r\n", want: "GET / HTTP/1.0\r\nHost: h\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			if got := status(r.send(tt.sent + "\r\n" + tt.body)); got != "200" {
				t.Fatalf("answered %s", got)
			}
			c := r.only()
			if diff := cmp.Diff(tt.sent+"\r\n", string(c.Head)); diff != "" {
				t.Errorf("stored head (-sent +stored):\n%s", diff)
			}
			if got := r.body(c.ID); got != tt.body {
				t.Errorf("stored body %q, sent %q", got, tt.body)
			}
			want := []string{tt.want + added("h", c.ID) + "\r\n" + tt.body}
			if diff := cmp.Diff(want, r.app.got()); diff != "" {
				t.Errorf("at the app (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBodiesArriveAsSent holds content and kind of framing.
func TestBodiesArriveAsSent(t *testing.T) {
	tests := []struct{ name, head, body, wantBody, stored, framing string }{
		{"no body", "", "", "", "", "none"},
		{"empty by length", "Content-Length: 0\r\n", "", "", "", "length"},
		{"empty by chunks", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "0\r\n\r\n", "", "chunked"},
		{"length", "Content-Length: 5\r\n", "a\r\n\x00\xff", "a\r\n\x00\xff", "a\r\n\x00\xff", "length"},
		{
			"chunks with an extension", "Transfer-Encoding: chunked\r\n",
			"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "5\r\nabcde\r\n0\r\n\r\n", "abcde", "chunked",
		},
		{
			"trailers: those named go on, framing never", "Transfer-Encoding: chunked\r\nTrailer: X-Sum, Content-Length\r\n",
			"3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Unnamed: 2\r\nContent-Length: 9\r\n\r\n", "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", "abc", "chunked",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			if got := status(r.send("POST / HTTP/1.1\r\nHost: h\r\n" + tt.head + "\r\n" + tt.body)); got != "200" {
				t.Fatalf("answered %s", got)
			}
			c := r.only()
			if c.Framing != tt.framing || r.body(c.ID) != tt.stored {
				t.Errorf("stored %q framed %q, want %q framed %q", r.body(c.ID), c.Framing, tt.stored, tt.framing)
			}
			want := []string{"POST / HTTP/1.1\r\nHost: h\r\n" + tt.head + added("h", c.ID) + "\r\n" + tt.wantBody}
			if diff := cmp.Diff(want, r.app.got()); diff != "" {
				t.Errorf("at the app (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnswersArriveAsGiven holds the way back.
func TestAnswersArriveAsGiven(t *testing.T) {
	const req = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	tests := []struct{ name, request, answer, want string }{
		{
			"length", req, "HTTP/1.1 201 Made it\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nhi",
			"HTTP/1.1 201 Made it\r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
		},
		{
			"chunked with trailer", req, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nConnection: close\r\n\r\n3\r\nhi!\r\n0\r\nX-T: 1\r\n\r\n",
		},
		{"204 has no body", req, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", "HTTP/1.1 204 No Content\r\nX: y\r\nConnection: close\r\n\r\n"},
		{"304 with a length", req, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"},
		{"HEAD", strings.Replace(req, "GET", "HEAD", 1), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"},
		{
			"103 goes before", req, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + okAnswer,
			"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
		},
		{
			"1,000 times 103 goes before eight times", req, strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 1000) + okAnswer,
			strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 8) + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
		},
		{
			"lines that end with LF alone", req, "HTTP/1.1 103 Early\nLink: x\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok",
			"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
		},
		{
			"an app of HTTP/1.0", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok",
		},
		{
			"chunks for HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.app.respond(tt.answer)
			if diff := cmp.Diff(tt.want, r.send(tt.request)); diff != "" {
				t.Errorf("at the sender (-want +got):\n%s", diff)
			}
			d := r.deliveries(r.only().ID)
			if len(d) != 1 || d[0].Error != "" || !strings.HasPrefix(tt.answer[strings.LastIndex(tt.answer, "HTTP/1."):], string(d[0].Head)) {
				t.Errorf("recorded %+v", d)
			}
		})
	}
}

// TestKeepAlive sends several requests over one connection, in one write.
func TestKeepAlive(t *testing.T) {
	r := newRig(t)
	var all strings.Builder
	for n := range 3 {
		fmt.Fprintf(&all, "POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n%d", n, n)
	}
	got := r.send(all.String())
	if want := strings.Repeat(okAnswer, 3); got != want {
		t.Errorf("answers %q, want %q", got, want)
	}
	if n := len(r.captures()); n != 3 {
		t.Errorf("%d captures", n)
	}
	if n := r.app.connections(); n != 1 {
		t.Errorf("%d connections to the app, want one used again", n)
	}
}
