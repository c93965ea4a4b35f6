package relay_test

import (
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/tunneltest"
)

const (
	stalled = 50 // exchanges that get nowhere

	// What they may take of the relay, in bytes, where their bytes wait for the app: less than their credit, for it is the
	// agent that holds them.
	allowedUp = stalled * 256 << 10

	// And where they wait for the sender: their credit, what all exchanges of a tunnel may grow together, and as much again of
	// a credit each for all else: 41 MiB. With an SSH channel's window each it would be 100 MiB.
	allowedDown = stalled*2*(256<<10) + 16<<20
)

// TestStalledExchangesTakeNoMoreThanTheirCredit holds what exchanges that get nowhere take of the relay, and that other
// webhooks of the same tunnel don't feel them.
func TestStalledExchangesTakeNoMoreThanTheirCredit(t *testing.T) {
	program := buildPlain(t)
	for _, way := range []struct {
		name    string
		stall   func(*testing.T, string, *atomic.Int64)
		allowed int64
	}{
		{"the app does not read", sendForEver, allowedUp},
		{"the sender does not read", receiveNothing, allowedDown},
	} {
		t.Run(way.name, func(t *testing.T) {
			relay := startActor(t, program, "relay")
			var where venue
			relay.hear(&where)
			var moved atomic.Int64 // bytes that got any further than where they come from
			stallingAgent(t, where.SSH, &moved)
			at := where.Public
			_ = median(t, at)
			var before, full memory
			relay.ask("memory", &before)
			alone := median(t, at)
			for range stalled {
				way.stall(t, at, &moved)
			}
			for last := int64(0); last == 0 || last != moved.Load(); time.Sleep(300 * time.Millisecond) {
				last = moved.Load()
			}
			beside := median(t, at)
			relay.ask("memory", &full)
			grown := int64(full.RSS - before.RSS)
			t.Logf("%d stalled exchanges got %d MiB on their way and take %d KiB of the relay each (heap %d); p50 of others %s alone, %s beside them, %.1f times",
				stalled, moved.Load()>>20, grown/stalled>>10, int64(full.Heap-before.Heap)/stalled>>10, alone, beside, float64(beside)/float64(alone))
			if grown > way.allowed {
				t.Errorf("%d stalled exchanges take %d KiB of the relay, more than %d", stalled, grown>>10, way.allowed>>10)
			}
			if beside > 10*alone {
				t.Errorf("others take %s beside stalled exchanges, %s alone", beside, alone)
			}
		})
	}
}

// stallingAgent is one with an app that neither reads nor ends what is sent to /up, and answers /down without end.
func stallingAgent(t *testing.T, at string, moved *atomic.Int64) {
	t.Helper()
	l := tunneltest.Listen(t, tunnel.Config{
		Signer: tunneltest.Key(t), HostKey: ssh.InsecureIgnoreHostKey(), Dial: tunneltest.Dial(at), Addr: at, Name: "shop",
	})
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	tunneltest.Serve(l, func(c *tunnel.Conn) {
		defer c.Close()
		q, err := http1.NewReader(c).ReadRequest(http1.Limits{})
		switch {
		case err != nil:
		case q.Target == "/up":
			<-over
		case q.Target == "/down":
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
			pourInto(c, moved)
		default:
			answer(c, 200, "an answer", false)
		}
	})
}

// sendForEver sends a body without end.
func sendForEver(t *testing.T, at string, moved *atomic.Int64) {
	c := dial(t, at)
	_ = c.SetDeadline(time.Time{})
	send(t, c, "POST /up HTTP/1.1\r\nHost: shop.relay.test\r\nContent-Length: 1000000000\r\n\r\n")
	go pourInto(c, moved) // until the test ends
}

// receiveNothing asks for an answer without end and reads none of it.
func receiveNothing(t *testing.T, at string, _ *atomic.Int64) {
	c := dial(t, at)
	_ = c.SetReadBuffer(16 << 10)
	send(t, c, "GET /down HTTP/1.1\r\nHost: shop.relay.test\r\n\r\n")
}

func pourInto(w io.Writer, moved *atomic.Int64) {
	for b := make([]byte, 16<<10); ; {
		n, err := w.Write(b)
		moved.Add(int64(n))
		if err != nil {
			return
		}
	}
}

// median is how long a small webhook on a connection of its own takes.
func median(t *testing.T, at string) time.Duration {
	t.Helper()
	var took []time.Duration
	for range 200 {
		began := time.Now()
		c := dial(t, at)
		send(t, c, "GET /small HTTP/1.1\r\nHost: shop.relay.test\r\nConnection: close\r\n\r\n")
		if b, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(b), "an answer") {
			t.Fatalf("answer %q, %v", b, err)
		}
		_ = c.Close()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2]
}
