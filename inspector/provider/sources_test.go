package provider_test

import (
	"net/netip"
	"regexp"
	"testing"

	"devhook/inspector/provider"
)

func TestSourcesAreSound(t *testing.T) {
	last := ""
	for _, s := range provider.Sources() {
		if !regexp.MustCompile(`^[a-z][a-z0-9-]{0,23}$`).MatchString(s.Name) || s.Name <= last {
			t.Errorf("%q is no name, or stands behind %q", s.Name, last)
		}
		if last = s.Name; len(s.Networks) == 0 || s.Year < 2005 {
			t.Errorf("%s: %v of %d", s.Name, s.Networks, s.Year)
		}
		for _, n := range s.Networks {
			if !n.IsValid() || n != n.Masked() || n.Addr().IsPrivate() || n.Bits() < 8 {
				t.Errorf("%s: %v is no network of a sender", s.Name, n)
			}
		}
	}
}

func TestZipwhipsSources(t *testing.T) {
	for text, want := range map[string]bool{
		"69.46.44.0": true, "69.46.44.255": true, "69.46.43.255": false, "69.46.45.0": false,
		"208.69.95.64": true, "208.69.95.127": true, "208.69.95.63": false, "208.69.95.128": false,
	} {
		got := false
		for _, s := range provider.Sources() {
			for _, n := range s.Networks {
				got = got || s.Name == "zipwhip" && n.Contains(netip.MustParseAddr(text))
			}
		}
		if got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}
