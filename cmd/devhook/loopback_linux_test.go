package main_test

import (
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNothingListensOutside has `up` with its own relay and its inspector in a network of its own: all that it listens on is
// loopback, and from another machine nothing there answers.
func TestNothingListensOutside(t *testing.T) {
	needNamespaces(t)
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork(t)
	p := n.start(client, environ(t), bin, "up", "3000", "--db", filepath.Join(t.TempDir(), "devhook.db"), "--inspect", "4040")
	p.await(t, p.out, `(?m)^(ready)$`)
	ports := map[string]bool{}
	for line := range strings.Lines(n.in(client, "ss", "-Hltn")) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			t.Fatalf("ss says %q", line)
		}
		at, err := netip.ParseAddrPort(fields[3])
		if err != nil || !at.Addr().IsLoopback() {
			t.Errorf("it listens on %s: %v", fields[3], err)
		}
		_, port, _ := net.SplitHostPort(fields[3])
		ports[port] = true
	}
	if !ports["4040"] || len(ports) < 2 {
		t.Fatalf("it listens on ports %v, want 4040 and a public one at least", ports)
	}
	for port := range ports {
		said := n.in(server, "sh", "-c", "curl -sS --max-time 10 http://"+clientIP+":"+port+"/ 2>&1; true")
		if !regexp.MustCompile(`(?i)couldn't connect|connection refused`).MatchString(said) {
			t.Errorf("from another machine, port %s says %q", port, said)
		}
	}
	if said := n.in(client, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://localhost:4040/"); said != "200" {
		t.Errorf("on its own machine it answers %q", said)
	}
	t.Logf("%d ports listen, none outside", len(ports))
}
