package main_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSlowClientsHoldBackNobody has 500 senders whose heads, and 500 whose bodies come a byte at a time, 10 of them with bodies so
// long that they take a place in the tunnel. Webhooks beside them are all answered by the app. SLOW=60 lets as many
// seconds pass, in which heads run into their limit and are sent anew.
func TestSlowClientsHoldBackNobody(t *testing.T) {
	const each, long = 500, 10
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "taken")
	}))
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", app, "--inspect", "off")
	alone := u.answers(t, 100, time.Millisecond)
	idle := peakMemory(t, u.cmd.Process.Pid)

	ctx, stop := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	defer slow.Wait()
	defer stop()
	var here, begun atomic.Int64
	crawl := func(count int, start, then string, size int) {
		for range count {
			slow.Go(func() { crawlAlways(ctx, u.address(), start+strings.Repeat(then, size), &here, &begun) })
		}
	}
	crawl(each, "POST /slow/head HTTP/1.1\r\nHost: a\r\nX: ", "x", 0)
	crawl(each-long, "POST /slow/body HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n", "x", 0)
	crawl(long, "POST /slow/long HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", "x", 300_000)
	for end := time.Now().Add(time.Minute); here.Load() < 2*each && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if here.Load() < 2*each {
		t.Fatalf("only %d slow clients are connected", here.Load())
	}
	seconds := counted("SLOW", 5)
	beside := u.answers(t, seconds*50, 20*time.Millisecond)
	grown := peakMemory(t, u.cmd.Process.Pid) - idle
	t.Logf("%d slow heads and %d slow bodies at once for %d s, %d connections begun: %d others answered, p50 %.1f ms and p99 %.1f ms, alone %.1f ms and %.1f ms; memory grew by %d MiB beside them",
		each, each, seconds, begun.Load(), len(beside), ms(beside, 50), ms(beside, 99), ms(alone, 50), ms(alone, 99), grown>>10)
	if grown > 64<<10 {
		t.Errorf("memory grew by %d MiB, want at most 64", grown>>10)
	}
	if here.Load() < each {
		t.Errorf("only %d slow clients were left", here.Load())
	}
}

// answers sends webhooks at an even pace, and tells how long each took, sorted. All must get the app's answer.
func (u *up) answers(t *testing.T, count int, pause time.Duration) []time.Duration {
	t.Helper()
	took := make([]time.Duration, count)
	var all sync.WaitGroup
	for n := range took {
		all.Go(func() {
			began := time.Now()
			res, err := fresh.Post(u.public+fmt.Sprintf("/good/%d", n), "text/plain", strings.NewReader("x"))
			if err != nil {
				t.Errorf("call %d: %v", n, err)
				return
			}
			answer, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			took[n] = time.Since(began)
			if err != nil || res.StatusCode != 200 || string(answer) != "taken" {
				t.Errorf("call %d: %s %q, %v", n, res.Status, answer, err)
			}
		})
		time.Sleep(pause)
	}
	all.Wait()
	slices.Sort(took)
	return took
}

// ms is a percentile of sorted times.
func ms(took []time.Duration, percent int) float64 {
	return float64(took[(len(took)*percent-1)/100].Microseconds()) / 1000
}

// crawlAlways sends a beginning, then a byte a second, and begins anew when it is cut off.
func crawlAlways(ctx context.Context, address, start string, here, begun *atomic.Int64) {
	for ctx.Err() == nil {
		c, err := net.Dial("tcp", address)
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		_, err = io.WriteString(c, start)
		here.Add(1)
		begun.Add(1)
		for err == nil {
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-time.After(time.Second):
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				_, err = c.Write([]byte("x"))
			}
		}
		here.Add(-1)
		_ = c.Close()
	}
}
