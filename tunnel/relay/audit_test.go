//go:build unix

package relay_test

import (
	"encoding/json"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"devhook/tunnel/tunneltest"
)

// ssh-audit judges what the listener offers. Debian's prints its judgement as text only, and its lists as JSON too.
func TestSSHAuditFindsNoFailure(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	audit := func(how string) []byte {
		host, port, err := net.SplitHostPort(r.SSH)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ssh-audit", how, "-p", port, host).Output()
		if len(out) == 0 {
			t.Fatalf("ssh-audit said nothing: %v", err)
		}
		return out
	}
	judged := 0
	for line := range strings.Lines(string(audit("-n"))) {
		if strings.HasPrefix(line, "(kex) ") || strings.HasPrefix(line, "(enc) ") || strings.HasPrefix(line, "(mac) ") {
			judged++
		}
		if strings.Contains(line, "[fail]") || strings.Contains(line, "weak") || strings.HasPrefix(line, "(rec) -") {
			t.Error(strings.TrimSpace(line))
		}
	}
	var offer struct {
		KEX []struct{ Algorithm string }
	}
	if err := json.Unmarshal(audit("-j"), &offer); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d algorithms judged; key exchanges %v", judged, offer.KEX)
	if judged < 10 {
		t.Errorf("only %d algorithms were judged", judged)
	}
	for _, name := range []string{"curve25519-sha256", "kex-strict-s-v00@openssh.com"} {
		if !slices.Contains(offer.KEX, struct{ Algorithm string }{name}) {
			t.Errorf("%s is not offered", name)
		}
	}
}
