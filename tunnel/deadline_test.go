package tunnel_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// exchange begins one and gives its two ends.
func exchange(t *testing.T, head string) (sender net.Conn, c *tunnel.Conn) {
	t.Helper()
	r := tunneltest.NewRelay(t, nil)
	l := tunneltest.Listen(t, r.Config(t))
	sender, err := net.Dial("tcp", r.Public(8080))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	_ = sender.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(sender, head); err != nil {
		t.Fatal(err)
	}
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	c = a.(*tunnel.Conn)
	if _, err := io.ReadFull(c, make([]byte, len(head))); err != nil {
		t.Fatal(err)
	}
	return sender, c
}

const unfinished = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"

func timedOut(t *testing.T, what string, err error) {
	t.Helper()
	var n net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &n) || !n.Timeout() {
		t.Errorf("%s: %v, want a time-out", what, err)
	}
}

func TestReadDeadline(t *testing.T) {
	sender, c := exchange(t, unfinished)
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	timedOut(t, "Read before its deadline", err)
	_, err = c.Read(make([]byte, 1))
	timedOut(t, "Read behind it", err)

	got := make(chan error, 1)
	_ = c.SetReadDeadline(time.Time{})
	go func() { _, err := c.Read(make([]byte, 1)); got <- err }()
	time.Sleep(10 * time.Millisecond)
	_ = c.SetReadDeadline(time.Unix(1, 0)) // what net/http does to a read in the background
	timedOut(t, "Read whose deadline is moved", <-got)

	_ = c.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(sender, "x")
	b := make([]byte, 1)
	if _, err := c.Read(b); err != nil || b[0] != 'x' {
		t.Errorf("Read after a time-out: %q, %v", b, err)
	}
}

func TestWriteDeadline(t *testing.T) {
	sender, c := exchange(t, unfinished)
	if tcp, ok := sender.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	_ = c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := c.Write(make([]byte, 64<<20)) // to a sender that reads nothing
	timedOut(t, "Write", err)
	if n == 64<<20 {
		t.Error("all of it was written")
	}
	timedOut(t, "Finish", c.Finish(true))
	_, err = c.Write([]byte("x"))
	timedOut(t, "Write behind it", err)
}

func TestWriteDeadlineIsMovedUnderAWaitingWrite(t *testing.T) {
	sender, c := exchange(t, unfinished)
	if tcp, ok := sender.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	got := make(chan error, 1)
	go func() { _, err := c.Write(make([]byte, 64<<20)); got <- err }()
	select {
	case err := <-got:
		t.Fatalf("Write did not wait: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	_ = c.SetWriteDeadline(time.Unix(1, 0))
	timedOut(t, "Write", <-got)
}

func TestCloseEndsReadAndWrite(t *testing.T) {
	_, c := exchange(t, unfinished)
	got := make(chan error, 2)
	go func() { _, err := c.Read(make([]byte, 1)); got <- err }()
	go func() { _, err := c.Write(make([]byte, 64<<20)); got <- err }()
	time.Sleep(50 * time.Millisecond)
	_ = c.Close()
	for range 2 {
		if err := <-got; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
	}
	if err := c.Finish(true); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Finish: %v", err)
	}
	if err := c.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("SetDeadline: %v", err)
	}
}

func TestWritesAreGathered(t *testing.T) {
	sender, c := exchange(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	for _, p := range []string{"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n", "\r\n", "o", "k"} {
		if n, err := c.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := c.Finish(false); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(sender)
	if err != nil && !strings.Contains(err.Error(), "reset") || !strings.HasSuffix(string(b), "\r\n\r\nok") {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write behind the end: %v", err)
	}
}

func TestWrittenBytesLeaveByThemselves(t *testing.T) {
	sender, c := exchange(t, unfinished)
	_, _ = io.WriteString(c, "HTTP/1.1 102 Processing\r\n\r\n") // leaves by itself
	if line, err := bufio.NewReader(sender).ReadString('\n'); err != nil || line != "HTTP/1.1 102 Processing\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestUpgradeOfWhatDoesNotAskForIt(t *testing.T) {
	_, c := exchange(t, unfinished)
	if err := c.Upgrade(); err == nil {
		t.Error("no error")
	}
	if err := c.CloseWrite(); err == nil {
		t.Error("half-close without an upgrade: no error")
	}
}
