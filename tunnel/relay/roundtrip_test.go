package relay_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"devhook/tunnel"
)

func TestRoundTrip(t *testing.T) {
	seen := make(chan *tunnel.Conn, 1)
	r := newRig(t, func(c *tunnel.Conn) { seen <- c; echo(c) })
	sender := r.dial(t)
	send(t, sender, post("/hooks?a=1;b=%zz", "hello", closing))
	b, err := io.ReadAll(sender)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); !strings.HasSuffix(got, "POST /hooks?a=1;b=%zz hello") {
		t.Errorf("answer %q", got)
	}
	c := <-seen
	if got, want := c.RemoteAddr().String(), sender.LocalAddr().String(); got != want {
		t.Errorf("RemoteAddr %s, want the sender's %s", got, want)
	}
	if c.Scheme() != "http" || c.PublicHost() != "relay.test:8080" || c.LocalPort() != 8080 || len(c.ArrivalID()) != 26 {
		t.Errorf("scheme %q, host %q, port %d, arrival %q", c.Scheme(), c.PublicHost(), c.LocalPort(), c.ArrivalID())
	}
	if got := r.agent.PublicURL(); got != "http://relay.test:8080" {
		t.Errorf("PublicURL %q", got)
	}
}

func TestRequestBytesAreUntouched(t *testing.T) {
	got := make(chan string, 1)
	r := newRig(t, func(c *tunnel.Conn) {
		b, _ := io.ReadAll(c)
		got <- string(b)
		answer(c, 200, "ok", false)
	})
	raw := "POST //a/../b;c?q=%zz#f HTTP/1.1\r\nhOsT: relay.test\r\nX-B:  two \r\nx-b: one\r\nConnection: close, X-Sig\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n0\r\nX-Trailer: t\r\n\r\n"
	r.ask(t, raw)
	if g := <-got; g != raw {
		t.Errorf("agent read\n%q, sent\n%q", g, raw)
	}
}

func TestKeepAlive(t *testing.T) {
	r := newRig(t, echo)
	c := r.dial(t)
	in := bufio.NewReader(c)
	for n := range 20 {
		send(t, c, post("/n", fmt.Sprint(n)))
		if code, body := readAnswer(t, in); code != 200 || body != fmt.Sprint("POST /n ", n) {
			t.Fatalf("request %d: %d %q", n, code, body)
		}
	}
}

func TestPipelinedRequestsRunInOrder(t *testing.T) {
	r := newRig(t, echo)
	got := r.ask(t, post("/1", "a")+post("/2", "b")+post("/3", "c", closing))
	first, second, third := strings.Index(got, "POST /1 a"), strings.Index(got, "POST /2 b"), strings.Index(got, "POST /3 c")
	if first < 0 || second < first || third < second {
		t.Errorf("answers %q", got)
	}
}

func TestSequentialRequestsReuseChannels(t *testing.T) {
	r := newRig(t, echo)
	for n := range 1000 {
		if got := r.ask(t, post("/", "x", closing)); !strings.HasSuffix(got, "POST / x") {
			t.Fatalf("request %d: %q", n, got)
		}
	}
	if n := r.Stats().ChannelsOpened; n > 8 {
		t.Errorf("1000 requests one after another opened %d channels", n)
	}
}
