package inspector_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/store"
)

// TestChaos cuts senders and the app off at random places, resets some, pauses others and replays in between. However
// it goes: the app gets nothing that is not stored and nothing twice, every delivery has an outcome, and no sender is
// given a whole answer that is not recorded as one.
func TestChaos(t *testing.T) {
	for _, tunnelled := range []bool{false, true} {
		t.Run(fmt.Sprintf("tunnelled %v", tunnelled), func(t *testing.T) {
			r := newRig(t)
			if tunnelled {
				r.tunnelled()
			}
			r.app.do(func(c net.Conn, _ string) bool { return breakOff(c, rand.IntN(5)) })
			acked := make(chan string, 1000)
			var senders sync.WaitGroup
			for n := range 8 {
				senders.Go(func() {
					for m := range 25 {
						name := fmt.Sprintf("/%d-%d", n, m)
						if chaoticSender(t, r.addr, name, rand.IntN(6)) {
							acked <- name
						}
						if m%8 == 7 {
							_, err := r.in.Replay(t.Context(), r.captures()[0].ID, inspector.Edit{})
							if err != nil && !strings.Contains(err.Error(), inspector.ErrNotReplayable.Error()) {
								t.Errorf("replay: %v", err)
							}
						}
					}
				})
			}
			senders.Wait()
			close(acked)
			// A connection that was reset may have been accepted and not yet been read from.
			if err := r.in.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.checkBooks(acked)
		})
	}
}

// chaoticSender sends a request in one of several bad ways and reports whether it got a whole 200.
func chaoticSender(t *testing.T, addr, name string, way int) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(60 * time.Second))
	size := []int{0, 10, 5000, 300 << 10}[rand.IntN(4)]
	raw := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", name, size, strings.Repeat("x", size))
	cut := rand.IntN(len(raw))
	switch way {
	case 0:
		_, _ = io.WriteString(c, raw[:cut])
		reset(c)
		return false
	case 1:
		_, _ = io.WriteString(c, raw[:cut])
		_ = c.(*net.TCPConn).CloseWrite()
	case 2:
		_, _ = io.WriteString(c, raw)
		time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
		reset(c)
		return false
	case 3:
		_, _ = io.WriteString(c, raw[:cut])
		time.Sleep(5 * time.Millisecond)
		_, _ = io.WriteString(c, raw[cut:])
		_ = c.(*net.TCPConn).CloseWrite()
	default:
		_, _ = io.WriteString(c, raw)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == 200
}

// breakOff answers in one of several ways, most of them bad.
func breakOff(c net.Conn, way int) bool {
	answer := okAnswer
	switch rand.IntN(3) {
	case 0:
		answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	case 1:
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + strings.Repeat("y", 2_000_000)
	}
	cut := rand.IntN(len(answer))
	switch way {
	case 0:
		_, _ = io.WriteString(c, answer[:cut])
		reset(c)
		return false
	case 1:
		_, _ = io.WriteString(c, answer[:cut])
		return false
	case 2:
		_, _ = io.WriteString(c, answer[:cut])
		time.Sleep(40 * time.Millisecond)
		answer = answer[cut:]
	}
	_, err := io.WriteString(c, answer)
	return err == nil
}

// checkBooks compares what the app got and what senders were told with what is recorded.
func (r *rig) checkBooks(acked <-chan string) {
	r.t.Helper()
	sent, whole := make(map[string]int), make(map[string]bool)
	for _, c := range r.captures() {
		all := r.deliveries(c.ID)
		sent[c.ID] = len(all)
		for _, d := range all {
			whole[c.Target] = whole[c.Target] || d.Kind == store.Live && d.Status == 200 && d.Error == ""
		}
		if live := c.State == store.Complete; live == (len(all) == 0) || c.Delivering {
			r.t.Errorf("%s is %s with %d deliveries", c.Target, c.State, len(all))
		}
		if got := len(r.body(c.ID)); int64(got) != c.BodySize {
			r.t.Errorf("%s: %d bytes stored of %d", c.Target, got, c.BodySize)
		}
	}
	for _, request := range r.app.got() {
		_, id, _ := strings.Cut(request, inspector.IDHeader+": ")
		id, _, _ = strings.Cut(id, "\r\n")
		if sent[id]--; sent[id] < 0 {
			r.t.Errorf("the app got %q more often than is recorded", id)
		}
	}
	n := 0
	for name := range acked {
		if n++; !whole[name] {
			r.t.Errorf("%s was answered and is not recorded as answered", name)
		}
	}
	if n == 0 {
		r.t.Error("no sender was answered at all")
	}
}
