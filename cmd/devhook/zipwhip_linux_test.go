package main_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestZipwhipByAddress calls from Zipwhip's addresses and from another, in a network of its own: the route has no secret,
// and the address that called is what proves the sender. A header that names one proves nothing.
func TestZipwhipByAddress(t *testing.T) {
	needNamespaces(t)
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork(t)
	for _, address := range []string{"69.46.44.7", "208.69.95.127", "208.69.95.128"} {
		n.ip(client, "addr", "add", address+"/32", "dev", "lo")
	}
	db := filepath.Join(t.TempDir(), "devhook.db")
	p := n.start(client, environ(t), bin, "up", "3000", "--db", db, "--inspect", "off", "--verify", "zipwhip@/hooks/zip", "--reject-invalid")
	public := p.await(t, p.out, `(?m)^public +(\S+)`)
	p.await(t, p.out, `(?m)^(ready)$`)
	for _, tt := range []struct{ address, verdict, answer string }{
		{"69.46.44.7", "valid", "502"}, // no app is there: it was to get this one
		{"208.69.95.127", "valid", "502"},
		{"208.69.95.128", "invalid", "403"},
		{"127.0.0.1", "invalid", "403"},
	} {
		answer := n.in(client, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--interface", tt.address, "-H", "X-Forwarded-For: 69.46.44.7",
			"-H", "Content-Type: application/json", "-d", `{"id":634151298329219072,"messageType":"MO","statusCode":4}`, public+"/hooks/zip/message/receive")
		c := captured(t, db)[0]
		if answer != tt.answer || c["verdict"] != tt.verdict || c["event"] != "receive" || c["event_id"] != "634151298329219072" {
			t.Errorf("%s: answered %s, recorded as %v %v %v: %v; want %s, %s", tt.address, answer, c["event"], c["event_id"], c["verdict"], c["reason"], tt.answer, tt.verdict)
		}
		if !strings.HasPrefix(c["reason"].(string), tt.address+" is ") {
			t.Errorf("%s: the reason is %v", tt.address, c["reason"])
		}
	}
}
