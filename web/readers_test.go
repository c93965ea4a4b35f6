package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"devhook/store"
)

// Readers of a room under load: as many event streams as pages that are open, one of which takes no byte, and programs
// that ask as often as a page does.
const (
	streamReaders = 24
	askingReaders = 8
	askEvery      = 250 * time.Millisecond
)

// TestReadersLeaveRecordingItsRate records as fast as it goes, with and without 32 readers in turn, each pair in a new
// database. In full the median of the pairs must be 0.9 or more. The short form asserts what a busy machine can't break:
// nothing waits for a reader that is slow, all is recorded, and those who read are told.
func TestReadersLeaveRecordingItsRate(t *testing.T) {
	pairs, span := 2, 400*time.Millisecond
	if inFull() {
		pairs, span = 10, 2*time.Second
	}
	var alone, read, ratios []float64
	for i := range pairs {
		ended := t.Run(fmt.Sprint(i), func(t *testing.T) { // which ends the room: it would go on indexing beside the next
			rate := newRoom(t).rates(span, i%2)
			alone, read, ratios = append(alone, rate[0]), append(read, rate[1]), append(ratios, rate[1]/rate[0])
		})
		if !ended {
			return
		}
	}
	t.Logf("webhooks a second, %d pairs of %s: alone %s, with %d readers %s, ratio %s", pairs, span, spread(alone, 0), streamReaders+askingReaders, spread(read, 0), spread(ratios, 2))
	if median := sorted(ratios)[len(ratios)/2]; inFull() && median < .9 {
		t.Errorf("recording keeps %.2f of its rate, 0.90 is wanted", median)
	}
}

// rates are the webhooks recorded in a second without readers, and with them; first says which is measured first.
func (r *room) rates(span time.Duration, first int) (rate [2]float64) {
	r.Helper()
	r.up()
	total := r.record(span / 2) // what comes first pays for what is new
	for turn := range 2 {
		with := (turn + first) % 2
		stop := func() int { return 1 }
		if with == 1 {
			stop = r.readers()
		}
		n := r.record(span)
		if stop() == 0 {
			r.Error("the readers were told nothing")
		}
		rate[with], total = float64(n)/span.Seconds(), total+n
	}
	if n, err := r.db.Count(r.Context(), store.Filter{}); err != nil || n != total {
		r.Errorf("%d recorded, %d are there (%v)", total, n, err)
	}
	return rate
}

func sorted(list []float64) []float64 {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// spread is a median with the least and the most.
func spread(list []float64, digits int) string {
	s := sorted(list)
	return fmt.Sprintf("%.*f (%.*f–%.*f)", digits, s[len(s)/2], digits, s[0], digits, s[len(s)-1])
}

// record writes webhooks as the inspector does, for so long, and says how many were acknowledged. It fails if one has
// to wait for minutes.
func (r *room) record(span time.Duration) int {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), span+time.Minute)
	defer cancel()
	var n atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(span)
	for range 16 {
		wg.Go(func() {
			for time.Now().Before(end) {
				c, body := sms()
				c.Delivering = true
				if err := r.db.Add(ctx, c, body); err != nil {
					r.Error(err)
					return
				}
				if err := r.db.AddDelivery(ctx, delivery(c, 200), []byte(`{"ok":true}`), true); err != nil {
					r.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return int(n.Load())
}

// readers start to read; stop ends them and says how many events they were told.
func (r *room) readers() (stop func() int) {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	var told atomic.Int64
	var wg sync.WaitGroup
	var asking sync.WaitGroup
	stalled, _ := r.openStream(ctx) // nobody reads on
	for range streamReaders - 1 {
		conn, lines := r.openStream(ctx)
		wg.Go(func() {
			defer conn.Close()
			for lines.Scan() {
				if strings.HasPrefix(lines.Text(), "event: ") {
					told.Add(1)
				}
			}
		})
	}
	for i := range askingReaders {
		asking.Add(1)
		wg.Go(func() {
			r.ask(ctx, []string{"/rows", "/api/requests", "/api/requests?failed=1", "/api/status"}[i%4], asking.Done)
		})
	}
	asking.Wait() // all have their connections: what these cost is not what reading costs
	return func() int {
		cancel()
		stalled.Close()
		wg.Wait()
		return int(told.Load())
	}
}

// openStream opens an event stream, which ctx closes, and reads its first words.
func (r *room) openStream(ctx context.Context) (net.Conn, *bufio.Scanner) {
	r.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.Fatal(err)
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	if _, err := fmt.Fprintf(conn, "GET /api/events HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(r.url, "http://")); err != nil {
		r.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == ": devhook" {
			return conn, lines
		}
	}
	r.Fatalf("no stream: %v", lines.Err())
	return nil, nil
}

// ask fetches an address again and again over one connection, as an open page does. begun is called after the first time.
func (r *room) ask(ctx context.Context, path string, begun func()) {
	begun = sync.OnceFunc(begun)
	defer begun()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	beat := time.NewTicker(askEvery)
	defer beat.Stop()
	for ; ctx.Err() == nil; <-beat.C {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
		if err != nil {
			r.Error(err)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			if ctx.Err() == nil {
				r.Error(err)
			}
			return
		}
		if _, err := io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode != http.StatusOK {
			r.Errorf("%s: %d", path, resp.StatusCode)
		}
		resp.Body.Close()
		begun()
	}
}
