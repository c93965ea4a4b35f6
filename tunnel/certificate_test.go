package tunnel_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// pairIn has a certificate for a name in a folder of its own.
func pairIn(t *testing.T, name string) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	tunneltest.NewCA(t).WriteFiles(t, dir, name)
	return filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
}

func TestCertificateServes(t *testing.T) {
	dir := t.TempDir()
	ca := tunneltest.NewCA(t)
	ca.WriteFiles(t, dir, "shop.test")
	c, err := tunnel.LoadCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if names := c.Leaf().DNSNames; len(names) != 1 || names[0] != "shop.test" {
		t.Errorf("the leaf is for %q", names)
	}
	a, b := net.Pipe()
	defer b.Close()
	server := tls.Server(a, &tls.Config{GetCertificate: c.Get})
	go func() { _ = server.Handshake(); _ = a.Close() }()
	client := tls.Client(b, &tls.Config{RootCAs: ca.Pool, ServerName: "shop.test"})
	if err := client.Handshake(); err != nil {
		t.Error(err)
	}
}

func TestCertificateRefuses(t *testing.T) {
	cert, key := pairIn(t, "a.test")
	_, other := pairIn(t, "b.test")
	write := func(name, text string) string {
		t.Helper()
		name = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	encrypted := write("encrypted.pem", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})))
	for _, c := range []struct {
		cert, key string
		is        error
		says      string
	}{
		{"/nowhere/cert.pem", key, fs.ErrNotExist, `read certificate "/nowhere/cert.pem"`},
		{cert, "/nowhere/key.pem", fs.ErrNotExist, `read key "/nowhere/key.pem"`},
		{cert, other, tunnel.ErrNoPair, "the key is not the certificate's"},
		{key, cert, nil, "no certificate in PEM form"},
		{write("text.pem", "hello"), key, nil, "no certificate in PEM form"},
		{cert, write("text.pem", "hello"), nil, "read key"},
		{cert, encrypted, tunnel.ErrKeyEncrypted, "passphrase"},
		{cert, t.TempDir(), nil, "no regular file"},
		{write("long.pem", strings.Repeat("x", 1<<20+1)), key, nil, "larger than 1 MiB"},
	} {
		_, err := tunnel.LoadCertificate(c.cert, c.key)
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "tunnel: read ") {
			t.Errorf("%s with %s: %v, want %q", c.cert, c.key, err, c.says)
		}
	}
}

// A key of another kind than the certificate's is told of in the same words.
func TestCertificateWithAKeyOfAnotherCurve(t *testing.T) {
	cert, key := pairIn(t, "a.test")
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tunnel.LoadCertificate(cert, key); !errors.Is(err, tunnel.ErrNoPair) {
		t.Errorf("it says %v", err)
	}
}

func TestCertificateKeyIsNotEverybodys(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // it has no such rights
	}
	cert, key := pairIn(t, "a.test")
	for mode, fine := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: true, 0o644: false, 0o604: false, 0o660: false} {
		if err := os.Chmod(key, mode); err != nil {
			t.Fatal(err)
		}
		_, err := tunnel.LoadCertificate(cert, key)
		if fine && err != nil || !fine && !errors.Is(err, tunnel.ErrKeyExposed) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

// A said is a log that can be read while it is written.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.text.String(), text)
}

// until calls Get, as handshakes would, until ok says so.
func until(t *testing.T, c *tunnel.Certificate, what string, ok func(*tls.Certificate) bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		pair, err := c.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		if ok(pair) {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func TestCertificateIsReadAgain(t *testing.T) {
	cert, key := pairIn(t, "old.test")
	newCert, newKey := pairIn(t, "new.test")
	c, err := tunnel.LoadCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	var log said
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	named := func(name string) func(*tls.Certificate) bool {
		return func(p *tls.Certificate) bool { return p.Leaf.DNSNames[0] == name }
	}
	if err := os.Rename(newCert, cert); err != nil { // half of the replacement: the pair doesn't fit
		t.Fatal(err)
	}
	until(t, c, "the broken pair is told of", func(*tls.Certificate) bool { return log.count("the old one stays") > 0 })
	if pair, _ := c.Get(nil); !named("old.test")(pair) || c.Leaf().DNSNames[0] != "old.test" {
		t.Error("the broken pair is used")
	}
	again := time.Now().Add(2500 * time.Millisecond) // two looks more
	until(t, c, "more looks", func(*tls.Certificate) bool { return time.Now().After(again) })
	if n := log.count("the old one stays"); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	if err := os.Rename(newKey, key); err != nil {
		t.Fatal(err)
	}
	until(t, c, "the new pair is used", named("new.test"))
	if c.Leaf().DNSNames[0] != "new.test" || log.count("the certificate was replaced") != 1 {
		t.Errorf("the leaf is for %q; the log: %s", c.Leaf().DNSNames, log.text.String())
	}
	if err := os.Remove(key); err != nil { // and what is gone doesn't end what works
		t.Fatal(err)
	}
	until(t, c, "the lost key is told of", func(*tls.Certificate) bool { return log.count("the old one stays") == 2 })
	until(t, c, "the pair is still used", named("new.test"))
}
