package relay_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// stockApp is a stock client whose app is serve, at port 8080.
func stockApp(t *testing.T, change func(*relay.Config), serve func(ssh.Channel, []byte)) *tunneltest.Relay {
	t.Helper()
	r := stockRelay(t, change)
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	apps(c, serve)
	if !forward(t, c, "tcpip-forward", "", 8080) {
		t.Fatal("refused")
	}
	return r
}

func TestStockConnectionsAreLimited(t *testing.T) {
	asked := make(chan struct{}, 9)
	r := stockApp(t, func(c *relay.Config) { c.Limits.Exchanges = 2 }, func(ssh.Channel, []byte) { asked <- struct{}{} })
	for range 5 {
		dial(t, r.Public(8080)) // says nothing, and takes no place
	}
	for range 2 {
		send(t, dial(t, r.Public(8080)), post("/", "x"))
		<-asked
	}
	if got, _ := get(t, r, 8080); !strings.HasPrefix(got, "HTTP/1.1 503 ") {
		t.Errorf("a third gets %q", got)
	}
}

func TestStockSilenceEndsAConnection(t *testing.T) {
	r := stockApp(t, func(c *relay.Config) { c.Limits.AnswerSilence = 50 * time.Millisecond }, func(ssh.Channel, []byte) {})
	c := dial(t, r.Public(8080))
	send(t, c, post("/", "x"))
	if _, err := c.Read(make([]byte, 1)); !isReset(err) {
		t.Errorf("the sender sees %v, want a reset", err)
	}
}

func TestStockSenderThatSaysNothingReachesNobody(t *testing.T) {
	asked := make(chan struct{}, 9)
	r := stockApp(t, func(c *relay.Config) { c.Limits.Head = 50 * time.Millisecond }, func(ssh.Channel, []byte) { asked <- struct{}{} })
	if n, err := dial(t, r.Public(8080)).Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("it sees %d, %v", n, err)
	}
	if len(asked) > 0 {
		t.Error("a channel was opened")
	}
}

func TestStockSenderThatLeavesEndsTheChannel(t *testing.T) {
	ended := make(chan error, 1)
	r := stockApp(t, nil, func(ch ssh.Channel, _ []byte) {
		_, err := io.Copy(io.Discard, ch)
		ended <- err
	})
	c := dial(t, r.Public(8080))
	send(t, c, post("/", "x"))
	_ = c.SetLinger(0)
	_ = c.Close()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the channel goes on")
	}
}

func TestStockShutdownWaitsForAnAnswer(t *testing.T) {
	asked, goOn := make(chan struct{}), make(chan struct{})
	r := stockApp(t, nil, func(ch ssh.Channel, _ []byte) {
		close(asked)
		<-goOn
		says("late")(ch, nil)
	})
	c := dial(t, r.Public(8080))
	send(t, c, post("/", "x"))
	<-asked
	down := make(chan error, 1)
	go func() { down <- r.Shutdown(t.Context()) }()
	eventually(t, "the port is closed", func() bool {
		return len(r.Public(8080)) > 0 && !reachable(r.Public(8080))
	})
	close(goOn)
	if b, err := io.ReadAll(c); string(b) != "late" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	_ = c.Close()
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func reachable(address string) bool {
	c, err := net.Dial("tcp", address)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}
