//go:build unix

package relay_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/tunnel/tunneltest"
)

// stockTunnel is OpenSSH at both ends: ssh -R to an sshd, through a proxy that delays. It returns where callers go.
func stockTunnel(t *testing.T, delay time.Duration) (address string) {
	t.Helper()
	dir := t.TempDir()
	key := filepath.Join(dir, "id")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	d, err := tunneltest.NewSSHD(dir, "127.0.0.1", "AllowTcpForwarding yes")
	if err != nil {
		t.Fatal(err)
	}
	line, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Allow(strings.TrimSpace(string(line))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Stop)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		fmt.Fprintf(w, "%s %s %s", q.Method, q.URL, body)
	}))
	t.Cleanup(app.Close)
	port, err := tunneltest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	_, at, _ := net.SplitHostPort(tunneltest.NewProxy(t, d.Addr, delay).Addr)
	cmd := exec.Command("ssh", "-F", "none", "-N", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile="+filepath.Join(dir, "known"), "-o", "ExitOnForwardFailure=yes", "-p", at,
		"-R", fmt.Sprintf("%d:%s", port, app.Listener.Addr()), d.User+"@127.0.0.1")
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address = net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
	eventually(t, "ssh -R is there", func() bool {
		c, err := net.Dial("tcp", address)
		return err == nil && c.Close() == nil
	})
	return address
}

// timed sends a webhook on a connection of its own and tells how long the answer took.
func timed(t *testing.T, address string) time.Duration {
	t.Helper()
	began := time.Now()
	c := dial(t, address)
	defer c.Close()
	send(t, c, post("/", "x", closing))
	if b, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(b), "POST / x") {
		t.Fatalf("answer %q, %v", b, err)
	}
	return time.Since(began)
}

// Channels are held ready, so that a webhook costs one round trip: opening one costs a second, as ssh -R shows. Both are
// measured in turns, so that what else the machine does falls on both.
func TestAWebhookCostsOneRoundTrip(t *testing.T) {
	const delay = 20 * time.Millisecond
	r, _ := through(t, delay, nil, nil)
	stock := stockTunnel(t, delay)
	eventually(t, "channels", func() bool { return r.Stats().ChannelsOpened >= 2 })
	var ours, theirs []time.Duration
	for range 25 {
		ours = append(ours, timed(t, r.public()))
		theirs = append(theirs, timed(t, stock))
	}
	median := func(took []time.Duration) float64 {
		slices.Sort(took)
		return float64(took[len(took)/2]) / float64(2*delay)
	}
	one, two := median(ours), median(theirs)
	t.Logf("p50 in round trips of %s: devhook %.2f, ssh -R %.2f", 2*delay, one, two)
	if one < 1 || one > 1.7 || one > 0.85*two {
		t.Errorf("a webhook costs %.2f round trips, by ssh -R %.2f", one, two)
	}
}
