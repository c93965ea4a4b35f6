package relay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// uphill is a way to the relay that takes a few bytes at a time.
func uphill(t *testing.T, target string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			d, err := net.Dial("tcp", target)
			if err != nil {
				_ = c.Close()
				return
			}
			go func() { _, _ = io.Copy(c, d); _ = c.Close() }()
			go func() {
				defer d.Close()
				b := make([]byte, 4<<10)
				for {
					n, err := c.Read(b)
					if _, werr := d.Write(b[:n]); err != nil || werr != nil {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}
	}()
	return ln.Addr().String()
}

func TestAnAnswerOnItsWaySurvivesItsAgent(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789abcdef"), 400<<10/16)
	for name, leave := range map[string]func(*testing.T, *rig, tunnel.Config){
		"closed":   func(_ *testing.T, r *rig, _ tunnel.Config) { _ = r.agent.Close() },
		"replaced": func(t *testing.T, r *rig, c tunnel.Config) { c.Dial = tunneltest.Dial(r.SSH); tunneltest.Listen(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			r := tunneltest.NewRelay(t, nil)
			c := r.Config(t)
			c.Port, c.Dial = 8080, tunneltest.Dial(uphill(t, r.SSH))
			g := &rig{r, tunneltest.Listen(t, c)}
			finished := make(chan struct{})
			tunneltest.Serve(g.agent, func(c *tunnel.Conn) { start(c); answer(c, 200, string(whole), false); close(finished) })
			sender := g.dial(t)
			send(t, sender, post("/", "x", closing))
			got := make(chan string, 1)
			go func() {
				b, err := io.ReadAll(sender)
				if err != nil {
					t.Errorf("read after %d bytes: %v", len(b), err)
				}
				got <- string(b)
			}()
			<-finished
			leave(t, g, c)
			if b := <-got; !strings.HasSuffix(b, string(whole)) {
				t.Errorf("answer of %d bytes", len(b))
			}
		})
	}
}

func TestAClosedRelayResetsWhatItCuts(t *testing.T) {
	for range 20 {
		r := newRig(t, func(c *tunnel.Conn) {
			start(c)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhal"))
			for {
				if _, err := c.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		})
		busy, slow := r.dial(t), r.dial(t)
		send(t, slow, post("/", "x"))
		send(t, busy, post("/", "x"))
		if _, err := io.ReadFull(busy, make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		go func() { _ = r.Close() }()
		for name, c := range map[string]net.Conn{"busy": busy, "slow": slow} {
			if n, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
				t.Fatalf("%s: after %d more bytes: %v: want a reset", name, n, err)
			}
		}
	}
}

func TestACompleteAnswerSurvivesTheRelaysEnd(t *testing.T) {
	for range 20 {
		r := newRig(t, echo)
		c := r.dial(t)
		send(t, c, post("/", "x"))
		eventually(t, "answer", func() bool { s := r.Stats(); return s.Exchanges == 1 && s.Busy == 0 })
		if err := r.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(b), "POST / x") {
			t.Fatalf("answer %q, %v", b, err)
		}
	}
}

func TestARequestGatheredDuringATakeoverReachesTheNewAgent(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Port = 8080
	tunneltest.Serve(tunneltest.Listen(t, c), echo)
	sender := dial(t, r.Public(8080))
	send(t, sender, strings.TrimSuffix(post("/", "body", closing), "dy"))
	time.Sleep(20 * time.Millisecond)
	tunneltest.Serve(tunneltest.Listen(t, c), echo)
	send(t, sender, "dy")
	if b, err := io.ReadAll(sender); err != nil || !strings.HasSuffix(string(b), "POST / body") {
		t.Errorf("answer %q, %v", b, err)
	}
}
