package relay_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestTLSVersionsAndProtocols(t *testing.T) {
	r, secure := namesRelay(t, nil)
	for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		c := secure.Clone()
		c.MinVersion, c.MaxVersion = old, old
		if err := tls.Client(dial(t, r.Public(443)), c).Handshake(); err == nil {
			t.Errorf("version %x is spoken", old)
		}
	}
	c := secure.Clone()
	c.NextProtos = []string{"h2", "http/1.1"}
	conn := tls.Client(dial(t, r.Public(443)), c)
	if err := conn.Handshake(); err != nil || conn.ConnectionState().NegotiatedProtocol != "http/1.1" {
		t.Errorf("%v, %q", err, conn.ConnectionState().NegotiatedProtocol)
	}
}

func TestAWholePortByTLS(t *testing.T) {
	r, secure := namesRelay(t, nil)
	c := r.Config(t)
	c.Port = 8443
	l := tunneltest.Listen(t, c)
	if l.PublicURL() != "https://relay.test:8443" {
		t.Errorf("public URL %s", l.PublicURL())
	}
	tunneltest.Serve(l, tells("app"))
	s := tls.Client(dial(t, r.Public(8443)), secure)
	send(t, s, post("/", "x", closing))
	if _, body := readAnswer(t, bufio.NewReader(s)); body != "app at https://relay.test:8443, port 8443" {
		t.Errorf("%q", body)
	}
}

// An answer that its end delimits must not look whole when it was cut: TLS has an end of its own.
func TestACutAnswerIsNoEndOfTLS(t *testing.T) {
	r, secure := namesRelay(t, nil)
	c := r.Config(t)
	c.Port = 8443
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, func(c *tunnel.Conn) {
		start(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it")
		_ = c.Flush()
		time.Sleep(20 * time.Millisecond)
		_ = c.Close()
	})
	s := tls.Client(dial(t, r.Public(8443)), secure)
	send(t, s, post("/", "x", closing))
	if text, err := io.ReadAll(s); err == nil {
		t.Errorf("read %q and a clean end", text)
	}
}

func TestWrongProtocolForThePort(t *testing.T) {
	var log noisy
	r, secure := namesRelay(t, func(c *relay.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for range 3 {
		if err := tls.Client(dial(t, r.Public(80)), secure).Handshake(); err == nil {
			t.Error("TLS on port 80")
		}
	}
	if n := strings.Count(log.text(), "speaks TLS on a plain port"); n != 1 {
		t.Errorf("%d hints in the log", n)
	}
	c := dial(t, r.Public(443))
	send(t, c, post("/", "x", closing))
	if text, err := io.ReadAll(c); !strings.HasPrefix(string(text), "HTTP/1.1 400 ") || !strings.Contains(string(text), "call https://") || err != nil {
		t.Errorf("plain HTTP on port 443: %q, %v", text, err)
	}
}

func TestASlowHandshakeEnds(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Limits.Head = 50 * time.Millisecond })
	c := dial(t, r.Public(443))
	send(t, c, "\x16\x03\x01")
	if _, err := io.ReadAll(c); errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// One port serves everything: an agent comes by wss:// to the port that its name is called on.
func TestAgentsComeToTheSharedPorts(t *testing.T) {
	r, secure := namesRelay(t, nil)
	for scheme, port := range map[string]int{"ws": 80, "wss": 443} {
		c := name(r.Config(t), "by-"+scheme)
		c.Dial = tunneltest.DialWebSocket(scheme+"://"+r.Public(port), tunnel.WebSocketOptions{TLS: secure})
		l := tunneltest.Listen(t, c)
		tunneltest.Serve(l, named(scheme))
		if status, body := callName(t, r, nil, "by-"+scheme+".relay.test", "/"); status != 200 || body != scheme {
			t.Errorf("%s: %d %q", scheme, status, body)
		}
	}
	for _, path := range []string{"/_devhook/", "/_devhook/tunnels", "/.well-known/acme-challenge/x"} {
		if status, body := callName(t, r, nil, "by-ws.relay.test", path); status != 404 || !strings.Contains(body, "the relay's own") {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if status, body := callName(t, r, nil, "relay.test", tunnel.WebSocketPath); status != 405 {
		t.Errorf("POST: %d %q", status, body)
	}
}

func TestChallengesAreTheRelays(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.WriteString(w, q.Host+" "+q.URL.Path)
	})
	r, secure := namesRelay(t, func(c *relay.Config) { c.Challenge = answer })
	const path = "/.well-known/acme-challenge/token"
	if status, body := callName(t, r, nil, "shop.relay.test", path); status != 200 || body != "shop.relay.test "+path {
		t.Errorf("%d %q", status, body)
	}
	if status, _ := callName(t, r, secure, "shop.relay.test", path); status != 404 {
		t.Errorf("by TLS %d", status)
	}
}

func TestClaimedNamesAreTold(t *testing.T) {
	told := make(chan string, 10)
	r, _ := namesRelay(t, func(c *relay.Config) { c.Claimed = func(host string) { told <- host } })
	c := name(r.Config(t), "shop")
	_ = tunneltest.Listen(t, c).Close()
	tunneltest.Listen(t, c)
	select {
	case host := <-told:
		if host != "shop.relay.test" {
			t.Errorf("told %q", host)
		}
	case <-time.After(patience):
		t.Fatal("never told")
	}
	if len(told) > 0 {
		t.Errorf("told again: %q", <-told)
	}
}
