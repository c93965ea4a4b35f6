package inspector_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// TestAmbiguousHeads sends what two servers could read in two ways. Each is answered, recorded as it came, and kept
// from the app.
func TestAmbiguousHeads(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"CL and TE", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
		{"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "400"},
		{"a list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\n\r\n", "400"},
		{"a signed length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\n", "400"},
		{"obs-fold", "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", "400"},
		{"bare LF", "GET / HTTP/1.1\nHost: h\n\n", "400"},
		{"bare CR in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", "400"},
		{"NUL in a value", "GET / HTTP/1.1\r\nHost: h\r\nA: b\x00c\r\n\r\n", "400"},
		{"blank before the colon", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n", "400"},
		{"unknown coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"},
		{"chunked twice", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", "501"},
		{"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
		{"no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "400"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
		{"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", "405"},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
		{"unknown expectation", "POST / HTTP/1.1\r\nHost: h\r\nExpect: foo\r\nContent-Length: 0\r\n\r\n", "417"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			answer := r.send(tt.raw)
			if status(answer) != tt.want {
				t.Errorf("answered %q, want %s", answer, tt.want)
			}
			c := r.only()
			if c.State != store.Malformed || c.Failed || c.Reason == "" {
				t.Errorf("recorded as %s, failed %v, reason %q", c.State, c.Failed, c.Reason)
			}
			if !strings.HasPrefix(tt.raw, string(c.Head)) || len(c.Head) < 10 {
				t.Errorf("stored head %q, sent %q", c.Head, tt.raw)
			}
			if !strings.Contains(answer, c.ID) {
				t.Errorf("answer %q does not name the capture %s", answer, c.ID)
			}
			if got := r.app.got(); len(got) != 0 {
				t.Errorf("the app got %q", got)
			}
		})
	}
}

// TestBrokenBodies sends bodies that are not what they said. What came is kept; the app is not called.
func TestBrokenBodies(t *testing.T) {
	small := func(c *inspector.Config) {
		c.Limits = inspector.Limits{Body: 1000, Silence: 200 * time.Millisecond}
	}
	long := strings.Repeat("x", 1001)
	tests := []struct{ name, raw, want, stored string }{
		{"shorter than said", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc", "400", "abc"},
		{"no last chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "400", "abc"},
		{"no CRLF after a chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", "400", "abc"},
		{"bare LF after a size", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", "400", ""},
		{"a size beyond all bounds", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\nabc", "400", ""},
		{"longer than the limit, not said", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + long + "\r\n0\r\n\r\n", "413", long},
		{"longer than the limit, said", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", "413", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, small)
			if answer := r.send(tt.raw); status(answer) != tt.want {
				t.Errorf("answered %q, want %s", answer, tt.want)
			}
			c := r.only()
			if c.State != store.Incomplete || r.body(c.ID) != tt.stored || c.BodySize != int64(len(tt.stored)) {
				t.Errorf("recorded as %s with %q (%d), want %q", c.State, r.body(c.ID), c.BodySize, tt.stored)
			}
			if got := r.app.got(); len(got) != 0 {
				t.Errorf("the app got %q", got)
			}
		})
	}
}

// TestSilentBody holds that a body that stops coming does not wait for ever.
func TestSilentBody(t *testing.T) {
	r := newRig(t, func(c *inspector.Config) { c.Limits.Silence = 100 * time.Millisecond })
	c := r.dial()
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab")
	b, _ := io.ReadAll(c)
	if status(string(b)) != "408" {
		t.Errorf("answered %q, want 408", b)
	}
	if c := r.only(); c.State != store.Incomplete || r.body(c.ID) != "ab" {
		t.Errorf("recorded as %s", c.State)
	}
}

// TestUnannouncedLongBody holds the limit for a body that did not say its length, past what is kept in memory.
func TestUnannouncedLongBody(t *testing.T) {
	r := newRig(t, func(c *inspector.Config) { c.Limits.Body = 300 << 10 })
	chunk := "20000\r\n" + strings.Repeat("x", 0x20000) + "\r\n"
	c := r.dial()
	go func() {
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range 20 {
			if _, err := io.WriteString(c, chunk); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 4096)
	n, _ := c.Read(buf)
	if status(string(buf[:n])) != "413" {
		t.Errorf("answered %q, want 413", buf[:n])
	}
	if c := r.only(); c.State != store.Incomplete || int64(len(r.body(c.ID))) != c.BodySize {
		t.Errorf("recorded as %s, %d bytes of %d", c.State, len(r.body(c.ID)), c.BodySize)
	}
	if got := r.app.got(); len(got) != 0 {
		t.Error("the app was called")
	}
}

// TestRejectInvalid keeps what is not proven from the app, and records it as refused.
func TestRejectInvalid(t *testing.T) {
	r := newRig(t, withTelerivet("right-secret"), rejecting)
	for secret, want := range map[string]string{"wrong-secret": "403", "right-secret": "200"} {
		if got := status(r.send(telerivet(secret))); got != want {
			t.Errorf("%s: answered %s, want %s", secret, got, want)
		}
	}
	for _, c := range r.captures() {
		if (c.Verdict == store.Valid) != (c.State == store.Complete) || (c.Verdict == store.Invalid) != (c.State == store.Refused) {
			t.Errorf("verdict %s, state %s", c.Verdict, c.State)
		}
		if c.Failed {
			t.Errorf("%s counts as failed", c.State)
		}
	}
	if n := len(r.app.got()); n != 1 {
		t.Errorf("the app got %d requests, want the valid one", n)
	}
}

// TestTooLongToProve: what has a secret and can't be checked against it is not proven, so that padding is no way past it.
func TestTooLongToProve(t *testing.T) {
	r := newRig(t, withTelerivet("right-secret"), func(c *inspector.Config) {
		rejecting(c)
		c.Limits.Verify = 300 << 10
	})
	raw := strings.Replace(telerivet("wrong-secret"), "Content-Length: ", "Content-Length: 400", 1)
	answer := r.send(raw + strings.Repeat("x", 400_000))
	if c := r.only(); status(answer) != "403" || c.State != store.Refused || !strings.Contains(c.Reason, "too long") {
		t.Errorf("answered %q, recorded as %s: %s", answer, c.State, c.Reason)
	}
	if n := len(r.app.got()); n != 0 {
		t.Errorf("the app got %d requests", n)
	}
}

// TestNoWayRoundARoute: another spelling of a path is the same path to many an app, and so to the route's check.
func TestNoWayRoundARoute(t *testing.T) {
	for _, target := range []string{
		"http://h/hooks/sms", "//hooks/sms", "/hooks//sms", "/./hooks/sms", "/x/../hooks/sms", "/hooks%2fsms", "/%68ooks/sms?a",
		"/hooks/sms#f", "/hooks/sms/", "/hooks/sms/more", "/Hooks/SMS", "/hooks/sms;a=b", "/hooks;x/sms", "/hooks%2Fsms/%zz", "//x/hooks/sms",
		"/hooks\\sms", "//open/hooks/sms",
	} {
		r := newRig(t, withTelerivet("right-secret"), func(c *inspector.Config) {
			rejecting(c)
			c.Routes = append(c.Routes, inspector.Route{Path: "/open", Provider: provider.Unknown()})
		})
		if got := status(r.send(strings.Replace(telerivet("wrong-secret"), "/hooks/sms", target, 1))); got != "403" {
			t.Errorf("%s: answered %s, want 403", target, got)
		}
		if n := len(r.app.got()); n != 0 {
			t.Errorf("%s: the app got it", target)
		}
	}
	r := newRig(t, withTelerivet("right-secret"), rejecting)
	if got := status(r.send(strings.Replace(telerivet("wrong-secret"), "/hooks/sms", "/hooks/smsx", 1))); got != "200" {
		t.Errorf("another path: answered %s, want 200", got)
	}
}
