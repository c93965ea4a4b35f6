package main

import (
	"bytes"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/tunnel/relay"
)

func relayOf(url, local string) *config.Config {
	return &config.Config{Relay: &config.RelayURL{URL: url}, Local: local}
}

// What a relay knew of its owners must not be overwritten because it can't be read.
func TestDamagedOwnersAreSetAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ownersFile)
	const cut = `{"addresses":{"shop":{"key":"SHA256:x"`
	if err := os.WriteFile(path, []byte(cut), 0o600); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	s, err := openRelayState(dir, slog.New(slog.NewTextHandler(&told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if got := s.owners(func(string) bool { return true }); len(got) > 0 {
		t.Errorf("owners %v", got)
	}
	s.keep(map[string]relay.Owner{"blog": {Key: "SHA256:y", Seen: time.Now()}})
	aside, _ := filepath.Glob(path + ".damaged-*")
	if len(aside) != 1 {
		t.Fatalf("set aside: %v", aside)
	}
	if text, _ := os.ReadFile(aside[0]); string(text) != cut {
		t.Errorf("set aside is %q", text)
	}
	if !strings.Contains(told.String(), aside[0]) {
		t.Errorf("told %q", told.String())
	}
}

// Whatever the file of addresses holds, up starts, and keeps its own.
func TestAddressesInADamagedFile(t *testing.T) {
	dir := t.TempDir()
	c := &cli{env: []string{"XDG_STATE_HOME=" + dir}}
	cfg := relayOf("ssh://relay.test", "http://localhost:3000")
	path := filepath.Join(dir, "devhook", lastAddresses)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"null", "[]", `{"a":`, "", `{"a":{"port":"x"}}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c.keepAddress(cfg, given{Name: "shop"})
		if got := c.lastAddress(cfg); got.Name != "shop" {
			t.Errorf("%q: then %v", text, got)
		}
	}
}

// Several start at once, as from one Procfile: each keeps its own address.
func TestAddressesOfManyAtOnce(t *testing.T) {
	c := &cli{env: []string{"XDG_STATE_HOME=" + t.TempDir()}}
	const many = 20
	app := func(n int) *config.Config {
		return relayOf("ssh://relay.test", "http://localhost:"+string(rune('a'+n)))
	}
	var all sync.WaitGroup
	for n := range many {
		all.Go(func() { c.keepAddress(app(n), given{Port: n + 1}) })
	}
	all.Wait()
	for n := range many {
		if got := c.lastAddress(app(n)); got.Port != n+1 {
			t.Errorf("%d got %v", n, got)
		}
	}
}

// A certificate that callers will refuse is told of when the relay starts, not when the first of them complains.
func TestARelaysCertificateIsJudged(t *testing.T) {
	later := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name  string
		until time.Time
		warns string
	}{
		{"*.relay.test", later, ""},
		{"shop.Relay.test", later, ""},
		{"relay.test", later, "for no name under the domain"},
		{"*.other-relay.test", later, "for no name under the domain"},
		{"*.relay.test", time.Now().Add(-time.Hour), "has expired"},
	} {
		var told bytes.Buffer
		leaf := &x509.Certificate{DNSNames: []string{c.name}, NotAfter: c.until}
		warnRelayCertificate(leaf, "relay.test", slog.New(slog.NewTextHandler(&told, nil)))
		if c.warns == "" && told.Len() > 0 || !strings.Contains(told.String(), c.warns) {
			t.Errorf("%s: told %q", c.name, told.String())
		}
	}
}
