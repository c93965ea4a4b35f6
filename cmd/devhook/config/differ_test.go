package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFixed holds which changes have to wait, and where they stand.
func TestFixed(t *testing.T) {
	env := []string{"A=a", "B=b"}
	read := func(yaml string) *Config {
		t.Helper()
		c, err := load(t, yaml, Sources{Env: env, NeedLocal: true, Registers: []string{"seven"}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one := "local: 3000\nport: 8080\nroutes: [{provider: stripe, secret: env:A}]\n"
	two := "db: x\ntunnels: [{local: 3000}, {local: 4000, timeout: 5s}]\n"
	for name, c := range map[string]struct {
		before, now string
		want        []Change
	}{
		"routes, secrets, refusal": {one, "local: 3000\nport: 8080\nhold: 202\nreject_invalid: true\nroutes: [{provider: stripe, secret: env:B, local: 1}]\n", nil},
		"another port":             {one, "local: 3000\nport: 8000\n", []Change{{"port", "devhook.yaml:2:7"}}},
		"the port is gone":         {one, "local: 3000\n", []Change{{"port", "devhook.yaml"}}},
		"written otherwise":        {one, "local: 'http://localhost:3000'\nport: '8080'\n", nil},
		"a credential": {
			"local: 3000\nregister: seven\ncredential: env:A\n", "local: 3000\nregister: seven\ncredential: env:B\n",
			[]Change{{"register", "devhook.yaml:2:11"}},
		},
		"a sender":          {one, one + "providers: [{name: acme, token: {header: X}}]\n", []Change{{"providers", "devhook.yaml"}}},
		"all tunnels' word": {two, "db: y\ntunnels: [{local: 3000}, {local: 4000, timeout: 5s}]\n", []Change{{"db", "devhook.yaml:1:5"}}},
		"one tunnel's word": {two, "db: x\ntunnels: [{local: 3000}, {local: 4000, timeout: 6s}]\n", []Change{{"timeout", "devhook.yaml:2:49"}}},
		"a tunnel more":     {two, "db: x\ntunnels: [{local: 3000}, {local: 4000, timeout: 5s}, {local: 1}]\n", []Change{{"tunnels", "devhook.yaml"}}},
		"tunnels now":       {"db: x\nlocal: 3000\n", two, []Change{{"tunnels", "devhook.yaml"}}},
	} {
		if diff := cmp.Diff(c.want, Fixed(read(c.before), read(c.now))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
