package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestTrustedProxies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "devhook.yaml")
	for text, want := range map[string][]string{
		"trusted_proxies: [10.0.0.0/8, 192.0.2.1]":         {"10.0.0.0/8", "192.0.2.1/32"},
		"trusted_proxies:\n  - 2001:db8::/32\n":            {"2001:db8::/32"},
		"trusted_proxies: 10.1.2.3/8, 192.0.2.0/24":        {"10.0.0.0/8", "192.0.2.0/24"},
		"trusted_proxies: [nobody]":                        nil,
		"trusted_proxies: []\nlocal: 3000\ninspect: 'off'": {},
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Load(Sources{Flags: flags("config", file), Env: []string{"HOME=/home/u"}})
		if want == nil {
			if f, ok := err.(Faults); !ok || len(f) != 1 || f[0].Text != `"nobody" is no block of addresses` || f[0].Where != file+":1:19" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var texts []string
		for _, p := range got.TrustedProxies {
			texts = append(texts, p.String())
		}
		if diff := cmp.Diff(want, texts, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	got, err := Load(Sources{Flags: flags("trusted-proxies", "192.0.2.0/24"), Env: []string{"HOME=/home/u"}, NoFile: true})
	if err != nil || len(got.TrustedProxies) != 1 || got.TrustedProxies[0] != netip.MustParsePrefix("192.0.2.0/24") {
		t.Errorf("%+v, %v", got, err)
	}
}
