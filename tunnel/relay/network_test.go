package relay_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// through makes an agent reach the relay through a proxy.
func through(t testing.TB, delay time.Duration, change func(*relay.Config), agent func(*tunnel.Config)) (*rig, *tunneltest.Proxy) {
	t.Helper()
	r := tunneltest.NewRelay(t, change)
	p := tunneltest.NewProxy(t, r.SSH, delay)
	c := r.Config(t)
	c.Dial = tunneltest.Dial(p.Addr)
	if agent != nil {
		agent(&c)
	}
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, echo)
	return &rig{r, l}, p
}

func phase(l *tunnel.Listener, p tunnel.Phase) func() bool {
	return func() bool { return l.State().Phase == p }
}

func TestAgentLeavesASilentRelay(t *testing.T) {
	r, p := through(t, 0, nil, func(c *tunnel.Config) {
		c.Ping, c.PingTimeout, c.DialTimeout = 50*time.Millisecond, 100*time.Millisecond, 500*time.Millisecond
	})
	eventually(t, "ping", func() bool { return r.agent.State().RTT > 0 })
	states := r.agent.Watch(t.Context())
	p.Hush()
	for s := range states {
		if s.Phase == tunnel.Offline {
			if s.Err == nil || !strings.Contains(s.Err.Error(), "nothing heard") {
				t.Errorf("offline because of %v", s.Err)
			}
			break
		}
	}
	p.Speak()
	eventually(t, "online again", phase(r.agent, tunnel.Online))
}

func TestRelayDropsASilentAgent(t *testing.T) {
	r, p := through(t, 0, func(c *relay.Config) { c.Limits.Silence = 300 * time.Millisecond }, nil)
	p.Hush()
	eventually(t, "503 at the address", func() bool {
		return strings.HasPrefix(r.ask(t, post("/", "x", closing)), "HTTP/1.1 503 ")
	})
}

func TestRelayKeepsAnAgentThatSendsNoPings(t *testing.T) {
	r, _ := through(t, 0, func(c *relay.Config) { c.Limits.Silence = 400 * time.Millisecond },
		func(c *tunnel.Config) { c.Ping = time.Hour })
	time.Sleep(time.Second)
	if got := r.agent.State(); got.Phase != tunnel.Online || time.Since(got.Since) < time.Second {
		t.Errorf("state %+v", got)
	}
}

func TestSameAddressAfterACut(t *testing.T) {
	r, p := through(t, 0, nil, nil)
	if got := r.ask(t, post("/", "1", closing)); !strings.HasSuffix(got, "POST / 1") {
		t.Fatalf("answer %q", got)
	}
	for range 5 {
		p.Cut()
		eventually(t, "503 at the address", func() bool {
			got := r.ask(t, post("/", "x", closing))
			return strings.HasPrefix(got, "HTTP/1.1 503 ") && strings.Contains(got, "Retry-After: ")
		})
		before := r.public()
		p.Mend()
		eventually(t, "answer", func() bool { return strings.HasSuffix(r.ask(t, post("/", "2", closing)), "POST / 2") })
		if r.public() != before || r.agent.PublicURL() != "http://relay.test:8080" {
			t.Errorf("the address changed from %s to %s", before, r.public())
		}
	}
}

func TestWatchTellsEachPhase(t *testing.T) {
	r, p := through(t, 0, nil, func(c *tunnel.Config) { c.Backoff, c.BackoffMax = 50*time.Millisecond, 100*time.Millisecond })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	states := r.agent.Watch(ctx)
	var seen []tunnel.Phase
	next := func() tunnel.State {
		select {
		case s, ok := <-states:
			if !ok {
				t.Fatal("the channel was closed")
			}
			seen = append(seen, s.Phase)
			return s
		case <-time.After(patience):
			t.Fatal("no state")
		}
		return tunnel.State{}
	}
	for next().Phase != tunnel.Online {
	}
	p.Cut()
	for s := next(); s.Phase != tunnel.Offline; s = next() {
	}
	p.Mend()
	for s := next(); s.Phase != tunnel.Online; s = next() {
	}
	if seen = slices.Compact(seen); seen[0] != tunnel.Online || seen[1] != tunnel.Offline || len(seen) < 3 {
		t.Errorf("phases %v", seen)
	}
	cancel()
	eventually(t, "channel closed", func() bool { _, ok := <-states; return !ok })
}

// A window of 256 KiB carries 6 MB/s over 40 ms: it has to grow. The delay is long so that it outweighs a busy machine.
func TestCreditGrowsWithTheDistance(t *testing.T) {
	const rtt = 160 * time.Millisecond
	r, _ := through(t, rtt/2, nil, nil)
	body := strings.Repeat("x", 6<<20)
	began := time.Now()
	if got := r.ask(t, post("/", body, closing)); len(got) < len(body) {
		t.Fatalf("answer of %d bytes", len(got))
	}
	took := time.Since(began)
	fixed := time.Duration(2*len(body)/tunnel.InitialCredit) * rtt
	t.Logf("%d MiB there and back in %s; with a fixed window %s", len(body)>>20, took, fixed)
	if took > fixed*3/4 {
		t.Errorf("took %s; with a fixed window it would be %s", took, fixed)
	}
}

// Both ends live in this process, so what either leaves behind is seen.
func TestManyReconnectsLeaveNothingBehind(t *testing.T) {
	r, p := through(t, 0, nil, func(c *tunnel.Config) { c.Backoff, c.BackoffMax = time.Millisecond, 2*time.Millisecond })
	works := func() bool { return strings.HasSuffix(r.ask(t, post("/", "x", closing)), "POST / x") }
	reconnect := func(times int) {
		for n := range times {
			p.Cut()
			eventually(t, "offline", func() bool { return r.agent.State().Phase != tunnel.Online })
			p.Mend()
			eventually(t, "online", phase(r.agent, tunnel.Online))
			if n%20 == 0 {
				eventually(t, "answer", works)
			}
		}
		eventually(t, "answer", works)
	}
	reconnect(50)
	g0, f0, h0 := held(t)
	began := time.Now()
	reconnect(2000)
	took := time.Since(began)
	eventually(t, "as many goroutines and descriptors as before", func() bool {
		g, f, _ := held(t)
		return g <= g0+5 && f <= f0+3
	})
	g, f, h := held(t)
	t.Logf("2000 reconnects in %s: goroutines %d, then %d; descriptors %d, then %d; heap %d KiB, then %d", took, g0, g, f0, f, h0>>10, h>>10)
	if h > h0+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes", h0, h)
	}
}
