package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/binary"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"devhook/cmd/devhook/config"
)

// newDoctor is a doctor whose findings are read from said.
func newDoctor() (d *doctor, said *bytes.Buffer) {
	said = new(bytes.Buffer)
	return &doctor{c: &cli{term: newTerm(said, new(bytes.Buffer), nil)}, cfg: &config.Config{}, resolver: net.DefaultResolver}, said
}

func TestDoctorKnowsTroubles(t *testing.T) {
	for banner, want := range map[string]string{
		"OpenSSH_4.3":                    "CVE-2006-5051",
		"OpenSSH_8.4p1 Debian-5":         "",
		"OpenSSH_8.5p1":                  "CVE-2024-6387",
		"OpenSSH_9.2p1 Debian-2+deb12u7": "CVE-2024-6387",
		"OpenSSH_9.9p1":                  "CVE-2025-26466",
		"OpenSSH_10.0p2 Debian-7":        "",
		"dropbear_2022.83":               "",
		"devhook":                        "",
	} {
		got := knownTrouble(banner)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", banner, got, want)
		}
	}
}

func TestDoctorJudgesCertificates(t *testing.T) {
	for days, want := range map[int]string{3: "note", 13: "note", 15: "ok", 90: "ok"} {
		d, said := newDoctor()
		d.certificate("https://shop.example.com", &x509.Certificate{NotAfter: time.Now().Add(time.Duration(days)*24*time.Hour + time.Hour)})
		if got, _, _ := strings.Cut(said.String(), " "); got != want || d.failed != 0 {
			t.Errorf("%d days: %s", days, said)
		}
	}
}

func TestDoctorComparesClocks(t *testing.T) {
	for off, want := range map[time.Duration]string{
		0: "ok    clock        within a minute of that of 127.0.0.1:", 40 * time.Second: "ok ", -10 * time.Minute: "FAIL  clock        this machine's clock is 10m0s ahead of that of ",
		10 * time.Minute: "FAIL  clock        this machine's clock is 10m0s behind that of ",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().Add(off+time.Second/2).UTC().Format(http.TimeFormat)) // whole seconds: rounded, not cut
		}))
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := answer{sent: time.Now()}
		if a.res, err = s.Client().Do(q); err != nil {
			t.Fatal(err)
		}
		a.came = time.Now()
		_ = a.res.Body.Close()
		d, said := newDoctor()
		d.clock(t.Context(), a, nil)
		if got := strings.NewReplacer("9m59s", "10m0s", "10m1s", "10m0s").Replace(said.String()); !strings.HasPrefix(got, want) {
			t.Errorf("%s off: %s", off, got)
		}
		s.Close()
	}
}

func TestDoctorAsksForNames(t *testing.T) {
	zone := map[string][]string{
		"relay.test":        {"127.0.0.1"},
		"elsewhere.test":    {"127.0.0.3"},
		"shop.relay.test":   {"127.0.0.1"},
		"*.relay.test":      {"127.0.0.1"},
		"shop.narrow.test":  {"127.0.0.1"},
		"narrow.test":       {"127.0.0.1"},
		"shop.astray.test":  {"127.0.0.1"},
		"astray.test":       {"127.0.0.1"},
		"*.astray.test":     {"127.0.0.9"},
		"half.deaf.test":    {"127.0.0.1", "127.0.0.9"},
		"unrelated.io.test": {"127.0.0.1"},
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, c := range []struct{ host, relay, want string }{
		{"127.0.0.1", "relay.test", ""},
		{"relay.test", "relay.test", "ok    names        relay.test is 127.0.0.1, as is the relay\n"},
		{"relay.test", "", "ok    names        relay.test is 127.0.0.1\n"},
		{"gone.test", "relay.test", "FAIL  names        no address is found for gone.test: no such host\nhint: add an A or AAAA record for it that leads to the relay, and wait until it is known\n"},
		{"elsewhere.test", "relay.test", "note  names        elsewhere.test is 127.0.0.3, but the relay relay.test is 127.0.0.1\nhint: right if a proxy or balancer stands there; if not, correct the record\n"},
		{"shop.relay.test", "relay.test", "ok    names        shop.relay.test is 127.0.0.1, as is the relay\nok    wildcard     every name under relay.test leads there\n"},
		{"shop.narrow.test", "narrow.test", "ok    names        shop.narrow.test is 127.0.0.1, as is the relay\nnote  wildcard     other names under narrow.test have no address: no such host\nhint: add a record for *.narrow.test that leads to 127.0.0.1\n"},
		{"shop.astray.test", "astray.test", "ok    names        shop.astray.test is 127.0.0.1, as is the relay\nnote  wildcard     other names under astray.test are 127.0.0.9\nhint: add a record for *.astray.test that leads to 127.0.0.1\n"},
		{"half.deaf.test", "", "note  names        senders that take 127.0.0.9 (connection refused) for half.deaf.test get no connection on port " + port + "\nhint: let the relay listen there too, or take that address out of the name's records\nok    names        half.deaf.test is 127.0.0.1, 127.0.0.9\n"},
	} {
		d, said := newDoctor()
		d.resolver = nameServer(t, zone)
		var step *attempt
		if c.relay != "" {
			step = &attempt{o: &outside{at: &sshHost{host: c.relay}}}
		}
		d.names(t.Context(), "http://"+net.JoinHostPort(c.host, port), step)
		if said.String() != c.want {
			t.Errorf("%s at %s: got\n%swant\n%s", c.host, c.relay, said, c.want)
		}
	}
}

// nameServer answers for a zone of IPv4 addresses, as RFC 1035 §4.1 says.
func nameServer(t *testing.T, zone map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(nameAnswer(b[:n], zone), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func nameAnswer(q []byte, zone map[string][]string) []byte {
	var labels []string
	at := 12
	for q[at] != 0 {
		labels = append(labels, string(q[at+1:at+1+int(q[at])]))
		at += 1 + int(q[at])
	}
	end := at + 5 // the last label, type and class
	kind := binary.BigEndian.Uint16(q[at+1:])
	found, ok := zone[strings.Join(labels, ".")]
	if !ok {
		found, ok = zone["*."+strings.Join(labels[1:], ".")]
	}
	if kind != 1 { // A
		found = nil
	}
	answer := append([]byte{}, q[:end]...)
	answer[2], answer[3] = 0x81, 0x80
	if !ok {
		answer[3] |= 3 // no such name
	}
	binary.BigEndian.PutUint16(answer[6:], uint16(len(found)))
	copy(answer[8:12], []byte{0, 0, 0, 0})
	for _, text := range found {
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
		four := netip.MustParseAddr(text).As4()
		answer = append(answer, four[:]...)
	}
	return answer
}
