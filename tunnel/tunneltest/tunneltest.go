// Package tunneltest builds tunnels for tests: a relay whose public ports are free ones of the loopback, agents for it,
// and a proxy between them that delays, falls silent or cuts.
package tunneltest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
)

// Key makes a new key.
func Key(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A Relay is a relay under test.
type Relay struct {
	*relay.Server
	HostKey ssh.PublicKey
	SSH     string // where agents log in

	mu     sync.Mutex
	public map[int]string // public port → where it really listens
	keys   map[string]relay.Grant
}

// NewRelay starts a relay that opens all five ports, unless change says otherwise. It is closed with the test.
func NewRelay(t testing.TB, change func(*relay.Config)) *Relay {
	t.Helper()
	r := &Relay{public: make(map[int]string), keys: make(map[string]relay.Grant)}
	host := Key(t)
	r.HostKey = host.PublicKey()
	c := relay.Config{
		HostKey: host, Authorized: r.authorized, Ports: relay.Ports[:],
		PublicHost: "relay.test", Listen: r.listen,
	}
	if change != nil {
		change(&c)
	}
	s, err := relay.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = s
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.SSH = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.ServeSSH(ln) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-served; err != nil {
			t.Errorf("ServeSSH: %v", err)
		}
	})
	return r
}

// Allow authorises a key.
func (r *Relay) Allow(k ssh.PublicKey, g relay.Grant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[string(k.Marshal())] = g
}

func (r *Relay) authorized(k ssh.PublicKey, _ net.Addr) (relay.Grant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g, ok := r.keys[string(k.Marshal())]
	if !ok {
		return g, errors.New("unknown key")
	}
	return g, nil
}

func (r *Relay) listen(network, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.public[n] = ln.Addr().String()
	return ln, nil
}

// Public is where a public port really listens.
func (r *Relay) Public(port int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.public[port]
}

// Config is that of an agent whose key the relay knows.
func (r *Relay) Config(t testing.TB) tunnel.Config {
	t.Helper()
	k := Key(t)
	r.Allow(k.PublicKey(), relay.Grant{})
	return tunnel.Config{
		Signer: k, HostKey: ssh.FixedHostKey(r.HostKey), Dial: Dial(r.SSH), Addr: r.SSH,
		Backoff: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond,
	}
}

// Dial dials an address over TCP.
func Dial(address string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", address)
	}
}

// Listen starts an agent. It is closed with the test.
func Listen(t testing.TB, c tunnel.Config) *tunnel.Listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	l, err := tunnel.Listen(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// Serve gives each exchange to handle, until the listener ends.
func Serve(l *tunnel.Listener, handle func(*tunnel.Conn)) {
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c.(*tunnel.Conn))
		}
	}()
}
