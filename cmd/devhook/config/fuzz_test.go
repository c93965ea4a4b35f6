package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad reads files that nobody would write: each is a configuration or has faults that say something, never a panic,
// and reading it again tells the same. Secrets are not read, since a file may name any other.
func FuzzLoad(f *testing.F) {
	for _, yaml := range []string{
		"local: 3000\nrelay: wss://relay.example.com\nname: shop\n",
		"routes:\n  - path: /hooks/pay\n    provider: stripe\n    secret: [env:A, env:B]\n    event: [payment_intent.*]\n    local: 4000\n    reject_invalid: true\n",
		"tunnels:\n  one:\n    local: 3000\n  two:\n    local: localhost:4000\n    port: 8000\n",
		"senders:\n  mine:\n    signature:\n      header: X-Sig\n      hash: sha256\n      encoding: hex\n      over: [body]\n",
		"keep: 30d\nkeep-size: 2GB\ninspect: off\ntrusted-proxies: [10.0.0.0/8]\ntimeout: 5s\n",
		"local: &a 3000\nroutes: [{provider: *a}]\n", "\xef\xbb\xbflocal: 1\r\n", "- 1\n", "a: {b: [}\n", "? [x]\n: y\n", "local: 3000\n---\nlocal: 4000\n", "",
	} {
		f.Add([]byte(yaml))
	}
	file := filepath.Join(f.TempDir(), "devhook.yaml")
	load := func() (*Config, string) {
		c, err := Load(Sources{
			Flags: map[string][]string{"config": {file}}, Env: []string{"HOME=/home/u", "A=a", "B=b"}, Providers: senders, NoSecrets: true,
		})
		if err == nil {
			return c, ""
		}
		return c, err.Error()
	}
	f.Fuzz(func(t *testing.T, yaml []byte) {
		if err := os.WriteFile(file, yaml, 0o600); err != nil {
			t.Fatal(err)
		}
		c, fault := load()
		if (c == nil) == (fault == "") || c == nil && strings.TrimSpace(fault) == "" {
			t.Errorf("%v with faults %q", c, fault)
		}
		if _, again := load(); again != fault {
			t.Errorf("first %q, then %q", fault, again)
		}
	})
}
