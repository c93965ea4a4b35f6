package relay_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
)

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

// catch answers 400 and shows what came.
func catch(seen chan<- [2]string) func(*tunnel.Conn) {
	return func(c *tunnel.Conn) {
		b, err := io.ReadAll(c)
		if err != nil {
			b = append(b, err.Error()...)
		}
		seen <- [2]string{c.Malformed(), string(b)}
		answer(c, 400, "agent", false)
	}
}

func TestMalformedInputIsHandedOnAsItCame(t *testing.T) {
	seen := make(chan [2]string, 1)
	r := newRig(t, catch(seen))
	for _, raw := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"GET /\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
		"GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 300) + "\r\n",
		"GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 80<<10) + "\r\n\r\n",
	} {
		got := r.ask(t, raw)
		if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.HasSuffix(got, "agent") {
			t.Errorf("%.60q: answer %q", raw, got)
		}
		s := <-seen
		if s[0] == "" || len(s[1]) < 8 || !strings.HasPrefix(raw, s[1]) {
			t.Errorf("%.60q: malformed %q, came %.60q (%d bytes)", raw, s[0], s[1], len(s[1]))
		}
	}
}

func TestWhatIsNotHTTPComesOncePerSecond(t *testing.T) {
	seen := make(chan [2]string, 100)
	r := newRig(t, catch(seen))
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"
	began := time.Now()
	own, agents := 0, 0
	for range 20 {
		for _, raw := range []string{hello, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n"} {
			switch got := r.ask(t, raw); {
			case strings.HasSuffix(got, "agent"):
				agents++
			case strings.HasPrefix(got, "HTTP/1.1 400 "):
				own++
			default:
				t.Errorf("answer %q", got)
			}
		}
	}
	if most := 1 + int(time.Since(began)/time.Second); agents < 1 || agents > most {
		t.Errorf("%d of %d were handed on within %s", agents, agents+own, time.Since(began))
	}
}

func TestSlowHeads(t *testing.T) {
	seen := make(chan [2]string, 1)
	r := newRigWith(t, func(c *relay.Config) { c.Limits.Head = 200 * time.Millisecond }, nil, catch(seen))
	nothing := r.dial(t)
	if b, err := io.ReadAll(nothing); len(b) > 0 || err != nil {
		t.Errorf("who says nothing is told %q, %v", b, err)
	}
	got := r.ask(t, "POST /slow HTTP/1.1\r\nHost: a\r\n")
	if s := <-seen; !strings.Contains(s[0], "did not arrive within") || s[1] != "POST /slow HTTP/1.1\r\nHost: a\r\n" {
		t.Errorf("agent saw %q, sender %q", s, got)
	}
}

func TestCutOffRequestsAreHandedOn(t *testing.T) {
	seen := make(chan [2]string, 1)
	r := newRig(t, catch(seen))
	head := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
	for _, raw := range []string{head + "abc", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc", head[:30]} {
		c := r.dial(t)
		send(t, c, raw)
		_ = c.CloseWrite()
		if s := <-seen; s[1] != raw {
			t.Errorf("half-close: sent %q, the agent saw %q", raw, s)
		}
		if code, _ := readAnswer(t, bufio.NewReader(c)); code != 400 {
			t.Errorf("answer %d", code)
		}
	}
	for _, raw := range []string{head + "abc", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"} {
		c := r.dial(t)
		send(t, c, raw)
		time.Sleep(20 * time.Millisecond)
		_ = c.SetLinger(0)
		_ = c.Close()
		if s := <-seen; s[1] != raw+tunnel.ErrGone.Error() {
			t.Errorf("reset: sent %q, the agent saw %q", raw, s)
		}
	}
	eventually(t, "all over", func() bool { return r.Stats().Busy == 0 })
}

func TestBadChunksReachTheAgent(t *testing.T) {
	seen := make(chan [2]string, 1)
	r := newRig(t, catch(seen))
	raw := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz"
	if got := r.ask(t, raw+"z\r\n\r\n"); !strings.HasSuffix(got, "agent") {
		t.Errorf("answer %q", got)
	}
	if s := <-seen; !strings.HasPrefix(raw, s[1]) || !strings.HasSuffix(s[1], "z") {
		t.Errorf("the agent saw %q", s)
	}
}

func TestSilentBodies(t *testing.T) {
	seen := make(chan [2]string, 1)
	r := newRigWith(t, func(c *relay.Config) { c.Limits.BodySilence = 100 * time.Millisecond }, nil, catch(seen))
	for _, raw := range []string{
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc",
	} {
		got := r.ask(t, raw)
		if s := <-seen; s[1] != raw || !strings.HasSuffix(got, "agent") {
			t.Errorf("the agent saw %q, the sender %q", s, got)
		}
	}
}

