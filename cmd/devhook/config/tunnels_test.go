package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoTunnels = `
relay: wss://relay.test
timeout: 10s
db: all.db
routes: [{provider: telerivet, secret: env:A}]
tunnels:
  - local: 3000
    name: shop
  - local: 4000
    name: billing
    relay: ssh://you@vps.test
    timeout: 20s
    routes:
      - {path: /pay, provider: stripe, secret: env:B, local: 5000}
      - {path: /gh, provider: github}
`

func TestTunnels(t *testing.T) {
	got, err := load(t, twoTunnels, Sources{Env: []string{"A=a", "B=b"}, Flags: flags("insecure", "true"), NeedLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	all := got.All()
	if len(all) != 2 || got.DB != "all.db" || len(got.Routes) != 3 {
		t.Fatalf("%d tunnels, database %s, routes %v", len(all), got.DB, got.Routes)
	}
	type told struct {
		Tunnel, Local, Name, Relay, Timeout, DB string
		Insecure                                bool
		Routes                                  int
	}
	apps := []string{"http://localhost:3000", "http://localhost:4000", "http://localhost:5000"}
	want := []told{
		{"shop", "http://localhost:3000", "shop", "wss://relay.test", "10s", "all.db", true, 1},
		{"billing", "http://localhost:4000", "billing", "ssh://you@vps.test", "20s", "all.db", true, 2},
	}
	for n, c := range all {
		now := told{c.Tunnel, c.Local, c.Name, c.Relay.URL, c.Timeout.String(), c.DB, c.Insecure, len(c.Routes)}
		if diff := cmp.Diff(want[n], now); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(apps, c.Apps); diff != "" {
			t.Error(diff)
		}
	}
	if at := all[1].Given["timeout"]; at != "devhook.yaml:12:14" || all[0].Given["timeout"] != "devhook.yaml:3:10" {
		t.Errorf("the timeouts stand at %s and %s", at, all[0].Given["timeout"])
	}
	if all[0].Routes[0].Provider != "telerivet" || got.Of("stripe") != all[1] || got.Of("seven") != got {
		t.Error("a route is another tunnel's")
	}
}

// TestTunnelsOfOtherCommands: a command that knows no tunnel has the routes of all and what stands at the top.
func TestTunnelsOfOtherCommands(t *testing.T) {
	env := []string{"A=a", "B=b"}
	got, err := load(t, twoTunnels, Sources{Env: env, Uses: []string{"verify", "db", "local"}})
	if err != nil || len(got.Routes) != 3 || got.DB != "all.db" || got.Local != "" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = load(t, twoTunnels, Sources{Env: env, Uses: []string{"verify", "local"}, Flags: flags("verify", "github", "local", "3001")})
	if err != nil || len(got.Routes) != 1 || got.Local != "http://localhost:3001" {
		t.Errorf("with --verify: %+v, %v", got, err)
	}
	if got, err = load(t, twoTunnels, Sources{Uses: []string{"db"}}); err != nil || got.DB != "all.db" {
		t.Errorf("with the database alone: %+v, %v", got, err)
	}
}

func TestBadTunnels(t *testing.T) {
	two := "tunnels: [{local: 3000}, {local: 4000}]\n"
	for _, c := range []struct {
		yaml, want string
		flags      map[string][]string
		env        []string
	}{
		{"tunnels: []\n", "devhook.yaml:1:1: tunnels: has no tunnel", nil, nil},
		{"tunnels: 3\n", "devhook.yaml:1:10: here a list is wanted", nil, nil},
		{"tunnels:\n  - local: 3000\n    db: x\n", "devhook.yaml:3:5: db is for all tunnels together", nil, nil},
		{"tunnels:\n  - local: 3000\n    inspect-token: env:X\n", "devhook.yaml:3:5: inspect_token is for all tunnels together", nil, nil},
		{"tunnels:\n  - local: 3000\n    providers: []\n", "devhook.yaml:3:5: providers is for all tunnels together", nil, nil},
		{"tunnels:\n  - {local: 3000, tunnels: []}\n", "devhook.yaml:2:19: tunnels is for all tunnels together", nil, nil},
		{"tunnels:\n  - locall: 3000\n", "devhook.yaml:2:5: unknown key locall", nil, nil},
		{"tunnels:\n  - local: 3000\n  - port: 8080\n", "devhook.yaml:3:5: no app is named", nil, nil},
		{"tunnels:\n  - local: 3000\n  - {local: 1, prt: 1}\n", "devhook.yaml:3:16: unknown key prt", nil, nil},
		{"tunnels: [{local: 3000, port: 80}, {local: 1, port: 80}]\n", "devhook.yaml:1:53: port 80 is asked for by two tunnels", nil, nil},
		{"relay: ssh://r\ntunnels: [{local: 3000, name: a}, {local: 1, name: a}]\n", "devhook.yaml:2:52: name a is asked for by two tunnels", nil, nil},
		{"timeout: soon\n" + two, `devhook.yaml:1:10: "soon" is no time the app may take`, nil, nil},
		{"identity: k\n" + two, "devhook.yaml:1:11: --identity is for a relay elsewhere, and none is named", nil, nil},
		{two, "--port is for one tunnel, and devhook.yaml has 2", flags("port", "8080"), nil},
		{two, "DEVHOOK_RELAY: it is for one tunnel, and devhook.yaml has 2", nil, []string{"DEVHOOK_RELAY=wss://r.test"}},
	} {
		_, err := load(t, c.yaml, Sources{Flags: c.flags, Env: c.env, NeedLocal: true})
		if n := strings.Count(faults(err), c.want); n != 1 || strings.Contains(faults(err), "\n") {
			t.Errorf("%q: %q, want %q", c.yaml, faults(err), c.want)
		}
	}
}

// TestTunnelsOfTwoKinds: what the top says of relays is for the tunnels that have one, and what it says of the relay inside
// for the others.
func TestTunnelsOfTwoKinds(t *testing.T) {
	mixed := "identity: k\nbind: 127.0.0.2\ntunnels: [{local: 3000, relay: 'wss://r.test'}, {local: 4000}]\n"
	got, err := load(t, mixed, Sources{NeedLocal: true, Flags: flags("accept-new-host-key", "true")})
	if err != nil || got.All()[0].Identity != "k" || got.All()[1].Bind != "127.0.0.2" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = load(t, "tunnels: [{local: 3000, relay: 'wss://r.test', bind: 127.0.0.2}, {local: 4000}]\n", Sources{NeedLocal: true})
	if !strings.HasPrefix(faults(err), "devhook.yaml:1:54: --bind is for the relay inside devhook") {
		t.Error(faults(err))
	}
}

// TestTunnelNames: no two are called alike.
func TestTunnelNames(t *testing.T) {
	got, err := load(t, "tunnels: [{local: 3000}, {local: 3000}, {local: 'http://app.test'}]\n", Sources{NeedLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range got.All() {
		names = append(names, c.Tunnel)
	}
	if diff := cmp.Diff([]string{"localhost:3000", "localhost:3000-2", "app.test:80"}, names); diff != "" {
		t.Error(diff)
	}
	one, err := load(t, "tunnels: [{local: 3000}]\n", Sources{NeedLocal: true, Flags: flags("port", "8443")})
	if err != nil || one.All()[0].Port != 8443 {
		t.Errorf("one tunnel and --port: %+v, %v", one, err)
	}
}
