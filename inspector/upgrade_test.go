package inspector_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestUpgrade echoes over a WebSocket-like upgrade; bytes sent right behind the request arrive too.
func TestUpgrade(t *testing.T) {
	r := newRig(t)
	r.app.do(func(c net.Conn, _ string) bool {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello ")
		_, _ = io.Copy(c, c)
		return false
	})
	c := r.dial()
	const req = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n"
	_, _ = io.WriteString(c, req+"early ")
	want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello early "
	buf := make([]byte, len(want))
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != want {
		t.Fatalf("got %q, %v", buf, err)
	}
	for n := range 100 {
		msg := fmt.Sprintf("message %d", n)
		_, _ = io.WriteString(c, msg)
		if _, err := io.ReadFull(c, buf[:len(msg)]); err != nil || string(buf[:len(msg)]) != msg {
			t.Fatalf("echo %q, %v", buf[:len(msg)], err)
		}
	}
	_ = c.(*net.TCPConn).CloseWrite()
	if rest, err := io.ReadAll(c); err != nil || len(rest) != 0 {
		t.Errorf("at the end: %q, %v", rest, err)
	}
	if got := r.app.got(); len(got) != 1 || !strings.HasPrefix(got[0], req[:len(req)-2]) {
		t.Errorf("the app got %q", got)
	}
	if d := r.finished(1)[0]; d.Status != 101 || !d.Accepted {
		t.Errorf("recorded %+v", d)
	}
}

// TestUnaskedUpgrade: an app that switches by itself has not answered.
func TestUnaskedUpgrade(t *testing.T) {
	r := newRig(t)
	r.app.respond("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
	if got := status(r.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")); got != "502" {
		t.Errorf("answered %s, want 502", got)
	}
}

// TestUpgradeHalfClosed: each side of an upgraded connection may say its last while the other goes on.
func TestUpgradeHalfClosed(t *testing.T) {
	for _, tunnelled := range []bool{false, true} {
		r := newRig(t)
		if tunnelled {
			r.tunnelled()
		}
		heard := make(chan string, 1)
		r.app.do(func(c net.Conn, _ string) bool {
			_, _ = io.WriteString(c, "HTTP/1.1 101 S\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nbye")
			_ = c.(*net.TCPConn).CloseWrite()
			b, _ := io.ReadAll(c)
			heard <- string(b)
			return false
		})
		c := r.dial()
		_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		if b, err := io.ReadAll(c); !strings.HasSuffix(string(b), "bye") || err != nil {
			t.Errorf("got %q, %v", b, err)
		}
		_, _ = io.WriteString(c, "and more")
		_ = c.(*net.TCPConn).CloseWrite()
		if got := <-heard; got != "and more" {
			t.Errorf("the app heard %q after its end", got)
		}
		if d := r.finished(1)[0]; d.BodySize != 3 || d.Error != "" {
			t.Errorf("recorded %+v", d)
		}
	}
}

// TestUpgradeReset: a sender whose connection breaks frees the app, even one that sends and hears nothing.
func TestUpgradeReset(t *testing.T) {
	for _, tunnelled := range []bool{false, true} {
		r := newRig(t)
		if tunnelled {
			r.tunnelled()
		}
		r.app.do(func(c net.Conn, _ string) bool {
			_, _ = io.WriteString(c, "HTTP/1.1 101 S\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello")
			_, _ = io.Copy(io.Discard, c)
			return true // as one that does not close when its client did
		})
		c := r.dial()
		_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		reset(c)
		r.finished(1)
	}
}

// TestUpgradeSenderLeft: a sender that left before the switch leaves a delivery with an outcome.
func TestUpgradeSenderLeft(t *testing.T) {
	r := newRig(t)
	r.app.do(func(c net.Conn, _ string) bool {
		time.Sleep(50 * time.Millisecond)
		_, _ = io.WriteString(c, "HTTP/1.1 101 S\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
		return false
	})
	c := r.dial()
	_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r.await(1)
	reset(c)
	if d := r.finished(1)[0]; d.Status != 101 {
		t.Errorf("recorded %+v", d)
	}
}
