//go:build unix

package tunnel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// These tests have a stock OpenSSH server forward a port. It listens on 127.0.0.2, so that what it keeps to its own
// loopback can be told from what it offers to others.

func startSSHD(t *testing.T, lines ...string) (*tunneltest.SSHD, tunnel.Config) {
	t.Helper()
	d, err := tunneltest.NewSSHD(t.TempDir(), "127.0.0.2", lines...)
	if err != nil {
		t.Fatal(err)
	}
	k := tunneltest.Key(t)
	if err := d.Allow(string(ssh.MarshalAuthorizedKey(k.PublicKey()))); err != nil {
		t.Fatal(err)
	}
	restart(t, d)
	t.Cleanup(d.Stop)
	return d, tunnel.Config{
		Signer: k, User: d.User, HostKey: ssh.FixedHostKey(d.HostKey), Dial: tunneltest.Dial(d.Addr), Addr: d.Addr,
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		Ports:             []int{freePort(t), freePort(t)}, Backoff: 10 * time.Millisecond, BackoffMax: 200 * time.Millisecond,
	}
}

func restart(t *testing.T, d *tunneltest.SSHD) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := d.Start(ctx); err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := tunneltest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func public(port int) string { return net.JoinHostPort("127.0.0.2", strconv.Itoa(port)) }

func call(t *testing.T, port int) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", public(port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c.(*net.TCPConn)
}

func accept(t *testing.T, l *tunnel.Listener) *tunnel.Stream {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*tunnel.Stream)
}

func notGiven(t *testing.T, c tunnel.Config) *tunnel.NotGivenError {
	t.Helper()
	l, err := tunnel.Listen(t.Context(), c)
	if err == nil {
		_ = l.Close()
		t.Fatalf("given %s", l.PublicURL())
	}
	e, ok := errors.AsType[*tunnel.NotGivenError](err)
	if !ok || !errors.Is(err, tunnel.ErrNotGiven) {
		t.Fatalf("error %v", err)
	}
	return e
}

func TestStockServerForwards(t *testing.T) {
	for _, gateway := range []string{"yes", "clientspecified"} {
		t.Run(gateway, func(t *testing.T) {
			_, c := startSSHD(t, "GatewayPorts "+gateway)
			l := tunneltest.Listen(t, c)
			if want := "http://" + public(c.Ports[0]); l.PublicURL() != want || !l.Forwarded() {
				t.Fatalf("public URL %s, want %s", l.PublicURL(), want)
			}
			sender := call(t, c.Ports[0])
			_, _ = io.WriteString(sender, "hello")
			got := accept(t, l)
			if got.RemoteAddr().String() != sender.LocalAddr().String() {
				t.Errorf("sender %s, told %s", sender.LocalAddr(), got.RemoteAddr())
			}
			if _, err := netip.ParseAddrPort(got.RemoteAddr().String()); err != nil {
				t.Error(err)
			}
			_ = sender.CloseWrite()
			text, err := io.ReadAll(got)
			if string(text) != "hello" || err != nil {
				t.Fatalf("read %q, %v", text, err)
			}
			_, _ = io.WriteString(got, "and back")
			_ = got.Close()
			if text, err := io.ReadAll(sender); string(text) != "and back" || err != nil {
				t.Fatalf("sender read %q, %v", text, err)
			}
			select {
			case <-got.Gone():
			case <-time.After(20 * time.Second):
				t.Error("the connection never ended")
			}
		})
	}
}

func TestStockServerCarriesMuchBothWays(t *testing.T) {
	_, c := startSSHD(t, "GatewayPorts yes")
	l := tunneltest.Listen(t, c)
	sender := call(t, c.Ports[0])
	const size = 5 << 20
	go func() {
		_, _ = sender.Write(make([]byte, size))
		_ = sender.CloseWrite()
	}()
	echoed := make(chan error, 1)
	go func() { // beside the reading below: no window on the way needs to hold it all
		got, err := l.Accept()
		if err != nil {
			echoed <- err
			return
		}
		n, err := io.Copy(got, got)
		if n != size && err == nil {
			err = fmt.Errorf("%d bytes", n)
		}
		echoed <- errors.Join(err, got.(*tunnel.Stream).CloseWrite(), got.Close())
	}()
	if n, err := io.Copy(io.Discard, sender); n != size || err != nil {
		t.Errorf("got %d back, %v", n, err)
	}
	if err := <-echoed; err != nil {
		t.Errorf("echoed: %v", err)
	}
}

