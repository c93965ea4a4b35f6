package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// An attempt is one login at a relay elsewhere, watched on its way: one
// connection shows all, and a server that counts those that don't log in has
// nothing to count.
type attempt struct {
	o *outside

	mu      sync.Mutex
	remote  net.Addr          // who took the connection; nil if nobody did
	took    time.Duration     // how long that took
	via     *url.URL          // the proxy, nil for none
	cert    *x509.Certificate // of wss://
	heard   []byte            // the first bytes the server sent
	hostKey ssh.PublicKey     // what it showed
	unknown *hostKeyFault     // that key is not known, and was accepted for this once
	key     string            // fingerprint of the key that it let us sign with
	waiting []tunnel.HeldAt   // what it holds for that key
}

func (a *attempt) noteWaiting(held []tunnel.HeldAt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = held
}

// watched lets an attempt see what goes on in a tunnel's login.
func (a *attempt) watched(t tunnel.Config) tunnel.Config {
	dial, check, keys := t.Dial, t.HostKey, t.Keys
	a.o.socket.Proxy = a.proxy
	a.o.socket.TLS = &tls.Config{MinVersion: tls.VersionTLS12, VerifyConnection: a.secured}
	t.Dial = func(ctx context.Context) (net.Conn, error) {
		began := time.Now()
		c, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.remote, a.took = c.RemoteAddr(), time.Since(began)
		return &overheard{Conn: c, a: a}, nil
	}
	t.HostKey = func(host string, remote net.Addr, key ssh.PublicKey) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.hostKey = key
		err := check(host, remote, key)
		if f, ok := errors.AsType[*hostKeyFault](err); ok && f.kind == unknownKey && a.o.cfg.AcceptHostKey {
			a.unknown = f
			return nil
		}
		return err
	}
	t.Keys = func() ([]ssh.Signer, error) {
		signers, err := keys()
		for i, s := range signers {
			signers[i] = &signing{s, a}
		}
		return signers, err
	}
	return t
}

func (a *attempt) proxy(r *http.Request) (*url.URL, error) {
	via, err := http.ProxyFromEnvironment(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.via = via
	return via, err
}

func (a *attempt) secured(s tls.ConnectionState) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cert = s.PeerCertificates[0]
	return nil
}

// banner is the line by which an SSH server introduces itself, or whatever the
// server said instead.
func (a *attempt) banner() (text string, isSSH bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := ""
	for line := range bytes.Lines(a.heard) { // lines may go before it (RFC 4253 §4.2)
		text := string(bytes.TrimRight(line, "\r\n"))
		if rest, ok := bytes.CutPrefix([]byte(text), []byte("SSH-2.0-")); ok {
			return string(rest), true
		}
		first = or(first, text)
	}
	return first, false
}

const enoughHeard = 2 << 10 // bytes

// overheard is a connection whose first bytes are kept.
type overheard struct {
	net.Conn
	a *attempt
}

func (c *overheard) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	c.a.heard = append(c.a.heard, p[:min(n, max(0, enoughHeard-len(c.a.heard)))]...)
	return n, err
}

// signing is a key whose use is noted: a server lets us sign only with one that
// it would accept.
type signing struct {
	ssh.Signer
	a *attempt
}

func (s *signing) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(rand, data, "")
}

func (s *signing) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s.a.mu.Lock()
	s.a.key = ssh.FingerprintSHA256(s.PublicKey())
	s.a.mu.Unlock()
	if able, ok := s.Signer.(ssh.AlgorithmSigner); ok {
		return able.SignWithAlgorithm(rand, data, algorithm)
	}
	return s.Signer.Sign(rand, data)
}
