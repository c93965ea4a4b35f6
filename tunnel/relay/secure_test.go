package relay_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// A relay reads what passes, so TLS can't end in the agent behind it. To ask takes nothing from the tunnel that has the
// port.
func TestTLSDoesNotPassARelay(t *testing.T) {
	dir := t.TempDir()
	tunneltest.NewCA(t).WriteFiles(t, dir, "relay.test")
	cert, err := tunnel.LoadCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	var own tunnel.Config
	r := newRigWith(t, func(c *relay.Config) { c.Stock = true }, func(c *tunnel.Config) { c.Port, own = 8080, *c }, echo)
	own.Certificate, own.Instance, own.Port, own.Ports = cert, "another", 8080, []int{8080}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := tunnel.Listen(ctx, own); !errors.Is(err, tunnel.ErrReads) {
		t.Fatalf("error %v", err)
	}
	if got := r.ask(t, post("/x", "hello", closing)); !strings.HasSuffix(got, "POST /x hello") {
		t.Errorf("the older tunnel's answer: %q", got)
	}
	time.Sleep(10 * time.Millisecond) // for what would come late
	if s := r.agent.State(); s.Phase != tunnel.Online {
		t.Errorf("the older tunnel is %s: %v", s.Phase, s.Err)
	}
}
