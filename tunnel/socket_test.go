package tunnel_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/tunnel"
)

// sockets gives the two ends of a WebSocket.
func sockets(t testing.TB) (agent, relay net.Conn) {
	t.Helper()
	took := make(chan net.Conn, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := tunnel.AcceptWebSocket(w, r)
		if err != nil {
			t.Error(err)
		}
		took <- c
	}))
	t.Cleanup(srv.Close)
	agent, err := tunnel.DialWebSocket(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http"), tunnel.WebSocketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	relay = <-took
	t.Cleanup(func() {
		_ = agent.Close()
		_ = relay.Close()
	})
	return agent, relay
}

func TestSocketCarriesBytesBothWays(t *testing.T) {
	a, b := sockets(t)
	const size = 10 << 20
	var all sync.WaitGroup
	for _, way := range [...][2]net.Conn{{a, b}, {b, a}} {
		sent := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{byte(len(way))}).Read(sent)
		all.Go(func() {
			for rest := sent; len(rest) > 0; {
				n := min(len(rest), 1+rand.IntN(100_000))
				if k, err := way[0].Write(rest[:n]); k != n || err != nil {
					t.Errorf("wrote %d of %d: %v", k, n, err)
					return
				}
				rest = rest[n:]
			}
		})
		all.Go(func() {
			got := make([]byte, size)
			if _, err := io.ReadFull(way[1], got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("read something else, %v", err)
			}
		})
	}
	all.Wait()
}

func TestSocketReadDeadlineIsNoEnd(t *testing.T) {
	a, b := sockets(t)
	buf := make([]byte, 16)
	for range 3 {
		_ = b.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := b.Read(buf)
		timedOut(t, "Read", err)
	}
	blocked := make(chan error, 1)
	_ = b.SetReadDeadline(time.Time{})
	go func() { _, err := b.Read(buf); blocked <- err }()
	time.Sleep(5 * time.Millisecond)
	_ = b.SetReadDeadline(time.Unix(1, 0))
	timedOut(t, "Read whose deadline moved", <-blocked)

	_ = b.SetReadDeadline(time.Time{})
	if _, err := a.Write([]byte("alive")); err != nil {
		t.Fatal(err)
	}
	if n, err := b.Read(buf); string(buf[:n]) != "alive" || err != nil {
		t.Errorf("after its deadline %q, %v", buf[:n], err)
	}
	if _, err := b.Write([]byte("so am I")); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Read(buf); string(buf[:n]) != "so am I" || err != nil {
		t.Errorf("other way %q, %v", buf[:n], err)
	}
}

func TestSocketWriteDeadline(t *testing.T) {
	a, b := sockets(t)
	_ = a.SetWriteDeadline(time.Unix(1, 0))
	_, err := a.Write([]byte("late"))
	timedOut(t, "Write behind its deadline", err)
	_ = a.SetWriteDeadline(time.Time{})
	if _, err := a.Write([]byte("x")); err != nil {
		t.Errorf("Write after a deadline that stopped nothing: %v", err)
	}

	// b reads nothing: buffers fill. A deadline may come between two writes and break nothing; then the next one is later.
	wait := 50 * time.Millisecond
	for tries := 1; ; tries++ {
		_ = a.SetWriteDeadline(time.Now().Add(wait))
		for err = nil; err == nil; {
			_, err = a.Write(make([]byte, 32<<10))
		}
		timedOut(t, "Write that is stuck", err)
		_ = a.SetWriteDeadline(time.Now().Add(wait))
		if _, err = a.Write([]byte("x")); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if tries == 10 {
			t.Fatalf("half a frame was followed by another: %v", err)
		}
		wait *= 2
	}
	if _, err := io.Copy(io.Discard, b); err == nil {
		t.Error("half a frame looked like a clean end")
	}
}

func TestSocketCloseFreesAWriteThatIsStuck(t *testing.T) {
	a, _ := sockets(t)
	ended := make(chan error, 1)
	begun := make(chan struct{})
	go func() {
		var err error
		for n := 0; err == nil; n++ {
			_, err = a.Write(make([]byte, 1<<20))
			if n == 0 {
				close(begun)
			}
		}
		ended <- err
	}()
	<-begun
	time.Sleep(20 * time.Millisecond)
	_ = a.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v, want net.ErrClosed", err)
	}
}

func TestSocketClose(t *testing.T) {
	a, b := sockets(t)
	if _, err := a.Write([]byte("last")); err != nil {
		t.Fatal(err)
	}
	blocked := make(chan error, 1)
	go func() { _, err := a.Read(make([]byte, 1)); blocked <- err }()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if err := <-blocked; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read over Close: %v", err)
	}
	got, err := io.ReadAll(b)
	if string(got) != "last" || err != nil {
		t.Errorf("other end read %q, %v; want the last bytes and EOF", got, err)
	}
	if err := a.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	for what, err := range map[string]error{"SetDeadline": a.SetDeadline(time.Now()), "Write": second(a.Write([]byte("x")))} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
}

func second(_ int, err error) error { return err }

func TestSocketDialMindsItsContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := tunnel.DialWebSocket(ctx, "ws://"+ln.Addr().String(), tunnel.WebSocketOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = tunnel.DialWebSocket(ctx, "ws://"+ln.Addr().String(), tunnel.WebSocketOptions{})
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
}