func TestExpectContinueIsTheAgentsToAnswer(t *testing.T) {
	r := newRig(t, func(c *tunnel.Conn) {
		in := http1.NewReader(c)
		q, err := in.ReadRequest(http1.Limits{})
		if err != nil {
			return
		}
		fmt.Fprint(c, "HTTP/1.1 100 Continue\r\n\r\n")
		b, _ := io.ReadAll(in.Body(q.Framing()))
		answer(c, 200, string(b), false)
	})
	c := r.dial(t)
	send(t, c, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	in := bufio.NewReader(c)
	expect(t, in, "HTTP/1.1 100 Continue\r\n\r\n")
	send(t, c, "hello")
	if code, body := readAnswer(t, in); code != 200 || body != "hello" {
		t.Errorf("answer %d %q", code, body)
	}
}

func TestReservedPaths(t *testing.T) {
	r := newRig(t, echo)
	for target, want := range map[string]string{
		"/_devhook/probe/abc":         "GET /_devhook/probe/abc ",
		"/_devhook/":                  "devhook relay: ",
		"/_devhook/tunnel":            "devhook relay: ",
		"http://relay.test/_devhook/": "devhook relay: ",
		"/_devhookish":                "GET /_devhookish ",
		"/x/_devhook/":                "GET /x/_devhook/ ",
	} {
		got := r.ask(t, "GET "+target+" HTTP/1.1\r\nHost: relay.test\r\nConnection: close\r\n\r\n")
		code := map[bool]string{true: "HTTP/1.1 404 ", false: "HTTP/1.1 200 "}[want == "devhook relay: "]
		if !strings.HasPrefix(got, code) || !strings.Contains(got, want) {
			t.Errorf("%s: %q", target, got)
		}
	}
}

func TestExchangesAreLimited(t *testing.T) {
	goOn := make(chan struct{})
	r := newRigWith(t, func(c *relay.Config) { c.Limits.Exchanges = 4 }, nil, func(c *tunnel.Conn) { start(c); <-goOn; answer(c, 200, "ok", false) })
	var all []net.Conn
	for range 4 {
		c := r.dial(t)
		send(t, c, post("/", "x"))
		all = append(all, c)
	}
	eventually(t, "four exchanges", func() bool { return r.Stats().Busy == 4 })
	if got := r.ask(t, post("/", "x")); !strings.HasPrefix(got, "HTTP/1.1 503 ") || !strings.Contains(got, "Retry-After: 1\r\n") {
		t.Errorf("a fifth: %q", got)
	}
	close(goOn)
	for _, c := range all {
		if code, _ := readAnswer(t, bufio.NewReader(c)); code != 200 {
			t.Errorf("answer %d", code)
		}
	}
	eventually(t, "room", func() bool { return strings.HasSuffix(r.ask(t, post("/", "x")), "ok") })
}

func TestSlowBodiesTakeNoPlace(t *testing.T) {
	r := newRigWith(t, func(c *relay.Config) { c.Limits.Exchanges = 2 }, nil, echo)
	for range 50 {
		send(t, r.dial(t), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
	}
	for range 10 {
		if got := r.ask(t, post("/", "x", closing)); !strings.HasSuffix(got, "POST / x") {
			t.Errorf("answer %q", got)
		}
	}
}

const twoHosts = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"

// TestMalformedRequestsLeavePlaces: many that are malformed at once wait for each other, and sound ones find their place.
func TestMalformedRequestsLeavePlaces(t *testing.T) {
	const all = 40
	goOn, malformed := make(chan struct{}), make(chan struct{}, all)
	r := newRigWith(t, func(c *relay.Config) { c.Limits.Exchanges = 16 }, nil, func(c *tunnel.Conn) {
		if c.Malformed() != "" {
			malformed <- struct{}{}
			<-goOn
			answer(c, 400, "malformed", false)
			return
		}
		echo(c)
	})
	var senders sync.WaitGroup
	for range all {
		senders.Go(func() { _ = r.ask(t, twoHosts) })
	}
	<-malformed
	<-malformed
	for range 20 {
		if got := r.ask(t, post("/", "x", closing)); !strings.HasSuffix(got, "POST / x") {
			t.Errorf("answer %q", got)
		}
	}
	// The last of the others may have its answer before the relay has put it away.
	eventually(t, "two malformed ones are under way", func() bool { return r.Stats().Busy == 2 })
	close(goOn)
	senders.Wait()
	for range all - 2 {
		<-malformed
	}
	if refused := r.Stats().Requests[relay.TooMany]; refused != 0 {
		t.Errorf("%d were refused", refused)
	}
	eventually(t, "all are over", func() bool { return r.Stats().Busy == 0 })
}

// TestMalformedRequestsWaitForNoAgent: those that wait when the agent leaves don't go on waiting.
func TestMalformedRequestsWaitForNoAgent(t *testing.T) {
	here := make(chan struct{}, 10)
	r := newRigWith(t, func(c *relay.Config) { c.Limits.Exchanges = 8 }, func(c *tunnel.Config) { c.Drain = 100 * time.Millisecond },
		func(c *tunnel.Conn) { here <- struct{}{}; _, _ = io.Copy(io.Discard, c); <-t.Context().Done() })
	var senders sync.WaitGroup
	for range 5 {
		c := r.dial(t)
		send(t, c, twoHosts)
		senders.Go(func() { _, _ = io.Copy(io.Discard, c) })
	}
	<-here
	_ = r.agent.Close()
	senders.Wait()
	eventually(t, "all are over", func() bool { return r.Stats().Busy == 0 })
}
