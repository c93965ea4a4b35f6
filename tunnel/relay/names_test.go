package relay_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// namesRelay gives names under relay.test, on 80 and, by TLS, on 443.
func namesRelay(t *testing.T, change func(*relay.Config)) (*tunneltest.Relay, *tls.Config) {
	t.Helper()
	ca := tunneltest.NewCA(t)
	r := tunneltest.NewRelay(t, func(c *relay.Config) {
		c.Stock, c.Domain, c.PublicHost = true, "relay.test", ""
		c.TLS = &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, "*.relay.test")}}
		if change != nil {
			change(c)
		}
	})
	if _, err := r.OpenPorts(nil); err != nil {
		t.Fatal(err)
	}
	return r, &tls.Config{RootCAs: ca.Pool, ServerName: "any.relay.test"}
}

func name(c tunnel.Config, name string) tunnel.Config {
	c.Name = name
	return c
}

// callName sends a request for a host to port 80, or over TLS to 443, and returns status and body.
func callName(t *testing.T, r *tunneltest.Relay, secure *tls.Config, host, target string) (int, string) {
	t.Helper()
	port := 80
	if secure != nil {
		port = 443
	}
	var c net.Conn = dial(t, r.Public(port))
	if secure != nil {
		c = tls.Client(c, secure)
	}
	send(t, c, "POST "+target+" HTTP/1.1\r\nHost: "+host+"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
	return readAnswer(t, bufio.NewReader(c))
}

// tells answers with where it was called.
func tells(as string) func(*tunnel.Conn) {
	return func(c *tunnel.Conn) {
		start(c)
		answer(c, 200, fmt.Sprintf("%s at %s://%s, port %d", as, c.Scheme(), c.PublicHost(), c.LocalPort()), false)
	}
}

func TestNamesShareThePorts(t *testing.T) {
	r, secure := namesRelay(t, nil)
	for _, n := range []string{"shop", "Blog"} {
		l := tunneltest.Listen(t, name(r.Config(t), n))
		if want := "https://" + strings.ToLower(n) + ".relay.test"; l.PublicURL() != want || l.Name() != strings.ToLower(n) {
			t.Errorf("public URL %s, name %q, want %s", l.PublicURL(), l.Name(), want)
		}
		tunneltest.Serve(l, tells(n))
	}
	for _, c := range []struct {
		secure *tls.Config
		host   string
		status int
		body   string
	}{
		{nil, "shop.relay.test", 200, "shop at http://shop.relay.test, port 80"},
		{secure, "shop.relay.test", 200, "shop at https://shop.relay.test, port 443"},
		{nil, "SHOP.Relay.Test.:80", 200, "shop at http://shop.relay.test, port 80"},
		{nil, "blog.relay.test", 200, "Blog at http://blog.relay.test, port 80"},
		{nil, "other.relay.test", 404, "No tunnel is called"},
		{nil, "relay.test", 404, "No tunnel is called"},
		{nil, "shop.relay.test.evil.test", 404, "No tunnel is called"},
		{nil, "xshop.relay.test", 404, "No tunnel is called"},
		{nil, "a.shop.relay.test", 404, "No tunnel is called"},
		{nil, "shoprelay.test", 404, "No tunnel is called"},
		{nil, "", 404, "No tunnel is called"},
		{nil, "127.0.0.1", 404, "No tunnel is called"},
	} {
		if status, body := callName(t, r, c.secure, c.host, "/"); status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%q: %d %q, want %d %q", c.host, status, body, c.status, c.body)
		}
	}
	if status, body := callName(t, r, nil, "shop.relay.test", "http://blog.relay.test/"); status != 404 {
		t.Errorf("a target that names another host: %d %q", status, body)
	}
	if status, body := callName(t, r, nil, "shop.relay.test", "http://shop.relay.test/"); status != 200 {
		t.Errorf("a target that names the same host: %d %q", status, body)
	}
}

