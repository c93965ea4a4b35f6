package relay_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func TestOfTwoAgentsForOnePortOneWins(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Port = 8080
	for n := range 100 {
		var both sync.WaitGroup
		var ls [2]*tunnel.Listener
		for i := range ls {
			both.Go(func() {
				l, err := tunnel.Listen(t.Context(), c)
				if err != nil && !errors.Is(err, tunnel.ErrTakenOver) {
					t.Errorf("%d: Listen: %v", n, err)
				}
				if ls[i] = l; err != nil {
					return
				}
				tunneltest.Serve(l, func(c *tunnel.Conn) { start(c); answer(c, 200, fmt.Sprint("by ", i), false) })
			})
		}
		both.Wait()
		var winner string
		eventually(t, "one is online, the other has ended", func() bool {
			online := 0
			for i, l := range ls {
				if l != nil && l.State().Phase == tunnel.Online {
					online++
					winner = fmt.Sprint("by ", i)
				}
			}
			return online == 1
		})
		if got := (&rig{Relay: r}).ask(t, post("/", "x", closing)); !strings.HasSuffix(got, winner) {
			t.Errorf("%d: answer %q, want one %s", n, got, winner)
		}
		for _, l := range ls {
			if l != nil {
				_ = l.Close()
			}
		}
	}
}

// held is what a process holds: goroutines, descriptors, heap.
func held(t *testing.T) (goroutines, files int, heap uint64) {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Log("descriptors are not counted here:", err)
	}
	return runtime.NumGoroutine(), len(fds), m.HeapAlloc
}

// TestManyExchangesLeaveNothingBehind has exchanges end in every way. EXCHANGES=100000 has as many.
func TestManyExchangesLeaveNothingBehind(t *testing.T) {
	exchanges := 2000
	if n, err := strconv.Atoi(os.Getenv("EXCHANGES")); err == nil {
		exchanges = n
	}
	r := newRig(t, func(c *tunnel.Conn) {
		b := make([]byte, 32<<10)
		n, _ := c.Read(b)
		switch b = b[:n]; {
		case bytes.Contains(b, []byte("/abort")):
			_ = c.Close()
		case bytes.Contains(b, []byte("/early")):
			answer(c, 413, "early", false)
		default:
			answer(c, 200, string(b), true)
		}
	})
	round := func(n int) {
		for i := range n {
			c := connect(t, r.public())
			switch i % 5 {
			case 0:
				send(t, c, post("/", "x", closing))
				_, _ = io.ReadAll(c)
			case 1:
				send(t, c, post("/abort", "x"))
				_, _ = io.ReadAll(c)
			case 2:
				send(t, c, post("/early", strings.Repeat("x", 50_000))[:200])
				_, _ = bufio.NewReader(c).ReadString('\n')
			case 3:
				send(t, c, post("/", "x"))
				_ = c.SetLinger(0)
			case 4:
				send(t, c, post("/", strings.Repeat("y", 1000))[:150])
			}
			_ = c.Close()
		}
		eventually(t, "all are over", func() bool { return r.Stats().Busy == 0 })
	}
	round(200)
	time.Sleep(100 * time.Millisecond)
	g0, f0, h0 := held(t)
	round(exchanges)
	eventually(t, "goroutines and descriptors as before", func() bool {
		g, f, _ := held(t)
		return g <= g0+10 && f <= f0+5
	})
	g, f, h := held(t)
	t.Logf("%d exchanges: goroutines %d, then %d; descriptors %d, then %d; heap %d KiB, then %d", exchanges, g0, g, f0, f, h0>>10, h>>10)
	if h > h0+8<<20 {
		t.Errorf("heap grew from %d to %d", h0, h)
	}
}

func TestManySlowExchangesAtOnce(t *testing.T) {
	const all = 256
	goOn := make(chan struct{})
	r := newRig(t, func(c *tunnel.Conn) { <-goOn; echo(c) })
	var callers sync.WaitGroup
	for n := range all {
		callers.Go(func() {
			if got := r.ask(t, post("/", fmt.Sprintf("%03d", n), closing)); !strings.HasSuffix(got, fmt.Sprintf("%03d", n)) {
				t.Errorf("%d: answer %q", n, got)
			}
		})
	}
	eventually(t, "all are under way", func() bool { return r.Stats().Busy == all })
	if got := r.ask(t, post("/", "x", closing)); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("one more: %q", got)
	}
	close(goOn)
	callers.Wait()
}

func TestAReconnectStorm(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Limits.HandshakesPer = 16 })
	p := tunneltest.NewProxy(t, r.SSH, 0)
	c := r.Config(t)
	c.Dial, c.Port = tunneltest.Dial(p.Addr), 8080
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, echo)
	g := &rig{r, l}
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c, err := net.Dial("tcp", g.public())
				if err != nil {
					t.Errorf("the address is gone: %v", err)
					return
				}
				_ = c.SetDeadline(time.Now().Add(patience))
				_, _ = io.WriteString(c, post("/", "x", closing))
				b, err := io.ReadAll(c)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("no answer and no end: %q", b)
				}
				_ = c.Close()
			}
		})
	}
	for range 100 {
		time.Sleep(10 * time.Millisecond)
		p.Cut()
		p.Mend()
	}
	close(stop)
	callers.Wait()
	eventually(t, "it works again", func() bool { return strings.HasSuffix(g.ask(t, post("/", "y", closing)), "POST / y") })
	eventually(t, "nothing goes on", func() bool { return g.Stats().Busy == 0 })
}
