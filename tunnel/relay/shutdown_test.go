package relay_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func TestShutdownLetsExchangesEnd(t *testing.T) {
	goOn := make(chan struct{})
	r := newRig(t, func(c *tunnel.Conn) { start(c); <-goOn; answer(c, 200, "ok", true) })
	idle, c := r.dial(t), r.dial(t)
	send(t, c, post("/", "x"))
	eventually(t, "exchange", func() bool { return r.Stats().Busy == 1 })
	ended := make(chan error, 1)
	go func() { ended <- r.Shutdown(context.Background()) }()
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection got something")
	}
	select {
	case err := <-ended:
		t.Fatalf("Shutdown did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if code, body := readAnswer(t, bufio.NewReader(c)); code != 200 || body != "ok" {
		t.Errorf("answer %d %q", code, body)
	}
	if err := <-ended; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	r := newRig(t, start)
	send(t, r.dial(t), post("/", "x"))
	eventually(t, "exchange", func() bool { return r.Stats().Busy == 1 })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); err == nil {
		t.Error("no error")
	}
}

func TestSameAddressAfterARelayRestart(t *testing.T) {
	k := tunneltest.Key(t)
	newRelay := func() *tunneltest.Relay {
		r := tunneltest.NewRelay(t, func(c *relay.Config) { c.HostKey = tunneltest.Key(t) })
		r.Allow(k.PublicKey(), relay.Grant{})
		return r
	}
	first := newRelay()
	at := make(chan string, 1)
	at <- first.SSH
	c := first.Config(t)
	c.Signer, c.Port = k, 8000
	c.HostKey = func(string, net.Addr, ssh.PublicKey) error { return nil }
	c.Dial = func(ctx context.Context) (net.Conn, error) {
		address := <-at
		at <- address
		return tunneltest.Dial(address)(ctx)
	}
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, echo)
	_ = first.Close()
	eventually(t, "offline", phase(l, tunnel.Offline))
	second := newRelay()
	<-at
	at <- second.SSH
	eventually(t, "online", phase(l, tunnel.Online))
	g := &rig{Relay: second}
	sender := dial(t, g.Public(8000))
	send(t, sender, post("/", "x", closing))
	if b, err := io.ReadAll(sender); err != nil || !strings.HasSuffix(string(b), "POST / x") {
		t.Errorf("answer %q, %v", b, err)
	}
}

func TestAServerThatIsNoRelay(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Dial = tunneltest.Dial(stockServer(t))
	c.HostKey = func(string, net.Addr, ssh.PublicKey) error { return nil }
	if err := refused(t, c); !strings.Contains(err.Error(), tunnel.ErrNotRelay.Error()) {
		t.Errorf("Listen: %v", err)
	}
}

// stockServer lets anybody in and refuses every request, as a server that never heard of us.
func stockServer(t *testing.T) string {
	t.Helper()
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, nil
	}}
	config.AddHostKey(tunneltest.Key(t))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		_, channels, requests, err := ssh.NewServerConn(c, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for range channels {
		}
	}()
	return ln.Addr().String()
}
