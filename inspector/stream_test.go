package inspector_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/store"
)

// TestEventStream: each event reaches the sender before the app says the next; the app waits for the test's word.
func TestEventStream(t *testing.T) {
	for _, framing := range []string{"Transfer-Encoding: chunked", "Connection: close"} {
		t.Run(framing, func(t *testing.T) {
			r := newRig(t)
			next := make(chan struct{})
			r.app.do(func(c net.Conn, _ string) bool {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"+framing+"\r\n\r\n")
				for n := range 3 {
					event := fmt.Sprintf("data: %d\n\n", n)
					if framing[0] == 'T' {
						event = fmt.Sprintf("%x\r\n%s\r\n", len(event), event)
					}
					_, _ = io.WriteString(c, event)
					<-next
				}
				if framing[0] == 'T' {
					_, _ = io.WriteString(c, "0\r\n\r\n")
				}
				return false
			})
			c := r.dial()
			_, _ = io.WriteString(c, "GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(res.Body)
			for n := range 3 {
				line, err := lines.ReadString('\n')
				if err != nil || line != fmt.Sprintf("data: %d\n", n) {
					t.Fatalf("event %d: %q, %v", n, line, err)
				}
				_, _ = lines.ReadString('\n')
				next <- struct{}{}
			}
			if _, err := lines.ReadByte(); err != io.EOF {
				t.Errorf("after the last event: %v, want a clean end", err)
			}
			d := r.finished(1)[0]
			if got := r.body(d.ID); got != "data: 0\n\ndata: 1\n\ndata: 2\n\n" || d.Status != 200 || d.Truncated {
				t.Errorf("recorded %q, %+v", got, d)
			}
		})
	}
}

// finished waits until n deliveries of the only capture are recorded: what trails a stream comes after its last byte.
func (r *rig) finished(n int) []*store.Delivery {
	r.t.Helper()
	var all []*store.Delivery
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if all = r.deliveries(r.captures()[0].ID); len(all) >= n {
			return all
		}
	}
	r.t.Fatalf("%d deliveries, want %d", len(all), n)
	return nil
}

// drain reads a request's body off a raw connection and returns its size and hash.
func drain(br *bufio.Reader) (string, error) {
	req, err := http.ReadRequest(br)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, req.Body)
	return fmt.Sprintf("%d %s", n, hex.EncodeToString(sum.Sum(nil))), err
}

// TestLongUpload sends 100 MiB by length and by chunks. Memory stays flat: the body goes through the store.
func TestLongUpload(t *testing.T) {
	const size = 100 << 20
	for _, chunked := range []bool{false, true} {
		t.Run(fmt.Sprintf("chunked %v", chunked), func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			got := make(chan string, 1)
			go func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				sum, _ := drain(bufio.NewReaderSize(c, 64<<10))
				got <- sum
				_, _ = io.WriteString(c, okAnswer)
			}()
			app, err := inspector.NewApp(ln.Addr().String(), inspector.AppOptions{})
			if err != nil {
				t.Fatal(err)
			}
			r := newRig(t, func(c *inspector.Config) { c.App = app })
			peak := watchHeap(t)
			sum := sha256.New()
			src := io.TeeReader(io.LimitReader(pattern{}, size), sum)
			req, _ := http.NewRequestWithContext(t.Context(), "POST", "http://"+r.addr+"/up", src)
			if req.ContentLength = size; chunked {
				req.ContentLength = -1
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			want := fmt.Sprintf("%d %s", size, hex.EncodeToString(sum.Sum(nil)))
			if s := <-got; s != want {
				t.Errorf("at the app %s, sent %s", s, want)
			}
			c := r.only()
			if s := fmt.Sprintf("%d %s", c.BodySize, c.BodySHA256); s != want || c.State != store.Complete {
				t.Errorf("stored %s %s, sent %s", c.State, s, want)
			}
			if p := peak(); p > 48<<20 {
				t.Errorf("the heap grew by %d MiB for a body of %d MiB", p>>20, size>>20)
			}
		})
	}
}

// pattern is an endless body in which no two kilobytes are alike for long.
type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = byte(n*7 + n>>8)
	}
	return len(p), nil
}

