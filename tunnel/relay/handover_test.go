package relay_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// A memorySpool keeps in memory what a relay holds.
type memorySpool struct {
	mu     sync.Mutex
	kept   []relay.Held
	bodies map[string][]byte
	seq    int64
}

func (s *memorySpool) Append(_ context.Context, id string, piece []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies == nil {
		s.bodies = map[string][]byte{}
	}
	s.bodies[id] = append(s.bodies[id], piece...)
	return nil
}

func (s *memorySpool) Discard(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.bodies, id)
	return nil
}

func (s *memorySpool) Keep(_ context.Context, h *relay.Held) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	h.Seq = s.seq
	s.kept = append(s.kept, *h)
	return nil
}

func (s *memorySpool) Next(_ context.Context, address, owner string) (*relay.Held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.kept {
		if h.Address == address && h.Owner == owner {
			return &h, nil
		}
	}
	return nil, nil
}

func (s *memorySpool) Body(_ context.Context, h *relay.Held) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return io.NopCloser(bytes.NewReader(s.bodies[h.ID])), nil
}

func (s *memorySpool) Drop(_ context.Context, which relay.Choice) (sums []relay.HeldSum, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = slices.DeleteFunc(s.kept, func(h relay.Held) bool {
		drop := (which.Seq == 0 || which.Seq == h.Seq) && (which.Before.IsZero() || h.Arrived.Before(which.Before))
		if drop {
			sums = append(sums, relay.HeldSum{Address: h.Address, Owner: h.Owner, Count: 1, Bytes: relay.Quota(h.Size), Oldest: h.Arrived})
		}
		return drop
	})
	return sums, nil
}

func (s *memorySpool) Sums(context.Context) (sums []relay.HeldSum, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.kept {
		sums = append(sums, relay.HeldSum{Address: h.Address, Owner: h.Owner, Count: 1, Bytes: relay.Quota(h.Size), Oldest: h.Arrived})
	}
	return sums, nil
}

var holdAll = &tunnel.Hold{HoldAnswer: tunnel.HoldAnswer{Status: 200}}

// TestHandOverGoesOn: neither what the agent refuses for good nor a head that the relay can't read any more keeps what is behind
// it from the agent.
func TestHandOverGoesOn(t *testing.T) {
	spool := &memorySpool{}
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Hold = &relay.Holding{Spool: spool, Age: time.Hour, Size: 1 << 20} })
	c := r.Config(t)
	c.Hold, c.Port = holdAll, 8080
	for n, head := range []string{
		post("/1", ""), "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", post("/refused", ""), post("/4", ""),
	} {
		h := relay.Held{
			ID: fmt.Sprint("ARRIVAL", n), Address: "8080", Owner: ssh.FingerprintSHA256(c.Signer.PublicKey()), Arrived: time.Now(),
			Head: []byte(head), Body: []byte{}, Size: int64(len(head)),
		}
		if err := spool.Keep(t.Context(), &h); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.OpenPorts(nil); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []string
	tunneltest.Serve(tunneltest.Listen(t, c), func(c *tunnel.Conn) {
		defer c.Close()
		b, err := io.ReadAll(c)
		line, _, _ := bytes.Cut(b, []byte("\r\n"))
		mu.Lock()
		got = append(got, fmt.Sprintf("%s %v %v", line, c.Malformed() != "", err))
		mu.Unlock()
		if bytes.Contains(line, []byte("/refused")) {
			answer(c, 413, "never", false)
			return
		}
		c.Recorded()
		answer(c, 200, "", false)
	})
	eventually(t, "all of them were handed over", func() bool { s := r.Stats(); return s.Held == 0 && s.HandedOver == 3 && s.HeldDropped == 1 })
	mu.Lock()
	defer mu.Unlock()
	want := []string{"POST /1 HTTP/1.1 false <nil>", "POST /2 HTTP/1.1 true <nil>", "POST /refused HTTP/1.1 false <nil>", "POST /4 HTTP/1.1 false <nil>"}
	if !slices.Equal(got, want) {
		t.Errorf("the agent got %q", got)
	}
}

// TestHoldNotInTwoWays: what names one host in its first line and another in its Host line is no app's, and so not held.
func TestHoldNotInTwoWays(t *testing.T) {
	spool := &memorySpool{}
	r := newRigWith(t, func(c *relay.Config) {
		c.Hold = &relay.Holding{Spool: spool, Age: time.Hour, Size: 1 << 20}
	}, func(c *tunnel.Config) { c.Hold = holdAll }, nil)
	_ = r.agent.Close()
	eventually(t, "the agent is away", func() bool { return r.Server.Stats().Agents == 0 })
	for raw, want := range map[string]string{
		"POST http://other/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + closing + "\r\n\r\n": "HTTP/1.1 503 ",
		"POST http://a/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + closing + "\r\n\r\n":     "HTTP/1.1 200 ",
	} {
		if got := r.ask(t, raw); len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("%q: answered %q", raw, got)
		}
	}
}
