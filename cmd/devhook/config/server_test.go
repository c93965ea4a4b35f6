package config

import (
	"net/netip"
	"testing"
	"time"

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

func TestRelayHold(t *testing.T) {
	for _, c := range []struct {
		flags map[string][]string
		hold  time.Duration
		size  int64
	}{
		{flags(), 0, 0},
		{flags("hold", "off"), 0, 0},
		{flags("hold", "24h"), 24 * time.Hour, 500_000_000},
		{flags("hold", "7d", "hold-size", "2GB"), 7 * 24 * time.Hour, 2_000_000_000},
	} {
		got, err := LoadRelay(Sources{Flags: c.flags, Env: []string{"HOME=/home/u"}})
		if err != nil || got.Hold != c.hold || got.HoldSize != c.size {
			t.Errorf("%v: %+v, %v", c.flags, got, err)
		}
	}
}

func TestRelayAllowsProviders(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.64/26")}
	load := func(text string) (*Relay, error) {
		return LoadRelay(Sources{
			Flags: flags("allow", text), Env: []string{"HOME=/home/u"},
			Providers: senders, Networks: map[string][]netip.Prefix{"zipwhip": networks},
		})
	}
	got, err := load("192.0.2.1, zipwhip")
	if err != nil {
		t.Fatal(err)
	}
	want := append([]netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, networks...)
	if diff := cmp.Diff(want, got.Allow, cmpopts.EquateComparable(netip.Prefix{})); diff != "" || len(got.AllowNames) != 1 || got.AllowNames[0] != "zipwhip" {
		t.Errorf("names %q, %s", got.AllowNames, diff)
	}
	for text, want := range map[string]Fault{
		"github":  {Text: "github publishes no addresses that it calls from", Hint: "let everybody call and have it verified: devhook up --verify github=env:NAME"},
		"zipwip":  {Text: "no provider that publishes its addresses is called zipwip", Hint: "did you mean zipwhip?"},
		"acme":    {Text: "no provider that publishes its addresses is called acme", Hint: "known are zipwhip"},
		"1.2.3":   {Text: `"1.2.3" is no block of addresses`, Hint: allowHint},
		"ZIPWHIP": {Text: `"ZIPWHIP" is no block of addresses`, Hint: allowHint},
	} {
		_, err := load(text)
		if diff := cmp.Diff(Faults{want}, err); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestRelayFaults(t *testing.T) {
	for _, c := range []struct{ word, value, want string }{
		{"bind", "eth0", `"eth0" is no address to listen on`},
		{"ports", "443", "port 443 is for https and needs a certificate"},
		{"ports", "8443,80", "port 8443 is for https and needs a certificate"},
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
		{"hold", "yes", `"yes" is no age to hold requests for`},
		{"hold", "200", `"200" is no age to hold requests for`},
		{"hold-size", "1000", `"1000" is no size of what is held for one key`},
		{"hold-size", "off", `"off" is no size of what is held for one key`},
	} {
		_, err := LoadRelay(Sources{Flags: flags(c.word, c.value), Env: []string{"HOME=/home/u"}})
		if got := faults(err); got != c.want {
			t.Errorf("--%s %q: got %q, want %q", c.word, c.value, got, c.want)
		}
	}
}
