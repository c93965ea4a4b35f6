package relay_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// stockRelay is a relay for stock clients, all of its ports open.
func stockRelay(t *testing.T, change func(*relay.Config)) *tunneltest.Relay {
	t.Helper()
	r := tunneltest.NewRelay(t, func(c *relay.Config) {
		c.Stock = true
		c.Ports = []int{80, 8000, 8080}
		if change != nil {
			change(c)
		}
	})
	if _, err := r.OpenPorts(nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// stock logs in as a client that isn't devhook's.
func stock(t *testing.T, r *tunneltest.Relay, key ssh.Signer) *ssh.Client {
	t.Helper()
	c, err := login(t, r, ssh.PublicKeys(key))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type forwardMsg struct {
	Addr string
	Port uint32
}

func forward(t *testing.T, c *ssh.Client, kind, addr string, port uint32) bool {
	t.Helper()
	ok, _, err := c.SendRequest(kind, true, ssh.Marshal(&forwardMsg{addr, port}))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// apps answers every connection that is forwarded to c.
func apps(c *ssh.Client, serve func(ssh.Channel, []byte)) {
	opened := c.HandleChannelOpen("forwarded-tcpip") // before anything can come: what has no handler is refused
	go func() {
		for n := range opened {
			extra := n.ExtraData()
			if ch, requests, err := n.Accept(); err == nil {
				go ssh.DiscardRequests(requests)
				go serve(ch, extra)
			}
		}
	}()
}

func says(text string) func(ssh.Channel, []byte) {
	return func(ch ssh.Channel, _ []byte) {
		_, _ = ch.Read(make([]byte, 4096))
		_, _ = io.WriteString(ch, text)
		_ = ch.CloseWrite()
	}
}

// get sends a request to a public port and returns all that comes back.
func get(t *testing.T, r *tunneltest.Relay, port int) (string, error) {
	t.Helper()
	c := dial(t, r.Public(port))
	send(t, c, post("/", "x", closing))
	b, err := io.ReadAll(c)
	return string(b), err
}

func TestStockSweepOpensOnlyWhatIsListed(t *testing.T) {
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{Ports: []int{8000, 8080, 443}})
	for _, addr := range []string{
		"", "localhost", "*", "0.0.0.0", "::", "127.0.0.1", "::1", "[::]", "192.0.2.7", "shop", "relay.test", "LOCALHOST", "0", "\x00", strings.Repeat("a", 1<<16),
	} {
		c := stock(t, r, key)
		public := strings.Contains("||localhost|*|0.0.0.0|::|", "|"+addr+"|")
		for _, port := range []uint32{0, 1, 22, 80, 443, 2222, 8000, 8001, 8080, 8443, 65535, 65536, 65536 + 8000, 1<<32 - 1} {
			want := public && (port == 8000 || port == 8080)
			if got := forward(t, c, "tcpip-forward", addr, port); got != want {
				t.Errorf("%.20q port %d: %t, want %t", addr, port, got, want)
			}
		}
		_ = c.Close()
	}
	sweep(t, r, key)
}

func TestStockChannelNamesBothEnds(t *testing.T) {
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	seen := make(chan []byte, 1)
	apps(c, func(ch ssh.Channel, extra []byte) { seen <- extra; says("HTTP/1.1 200 OK\r\n\r\n")(ch, nil) })
	if !forward(t, c, "tcpip-forward", "*", 8000) {
		t.Fatal("refused")
	}
	if forward(t, c, "tcpip-forward", "localhost", 8000) {
		t.Error("the same port was given twice")
	}
	sender := dial(t, r.Public(8000))
	send(t, sender, post("/", "x"))
	var q struct {
		Addr       string
		Port       uint32
		Origin     string
		OriginPort uint32
	}
	if err := ssh.Unmarshal(<-seen, &q); err != nil {
		t.Fatal(err)
	}
	from := sender.LocalAddr().(*net.TCPAddr)
	if q.Addr != "*" || q.Port != 8000 || q.Origin != from.IP.String() || int(q.OriginPort) != from.Port {
		t.Errorf("channel for %+v, sender is %s", q, from)
	}
}

func TestStockHalfCloseIsPassed(t *testing.T) {
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, func(ch ssh.Channel, _ []byte) {
		all, _ := io.ReadAll(ch) // to the sender's end
		_, _ = fmt.Fprintf(ch, "%d bytes", len(all))
		_ = ch.CloseWrite()
	})
	forward(t, c, "tcpip-forward", "", 8080)
	sender := dial(t, r.Public(8080))
	send(t, sender, strings.Repeat("x", 100_000))
	_ = sender.CloseWrite()
	if b, err := io.ReadAll(sender); string(b) != "100000 bytes" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

func TestStockCutAnswerIsReset(t *testing.T) {
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, func(ch ssh.Channel, _ []byte) { _, _ = io.WriteString(ch, "HTTP/1.1 200 OK\r\n\r\npart") })
	forward(t, c, "tcpip-forward", "", 8080)
	sender := dial(t, r.Public(8080))
	send(t, sender, post("/", "x"))
	if _, err := io.ReadFull(sender, make([]byte, 23)); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if _, err := sender.Read(make([]byte, 1)); !isReset(err) {
		t.Errorf("the sender sees %v, want a reset", err)
	}
}

func TestStockAppThatIsDown(t *testing.T) {
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	opened := c.HandleChannelOpen("forwarded-tcpip")
	go func() {
		for n := range opened {
			_ = n.Reject(ssh.ConnectionFailed, "connection refused")
		}
	}()
	forward(t, c, "tcpip-forward", "", 8080)
	if got, _ := get(t, r, 8080); !strings.HasPrefix(got, "HTTP/1.1 502 ") {
		t.Errorf("answer %q", got)
	}
}

func TestStockPortsHaveOwners(t *testing.T) {
	r := stockRelay(t, nil)
	mine, other := tunneltest.Key(t), tunneltest.Key(t)
	r.Allow(mine.PublicKey(), relay.Grant{})
	r.Allow(other.PublicKey(), relay.Grant{})
	old := stock(t, r, mine)
	apps(old, says("old"))
	if !forward(t, old, "tcpip-forward", "", 8000) {
		t.Fatal("refused")
	}
	stranger := stock(t, r, other)
	if forward(t, stranger, "tcpip-forward", "", 8000) || forward(t, stranger, "cancel-tcpip-forward", "", 8000) {
		t.Error("another key got the port")
	}
	young := stock(t, r, mine)
	apps(young, says("young"))
	if !forward(t, young, "tcpip-forward", "", 8000) {
		t.Fatal("the key's newer client is refused")
	}
	if got, _ := get(t, r, 8000); got != "young" {
		t.Errorf("%q answers", got)
	}
	_ = young.Close() // a drop: no word of leave
	eventually(t, "503", func() bool { got, _ := get(t, r, 8000); return strings.HasPrefix(got, "HTTP/1.1 503 ") })
	if forward(t, stranger, "tcpip-forward", "", 8000) {
		t.Error("another key got a port that is reserved")
	}
	c := r.Config(t)
	c.Signer, c.Port = mine, 8000
	agent := tunneltest.Listen(t, c) // devhook's own agent takes it back
	tunneltest.Serve(agent, named("agent"))
	if got := (&rig{Relay: r}).answers(t, 8000); got != "agent" {
		t.Errorf("%q answers", got)
	}
	again := stock(t, r, mine)
	apps(again, says("again"))
	if !forward(t, again, "tcpip-forward", "*", 8000) {
		t.Fatal("refused")
	}
	if _, err := agent.Accept(); err == nil {
		t.Error("the agent that was replaced goes on")
	}
	if forward(t, again, "cancel-tcpip-forward", "localhost", 8000) {
		t.Error("an address was given up that was not asked for")
	}
	if !forward(t, again, "cancel-tcpip-forward", "*", 8000) || !forward(t, stranger, "tcpip-forward", "", 8000) {
		t.Error("a port that was given up is not free")
	}
}

func TestStockOtherRequestsAreRefused(t *testing.T) {
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	direct := ssh.Marshal(&struct {
		Host     string
		Port     uint32
		From     string
		FromPort uint32
	}{"169.254.169.254", 80, "127.0.0.1", 1})
	for _, kind := range []string{
		"direct-tcpip", "direct-streamlocal@openssh.com", "x11", "forwarded-tcpip", "auth-agent@openssh.com", "tun@openssh.com", tunnel.ChannelType,
	} {
		if _, _, err := c.OpenChannel(kind, direct); err == nil {
			t.Errorf("channel %s was opened", kind)
		}
	}
	for _, kind := range []string{"streamlocal-forward@openssh.com", "hostkeys-prove-00@openssh.com", "x"} {
		if ok, _, err := c.SendRequest(kind, true, direct); ok || err != nil {
			t.Errorf("request %s: %t, %v", kind, ok, err)
		}
	}
	for _, kind := range []string{"exec", "subsystem", "env", "x11-req", "auth-agent-req@openssh.com", "x"} {
		s, _, err := c.OpenChannel("session", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, payload := range [][]byte{ssh.Marshal(&struct{ A string }{"id"}), {0xff, 0xff, 0xff, 0xff}} {
			if ok, err := s.SendRequest(kind, true, payload); ok || err != nil {
				t.Errorf("session request %s: %t, %v", kind, ok, err)
			}
		}
		if _, _, err := c.OpenChannel("session", nil); err == nil {
			t.Error("a second session was opened")
		}
		_ = s.Close()
		eventually(t, "session closed", func() bool {
			next, _, err := c.OpenChannel("session", nil)
			if err == nil {
				_ = next.Close()
			}
			return err == nil
		})
		time.Sleep(10 * time.Millisecond)
	}
}

func TestRejectedOpensLeaveNothingBehind(t *testing.T) {
	r := stockRelay(t, func(c *relay.Config) { c.Limits.Rejects = 1 << 30 })
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	reject := func(n int) {
		for range n {
			if _, _, err := c.OpenChannel("direct-tcpip", nil); err == nil {
				t.Fatal("opened")
			}
		}
	}
	measure := func() (uint64, int) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	reject(100)
	heap, routines := measure()
	reject(1000)
	after, now := measure()
	if after > heap+256<<10 || now > routines+5 {
		t.Errorf("heap %d → %d, goroutines %d → %d", heap, after, routines, now)
	}
}

// TestConnectionsThatAreRejectedLeaveNothingBehind has connections ask for what nobody gets until each is cut.
// CONNECTIONS=10000 makes as many; it takes some minutes.
func TestConnectionsThatAreRejectedLeaveNothingBehind(t *testing.T) {
	connections := 400
	if n, err := strconv.Atoi(os.Getenv("CONNECTIONS")); err == nil {
		connections = n
	}
	r := stockRelay(t, nil)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	rejected := func() error {
		c, err := dialSSH(r, ssh.PublicKeys(key))
		if err != nil {
			return err
		}
		defer c.Close()
		for n := range 99 {
			_, _, err := c.OpenChannel("direct-tcpip", nil)
			if _, told := errors.AsType[*ssh.OpenChannelError](err); !told {
				return fmt.Errorf("open %d: %v", n, err)
			}
		}
		go func() { _, _, _ = c.OpenChannel("direct-tcpip", nil) }() // the cut may come before its answer, or after
		ended := make(chan struct{})
		go func() { defer close(ended); _ = c.Wait() }()
		select {
		case <-ended:
			return nil
		case <-time.After(patience):
			return errors.New("100 rejected opens did not end the connection")
		}
	}
	reject := func(connections int) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range connections / 4 {
					if err := rejected(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	reject(100)
	g0, f0, h0 := held(t)
	reject(connections)
	eventually(t, "as many goroutines and descriptors as before", func() bool {
		g, f, _ := held(t)
		return g <= g0+5 && f <= f0+3
	})
	g, f, h := held(t)
	t.Logf("%d connections of 100 rejected opens: goroutines %d, then %d; descriptors %d, then %d; heap %d KiB, then %d", connections, g0, g, f0, f, h0>>10, h>>10)
	if h > h0+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes", h0, h)
	}
}

func TestSendersThatMayNotCall(t *testing.T) {
	r := stockRelay(t, func(c *relay.Config) { c.Allow = prefixes("192.0.2.0/24", "::/0") })
	if got, _ := get(t, r, 8080); !strings.HasPrefix(got, "HTTP/1.1 403 ") {
		t.Errorf("answer %q", got)
	}
	early := dial(t, r.Public(8080)) // clients take an answer to nothing for an error
	_ = early.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := early.Read(make([]byte, 1)); n > 0 {
		t.Errorf("an answer came before the request, %v", err)
	}
	r = stockRelay(t, func(c *relay.Config) { c.Allow = prefixes("127.0.0.0/8") })
	if got, _ := get(t, r, 8080); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("answer %q", got)
	}
}
