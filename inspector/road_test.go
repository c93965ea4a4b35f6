package inspector_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/store"
	"devhook/store/storetest"
)

// telerivet is an incoming_message as Telerivet posts it; secret "" leaves the secret out.
func telerivet(secret string) string {
	body := "event=incoming_message&id=SM1a2b3c&message_type=sms&content=hello+world&from_number=%2B16505550123&project_id=PJ1"
	if secret != "" {
		body += "&secret=" + url.QueryEscape(secret)
	}
	return fmt.Sprintf("POST /hooks/sms HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		len(body), body)
}

func TestVerdicts(t *testing.T) {
	tests := []struct {
		secret string
		want   store.Verdict
	}{{"right-secret", store.Valid}, {"wrong-secret", store.Invalid}, {"", store.Missing}}
	for _, tt := range tests {
		t.Run(string(tt.want), func(t *testing.T) {
			r := newRig(t, withTelerivet("right-secret"))
			if got := status(r.send(telerivet(tt.secret))); got != "200" {
				t.Fatalf("answered %s", got)
			}
			c := r.only()
			if c.Verdict != tt.want || c.Provider != "telerivet" || c.Event != "incoming_message" || c.EventID != "SM1a2b3c" {
				t.Errorf("%s %s %s %s: %s", c.Verdict, c.Provider, c.Event, c.EventID, c.Reason)
			}
			if strings.Contains(c.Reason+strings.Join(c.Hints, " "), "right-secret") {
				t.Error("the reason prints the secret")
			}
		})
	}
}

// TestStoredBeforeTheApp looks into the database, as another process would, at the moment the app is called.
func TestStoredBeforeTheApp(t *testing.T) {
	r := newRig(t)
	other := storetest.OpenAt(t, r.path)
	seen := make(chan int, 1)
	r.app.do(func(c net.Conn, _ string) bool {
		n, _ := other.Count(t.Context(), store.Filter{})
		seen <- n
		_, err := io.WriteString(c, okAnswer)
		return err == nil
	})
	r.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
	if n := <-seen; n != 1 {
		t.Errorf("%d captures were committed when the app was called, want 1", n)
	}
	if c := r.only(); c.Delivering || c.Failed || c.Last == nil || c.Last.Status != 200 {
		t.Errorf("in the end: %+v", c)
	}
}

// TestJudgement: Telerivet takes a 200 and nothing else.
func TestJudgement(t *testing.T) {
	for answer, accepted := range map[string]bool{
		okAnswer:                          true,
		"HTTP/1.1 204 No Content\r\n\r\n": false,
		"HTTP/1.1 302 F\r\nContent-Length: 0\r\n\r\n": false,
	} {
		r := newRig(t, withTelerivet("right-secret"))
		r.app.respond(answer)
		r.send(telerivet("right-secret"))
		c := r.only()
		if c.Last.Accepted != accepted || c.Failed == accepted || (c.Last.Judgement == "") != accepted {
			t.Errorf("%.16q: accepted %v, failed %v: %q", answer, c.Last.Accepted, c.Failed, c.Last.Judgement)
		}
	}
}

// TestAutoreplyNotes: what is wrong with the messages an app answers with is noted, though the answer itself is taken.
func TestAutoreplyNotes(t *testing.T) {
	for body, noted := range map[string]bool{
		`{"messages":[{"content":"Thanks!"}]}`:                        false,
		`{"messages":[{"content":"Thanks!","message_type":"ussd",}]}`: true, // the comma of the sender's own sample
		`{"message":[{"content":"Thanks!"}]}`:                         true,
	} {
		r := newRig(t, withTelerivet("right-secret"))
		r.app.respond(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		r.send(telerivet("right-secret"))
		d := r.deliveries(r.only().ID)[0]
		if !d.Accepted || (len(d.Notes) > 0) != noted {
			t.Errorf("%s: accepted %v, notes %q", body, d.Accepted, d.Notes)
		}
	}
}

// TestAppDown: the sender gets one clear line, the capture stays, and a replay delivers it later.
func TestAppDown(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	app, err := inspector.NewApp(addr, inspector.AppOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *inspector.Config) { c.App = app })
	answer := r.send("POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
	if status(answer) != "502" || !strings.Contains(answer, "nothing listens on "+addr) || strings.Count(answer, "\n") != strings.Count(answer, "\r\n")+1 {
		t.Errorf("answered %q", answer)
	}
	c := r.only()
	if !c.Failed || c.Last.Error == "" || c.Last.Status != 0 {
		t.Fatalf("recorded %+v", c.Last)
	}
	up := newRawAppAt(t, addr)
	d, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{})
	if err != nil || d.Status != 200 || !d.Accepted {
		t.Fatalf("replay: %+v, %v", d, err)
	}
	if got := up.got(); len(got) != 1 || !strings.HasSuffix(got[0], "\r\n\r\nhi") {
		t.Errorf("the app got %q", got)
	}
	if c := r.only(); c.Failed || c.DeliveriesCount != 2 {
		t.Errorf("after the replay: failed %v, %d deliveries", c.Failed, c.DeliveriesCount)
	}
}

// TestNeverTwice: an app that reads a request on a connection it answered before, and closes it. Go's own transport
// sends some of these a second time.
func TestNeverTwice(t *testing.T) {
	closes := 1
	if n, err := strconv.Atoi(os.Getenv("CLOSES")); err == nil {
		closes = n
	}
	for _, req := range []string{
		"GET /%s HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /%s HTTP/1.1\r\nHost: h\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\nhi",
		"HEAD /%s HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /%s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi",
	} {
		t.Run(req[:4], func(t *testing.T) {
			r := newRig(t)
			r.app.do(func(c net.Conn, request string) bool {
				if strings.Contains(request, "/second") {
					return false // read whole, closed without a word
				}
				_, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
				return err == nil
			})
			for range closes {
				if got := status(r.send(fmt.Sprintf(req, "first"))); got != "204" {
					t.Fatalf("first: %s", got)
				}
				if got := status(r.send(fmt.Sprintf(req, "second"))); got != "502" {
					t.Fatalf("second: %s, want 502", got)
				}
			}
			// A connection that lay for a second is not used again, so on a busy machine there may be more.
			got, reused := len(r.app.got()), 2*closes-r.app.connections()
			if got != 2*closes || reused == 0 || reused > closes {
				t.Errorf("the app got %d requests over %d connections, want %d over %d", got, r.app.connections(), 2*closes, closes)
			}
			t.Logf("%d upstream closes, %d of them on a connection used before; %d of %d requests twice", closes, reused, got-2*closes, 2*closes)
			for _, c := range r.captures() {
				if c.DeliveriesCount != 1 {
					t.Errorf("%s: %d deliveries", c.Target, c.DeliveriesCount)
				}
			}
		})
	}
}

// TestIdleConnectionClosed: an app that closes between two requests costs nothing.
func TestIdleConnectionClosed(t *testing.T) {
	r := newRig(t)
	closed := make(chan struct{}, 2)
	r.app.do(func(c net.Conn, _ string) bool {
		_, _ = io.WriteString(c, okAnswer)
		_ = c.Close()
		closed <- struct{}{}
		return false
	})
	for range 2 {
		if got := status(r.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")); got != "200" {
			t.Fatalf("answered %s", got)
		}
		<-closed
		time.Sleep(20 * time.Millisecond) // let the close cross loopback
	}
}

// TestLoop: an app that sends the request to its own public address is told so instead of going round.
func TestLoop(t *testing.T) {
	r := newRig(t)
	inner := make(chan string, 1)
	r.app.do(func(c net.Conn, request string) bool {
		inner <- r.send(request)
		_, err := io.WriteString(c, okAnswer)
		return err == nil
	})
	if got := status(r.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")); got != "200" {
		t.Errorf("outer: %s", got)
	}
	if got := status(<-inner); got != "508" {
		t.Errorf("inner: %s, want 508", got)
	}
	all := r.captures()
	if len(all) != 2 || all[1].State != store.Refused || r.body(all[1].ID) != "hi" {
		t.Errorf("%d captures, the last %+v", len(all), all[len(all)-1])
	}
}

// TestLongLoop: two devhooks whose apps are each other's public address.
func TestLongLoop(t *testing.T) {
	one, two := newRig(t), newRig(t)
	through := func(other *rig) func(net.Conn, string) bool {
		return func(c net.Conn, request string) bool {
			_, err := io.WriteString(c, other.send(request))
			return err == nil
		}
	}
	one.app.do(through(two))
	two.app.do(through(one))
	if got := status(one.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")); got != "508" {
		t.Errorf("answered %s, want 508", got)
	}
	if a, b := len(one.captures()), len(two.captures()); a != 2 || b != 1 {
		t.Errorf("%d and %d captures, want 2 and 1", a, b)
	}
}

// TestProbe is answered and not recorded; anyone else's guess is recorded and kept from the app.
func TestProbe(t *testing.T) {
	r := newRig(t)
	got := r.send("GET /_devhook/probe/nonce HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if status(got) != "200" || !strings.HasSuffix(got, "\r\n\r\nnonce") {
		t.Errorf("probe: %q", got)
	}
	if n := len(r.captures()); n != 0 {
		t.Errorf("the probe left %d captures", n)
	}
	for n, line := range []string{
		"GET /_devhook/probe/other", "HEAD /_devhook/probe/nonce", "GET /_devhook/probe/nonce?x", "GET /_devhook/probe/../x", "GET /_devhook/probe/",
	} {
		if got := r.send(line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); status(got) != "404" {
			t.Errorf("%s: answered %q", line, got)
		}
		if all := r.captures(); len(all) != n+1 || all[n].State != store.Refused {
			t.Errorf("%s: %d captures", line, len(all))
		}
	}
	if got := r.app.got(); len(got) != 0 {
		t.Errorf("the app got %q", got)
	}
}

// TestContinue: a sender that waits for 100 gets it, and the app is not asked.
func TestContinue(t *testing.T) {
	r := newRig(t)
	c := r.dial()
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	if err != nil || string(buf[:n]) != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Fatalf("got %q, %v", buf[:n], err)
	}
	_, _ = io.WriteString(c, "hi")
	if b, _ := io.ReadAll(c); status(string(b)) != "200" {
		t.Errorf("answered %q", b)
	}
	if got := r.app.got(); len(got) != 1 || strings.Contains(got[0], "Expect") || !strings.HasSuffix(got[0], "hi") {
		t.Errorf("the app got %q", got)
	}
}
