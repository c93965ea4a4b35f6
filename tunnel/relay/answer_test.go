package relay_test

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"devhook/tunnel"
)

// start reads the request's head, whatever it is.
func start(c *tunnel.Conn) {
	_, _ = c.Read(make([]byte, 32<<10))
}

func TestHalfCloseAfterTheRequestIsLegal(t *testing.T) {
	ready := make(chan struct{})
	r := newRig(t, func(c *tunnel.Conn) { <-ready; echo(c) })
	c := r.dial(t)
	send(t, c, post("/", "x", closing))
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	close(ready)
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(b), "POST / x") {
		t.Errorf("answer %q, %v", b, err)
	}
}

func TestAbortResetsTheSender(t *testing.T) {
	r := newRig(t, func(c *tunnel.Conn) {
		start(c)
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of an answ"))
		_ = c.Close()
	})
	c := r.dial(t)
	send(t, c, post("/", "x"))
	if b, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %q, error %v: want a reset", b, err)
	}
}

func TestTunnelLostBeforeTheAnswer(t *testing.T) {
	r := newRigWith(t, nil, func(c *tunnel.Config) { c.Drain = 10 * time.Millisecond }, start)
	c := r.dial(t)
	send(t, c, post("/", "x"))
	eventually(t, "exchange", func() bool { return r.Stats().Busy == 1 })
	_ = r.agent.Close() // after its drain time this cuts what goes on
	code, body := readAnswer(t, bufio.NewReader(c))
	if code != 502 || !strings.Contains(body, "lost") {
		t.Errorf("answer %d %q", code, body)
	}
}

func TestTunnelLostInTheAnswer(t *testing.T) {
	r := newRigWith(t, nil, func(c *tunnel.Config) { c.Drain = 10 * time.Millisecond }, func(c *tunnel.Conn) {
		start(c)
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf"))
		_ = c.Flush()
	})
	c := r.dial(t)
	send(t, c, post("/", "x"))
	in := bufio.NewReader(c)
	if _, err := in.ReadString('f'); err != nil {
		t.Fatal(err)
	}
	_ = r.agent.Close()
	if b, err := io.ReadAll(in); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %q, error %v: want a reset", b, err)
	}
}

func TestEventsArriveBeforeTheEnd(t *testing.T) {
	next := make(chan string)
	r := newRig(t, func(c *tunnel.Conn) {
		start(c)
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"))
		for event := range next {
			_, _ = c.Write([]byte(event))
		}
		_ = c.Finish(false)
	})
	c := r.dial(t)
	send(t, c, "GET /events HTTP/1.1\r\nHost: relay.test\r\n\r\n")
	in := bufio.NewReader(c)
	for _, event := range []string{"data: 1\n", "data: 2\n", "data: 3\n"} {
		next <- event
		for line := ""; line != event; {
			var err error
			if line, err = in.ReadString('\n'); err != nil {
				t.Fatalf("waiting for %q: %v", event, err)
			}
		}
	}
	close(next)
	if b, err := io.ReadAll(in); err != nil || len(b) != 0 {
		t.Errorf("behind the events: %q, %v", b, err)
	}
}

func TestEarlyAnswerWhileTheBodyStillComes(t *testing.T) {
	r := newRig(t, func(c *tunnel.Conn) {
		start(c)
		answer(c, 413, "too much", false)
	})
	c := r.dial(t)
	send(t, c, "POST / HTTP/1.1\r\nHost: relay.test\r\nContent-Length: 100000000\r\n\r\n")
	go func() { // a sender that doesn't listen before it is done, or can't go on
		b := make([]byte, 64<<10)
		for range 8 {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}()
	code, body := readAnswer(t, bufio.NewReader(c))
	if code != 413 || body != "too much" {
		t.Errorf("answer %d %q", code, body)
	}
	eventually(t, "exchange over", func() bool { return r.Stats().Busy == 0 })
	if got := r.ask(t, post("/", "x", closing)); !strings.Contains(got, "413") {
		t.Errorf("next exchange: %q", got)
	}
}

func TestGoneTellsThatTheSenderLeft(t *testing.T) {
	gone := make(chan error, 1)
	r := newRig(t, func(c *tunnel.Conn) {
		defer c.Close()
		start(c)
		select {
		case <-c.Gone():
		case <-time.After(patience):
			gone <- errors.New("Gone was not closed")
			return
		}
		if _, ok := c.GoneAt(); !ok {
			gone <- errors.New("GoneAt says it is there")
			return
		}
		_, err := c.Write([]byte("x"))
		gone <- err
	})
	c := r.dial(t)
	send(t, c, post("/", "x"))
	eventually(t, "exchange", func() bool { return r.Stats().Busy == 1 })
	_ = c.SetLinger(0)
	_ = c.Close()
	if err := <-gone; !errors.Is(err, tunnel.ErrGone) {
		t.Errorf("Write: %v, want ErrGone", err)
	}
}

func TestUpgradePassesEarlyBytes(t *testing.T) {
	r := newRig(t, upgradeEcho)
	c := r.dial(t)
	send(t, c, "GET /ws HTTP/1.1\r\nHost: relay.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ")
	in := bufio.NewReader(c)
	expect(t, in, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	expect(t, in, "early ")
	for range 100 {
		send(t, c, "ping")
		expect(t, in, "ping")
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	expect(t, in, "bye")
	if b, err := io.ReadAll(in); err != nil || len(b) > 0 {
		t.Errorf("behind the end: %q, %v", b, err)
	}
	eventually(t, "exchange over", func() bool { return r.Stats().Busy == 0 })
}

func TestUpgradeDeclinedKeepsTheConnection(t *testing.T) {
	r := newRig(t, echo)
	c := r.dial(t)
	in := bufio.NewReader(c)
	for range 3 {
		send(t, c, "GET /ws HTTP/1.1\r\nHost: relay.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		if code, body := readAnswer(t, in); code != 200 || body != "GET /ws " {
			t.Fatalf("answer %d %q", code, body)
		}
	}
}

func upgradeEcho(c *tunnel.Conn) {
	defer c.Close()
	head := make([]byte, 0, 1024)
	for !strings.Contains(string(head), "\r\n\r\n") {
		b := make([]byte, 1)
		if _, err := c.Read(b); err != nil {
			return
		}
		head = append(head, b...)
	}
	_, _ = c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"))
	if c.Upgrade() != nil {
		return
	}
	_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
	_, _ = c.Write([]byte("bye"))
	_ = c.CloseWrite()
}

func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(r, b); err != nil || string(b) != want {
		t.Fatalf("read %q, %v; want %q", b, err, want)
	}
}
