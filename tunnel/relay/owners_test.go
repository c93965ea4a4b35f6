package relay_test

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// ledger is what Config.Keep was told last.
type ledger struct {
	mu     sync.Mutex
	owners map[string]relay.Owner
}

func (l *ledger) keep(owners map[string]relay.Owner) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owners = owners
}

func (l *ledger) get() map[string]relay.Owner {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.owners)
}

// keys are the owners alone.
func (l *ledger) keys() map[string]string {
	keys := make(map[string]string)
	for place, owner := range l.get() {
		keys[place] = owner.Key
	}
	return keys
}

func TestOwnersSurviveARestart(t *testing.T) {
	var book ledger
	r := stockRelay(t, func(c *relay.Config) { c.Keep = book.keep })
	c := r.Config(t)
	c.Port = 8000
	tunneltest.Listen(t, c)
	gone := r.Config(t)
	gone.Port = 8080
	if err := tunneltest.Listen(t, gone).Close(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"8000": ssh.FingerprintSHA256(c.Signer.PublicKey())}
	eventually(t, "owners", func() bool { return maps.Equal(book.keys(), want) })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got := book.keys(); !maps.Equal(got, want) {
		t.Fatalf("after the end owners are %v", got)
	}

	next := tunneltest.NewRelay(t, func(c *relay.Config) { c.Ports = []int{8000, 8080} })
	if _, err := next.OpenPorts(book.get()); err != nil {
		t.Fatal(err)
	}
	if got, _ := get(t, next, 8000); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("answer %q", got)
	}
	other := next.Config(t)
	other.Port = 8000
	if err := refused(t, other); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("another key: %v", err)
	}
	back := next.Config(t)
	next.Allow(c.Signer.PublicKey(), relay.Grant{})
	back.Signer, back.Port = c.Signer, 8000
	tunneltest.Listen(t, back)
}

func TestStandingPortsAreFreeAgainAfterTheReservation(t *testing.T) {
	r := stockRelay(t, func(c *relay.Config) { c.Limits.Reserve = 20 * time.Millisecond; c.Ports = []int{8000} })
	key, other := tunneltest.Key(t), tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	r.Allow(other.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	forward(t, c, "tcpip-forward", "", 8000)
	_ = c.Close()
	stranger := stock(t, r, other)
	eventually(t, "another key has the port", func() bool { return forward(t, stranger, "tcpip-forward", "", 8000) })
}

func TestAKeyThatIsWithdrawnLosesItsTunnel(t *testing.T) {
	var mu sync.Mutex
	grants := map[string]relay.Grant{}
	r := stockRelay(t, func(c *relay.Config) {
		c.Authorized = func(k ssh.PublicKey, _ net.Addr) (relay.Grant, error) {
			mu.Lock()
			defer mu.Unlock()
			g, ok := grants[string(k.Marshal())]
			if !ok {
				return g, errors.New("unknown key")
			}
			return g, nil
		}
	})
	set := func(k ssh.Signer, g *relay.Grant) {
		mu.Lock()
		defer mu.Unlock()
		delete(grants, string(k.PublicKey().Marshal()))
		if g != nil {
			grants[string(k.PublicKey().Marshal())] = *g
		}
	}
	agent, client, narrowed := r.Config(t), tunneltest.Key(t), tunneltest.Key(t)
	for _, k := range []ssh.Signer{agent.Signer, client, narrowed} {
		set(k, &relay.Grant{})
	}
	agent.Port = 8000
	l := tunneltest.Listen(t, agent)
	c, n := stock(t, r, client), stock(t, r, narrowed)
	if !forward(t, c, "tcpip-forward", "", 8080) || !forward(t, n, "tcpip-forward", "", 80) {
		t.Fatal("refused")
	}
	r.Recheck()
	if !forward(t, c, "cancel-tcpip-forward", "", 8080) || !forward(t, c, "tcpip-forward", "", 8080) {
		t.Fatal("a key that may was cut")
	}
	set(agent.Signer, nil)
	set(client, nil)
	set(narrowed, &relay.Grant{Ports: []int{8443}})
	r.Recheck()
	if _, err := l.Accept(); !errors.Is(err, tunnel.ErrKeyRefused) {
		t.Errorf("the agent ends with %v", err)
	}
	if c.Wait() == nil || n.Wait() == nil {
		t.Error("a client ended without an error")
	}
	next := tunneltest.Key(t)
	set(next, &relay.Grant{})
	x := stock(t, r, next)
	for _, port := range []uint32{8000, 8080, 80} {
		eventually(t, "the port is free", func() bool { return forward(t, x, "tcpip-forward", "", port) })
	}
}

// TestKeepMayBeSlow: while Config.Keep takes its time, who was given an address waits for it and nobody else. What changes
// meanwhile is one call, and the relay does not end before that, nor is it told that the end took the addresses.
func TestKeepMayBeSlow(t *testing.T) {
	var book ledger
	calls := make(chan chan struct{})
	r := stockRelay(t, func(c *relay.Config) {
		c.Ports = append(c.Ports, 8443)
		c.Keep = func(owners map[string]relay.Owner) {
			release := make(chan struct{})
			calls <- release
			<-release
			book.keep(owners)
		}
	})
	answers := make(chan bool, 4)
	ask := func(port uint32) {
		key := tunneltest.Key(t)
		r.Allow(key.PublicKey(), relay.Grant{})
		c := stock(t, r, key)
		go func() {
			ok, _, _ := c.SendRequest("tcpip-forward", true, ssh.Marshal(&forwardMsg{"", port}))
			answers <- ok
		}()
	}
	ask(8000)
	first := <-calls
	ask(8080)
	ask(80)
	eventually(t, "others are served meanwhile", func() bool { return r.Stats().Clients == 3 })
	select {
	case ok := <-answers:
		t.Errorf("answered %v before it was kept", ok)
	case <-time.After(20 * time.Millisecond):
	}
	close(first)
	if !<-answers {
		t.Error("refused")
	}
	second := <-calls
	ask(8443)
	eventually(t, "one more", func() bool { return r.Stats().Clients == 4 })
	closed := make(chan error, 1)
	go func() { closed <- r.Close() }()
	eventually(t, "the relay is ending", func() bool { _, err := r.OpenPorts(nil); return errors.Is(err, net.ErrClosed) })
	close(second)
	select {
	case last := <-calls:
		close(last)
	case <-closed:
		t.Fatal("the relay ended before all was kept")
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if got := book.keys(); len(got) != 4 {
		t.Errorf("kept: %v", got)
	}
}
