package relay_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// refused tries to listen and returns the error.
func refused(t *testing.T, c tunnel.Config) error {
	t.Helper()
	l, err := tunnel.Listen(context.Background(), c)
	if err == nil {
		_ = l.Close()
		t.Fatalf("Listen gave %s", l.PublicURL())
	}
	return err
}

func named(name string) func(*tunnel.Conn) {
	return func(c *tunnel.Conn) { start(c); answer(c, 200, name, false) }
}

func (r *rig) answers(t *testing.T, port int) string {
	t.Helper()
	c := dial(t, r.Public(port))
	send(t, c, post("/", "x", closing))
	b := make([]byte, 4096)
	n, _ := c.Read(b)
	_, body, _ := strings.Cut(string(b[:n]), "\r\n\r\n")
	return body
}

func TestAddressesInOrderOfPreference(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Ports = []int{80, 8000, 8080} })
	for _, want := range []string{"http://relay.test:8080", "http://relay.test:8000", "http://relay.test"} {
		l := tunneltest.Listen(t, r.Config(t))
		if l.PublicURL() != want {
			t.Errorf("got %s, want %s", l.PublicURL(), want)
		}
	}
	if err := refused(t, r.Config(t)); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("a fourth: %v", err)
	}
}

func TestOwnKeyTakesItsPortBack(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Port = 8000
	old := tunneltest.Listen(t, c)
	tunneltest.Serve(old, named("old"))
	g := &rig{Relay: r}
	if got := g.answers(t, 8000); got != "old" {
		t.Fatalf("answer %q", got)
	}
	began := time.Now()
	young := tunneltest.Listen(t, c)
	tunneltest.Serve(young, named("young"))
	t.Logf("taken over in %.3f s", time.Since(began).Seconds())
	if got := g.answers(t, 8000); got != "young" {
		t.Errorf("after the take-over %q answers", got)
	}
	if _, err := old.Accept(); !errors.Is(err, tunnel.ErrTakenOver) {
		t.Errorf("the older agent ends with %v", err)
	}
	if s := old.State(); s.Phase != tunnel.Offline || !s.Next.IsZero() || !errors.Is(s.Err, tunnel.ErrTakenOver) {
		t.Errorf("the older agent's state %+v", s)
	}
	time.Sleep(300 * time.Millisecond) // several times the back-off: nobody takes it back
	if got := g.answers(t, 8000); got != "young" || young.State().Phase != tunnel.Online {
		t.Errorf("then %q answers, state %+v", got, young.State())
	}
}

func TestTheReplacedAgentFinishesWhatItBegan(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Port = 8000
	old := tunneltest.Listen(t, c)
	begun, goOn := make(chan struct{}), make(chan struct{})
	tunneltest.Serve(old, func(c *tunnel.Conn) { start(c); close(begun); <-goOn; answer(c, 200, "old", false) })
	sender := dial(t, r.Public(8000))
	send(t, sender, post("/", "x", closing))
	<-begun
	tunneltest.Listen(t, c)
	if _, err := old.Accept(); !errors.Is(err, tunnel.ErrTakenOver) {
		t.Fatalf("Accept: %v", err)
	}
	close(goOn)
	b := make([]byte, 1024)
	n, _ := sender.Read(b)
	if !strings.HasSuffix(string(b[:n]), "old") {
		t.Errorf("answer %q", b[:n])
	}
}

func TestACutAgentDoesNotTakeBackFromItsSuccessor(t *testing.T) {
	var c tunnel.Config
	r, p := through(t, 0, nil, func(agent *tunnel.Config) { agent.Port = 8080; c = *agent })
	p.Cut()
	eventually(t, "offline", phase(r.agent, tunnel.Offline))
	c.Dial = tunneltest.Dial(r.SSH)
	successor := tunneltest.Listen(t, c)
	tunneltest.Serve(successor, named("young"))
	p.Mend()
	if _, err := r.agent.Accept(); !errors.Is(err, tunnel.ErrTakenOver) {
		t.Errorf("the older agent ends with %v", err)
	}
	if got := r.answers(t, 8080); got != "young" {
		t.Errorf("%q answers", got)
	}
}

func TestAnImplicitChoiceTakesNothingLive(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	first := tunneltest.Listen(t, c)
	c.Prefer = 8080
	second := tunneltest.Listen(t, c)
	if first.PublicURL() == second.PublicURL() || first.State().Phase != tunnel.Online {
		t.Errorf("both have %s", first.PublicURL())
	}
}

