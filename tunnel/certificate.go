package tunnel

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Why a certificate can't be used. They are wrapped: use errors.Is.
var (
	ErrKeyExposed   = errors.New("other users can read it")
	ErrKeyEncrypted = errors.New("it is encrypted with a passphrase")
	ErrNoPair       = errors.New("the key is not the certificate's")
)

const (
	certificateLook = time.Second // how often the files are looked at, at most
	certificateMost = 1 << 20     // bytes of each
)

// A Certificate is a certificate with its key, kept in two PEM files that may be replaced at any time. The files are
// looked at when a caller comes, once a second at most. While they don't fit together, as in the middle of being
// replaced, the pair that did goes on being used.
type Certificate struct {
	Log *slog.Logger // told of what was replaced; to be set before the first Get. Default: none

	certFile, keyFile string

	mu      sync.Mutex // guards what follows
	pair    *tls.Certificate
	seen    [2]fs.FileInfo // of the files when they were read last
	looked  time.Time
	trouble string // of the files as they are now, as it was told; "" for none
}

// LoadCertificate reads a certificate, with those that lead to its authority behind it, and its key. The key may be
// read by the file's group, but not by everybody.
func LoadCertificate(certFile, keyFile string) (*Certificate, error) {
	c := &Certificate{Log: slog.New(slog.DiscardHandler), certFile: certFile, keyFile: keyFile, looked: time.Now()}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// Get is for tls.Config.GetCertificate. It gives the same certificate to everybody and returns no error.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) >= certificateLook {
		c.look()
		c.looked = time.Now()
	}
	return c.pair, nil
}

// Leaf is the certificate itself, as it was read last.
func (c *Certificate) Leaf() *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pair.Leaf
}

// Verify says why a sender that calls a host would not accept the certificate, judged by this system's authorities: nil,
// or one of crypto/x509's errors.
func (c *Certificate) Verify(host string) error {
	c.mu.Lock()
	pair := c.pair
	c.mu.Unlock()
	between := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if one, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(one)
		}
	}
	_, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: between})
	return err
}

// look reads the files again if they are not what they were. The lock is held.
func (c *Certificate) look() {
	if c.trouble == "" && same(c.seen[0], lookAt(c.certFile)) && same(c.seen[1], lookAt(c.keyFile)) {
		return
	}
	err := c.read()
	switch {
	case err == nil:
		c.trouble = ""
		c.Log.Info("the certificate was replaced", "file", c.certFile, "until", c.pair.Leaf.NotAfter)
	case err.Error() != c.trouble:
		c.trouble = err.Error()
		c.Log.Warn("the certificate can't be replaced: the old one stays", "err", err)
	}
}

// read takes the files as they are. What changes while it reads is seen at the next look.
func (c *Certificate) read() error {
	seen := [2]fs.FileInfo{lookAt(c.certFile), lookAt(c.keyFile)}
	cert, err := readPEM(c.certFile, false)
	if err != nil {
		return fmt.Errorf("tunnel: read certificate %q: %w", c.certFile, err)
	}
	key, err := readPEM(c.keyFile, true)
	if err != nil {
		return fmt.Errorf("tunnel: read key %q: %w", c.keyFile, err)
	}
	if !holds(cert, "CERTIFICATE") {
		return fmt.Errorf("tunnel: read certificate %q: no certificate in PEM form is in it", c.certFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err == nil {
		c.pair, c.seen = &pair, seen
		return nil
	}
	return fmt.Errorf("tunnel: read key %q: %w", c.keyFile, pairFault(key, err))
}

// pairFault says in our words what crypto/tls says in its own.
func pairFault(key []byte, err error) error {
	switch {
	case holds(key, "ENCRYPTED PRIVATE KEY") || bytes.Contains(key, []byte("Proc-Type: 4,ENCRYPTED")):
		return ErrKeyEncrypted
	case strings.Contains(err.Error(), "does not match"):
		return ErrNoPair
	}
	return err
}

// holds reports whether a PEM file has a block of a kind.
func holds(text []byte, kind string) bool {
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			return false
		}
		if b.Type == kind {
			return true
		}
	}
}

// readPEM reads one of the files; a secret one must not be everybody's to read.
func readPEM(name string, secret bool) ([]byte, error) {
	info, err := os.Stat(name) // before it is opened: a pipe would have us wait
	switch {
	case err != nil:
		return nil, bare(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case secret && exposed(info):
		return nil, ErrKeyExposed
	case info.Size() > certificateMost:
		return nil, errors.New("it is larger than 1 MiB")
	}
	text, err := os.ReadFile(name)
	return text, bare(err)
}

// exposed reports whether others than the file's owner and group may use a key. Group rights are how a key is lent to a
// server that doesn't run as root; Windows has no such bits.
func exposed(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o027 != 0
}

// bare drops the operation and path that the sentence already names.
func bare(err error) error {
	var in *fs.PathError
	if errors.As(err, &in) {
		return in.Err
	}
	return err
}

// same reports whether a file is what it was; nil stands for one that can't be looked at.
func same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func lookAt(name string) fs.FileInfo {
	info, err := os.Stat(name)
	if err != nil {
		return nil
	}
	return info
}
