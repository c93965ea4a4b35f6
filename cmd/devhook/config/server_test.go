package config

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestRelayDefaults(t *testing.T) {
	got, err := LoadRelay(Sources{Env: []string{"HOME=/home/u", "DEVHOOK_INSPECT=off"}})
	if err != nil {
		t.Fatal(err)
	}
	want := &Relay{
		Ports: []int{80, 8000, 8080}, SSH: ":2222", HTTP: ":7080",
		State: "/home/u/.local/state/devhook/relay", AuthorizedKeys: "/home/u/.local/state/devhook/relay/authorized_keys",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRelaySettings(t *testing.T) {
	got, err := LoadRelay(Sources{
		Flags: flags("bind", "192.0.2.7", "ports", "8080, 80", "public-host", "Relay.example.com", "ssh", "22", "http", "localhost:0", "allow", "10.1.2.3/8,2001:db8::1", "allow", "::1", "metrics", "9464"),
		Env:   []string{"HOME=/home/u", "DEVHOOK_BIND=192.0.2.8", "DEVHOOK_STATE=/srv/r", "DEVHOOK_AUTHORIZED_KEYS=k"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &Relay{
		Bind: "192.0.2.7", Ports: []int{80, 8080}, PortsGiven: true, PublicHost: "relay.example.com", SSH: ":22", HTTP: "localhost:0",
		State: "/srv/r", AuthorizedKeys: "k",
		Allow:   []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("::1/128")},
		Metrics: "127.0.0.1:9464",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
}

func TestRelayMetrics(t *testing.T) {
	for text, want := range map[string]string{
		"0": "127.0.0.1:0", "127.0.0.1:9464": "127.0.0.1:9464", ":9464": ":9464", "[::1]:9464": "[::1]:9464", "localhost:9464": "localhost:9464",
	} {
		got, err := LoadRelay(Sources{Env: []string{"HOME=/home/u", "DEVHOOK_METRICS=" + text}})
		if err != nil || got.Metrics != want {
			t.Errorf("DEVHOOK_METRICS=%s: %+v, %v", text, got, err)
		}
	}
}

func TestRelayFaults(t *testing.T) {
	for _, c := range []struct{ word, value, want string }{
		{"bind", "eth0", `"eth0" is no address to listen on`},
		{"ports", "443", "port 443 is for https and needs a certificate, which this relay can't have yet"},
		{"ports", "8443,80", "port 8443 is for https and needs a certificate, which this relay can't have yet"},
		{"ports", "22", "port 22 can't be public"},
		{"ports", "80,,8080", `"" is no port`},
		{"ports", "80,80", "port 80 is named twice"},
		{"public-host", "https://relay.example.com", `"https://relay.example.com" is no host`},
		{"public-host", "relay:80", `"relay:80" is no host`},
		{"ssh", "relay:2222", `"relay:2222" is no address to listen on`},
		{"ssh", ":70000", `":70000" is no address to listen on`},
		{"http", "https://relay", `"https://relay" is no address to listen on`},
		{"state", "", "the path of the relay's state is empty"},
		{"authorized-keys", "", "the path of the authorised keys is empty"},
		{"metrics", "relay:9464", `"relay:9464" is no address to listen on`},
		{"metrics", "", `"" is no address to listen on`},
		{"allow", "10.0.0.0/33", `"10.0.0.0/33" is no block of addresses`},
		{"allow", "", "no address is named that may call"},
	} {
		_, err := LoadRelay(Sources{Flags: flags(c.word, c.value), Env: []string{"HOME=/home/u"}})
		if got := faults(err); got != c.want {
			t.Errorf("--%s %q: got %q, want %q", c.word, c.value, got, c.want)
		}
	}
}