func TestAConnectionMayCallSeveralNames(t *testing.T) {
	r, _ := namesRelay(t, nil)
	for _, n := range []string{"one", "two"} {
		l := tunneltest.Listen(t, name(r.Config(t), n))
		tunneltest.Serve(l, func(c *tunnel.Conn) { start(c); answer(c, 200, n, true) })
	}
	c := dial(t, r.Public(80))
	answers := bufio.NewReader(c)
	for _, n := range []string{"one", "two", "two", "one"} {
		send(t, c, "GET / HTTP/1.1\r\nHost: "+n+".relay.test\r\n\r\n")
		if status, body := readAnswer(t, answers); status != 200 || body != n {
			t.Fatalf("%s answers %d %q", n, status, body)
		}
	}
	send(t, c, "GET / HTTP/1.1\r\nHost: two.relay.test\r\nHost: one.relay.test\r\n\r\n")
	if status, body := readAnswer(t, answers); status != 400 {
		t.Errorf("two hosts: %d %q", status, body)
	}
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Errorf("then %v", err)
	}
}

func TestNamesThatAreNone(t *testing.T) {
	r, _ := namesRelay(t, nil)
	c := r.Config(t)
	for _, n := range []string{
		"-a", "a-", "a_b", "a.b", "ü", "www", "RELAY", "8080", "ab--c", "xn--a", "xn--", strings.Repeat("a", 64), "a b", "a/b", "*",
	} {
		if err := refused(t, name(c, n)); !errors.Is(err, tunnel.ErrPortRefused) {
			t.Errorf("%q: %v", n, err)
		}
	}
	for _, n := range []string{"a", "a-b", "0a", "xn--bcher-kva", strings.Repeat("a", 63)} {
		_ = tunneltest.Listen(t, name(c, n)).Close()
	}
	c.Port = 80
	if err := refused(t, c); !errors.Is(err, tunnel.ErrPortRefused) || !strings.Contains(err.Error(), "ask for a name") {
		t.Errorf("the whole of a shared port: %v", err)
	}
	c.Port = 8000
	if got := tunneltest.Listen(t, c).PublicURL(); got != "http://relay.test:8000" {
		t.Errorf("a whole port beside names: %s", got)
	}
}

func TestANameStaysItsKeys(t *testing.T) {
	var book ledger
	r, _ := namesRelay(t, func(c *relay.Config) { c.Keep = book.keep })
	c := name(r.Config(t), "shop")
	other := name(r.Config(t), "shop")
	l := tunneltest.Listen(t, c)
	if err := refused(t, other); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("while it is live: %v", err)
	}
	_ = l.Close()
	if err := refused(t, other); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("after its agent has left: %v", err)
	}
	if status, body := callName(t, r, nil, "shop.relay.test", "/"); status != 503 {
		t.Errorf("meanwhile: %d %q", status, body)
	}
	if got := book.keys(); len(got) != 1 || got["shop"] != ssh.FingerprintSHA256(c.Signer.PublicKey()) {
		t.Errorf("kept: %v", got)
	}
	_ = r.Close()

	next, _ := namesRelay(t, nil)
	if _, err := next.OpenPorts(book.get()); err != nil {
		t.Fatal(err)
	}
	if err := refused(t, name(next.Config(t), "shop")); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("after a restart another key: %v", err)
	}
	next.Allow(c.Signer.PublicKey(), relay.Grant{})
	c.Dial, c.HostKey = tunneltest.Dial(next.SSH), ssh.FixedHostKey(next.HostKey)
	young := tunneltest.Listen(t, c)
	tunneltest.Serve(young, named("young"))
	if status, body := callName(t, next, nil, "shop.relay.test", "/"); status != 200 || body != "young" {
		t.Errorf("its own key: %d %q", status, body)
	}
}

func TestANameIsForgottenInTheEnd(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Limits.Reserve, c.Limits.ReserveName = time.Millisecond, time.Millisecond })
	c := name(r.Config(t), "shop")
	_ = tunneltest.Listen(t, c).Close()
	eventually(t, "another key has it", func() bool {
		l, err := tunnel.Listen(t.Context(), name(r.Config(t), "shop"))
		if err == nil {
			_ = l.Close()
		}
		return err == nil
	})
}

func TestAKeyHasSoManyNames(t *testing.T) {
	r, _ := namesRelay(t, func(c *relay.Config) { c.Limits.Names = 2 })
	c := r.Config(t)
	for _, n := range []string{"one", "two", "three"} {
		_ = tunneltest.Listen(t, name(c, n)).Close()
	}
	other := r.Config(t)
	tunneltest.Listen(t, name(other, "one")) // used longest ago, it was given up
	if err := refused(t, name(other, "two")); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("the second: %v", err)
	}
}

