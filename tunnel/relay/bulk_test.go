package relay_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// zeros is an endless body.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// peakHeap watches the heap until stop is called.
func peakHeap() (stop func() uint64) {
	var peak atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); <-ended; return peak.Load() }
}

const bulk = 100 << 20

func TestBulkBothWaysAtFlatMemory(t *testing.T) {
	r := newRig(t, func(c *tunnel.Conn) {
		defer c.Close()
		in := http1.NewReader(c)
		q, err := in.ReadRequest(http1.Limits{})
		if err != nil {
			return
		}
		n, err := io.Copy(io.Discard, in.Body(q.Framing()))
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", n)
		_, _ = io.CopyN(c, zeros{}, n)
		_ = c.Finish(true)
	})
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop := peakHeap()
	c := r.dial(t)
	_ = c.SetDeadline(time.Now().Add(5 * time.Minute))
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: relay.test\r\nContent-Length: %d\r\n\r\n", bulk)
	if _, err := io.CopyN(c, zeros{}, bulk); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, res.Body); n != bulk || err != nil {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	if grown := int64(stop()) - int64(before.HeapInuse); grown > 48<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	eventually(t, "exchange over", func() bool { return r.Stats().Busy == 0 })
}

func TestSlowReaderDoesNotBlockOthers(t *testing.T) {
	r := newRig(t, func(c *tunnel.Conn) {
		in := http1.NewReader(c)
		q, err := in.ReadRequest(http1.Limits{})
		if err != nil || q.Target != "/large" {
			answer(c, 200, "small", false)
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", bulk)
		_, _ = io.CopyN(c, zeros{}, bulk)
	})
	for range 4 {
		c := r.dial(t)
		_ = c.SetReadBuffer(4 << 10)
		send(t, c, "GET /large HTTP/1.1\r\nHost: relay.test\r\n\r\n")
	}
	eventually(t, "four exchanges", func() bool { return r.Stats().Busy == 4 })
	time.Sleep(100 * time.Millisecond) // until all buffers on the way are full
	began := time.Now()
	for range 50 {
		if got := r.ask(t, post("/small", "x", closing)); !strings.HasSuffix(got, "small") {
			t.Fatalf("answer %q", got)
		}
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("50 small requests beside stalled answers took %s", took)
	}
}

// A sender that reads nothing before it has sent everything, and an app that answers while it reads: both directions
// run out of credit at times, and each must still take in what the other needs.
func TestBothDirectionsAtOnce(t *testing.T) {
	const size = 8 << 20
	r := newRig(t, func(c *tunnel.Conn) {
		defer c.Close()
		in := http1.NewReader(c)
		q, err := in.ReadRequest(http1.Limits{})
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		if n, err := io.Copy(c, in.Body(q.Framing())); n == size && err == nil {
			_ = c.Finish(true)
		}
	})
	c := r.dial(t)
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: relay.test\r\nContent-Length: %d\r\n\r\n", size)
	sent := make(chan error, 1)
	go func() {
		_, err := io.CopyN(c, zeros{}, size)
		sent <- err
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
