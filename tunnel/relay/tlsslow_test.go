package relay_test

import (
	"bufio"
	"crypto/tls"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// A sender that takes its answer slowly gets all of it, also by TLS, where a write that was given up can't be taken up again.
func TestASlowSenderByTLSGetsItsAnswer(t *testing.T) {
	const size = 24 << 20
	r, secure := namesRelay(t, nil)
	l := tunneltest.Listen(t, name(r.Config(t), "shop"))
	tunneltest.Serve(l, func(c *tunnel.Conn) {
		start(c)
		answer(c, 200, strings.Repeat("x", size), true)
	})
	conn := dial(t, r.Public(443))
	_ = conn.SetDeadline(time.Now().Add(3 * patience)) // so much, encrypted twice over, takes a busy machine its time
	c := tls.Client(conn, secure)
	answers := bufio.NewReader(c)
	for range 2 {
		send(t, c, "GET / HTTP/1.1\r\nHost: shop.relay.test\r\n\r\n")
		time.Sleep(300 * time.Millisecond)
		if status, body := readAnswer(t, answers); status != 200 || len(body) != size {
			t.Fatalf("%d, %d bytes", status, len(body))
		}
	}
}

// The end of the relay meets senders in the middle of their handshake. (It is the race detector that this test is for.)
func TestTheEndMeetsHandshakes(t *testing.T) {
	r, secure := namesRelay(t, nil)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for {
				c, err := tls.Dial("tcp", r.Public(443), secure)
				if err != nil {
					return
				}
				_ = c.Close()
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	callers.Wait()
}