func TestANameOfTheKeysOwn(t *testing.T) {
	r, _ := namesRelay(t, nil)
	c := r.Config(t)
	first := tunneltest.Listen(t, c)
	second := tunneltest.Listen(t, c)
	stranger := tunneltest.Listen(t, r.Config(t))
	if a, b, s := first.Name(), second.Name(), stranger.Name(); a == "" || b == "" || s == "" || a == b || a == s || b == s {
		t.Fatalf("names %q, %q and %q", a, b, s)
	}
	was := first.Name()
	_ = first.Close()
	if again := tunneltest.Listen(t, c); again.Name() != was {
		t.Errorf("after a restart %q, before %q", again.Name(), was)
	}
	c.PreferName = "wanted"
	if l := tunneltest.Listen(t, c); l.Name() != "wanted" {
		t.Errorf("a free name that was preferred: %q", l.Name())
	}
	if l := tunneltest.Listen(t, c); l.Name() == "wanted" {
		t.Error("a live name was taken")
	}
}

func TestALostAgentFindsItsNameAgain(t *testing.T) {
	r, _ := namesRelay(t, nil)
	p := tunneltest.NewProxy(t, r.SSH, 0)
	c := r.Config(t)
	direct := c
	c.Dial = tunneltest.Dial(p.Addr)
	l := tunneltest.Listen(t, c)
	was := l.PublicURL()
	p.Cut()
	eventually(t, "offline", phase(l, tunnel.Offline))
	if other := tunneltest.Listen(t, direct); other.PublicURL() == was {
		t.Error("a newer process of the key took the name of one that may come back")
	}
	p.Mend()
	eventually(t, "online", phase(l, tunnel.Online))
	if l.PublicURL() != was {
		t.Errorf("now %s, before %s", l.PublicURL(), was)
	}
}

func TestNamesInAGrant(t *testing.T) {
	r, _ := namesRelay(t, nil)
	c := r.Config(t)
	r.Allow(c.Signer.PublicKey(), relay.Grant{Ports: []int{}, Names: []string{"mine"}})
	for _, n := range []string{"other", "mine2"} {
		if err := refused(t, name(c, n)); !errors.Is(err, tunnel.ErrPortRefused) {
			t.Errorf("%s: %v", n, err)
		}
	}
	c.Port = 8000
	if err := refused(t, c); !errors.Is(err, tunnel.ErrPortRefused) {
		t.Errorf("a port: %v", err)
	}
	c.Port = 0
	if l := tunneltest.Listen(t, c); l.Name() != "mine" {
		t.Errorf("the relay's choice: %q", l.Name())
	}
	if err := refused(t, c); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("a second: %v", err)
	}
}

func TestNewNamesADay(t *testing.T) {
	released := make(chan string, 8)
	now := time.Unix(1795299300, 0)
	var clock sync.Mutex
	r, _ := namesRelay(t, func(c *relay.Config) {
		c.Limits.NewNames, c.Limits.Names, c.Limits.Reserve = 2, 1, time.Millisecond
		c.Released = func(host string) { released <- host }
		c.Now = func() time.Time { clock.Lock(); defer clock.Unlock(); return now }
	})
	c := r.Config(t)
	take := func(n string) error {
		l, err := tunnel.Listen(t.Context(), name(c, n))
		if err == nil {
			err = l.Close()
		}
		return err
	}
	later := func(d time.Duration) { clock.Lock(); now = now.Add(d); clock.Unlock() }
	for _, n := range []string{"one", "two"} {
		if err := take(n); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		later(time.Second)
	}
	select {
	case host := <-released:
		if host != "one.relay.test" {
			t.Errorf("released %s", host)
		}
	case <-time.After(patience):
		t.Error("the name that was given up is not told of")
	}
	if err := take("three"); !errors.Is(err, tunnel.ErrPortRefused) || !strings.Contains(err.Error(), "2 new names within a day") {
		t.Errorf("a third: %v", err)
	}
	if err := take("two"); err != nil {
		t.Errorf("one that it has: %v", err)
	}
	later(24 * time.Hour)
	if err := take("three"); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
