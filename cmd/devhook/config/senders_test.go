package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSenders(t *testing.T) {
	yaml := `routes:
  - path: /hooks/acme
    provider: acme
    secret: env:A
providers:
  - name: acme
    title: Acme
    hmac: { header: X-Acme-Signature, prefix: "sha256=", algorithm: sha256, encoding: hex, signs: "{timestamp}.{body}", timestamp: X-Acme-Timestamp, tolerance: 90s, key: text, key-prefix: sk_ }
    event: "json:type"
    id: json:id
    success: 200
    timeout: 5s
  - name: usual
    hmac:
      header: X-Usual
      format: "t={timestamp},v1={signature}"
      signs: "{timestamp}.{body}"
  - name: untimed
    hmac: { header: X, timestamp: Y, signs: "{timestamp}{body}", tolerance: 0s }
  - name: badge
    token: { query: token }
  - name: door
    basic: { user: ann }
`
	got, err := load(t, yaml, Sources{Env: []string{"A=a"}, Flags: flags("verify", "badge@/b=env:A", "verify", "acme")})
	if err != nil {
		t.Fatal(err)
	}
	want := []Sender{
		{
			Name: "acme", Title: "Acme", Event: "json:type", ID: "json:id", Success: "200", Timeout: 5 * time.Second,
			HMAC: &SenderHMAC{
				Header: "X-Acme-Signature", Prefix: "sha256=", Algorithm: "sha256", Encoding: "hex", Signs: "{timestamp}.{body}",
				Timestamp: "X-Acme-Timestamp", Tolerance: 90 * time.Second, Key: "text", KeyPrefix: "sk_",
			},
		},
		{Name: "usual", HMAC: &SenderHMAC{Header: "X-Usual", Format: "t={timestamp},v1={signature}", Signs: "{timestamp}.{body}", Tolerance: 5 * time.Minute}},
		{Name: "untimed", HMAC: &SenderHMAC{Header: "X", Timestamp: "Y", Signs: "{timestamp}{body}"}},
		{Name: "badge", Token: &SenderToken{Query: "token"}},
		{Name: "door", Basic: &SenderBasic{User: "ann"}},
	}
	if diff := cmp.Diff(want, got.Senders); diff != "" {
		t.Error(diff)
	}
	if len(got.Routes) != 2 || got.Routes[0].Provider != "badge" || got.Routes[1].Provider != "acme" {
		t.Errorf("routes %+v", got.Routes)
	}
}

// TestBadSenders: each fault at its line and column. What goes together is for another to say; here it minds signs.
func TestBadSenders(t *testing.T) {
	define := func(s Sender) *Flaw {
		if s.HMAC != nil && s.HMAC.Signs == "x" {
			return &Flaw{"hmac.signs", "x is nothing", "write y"}
		}
		if s.Token == nil && s.HMAC == nil && s.Basic == nil {
			return &Flaw{"", "no proof", "write one"}
		}
		if s.HMAC != nil && s.HMAC.Header == "" {
			return &Flaw{"hmac.header", "no header", "write one"}
		}
		return nil
	}
	for _, c := range []struct{ yaml, want string }{
		{"providers: acme\n", "devhook.yaml:1:12: here a list is wanted"},
		{"providers:\n  - acme\n", "devhook.yaml:2:5: here keys are wanted"},
		{"providers:\n  - nam: acme\n", "devhook.yaml:2:5: unknown key nam"},
		{"providers:\n  - name: acme\n    hmac: X\n", "devhook.yaml:3:11: here keys are wanted"},
		{"providers:\n  - name: acme\n    hmac:\n", "devhook.yaml:3:5: this key has no value"},
		{"providers:\n  - name: acme\n    hmac: { heade: X }\n", "devhook.yaml:3:13: unknown key heade"},
		{"providers:\n  - name: acme\n    token: { user: X }\n", "devhook.yaml:3:14: unknown key user"},
		{"providers:\n  - name: acme\n    basic: { user: [a] }\n", "devhook.yaml:3:20: here one plain value is wanted"},
		{"providers:\n  - name: acme\n    hmac: { header: X, tolerance: soon }\n", `devhook.yaml:3:35: "soon" is no time`},
		{"providers:\n  - name: acme\n    timeout: 5\n", `devhook.yaml:3:14: "5" is no time`},
		{"providers:\n  - token: { header: X }\n", "devhook.yaml:2:5: this sender has no name"},
		{"providers:\n  - name: stripe\n    token: { header: X }\n", "devhook.yaml:2:11: stripe is a sender that devhook knows"},
		{"providers:\n  - { name: a, token: { header: X } }\n  - { name: a, token: { header: Y } }\n", "devhook.yaml:3:13: a is defined twice"},
		{"providers:\n  - name: acme\n    hmac: { header: X, signs: x }\n", "devhook.yaml:3:31: x is nothing"},
		{"providers:\n  - name: acme\n    hmac: { prefix: X }\n", "devhook.yaml:3:5: no header"},
		{"providers:\n  - name: acme\n", "devhook.yaml:2:5: no proof"},
		{"routes:\n  - provider: acm\nproviders:\n  - name: acme\n    token: { header: X }\n", "devhook.yaml:2:15: no provider is called acm"},
	} {
		_, err := load(t, c.yaml, Sources{Define: define})
		if got := faults(err); !strings.HasPrefix(got, c.want) || strings.Contains(got, "\n") && !strings.Contains(c.yaml, "routes") {
			t.Errorf("%q: %q, want %q alone", c.yaml, got, c.want)
		}
	}
}
