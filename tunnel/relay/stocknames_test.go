package relay_test

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// serves answers every request of a connection, as an app behind a stock client does.
func serves(as string) func(ssh.Channel, []byte) {
	return func(ch ssh.Channel, extra []byte) {
		defer ch.Close()
		var f struct {
			Addr       string
			Port       uint32
			Origin     string
			OriginPort uint32
		}
		_ = ssh.Unmarshal(extra, &f)
		r := http1.NewReader(ch)
		for {
			q, err := r.ReadRequest(http1.Limits{})
			if err != nil {
				return
			}
			body, _ := io.ReadAll(r.Body(q.Framing()))
			if q.Upgrade() != "" && q.Target == "/up" {
				_, _ = io.WriteString(ch, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
				_, _ = io.Copy(ch, r)
				return
			}
			text := as + " " + string(body) + " " + f.Addr
			_, _ = io.WriteString(ch, "HTTP/1.1 200 OK\r\nContent-Length: "+itoa(len(text))+"\r\n\r\n"+text)
		}
	}
}

func TestStockNames(t *testing.T) {
	r, secure := namesRelay(t, nil)
	mine, other := tunneltest.Key(t), tunneltest.Key(t)
	r.Allow(mine.PublicKey(), relay.Grant{})
	r.Allow(other.PublicKey(), relay.Grant{})
	c, d := stock(t, r, mine), stock(t, r, other)
	apps(c, serves("mine"))
	apps(d, serves("other"))
	for addr, port := range map[string]uint32{"shop": 8000, "": 80, "a.b": 80, "www": 443, "shop.relay.test.": 80} {
		if forward(t, c, "tcpip-forward", addr, port) {
			t.Errorf("%q, %d is given", addr, port)
		}
	}
	if !forward(t, c, "tcpip-forward", "Shop", 80) || !forward(t, d, "tcpip-forward", "blog.relay.test", 443) {
		t.Fatal("refused")
	}
	if forward(t, d, "tcpip-forward", "shop", 80) || forward(t, d, "cancel-tcpip-forward", "Shop", 80) {
		t.Error("another key got the name")
	}
	// Whatever port was called, the channel says what was asked for, in the same words.
	for _, s := range []struct {
		host, want string
	}{{"shop.relay.test", "mine x Shop"}, {"blog.relay.test", "other x blog.relay.test"}} {
		if status, body := callName(t, r, nil, s.host, "/"); status != 200 || body != s.want {
			t.Errorf("%s: %d %q", s.host, status, body)
		}
		if status, body := callName(t, r, secure, s.host, "/"); status != 200 || body != s.want {
			t.Errorf("%s by TLS: %d %q", s.host, status, body)
		}
	}
	if !forward(t, c, "cancel-tcpip-forward", "Shop", 80) {
		t.Error("the name can't be given up")
	}
	if status, _ := callName(t, r, nil, "shop.relay.test", "/"); status != 503 {
		t.Errorf("then %d", status)
	}
}

// On one connection the next request may call another name: those of a balancer's do. It must not reach the first app.
func TestStockNamesDoNotMix(t *testing.T) {
	r, _ := namesRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, serves("app"))
	if !forward(t, c, "tcpip-forward", "one", 80) || !forward(t, c, "tcpip-forward", "two", 80) {
		t.Fatal("refused")
	}
	chunked := "POST / HTTP/1.1\r\nHost: one.relay.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	get := "GET / HTTP/1.1\r\nHost: one.relay.test\r\n\r\n"
	for name, second := range map[string]string{
		"another name":     "GET / HTTP/1.1\r\nHost: two.relay.test\r\n\r\n",
		"no host":          "GET / HTTP/1.1\r\n\r\n",
		"two lengths":      "POST / HTTP/1.1\r\nHost: one.relay.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"the relay's path": "GET /_devhook/tunnel HTTP/1.1\r\nHost: one.relay.test\r\n\r\n",
		"a later upgrade":  "GET /up HTTP/1.1\r\nHost: one.relay.test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := dial(t, r.Public(80))
			answers := bufio.NewReader(s)
			send(t, s, chunked+get)
			for _, want := range []string{"app abc one", "app  one"} {
				if status, body := readAnswer(t, answers); status != 200 || body != want {
					t.Fatalf("%d %q, want %q", status, body, want)
				}
			}
			send(t, s, second)
			if rest, err := io.ReadAll(answers); len(rest) > 0 || err != nil {
				t.Errorf("%q, %v", rest, err)
			}
		})
	}
	s := dial(t, r.Public(80))
	send(t, s, "GET /up HTTP/1.1\r\nHost: one.relay.test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
	answers := bufio.NewReader(s)
	for line := ""; line != "\r\n"; {
		line, _ = answers.ReadString('\n')
	}
	send(t, s, "GET / HTTP/1.1\r\nHost: two.relay.test\r\n\r\n") // raw now: whatever it looks like
	_ = s.CloseWrite()
	if rest, err := io.ReadAll(answers); !strings.Contains(string(rest), "two.relay.test") || err != nil {
		t.Errorf("after the upgrade %q, %v", rest, err)
	}
}
