package relay_test

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// hostile logs in and registers, and then leaves everything to the test. It accepts no channel.
func hostile(t *testing.T, r *tunneltest.Relay, k ssh.Signer, ready uint32) (net.Conn, ssh.Conn, <-chan ssh.NewChannel) {
	t.Helper()
	raw, err := net.Dial("tcp", r.SSH)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	c, channels, requests, err := ssh.NewClientConn(raw, "relay", &ssh.ClientConfig{
		Auth: []ssh.AuthMethod{ssh.PublicKeys(k)}, HostKeyCallback: ssh.FixedHostKey(r.HostKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	q := tunnel.ListenRequest{
		Version: tunnel.Version, Claim: uint32(tunnel.ClaimThis), Port: 8080, Instance: "hostile", Ready: ready,
	}
	if ok, _, err := c.SendRequest(tunnel.RequestListen, true, ssh.Marshal(&q)); err != nil || !ok {
		t.Fatalf("listen: %v, %v", ok, err)
	}
	return raw, c, channels
}

// stuckIn counts goroutines that are in a function of this name.
func stuckIn(function string) int {
	b := make([]byte, 16<<20)
	return strings.Count(string(b[:runtime.Stack(b, true)]), function+"(")
}

func TestABrokenConnectionLeavesNoOpeningBehind(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	k := tunneltest.Key(t)
	r.Allow(k.PublicKey(), relay.Grant{})
	for range 30 {
		raw, c, channels := hostile(t, r, k, 16)
		for range 16 {
			if _, _, err := (<-channels).Accept(); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = raw.Write([]byte("this is not the SSH packet that was to come, and no MAC will fit it; it is long enough to be one"))
		_ = c.Wait()
	}
	eventually(t, "no opening goes on", func() bool { return stuckIn("ssh.(*mux).openChannel") == 0 })
}

func TestAnAgentThatClosesUnusedChannelsGetsNoOthers(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	k := tunneltest.Key(t)
	r.Allow(k.PublicKey(), relay.Grant{})
	_, c, channels := hostile(t, r, k, 16)
	go func() {
		for n := range channels {
			if ch, _, err := n.Accept(); err == nil {
				_ = ch.Close()
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	if n := r.Stats().ChannelsOpened; n > 16 {
		t.Errorf("%d channels were opened for it", n)
	}
	_ = c.Close()
}
