package provider

import (
	"testing"
	"time"
)

// HubSpot's v1 and v2 stand in one header: a message of the one kind stays of that kind.
func TestVersionsSignOneKindAHeader(t *testing.T) {
	p, _ := ByName("hubspot")
	secret := Secret{"env:ONE", "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"}
	for kind, want := range map[string]string{
		"v1": "55d48f272084a3efadc87477ea85ae0a38c9d20e13cdf90c2611cee815e52bba",
		"v2": "649d01cc18f0547b7cf23bc3856c97b1b781beb784c323b0dc2098e7d80a22af",
	} {
		q := &Request{
			Method: "POST", URL: "https://example.com/h", Body: []byte("[]"),
			Fields: []Field{{"X-HubSpot-Signature", "old"}, {"X-HubSpot-Signature-Version", kind}},
		}
		changed, err := p.Resign(q, secret, time.Unix(1795299200, 0))
		if err != nil || len(changed) != 1 {
			t.Fatalf("%s: set %q, %v", kind, changed, err)
		}
		if got := header(q.Fields, "X-HubSpot-Signature"); got != want {
			t.Errorf("%s: signature %s, want %s", kind, got, want)
		}
		if got := header(q.Fields, "X-HubSpot-Signature-Version"); got != kind {
			t.Errorf("%s became %s", kind, got)
		}
		if r := p.Check(q, []Secret{secret}); r.Verdict != Valid {
			t.Errorf("%s: %s: %s", kind, r.Verdict, r.Reason)
		}
	}
}
