package inspector_test

import (
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestNothingLeaks runs exchanges that end in every way there is, by eight senders at once. In the end no goroutine and
// no open file is left of them.
func TestNothingLeaks(t *testing.T) {
	const rounds = 60
	r := newRig(t)
	plain := *r
	r.tunnelled()
	r.app.do(moody)
	one := func(r *rig) {
		for _, way := range ways {
			c, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.SetDeadline(time.Now().Add(60 * time.Second))
			way(c)
			_ = c.Close()
		}
	}
	one(&plain)
	one(r)
	settle(t, r)
	time.Sleep(2500 * time.Millisecond) // connections to the app are swept
	before, files := goleak.IgnoreCurrent(), openFiles(t)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range rounds / 8 {
				one([]*rig{r, &plain}[n%2])
			}
		})
	}
	all.Wait()
	settle(t, r)
	time.Sleep(2500 * time.Millisecond)
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if after := openFiles(t); after > files+8 { // the store's readers come and go
		t.Errorf("%d files are open, %d were before", after, files)
	}
}

// ways are how senders use a connection and leave it.
var ways = []func(c net.Conn){
	func(c net.Conn) { ask(c, "GET /ok") },
	func(c net.Conn) { ask(c, "GET /silent") },
	func(c net.Conn) { ask(c, "GET /cut") },
	func(c net.Conn) { ask(c, "GET /early") },
	func(c net.Conn) { ask(c, "nonsense\r\n\r\n") },
	func(c net.Conn) { ask(c, "GET /stream") },
	func(c net.Conn) {
		_, _ = io.WriteString(c, "GET /long HTTP/1.1\r\nHost: h\r\n\r\n")
		_, _ = c.Read(make([]byte, 1))
		reset(c)
	},
	func(c net.Conn) { _, _ = io.WriteString(c, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"); reset(c) },
	func(c net.Conn) {
		_, _ = io.WriteString(c, "POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab")
		reset(c)
	},
	func(c net.Conn) { _, _ = io.WriteString(c, "POST /ok HTTP/1.1\r\nHo"); reset(c) },
	func(c net.Conn) {
		_, _ = io.WriteString(c, "GET /switch HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		_, _ = c.Read(make([]byte, 1))
		reset(c)
	},
}

// moody is an app that ends its answers as the path says.
func moody(c net.Conn, request string) bool {
	answer := okAnswer
	switch strings.Fields(request)[1] {
	case "/silent":
		return false
	case "/cut":
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"
	case "/early":
		answer = "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 20"
	case "/stream":
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
		time.Sleep(40 * time.Millisecond)
		answer = "1\r\nb\r\n0\r\n\r\n"
	case "/long":
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n" + strings.Repeat("x", 8<<20)
	case "/switch":
		_, _ = io.WriteString(c, "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhi")
		_, _ = io.Copy(io.Discard, c)
		return false
	}
	_, err := io.WriteString(c, answer)
	return err == nil && (answer == okAnswer || answer[0] == '1')
}

// ask sends a request without a body and reads whatever comes.
func ask(c net.Conn, start string) {
	if strings.HasPrefix(start, "GET") {
		start += " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	}
	_, _ = io.WriteString(c, start)
	_, _ = io.ReadAll(c)
}

// settle waits until no delivery is under way.
func settle(t *testing.T, r *rig) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		busy := 0
		for _, c := range r.captures() {
			if c.Delivering {
				busy++
			}
		}
		if busy == 0 {
			return
		}
	}
	t.Error("something is still under way")
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0 // no such list here
	}
	return len(all)
}
