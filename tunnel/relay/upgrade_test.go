package relay_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"devhook/tunnel"
)

const offer = "GET /ws HTTP/1.1\r\nHost: relay.test\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n"

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n"

func upgrade(c *tunnel.Conn) bool {
	start(c)
	_, err := io.WriteString(c, switching)
	return err == nil && c.Upgrade() == nil
}

func TestUpgradedBytesSurviveTheAgentsClose(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
	r := newRig(t, func(c *tunnel.Conn) {
		defer c.Close()
		if upgrade(c) {
			_, _ = c.Write(long)
		}
	})
	c := r.dial(t)
	send(t, c, offer+"some bytes that nobody reads")
	b, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(b, append([]byte(switching), long...)) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	_ = c.Close()
	eventually(t, "the exchange is over", func() bool { return r.Stats().Busy == 0 })
}

func TestUpgradedBytesSurviveTheSendersClose(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
	got := make(chan []byte, 1)
	r := newRig(t, func(c *tunnel.Conn) {
		defer c.Close()
		if upgrade(c) {
			b, err := io.ReadAll(c)
			if err != nil {
				t.Errorf("agent reads: %v", err)
			}
			got <- b
		}
	})
	c := r.dial(t)
	send(t, c, offer)
	if _, err := io.ReadFull(c, make([]byte, len(switching))); err != nil {
		t.Fatal(err)
	}
	send(t, c, string(long))
	_ = c.Close()
	if b := <-got; !bytes.Equal(b, long) {
		t.Errorf("the agent got %d bytes", len(b))
	}
	eventually(t, "the exchange is over", func() bool { return r.Stats().Busy == 0 })
}

func TestABadRequestBehindGoodOnesEndsTheConnection(t *testing.T) {
	r := newRig(t, echo)
	got := r.ask(t, post("/1", "a")+"POST /2 HTTP/1.1\r\nHost : relay.test\r\n\r\n"+post("/3", "c"))
	if !strings.Contains(got, "POST /1 a") || !strings.Contains(got, "malformed: ") || strings.Contains(got, "/3") {
		t.Errorf("answers %q", got)
	}
}

func TestBytesBehindTheLastRequestDestroyNoAnswer(t *testing.T) {
	r := newRig(t, echo)
	for range 50 {
		c := r.dial(t)
		send(t, c, post("/", "x", closing)+"\r\n")
		send(t, c, strings.Repeat("more", 50_000))
		b, err := io.ReadAll(c)
		if !strings.HasSuffix(string(b), "POST / x") {
			t.Fatalf("answer %q, %v", b, err)
		}
		_ = c.Close()
	}
}