func TestStreamDeadlines(t *testing.T) {
	_, c := startSSHD(t, "GatewayPorts yes")
	l := tunneltest.Listen(t, c)
	sender := call(t, c.Ports[0])
	got := accept(t, l)
	_ = got.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := got.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read: %v", err)
	}
	_ = got.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(sender, "x")
	if _, err := got.Read(make([]byte, 1)); err != nil {
		t.Fatalf("read behind a deadline that was taken away: %v", err)
	}
	_ = got.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	if _, err := got.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("write to a sender that takes nothing: %v", err)
	}
	if _, err := got.Write([]byte("x")); err == nil {
		t.Error("a write behind a lost one")
	}
	waits := make(chan error)
	go func() { _, err := got.Read(make([]byte, 1)); waits <- err }()
	_ = got.Close()
	if err := <-waits; !errors.Is(err, net.ErrClosed) {
		t.Errorf("read of a closed connection: %v", err)
	}
}

func TestStockServerComesBackWithTheSamePort(t *testing.T) {
	d, c := startSSHD(t, "GatewayPorts yes")
	l := tunneltest.Listen(t, c)
	before := l.PublicURL()
	sender := call(t, c.Ports[0])
	got := accept(t, l)
	d.Stop()
	if _, err := got.Read(make([]byte, 1)); err == nil {
		t.Error("read from a server that is gone")
	}
	_ = sender.Close()
	waitPhase(t, l, tunnel.Offline)
	restart(t, d)
	waitPhase(t, l, tunnel.Online)
	if l.PublicURL() != before {
		t.Fatalf("back at %s, was at %s", l.PublicURL(), before)
	}
	go func() { _, _ = io.WriteString(call(t, c.Ports[0]), "again\n") }()
	if line, err := bufio.NewReader(accept(t, l)).ReadString('\n'); line != "again\n" {
		t.Fatalf("read %q, %v", line, err)
	}
}

func waitPhase(t *testing.T, l *tunnel.Listener, p tunnel.Phase) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for s := range l.Watch(ctx) {
		if s.Phase == p {
			return
		}
	}
	t.Fatalf("never %s: %+v", p, l.State())
}

func TestStockServerRefuses(t *testing.T) {
	t.Run("forwarding off", func(t *testing.T) {
		_, c := startSSHD(t, "GatewayPorts yes", "AllowTcpForwarding no")
		if e := notGiven(t, c); e.Other != 0 || e.Direct || len(e.Asked) != 2 {
			t.Errorf("%+v", e)
		}
	})
	t.Run("another port permitted", func(t *testing.T) {
		port := freePort(t)
		_, c := startSSHD(t, "GatewayPorts yes", "PermitListen "+strconv.Itoa(port))
		c.Port, c.Ports = c.Ports[0], append(c.Ports, port)
		if e := notGiven(t, c); e.Other != port || e.InUse {
			t.Errorf("%+v", e)
		}
		c.Port = 0
		l := tunneltest.Listen(t, c)
		if !strings.HasSuffix(l.PublicURL(), strconv.Itoa(port)) {
			t.Errorf("given %s, permitted is %d", l.PublicURL(), port)
		}
	})
	t.Run("in use", func(t *testing.T) {
		_, c := startSSHD(t, "GatewayPorts yes")
		ln, err := net.Listen("tcp", ":"+strconv.Itoa(c.Ports[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		c.Port = c.Ports[0]
		if e := notGiven(t, c); !e.InUse || e.Other != c.Ports[1] {
			t.Errorf("%+v", e)
		}
	})
	t.Run("occupied", func(t *testing.T) {
		_, c := startSSHD(t, "GatewayPorts yes")
		c.Occupied = func(_ context.Context, port int) bool { return port == c.Ports[0] }
		if l := tunneltest.Listen(t, c); l.PublicURL() != "http://"+public(c.Ports[1]) {
			t.Errorf("given %s", l.PublicURL())
		}
	})
	t.Run("no ports", func(t *testing.T) {
		_, c := startSSHD(t, "GatewayPorts yes")
		c.Ports = nil
		if _, err := tunnel.Listen(t.Context(), c); !errors.Is(err, tunnel.ErrNotRelay) {
			t.Errorf("error %v", err)
		}
	})
}

func TestStockServerRefusesKeys(t *testing.T) {
	d, c := startSSHD(t, "GatewayPorts yes")
	right := c.Signer
	c.Signer = tunneltest.Key(t)
	if _, err := tunnel.Listen(t.Context(), c); !errors.Is(err, tunnel.ErrKeyRefused) {
		t.Errorf("a wrong key: %v", err)
	}
	c.Keys = func() ([]ssh.Signer, error) { return []ssh.Signer{c.Signer, right}, nil }
	tunneltest.Listen(t, c)
	var many []ssh.Signer
	for range 10 {
		many = append(many, tunneltest.Key(t))
	}
	c.Keys = func() ([]ssh.Signer, error) { return many, nil }
	if _, err := tunnel.Listen(t.Context(), c); !errors.Is(err, tunnel.ErrKeyRefused) {
		t.Errorf("ten wrong keys: %v\n%s", err, d.Log())
	}
}
