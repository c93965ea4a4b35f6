package relay_test

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// An agent's round trip passes though its sender may not call; a stock client makes none, and what follows one on the
// connection is no round trip at all.
func TestProbesOpenNoWayToStockNames(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Allow = prefixes("192.0.2.0/24") })
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, serves("app"))
	if !forward(t, c, "tcpip-forward", "shop", 80) {
		t.Fatal("refused")
	}
	s := dial(t, r.Public(80))
	get := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: shop.relay.test\r\n\r\n" }
	send(t, s, get("/_devhook/probe/ABC")+get("/admin"))
	if got, _ := io.ReadAll(s); !strings.HasPrefix(string(got), "HTTP/1.1 403 ") || strings.Contains(string(got), "app ") {
		t.Errorf("%q", got)
	}
}

// A connection that goes on when the name has gone to another client must not lead to the old one.
func TestANameThatWasTakenTakesItsConnectionsAlong(t *testing.T) {
	r, _ := namesRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c, d := stock(t, r, key), stock(t, r, key)
	apps(c, serves("old"))
	apps(d, serves("new"))
	if !forward(t, c, "tcpip-forward", "shop", 80) || !forward(t, c, "tcpip-forward", "blog", 80) {
		t.Fatal("refused")
	}
	s := dial(t, r.Public(80))
	answers := bufio.NewReader(s)
	send(t, s, "GET / HTTP/1.1\r\nHost: shop.relay.test\r\n\r\n")
	if status, body := readAnswer(t, answers); status != 200 || body != "old  shop" {
		t.Fatalf("%d %q", status, body)
	}
	if !forward(t, d, "tcpip-forward", "shop", 80) {
		t.Fatal("refused")
	}
	send(t, s, "GET / HTTP/1.1\r\nHost: shop.relay.test\r\n\r\n")
	if rest, err := io.ReadAll(answers); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

// Some clients offer HTTP/2 with every request (RFC 7540 §3.2), also with one that has a body. An app that declines answers
// it, and the connection goes on.
func TestAnUpgradeThatIsDeclined(t *testing.T) {
	r, _ := namesRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, serves("app"))
	if !forward(t, c, "tcpip-forward", "shop", 80) {
		t.Fatal("refused")
	}
	s := dial(t, r.Public(80))
	send(t, s, "POST / HTTP/1.1\r\nHost: shop.relay.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nContent-Length: 3\r\n\r\nabc")
	if status, body := readAnswer(t, bufio.NewReader(s)); status != 200 || body != "app abc shop" {
		t.Errorf("%d %q", status, body)
	}
}

// The head of an answer may come in pieces, that of a 101 too.
func TestAnUpgradeInPieces(t *testing.T) {
	r, _ := namesRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, func(ch ssh.Channel, _ []byte) {
		defer ch.Close()
		b := http1.NewReader(ch)
		if _, err := b.ReadRequest(http1.Limits{}); err != nil {
			return
		}
		for _, piece := range []string{"HTTP/1.", "1 1", "01 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"} {
			_, _ = io.WriteString(ch, piece)
			time.Sleep(10 * time.Millisecond)
		}
		_, _ = io.Copy(ch, b)
	})
	if !forward(t, c, "tcpip-forward", "shop", 80) {
		t.Fatal("refused")
	}
	s := dial(t, r.Public(80))
	send(t, s, "GET / HTTP/1.1\r\nHost: shop.relay.test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
	answers := bufio.NewReader(s)
	for line := ""; line != "\r\n"; {
		var err error
		if line, err = answers.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	send(t, s, "hello")
	_ = s.CloseWrite()
	if rest, err := io.ReadAll(answers); string(rest) != "hello" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

// A kept connection to a port that goes from an agent to a stock client of its key finds that.
func TestAKeptConnectionFindsTheStockClient(t *testing.T) {
	r := stockRelay(t, nil)
	c := r.Config(t)
	c.Port = 8000
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, func(c *tunnel.Conn) { start(c); answer(c, 200, "agent", true) })
	s := dial(t, r.Public(8000))
	answers := bufio.NewReader(s)
	send(t, s, "GET / HTTP/1.1\r\nHost: relay.test\r\n\r\n")
	if status, body := readAnswer(t, answers); status != 200 || body != "agent" {
		t.Fatalf("%d %q", status, body)
	}
	d := stock(t, r, c.Signer)
	apps(d, serves("stock"))
	if !forward(t, d, "tcpip-forward", "", 8000) {
		t.Fatal("refused")
	}
	send(t, s, "GET / HTTP/1.1\r\nHost: relay.test\r\n\r\n")
	if status, body := readAnswer(t, answers); status != 200 || body != "stock  " {
		t.Errorf("%d %q", status, body)
	}
}

// The sender of a half-sent body gets little time once the app has answered and ended: not a whole silence more for each
// byte. Its place in the tunnel is free again then.
func TestAnAppThatEndsEarly(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Limits.BodySilence, c.Limits.AfterAnswer = time.Hour, 100*time.Millisecond })
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, func(ch ssh.Channel, _ []byte) {
		_, _ = ch.Read(make([]byte, 4096))
		_, _ = io.WriteString(ch, "HTTP/1.1 413 Too large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		_ = ch.CloseWrite()
	})
	if !forward(t, c, "tcpip-forward", "shop", 80) {
		t.Fatal("refused")
	}
	s := dial(t, r.Public(80))
	send(t, s, "POST / HTTP/1.1\r\nHost: shop.relay.test\r\nContent-Length: 1000000000\r\n\r\nx")
	if got, err := io.ReadAll(s); !strings.HasPrefix(string(got), "HTTP/1.1 413 ") || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	eventually(t, "the end", func() bool {
		_, _ = io.WriteString(s, "x")
		return r.Stats().Busy == 0
	})
}
