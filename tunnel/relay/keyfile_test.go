package relay_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestKeyOptions(t *testing.T) {
	key := tunneltest.Key(t).PublicKey()
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	all := []int{8080, 8000, 8443, 80, 443}
	for _, c := range []struct {
		options string
		from    string // default 192.0.2.7
		ports   []int  // nil: every one
		names   []string
		anyName bool
		refused string // at the login
		fault   string // of the line
	}{
		{options: ""},
		{options: `permitlisten="8000"`, ports: []int{8000}},
		{options: `permitlisten="localhost:8000",permitlisten="*:80"`, ports: []int{8000, 80}, anyName: true},
		{options: `permitlisten="0.0.0.0:8000",permitlisten="[::]:80"`, ports: []int{8000, 80}},
		{options: `permitlisten="*"`, ports: all}, // no host: the public address alone
		{options: `permitlisten="8000",permitlisten="Shop:80"`, ports: []int{8000}, names: []string{"shop"}},
		{options: `permitlisten="shop:443",permitlisten="blog:*"`, ports: []int{}, names: []string{"shop", "blog"}},
		{options: `permitlisten="shop:8000"`, fault: "no port that a relay may open"},
		{options: `permitlisten="www:80"`, fault: "no port that a relay may open"},
		{options: `permitlisten="127.0.0.1:8000"`, fault: "no port that a relay may open"},
		{options: `permitlisten="22"`, fault: "no port that a relay may open"},
		{options: `permitlisten="x"`, fault: "names no port"},
		{options: `permitlisten="65536"`, fault: "names no port"},
		{options: `permitlisten`, fault: "quotation marks"},
		{options: `permitlisten=8000`, fault: "quotation marks"},
		{options: `restrict`, fault: "port-forwarding"},
		{options: `restrict,port-forwarding`},
		{options: `Restrict,Port-Forwarding,permitlisten="8000"`, ports: []int{8000}},
		{options: `port-forwarding,restrict`, fault: "port-forwarding"},
		{options: `no-port-forwarding`, fault: "port-forwarding"},
		{options: `no-pty,no-agent-forwarding,no-X11-forwarding,no-user-rc,permitopen="none"`},
		{options: `command="/bin/true"`, fault: "not known"},
		{options: `cert-authority`, fault: "not known"},
		{options: `principals="a"`, fault: "not known"},
		{options: `verify-required`, fault: "not known"},
		{options: `some-day="x, y"`, fault: "not known"},
		{options: `from="192.0.2.0/24"`},
		{options: `from="192.0.2.*"`},
		{options: `from="192.0.2.?"`},
		{options: `from="198.51.100.1,192.0.2.7"`},
		{options: `from="192.0.2.0/24,!192.0.2.7"`, refused: "address"},
		{options: `from="!192.0.2.7,192.0.2.0/24"`, refused: "address"},
		{options: `from="!192.0.2.8"`, refused: "address"},
		{options: `from="198.51.100.0/24"`, refused: "address"},
		{options: `from="example.com"`, refused: "address"},
		{options: `from="2001:db8::/32"`, from: "2001:db8::1"},
		{options: `from="192.0.2.0/24"`, from: "::ffff:192.0.2.9"},
		{options: `from="192.0.2.0/33"`, fault: "CIDR"},
		{options: `from="192.0.2.7/24"`, fault: "CIDR"},
		{options: `from=""`, fault: "no address"},
		{options: `expiry-time="20261123"`},
		{options: `expiry-time="202611221200Z"`, refused: "expired"},
		{options: `expiry-time="20261122120001Z"`},
		{options: `expiry-time="202611221230"`, refused: "expired"}, // an hour east of UTC
		{options: `expiry-time="202611221330"`},
		{options: `expiry-time="2026"`, fault: "no date"},
		{options: `expiry-time="20261301"`, fault: "no date"},
	} {
		text := line + " ann@laptop\n"
		if c.options != "" {
			text = c.options + " " + text
		}
		f, faults := relay.ParseKeys([]byte("# keys\n\n"+text), time.FixedZone("", 3600))
		if c.fault != "" {
			if len(faults) != 1 || !strings.Contains(faults[0].Error(), c.fault) || !strings.HasPrefix(faults[0].Error(), "line 3: ") || !f.Empty() {
				t.Errorf("%s: faults %v, want one about %q", c.options, faults, c.fault)
			}
			continue
		}
		if c.from == "" {
			c.from = "192.0.2.7"
		}
		g, err := f.Grant(key, &net.TCPAddr{IP: net.ParseIP(c.from), Port: 4444}, noon)
		switch {
		case len(faults) > 0:
			t.Errorf("%s: %v", c.options, faults)
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v, want %q", c.options, err, c.refused)
			}
		case err != nil:
			t.Errorf("%s: %v", c.options, err)
		default:
			want := relay.Grant{Name: "ann@laptop", Ports: c.ports, Names: c.names, NoPTY: g.NoPTY}
			if c.ports != nil && c.names == nil && !c.anyName {
				want.Names = []string{}
			}
			if diff := cmp.Diff(want, g); diff != "" {
				t.Errorf("%s: %s", c.options, diff)
			}
		}
	}
}

func TestKeyFileLeavesOutWhatItCannotRead(t *testing.T) {
	good, other := tunneltest.Key(t).PublicKey(), tunneltest.Key(t).PublicKey()
	text := "ssh-ed25519 AAAA broken\r\n" + "nonsense\n" +
		strings.TrimSpace(string(ssh.MarshalAuthorizedKey(good))) + "\r\n" +
		"-----BEGIN OPENSSH PRIVATE KEY-----\n"
	f, faults := relay.ParseKeys([]byte(text), time.UTC)
	if len(faults) != 3 || f.Empty() {
		t.Fatalf("faults %v", faults)
	}
	from := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7)}
	if _, err := f.Grant(good, from, noon); err != nil {
		t.Error(err)
	}
	if _, err := f.Grant(other, from, noon); err == nil {
		t.Error("a key that isn't there may log in")
	}
	if !f.Owns(ssh.FingerprintSHA256(good)) || f.Owns(ssh.FingerprintSHA256(other)) {
		t.Error("Owns is wrong about a key")
	}
}