func TestAnImplicitChoiceTakesWhatWaitsForItsKeyBeforeNothing(t *testing.T) {
	var c tunnel.Config
	r, p := through(t, 0, func(c *relay.Config) { c.Ports = []int{8080} }, func(agent *tunnel.Config) { c = *agent })
	c.Dial = tunneltest.Dial(r.SSH)
	if err := refused(t, c); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("while it is live: %v", err)
	}
	p.Cut()
	eventually(t, "given", func() bool { // as soon as the relay has noticed
		l, err := tunnel.Listen(context.Background(), c)
		if err != nil {
			return false
		}
		t.Cleanup(func() { _ = l.Close() })
		return l.PublicURL() == "http://relay.test:8080"
	})
}

func TestPreferredPortIsGivenIfFree(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Prefer = 443
	if got := tunneltest.Listen(t, c).PublicURL(); got != "http://relay.test:443" {
		t.Errorf("got %s", got)
	}
}

// TestOtherKeysNeverGetAnAddress has another key try for an address, live and reserved. TRIES=1000 has it try as often.
func TestOtherKeysNeverGetAnAddress(t *testing.T) {
	tries := 10
	if n, err := strconv.Atoi(os.Getenv("TRIES")); err == nil {
		tries = n
	}
	r, p := through(t, 0, nil, func(c *tunnel.Config) { c.Port = 8080 })
	other := r.Config(t)
	other.Port = 8080
	if err := refused(t, other); !errors.Is(err, tunnel.ErrPortTaken) {
		t.Errorf("while it is live: %v", err)
	}
	p.Cut()
	eventually(t, "offline", phase(r.agent, tunnel.Offline))
	for range tries {
		if err := refused(t, other); !errors.Is(err, tunnel.ErrPortTaken) {
			t.Fatalf("while it is reserved: %v", err)
		}
	}
	t.Logf("%d tries by another key, none got it", tries)
	implicit := r.Config(t)
	implicit.Prefer = 8080
	if got := tunneltest.Listen(t, implicit).PublicURL(); got == "http://relay.test:8080" {
		t.Error("an implicit choice took a reserved address of another key")
	}
}

func TestReservationEnds(t *testing.T) {
	r, p := through(t, 0, func(c *relay.Config) { c.Limits.Reserve = 50 * time.Millisecond },
		func(c *tunnel.Config) { c.Port = 8080 })
	p.Cut()
	eventually(t, "offline", phase(r.agent, tunnel.Offline))
	other := r.Config(t)
	other.Port = 8080
	eventually(t, "another key has it", func() bool {
		l, err := tunnel.Listen(context.Background(), other)
		if err != nil {
			return false
		}
		t.Cleanup(func() { _ = l.Close() })
		return true
	})
}

func TestGoodbyeGivesTheAddressUp(t *testing.T) {
	r := newRig(t, echo)
	address := r.public()
	if err := r.agent.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.agent.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	if c, err := net.Dial("tcp", address); err == nil {
		_ = c.Close()
		t.Error("the public port is still open")
	}
	other := r.Config(t)
	other.Port = 8080
	tunneltest.Listen(t, other)
}

func TestPortsOutsideTheGrantAreRefused(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Ports = []int{8000, 8080} })
	k := tunneltest.Key(t)
	r.Allow(k.PublicKey(), relay.Grant{Ports: []int{8000}})
	c := r.Config(t)
	c.Signer = k
	for _, port := range []int{22, 80, 8001, 8080, 65535, 65536 + 8000, -1} {
		c.Port = port
		if err := refused(t, c); !errors.Is(err, tunnel.ErrPortRefused) || !strings.Contains(err.Error(), "[8000]") {
			t.Errorf("port %d: %v", port, err)
		}
	}
	c.Port = 0
	if got := tunneltest.Listen(t, c).PublicURL(); got != "http://relay.test:8000" {
		t.Errorf("the relay's choice: %s", got)
	}
}

func TestNewRefusesWhatIsUnsafe(t *testing.T) {
	ok := relay.Config{
		HostKey: tunneltest.Key(t), Ports: []int{8080},
		Authorized: func(ssh.PublicKey, net.Addr) (relay.Grant, error) { return relay.Grant{}, nil },
	}
	if _, err := relay.New(ok); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*relay.Config){
		"no host key": func(c *relay.Config) { c.HostKey = nil },
		"nobody":      func(c *relay.Config) { c.Authorized = nil },
		"no ports":    func(c *relay.Config) { c.Ports = nil },
		"port 22":     func(c *relay.Config) { c.Ports = []int{8080, 22} },
	} {
		c := ok
		spoil(&c)
		if _, err := relay.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
