package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// A forgetfulWay is an agent's way to its relay, which is cut now and then, and what came over it.
type forgetfulWay struct {
	mu   sync.Mutex
	line net.Conn
	ids  map[string]string // arrival's ID → body
	got  []string          // bodies, each arrival once, in order
	more int               // arrivals that came again

	silent bool // some get no answer
}

func (w *forgetfulWay) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.line.Close()
}

// take records a request and answers, or, sometimes, doesn't.
func (w *forgetfulWay) take(c *tunnel.Conn) {
	defer c.Close()
	r := http1.NewReader(c)
	q, err := r.ReadRequest(http1.Limits{})
	if err != nil {
		return
	}
	body, err := io.ReadAll(r.Body(q.Framing()))
	if err != nil {
		return
	}
	w.mu.Lock()
	if _, again := w.ids[c.ArrivalID()]; again {
		w.more++
	} else {
		w.ids[c.ArrivalID()] = string(body)
		w.got = append(w.got, string(body))
	}
	w.mu.Unlock()
	if w.silent && rand.IntN(30) == 0 {
		<-c.Gone()
		return
	}
	c.Recorded()
	if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err == nil {
		_ = c.Finish(true)
	}
}

// TestHoldOverABadWay: senders that call while the tunnel breaks all the time are all told 200, and each webhook arrives under
// one name, each sender's in order.
func TestHoldOverABadWay(t *testing.T) {
	const senders, each = 4, 40
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), heldFile)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	cfg := &config.Relay{Hold: time.Hour, HoldSize: 1 << 30, State: t.TempDir()}
	r := tunneltest.NewRelay(t, func(c *relay.Config) {
		c.Hold = (&relaySpool{db}).holding(cfg)
		c.Limits.Silence = time.Second
	})
	if _, err := r.OpenPorts(nil); err != nil {
		t.Fatal(err)
	}
	w := &forgetfulWay{ids: map[string]string{}, silent: true}
	c := r.Config(t)
	direct := c.Dial
	c.Dial = func(ctx context.Context) (net.Conn, error) {
		line, err := direct(ctx)
		w.mu.Lock()
		w.line = line
		w.mu.Unlock()
		return line, err
	}
	c.Port, c.Hold = 8080, &tunnel.Hold{HoldAnswer: tunnel.HoldAnswer{Status: 200}}
	tunneltest.Serve(tunneltest.Listen(t, c), w.take)

	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	t.Cleanup(client.CloseIdleConnections)
	var calling, cutting sync.WaitGroup
	over := make(chan struct{})
	cutting.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Duration(50+rand.IntN(150)) * time.Millisecond):
				w.cut()
			}
		}
	})
	for s := range senders {
		calling.Go(func() {
			for n := range each {
				body := fmt.Sprintf("%d %d %s", s, n, strings.Repeat("x", rand.IntN(40_000)))
				res, err := client.Post("http://"+r.Public(8080)+"/", "text/plain", strings.NewReader(body))
				if err != nil {
					t.Errorf("sender %d, %d: %v", s, n, err)
					continue
				}
				text, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode != 200 {
					t.Errorf("sender %d, %d: %s %s", s, n, res.Status, text)
				}
			}
		})
	}
	calling.Wait()
	close(over)
	cutting.Wait()
	for end := time.Now().Add(time.Minute); r.Stats().Held > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d are still held", r.Stats().Held)
		}
		if rand.IntN(100) == 0 {
			w.cut() // one that gets no answer
		}
	}
	w.check(t, senders, each)
	s := r.Stats()
	t.Logf("%d webhooks, %d answered through the tunnel, %d held, %d came again", senders*each, s.Requests[relay.Answered], s.Requests[relay.HeldBack], w.more)
	if s.Requests[relay.HeldBack] == 0 || s.Requests[relay.Answered] == 0 || s.HandedOver != s.Requests[relay.HeldBack] || s.HeldBytes != 0 {
		t.Errorf("%d held, %d handed over, %d bytes left", s.Requests[relay.HeldBack], s.HandedOver, s.HeldBytes)
	}
}

func (w *forgetfulWay) check(t *testing.T, senders, each int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	last := map[int]int{}
	for _, body := range w.got {
		var s, n int
		if _, err := fmt.Sscanf(body, "%d %d", &s, &n); err != nil {
			t.Fatalf("%.40q: %v", body, err)
		}
		if n != last[s] {
			t.Errorf("sender %d: %d came when it was the turn of %d", s, n, last[s])
		}
		last[s] = n + 1
	}
	if len(w.got) != senders*each {
		t.Errorf("%d arrived of %d", len(w.got), senders*each)
	}
}

// TestHeldOutlivesTheReservation: an address is its key's for as long as something may be held for it, also where the relay
// last noted long ago that it was used.
func TestHeldOutlivesTheReservation(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), heldFile)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var mu sync.Mutex
	var owners map[string]relay.Owner
	start := func() *tunneltest.Relay {
		r := tunneltest.NewRelay(t, func(c *relay.Config) {
			c.Hold = (&relaySpool{db}).holding(&config.Relay{Hold: time.Hour, HoldSize: 1 << 20, State: t.TempDir()})
			c.Limits.Reserve = 10 * time.Millisecond
			c.Keep = func(all map[string]relay.Owner) { mu.Lock(); owners = all; mu.Unlock() }
		})
		mu.Lock()
		defer mu.Unlock()
		if o, ok := owners["8080"]; ok {
			o.Seen = o.Seen.Add(-20 * time.Hour)
			owners["8080"] = o
		}
		known := owners
		mu.Unlock()
		_, err := r.OpenPorts(known)
		mu.Lock()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	held := func(r *tunneltest.Relay, target string) {
		t.Helper()
		time.Sleep(100 * time.Millisecond) // ten times what a port is reserved otherwise
		res, err := client.Post("http://"+r.Public(8080)+target, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("%s: %s", target, res.Status)
		}
	}
	r := start()
	c := r.Config(t)
	c.Port, c.Hold = 8080, &tunnel.Hold{HoldAnswer: tunnel.HoldAnswer{Status: 200}}
	_ = tunneltest.Listen(t, c).Close()
	held(r, "/1")
	_ = r.Close()
	r = start()
	held(r, "/2")
	held(r, "/3")
	again := r.Config(t)
	r.Allow(c.Signer.PublicKey(), relay.Grant{})
	again.Signer, again.Port, again.Hold = c.Signer, c.Port, c.Hold
	w := &forgetfulWay{ids: map[string]string{}}
	tunneltest.Serve(tunneltest.Listen(t, again), w.take)
	for end := time.Now().Add(time.Minute); r.Stats().HandedOver < 3; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of 3 were handed over", r.Stats().HandedOver)
		}
	}
}
