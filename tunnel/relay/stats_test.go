package relay_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// ends waits until so many requests ended, and holds that each came to the end that is wanted.
func ends(t *testing.T, r *tunneltest.Relay, want map[relay.Outcome]int64) {
	t.Helper()
	total := func(s relay.Stats) (n int64) {
		for _, one := range s.Requests {
			n += one
		}
		return n
	}
	wanted := relay.Stats{}
	for o, n := range want {
		wanted.Requests[o] = n
	}
	eventually(t, "all have ended", func() bool { s := r.Stats(); return s.Busy == 0 && total(s) >= total(wanted) })
	if diff := cmp.Diff(wanted.Requests, r.Stats().Requests); diff != "" {
		t.Errorf("outcomes in the order of %v… (-want +got):\n%s", relay.Answered, diff)
	}
}

func TestStatsOfAnsweredRequests(t *testing.T) {
	const slow = 60 * time.Millisecond
	r := newRig(t, func(c *tunnel.Conn) { time.Sleep(slow); echo(c) })
	raw := post("/hooks?a=1", "some body", closing)
	got := r.ask(t, raw)
	if got2 := r.ask(t, "GET /_devhook/what HTTP/1.1\r\nHost: a\r\n\r\n"); got2[9:12] != "404" {
		t.Errorf("answer %q", got2)
	}
	ends(t, r.Relay, map[relay.Outcome]int64{relay.Answered: 1, relay.NotFound: 1})
	s := r.Stats()
	if s.Exchanges != 1 || s.Malformed != 0 || s.BytesIn != int64(len(raw)) || s.BytesOut != int64(len(got)) {
		t.Errorf("%d bytes asked and %d answered: stats %+v", len(raw), len(got), s)
	}
	all := int64(0)
	for n, counted := range s.Durations.Counts {
		if all += counted; counted > 0 && n < len(relay.Bounds) && relay.Bounds[n] < slow.Seconds() {
			t.Errorf("counted among those up to %gs", relay.Bounds[n])
		}
	}
	if all != 1 || s.Durations.Sum < slow {
		t.Errorf("durations %+v", s.Durations)
	}
	if s.Agents != 1 || s.Clients != 0 || s.Reserved != 0 || s.Logins != 1 || s.ChannelsHeld < 1 || s.SendersOpened != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestStatsOfRequestsThatFail(t *testing.T) {
	ready := make(chan struct{}, 8)
	r := newRigWith(t, func(c *relay.Config) { c.Limits.Exchanges = 1 }, func(c *tunnel.Config) { c.Drain = 10 * time.Millisecond },
		func(c *tunnel.Conn) {
			q, err := http1.NewReader(c).ReadRequest(http1.Limits{})
			switch {
			case err != nil:
				answer(c, 400, "malformed", false)
			case q.Target == "/half":
				_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
				_ = c.Close()
			default:
				ready <- struct{}{} // and no answer
			}
		})
	for range 2 { // the second in a second is not handed on
		_, _ = io.ReadAll(r.say(t, "\x16\x03\x01\r\n\r\n"))
	}
	want := map[relay.Outcome]int64{relay.Answered: 1, relay.NotHTTP: 1}
	ends(t, r.Relay, want)
	_, _ = io.ReadAll(r.say(t, post("/half", "x")))
	want[relay.Cut]++
	ends(t, r.Relay, want)

	c := r.say(t, post("/", "x"))
	<-ready
	if got := r.ask(t, post("/", "x", closing)); got[9:12] != "503" {
		t.Errorf("answer %q", got)
	}
	_ = c.SetLinger(0)
	_ = c.Close()
	want[relay.Left], want[relay.TooMany] = 1, 1
	ends(t, r.Relay, want)

	c = r.say(t, post("/", "x"))
	<-ready
	_ = r.agent.Close()
	if code, _ := readAnswer(t, bufio.NewReader(c)); code != 502 {
		t.Errorf("answer %d", code)
	}
	want[relay.Lost] = 1
	ends(t, r.Relay, want)
	if s := r.Stats(); s.Malformed != 1 || s.Exchanges != 4 {
		t.Errorf("stats %+v", s)
	}
}

// say sends raw bytes on a connection of its own.
func (r *rig) say(t *testing.T, raw string) *net.TCPConn {
	t.Helper()
	c := r.dial(t)
	send(t, c, raw)
	return c
}

func TestStatsOfStockClients(t *testing.T) {
	r := stockRelay(t, nil)
	want := map[relay.Outcome]int64{relay.Offline: 1}
	_, _ = get(t, r, 8080)
	ends(t, r, want)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	down := make(chan struct{})
	opened := c.HandleChannelOpen("forwarded-tcpip")
	go func() {
		n := <-opened
		_ = n.Reject(ssh.ConnectionFailed, "connection refused")
		close(down)
	}()
	forward(t, c, "tcpip-forward", "", 8080)
	_, _ = get(t, r, 8080)
	<-down
	young := stock(t, r, key)
	waiting := make(chan struct{})
	apps(young, func(ch ssh.Channel, _ []byte) {
		b := make([]byte, 4096)
		if n, _ := ch.Read(b); strings.HasPrefix(string(b[:n]), "POST /wait") {
			close(waiting)
			_, _ = io.Copy(io.Discard, ch)
			return
		}
		_, _ = io.WriteString(ch, "an answer")
		_ = ch.CloseWrite()
	})
	forward(t, young, "tcpip-forward", "", 8080)
	x := dial(t, r.Public(8080))
	send(t, x, post("/", "x"))
	_, _ = io.ReadAll(x)
	_ = x.Close()
	x = dial(t, r.Public(8080))
	send(t, x, post("/wait", "x"))
	<-waiting
	_ = x.SetLinger(0)
	_ = x.Close()
	want[relay.NoApp], want[relay.Answered], want[relay.Left] = 1, 1, 1
	ends(t, r, want)
	s := r.Stats()
	if s.Clients != 1 || s.Takeovers != 1 || s.Agents != 0 || s.BytesOut != int64(len("an answer")) || s.BytesIn == 0 || s.Durations.Sum != 0 {
		t.Errorf("stats %+v", s)
	}
	_ = young.Close()
	eventually(t, "reserved", func() bool { s := r.Stats(); return s.Clients == 0 && s.Reserved == 1 })

	r = stockRelay(t, func(c *relay.Config) { c.Allow = prefixes("192.0.2.0/24") })
	_, _ = get(t, r, 8080)
	ends(t, r, map[relay.Outcome]int64{relay.Forbidden: 1})
}

func TestStatsOfLogins(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) {
		c.Limits.HandshakesPer, c.Limits.Handshake, c.Limits.Rejects = 1, 2*time.Second, 3
	})
	key := tunneltest.Key(t)
	if _, err := login(t, r, ssh.PublicKeys(key)); err == nil {
		t.Fatal("an unknown key was let in")
	}
	counted := func(why relay.Refusal) func() bool { return func() bool { return r.Stats().Refused[why] == 1 } }
	eventually(t, "a refused key", counted(relay.RefusedKey))
	late := dial(t, r.SSH)
	eventually(t, "a handshake", func() bool { return r.Stats().Handshakes == 1 })
	_, _ = io.ReadAll(dial(t, r.SSH)) // no room
	eventually(t, "one too many", counted(relay.RefusedCrowd))
	_, _ = io.ReadAll(late)
	eventually(t, "a late one", counted(relay.RefusedLate))
	eventually(t, "room", func() bool { return r.Stats().Handshakes == 0 })
	stranger := dial(t, r.SSH)
	send(t, stranger, "GET / HTTP/1.1\r\n\r\n")
	_ = stranger.CloseWrite()
	eventually(t, "no SSH", counted(relay.RefusedProtocol))
	eventually(t, "room", func() bool { return r.Stats().Handshakes == 0 })

	r.Allow(key.PublicKey(), relay.Grant{})
	c, err := login(t, r, ssh.PublicKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, _, _ = c.SendRequest("what@is.this", true, nil)
	}
	_ = c.Wait()
	if s := r.Stats(); s.Logins != 1 || s.Dropped[relay.DroppedRejects] != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestStatsHaveNames holds that every count has a name of its own, fit for a label.
func TestStatsHaveNames(t *testing.T) {
	names := map[string]bool{}
	for o := relay.Outcome(0); o < relay.Outcomes; o++ {
		names[o.String()] = true
	}
	for r := relay.Refusal(0); r < relay.Refusals; r++ {
		names[r.String()] = true
	}
	for d := relay.Drop(0); d < relay.Drops; d++ {
		names[d.String()] = true
	}
	if len(names) != relay.Outcomes+relay.Refusals+relay.Drops || names[""] {
		t.Errorf("names %v", names)
	}
}