// watchHeap samples the heap until the returned function is called, which gives its peak above the start in bytes.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	start, peak := m.HeapAlloc, m.HeapAlloc
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		}
	}()
	return func() uint64 { close(stop); <-done; return peak - start }
}

// TestLongAnswer passes an answer that is longer than what is recorded of it.
func TestLongAnswer(t *testing.T) {
	const size = 3 << 20
	r := newRig(t, func(c *inspector.Config) { c.Limits.Answer = 2 << 20 })
	r.app.do(func(c net.Conn, _ string) bool {
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		_, err := io.CopyN(c, pattern{}, size)
		return err == nil
	})
	res, err := http.Get("http://" + r.addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
		t.Errorf("%d bytes came, %v", n, err)
	}
	d := r.finished(1)[0]
	if d.BodySize != size || !d.Truncated || len(r.body(d.ID)) != 2<<20 {
		t.Errorf("recorded %d of %d, truncated %v", len(r.body(d.ID)), d.BodySize, d.Truncated)
	}
}

// TestCutAnswers: what breaks off never looks whole to the sender.
func TestCutAnswers(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	tests := []struct{ name, answer, want string }{
		{"short of its length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "502"},
		{"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "502"},
		{"in its head", "HTTP/1.1 200 OK\r\nContent-Le", "502"},
		{"not HTTP", "hello\r\n\r\n", "502"},
		{"a status of no class", "HTTP/1.1 99 X\r\n\r\n", "502"},
		{"after some was passed on", "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + long, "200 cut"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.app.do(func(c net.Conn, _ string) bool {
				_, _ = io.WriteString(c, tt.answer)
				return false
			})
			c := r.dial()
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
			got := "none"
			if res, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
				got = res.Status[:3]
				if _, err := io.Copy(io.Discard, res.Body); err != nil {
					got += " cut"
				}
			}
			if got != tt.want {
				t.Errorf("the sender saw %s, want %s", got, tt.want)
			}
			if d := r.finished(1)[0]; d.Error == "" || d.Accepted {
				t.Errorf("recorded %+v", d)
			}
		})
	}
}

// TestTimeout: an app that says nothing is given up on, once.
func TestTimeout(t *testing.T) {
	a := newRawApp(t)
	a.do(func(c net.Conn, _ string) bool { time.Sleep(time.Second); return false })
	app, err := inspector.NewApp(a.port(), inspector.AppOptions{Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *inspector.Config) { c.App = app })
	if got := r.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); status(got) != "502" || !strings.Contains(got, "no answer within 100ms") {
		t.Errorf("answered %q", got)
	}
}

// TestEarlyAnswer: an app that refuses a long body before reading it has answered.
func TestEarlyAnswer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		br := bufio.NewReader(c)
		if _, err := http.ReadRequest(br); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		_, _ = io.Copy(io.Discard, br)
	}()
	app, err := inspector.NewApp(ln.Addr().String(), inspector.AppOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *inspector.Config) { c.App = app })
	res, err := http.Post("http://"+r.addr+"/", "text/plain", io.LimitReader(pattern{}, 8<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 413 {
		t.Errorf("answered %s", res.Status)
	}
	if d := r.finished(1)[0]; d.Status != 413 || d.Error != "" {
		t.Errorf("recorded %+v", d)
	}
}

// TestPauseInLongAnswer: an answer that is being passed on because it is long may pause as it likes.
func TestPauseInLongAnswer(t *testing.T) {
	const size = 6 << 20
	r := newRig(t)
	r.app.do(func(c net.Conn, _ string) bool {
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		for range 3 {
			_, _ = io.CopyN(c, pattern{}, size/3)
			time.Sleep(100 * time.Millisecond)
		}
		return true
	})
	answer := r.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	_, body, _ := strings.Cut(answer, "\r\n\r\n")
	var want strings.Builder
	for range 3 {
		_, _ = io.CopyN(&want, pattern{}, size/3)
	}
	if body != want.String() {
		t.Errorf("%d bytes came, not the %d that the app sent", len(body), size)
	}
	if d := r.finished(1)[0]; r.body(d.ID) != want.String() || d.BodySize != size || d.Truncated {
		t.Errorf("recorded %d bytes of %d, truncated %v", len(r.body(d.ID)), d.BodySize, d.Truncated)
	}
}
