package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
)

// certificate reads the one with which TLS ends here; nil when none is named.
func certificate(cfg *config.Config) (*tunnel.Certificate, error) {
	if cfg.TLSCert == "" {
		return nil, nil
	}
	cert, err := tunnel.LoadCertificate(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return nil, certificateFault(cfg.TLSCert, cfg.TLSKey, err)
	}
	return cert, nil
}

// serving is TLS that a certificate ends; nil without one.
func serving(cert *tunnel.Certificate, log *slog.Logger) *tls.Config {
	if cert == nil {
		return nil
	}
	cert.Log = log
	return &tls.Config{GetCertificate: cert.Get, MinVersion: tls.VersionTLS12}
}

// certificateFault says why a certificate can't be used.
func certificateFault(cert, key string, err error) error {
	switch {
	case errors.Is(err, tunnel.ErrKeyExposed):
		return failed(err, "chmod 600 "+key, "the key %s can be read by others", key)
	case errors.Is(err, tunnel.ErrKeyEncrypted):
		return failed(err, "write it without one: openssl pkey -in "+key+" -out plain.key, with umask 077", "the key %s is encrypted with a passphrase", key)
	case errors.Is(err, tunnel.ErrNoPair):
		return failed(err, "name the two files that were made together", "the key %s is not that of the certificate %s", key, cert)
	}
	what, file := "key", key
	if strings.HasPrefix(err.Error(), "tunnel: read certificate ") {
		what, file = "certificate", cert
	}
	hint := "name PEM files: the certificate with --tls-cert (fullchain.pem), its key with --tls-key (privkey.pem)"
	if errors.Is(err, fs.ErrPermission) {
		hint = "let this user read it"
	}
	return failed(err, hint, "the %s %s can't be read: %s", what, file, reason(err))
}

// warnCertificate tells what will keep senders from delivering.
func (s *site) warnCertificate() {
	u, err := url.Parse(s.publicURL())
	if s.pub.certificate == nil || err != nil || u.Scheme != "https" {
		return
	}
	if text, hint := untrusted(s.pub.certificate.Leaf(), u.Hostname(), s.pub.certificate.Verify(u.Hostname())); text != "" {
		s.warn(text, hint)
	}
}

// untrusted puts an error of a certificate's verification into words.
func untrusted(leaf *x509.Certificate, host string, err error) (text, hint string) {
	invalid, bad := errors.AsType[x509.CertificateInvalidError](err)
	_, other := errors.AsType[x509.HostnameError](err)
	switch {
	case err == nil:
		return "", ""
	case bad && invalid.Reason == x509.Expired && time.Now().Before(leaf.NotBefore):
		return "the certificate is not valid yet: senders refuse it until " + leaf.NotBefore.Local().Format(stamp), "set this machine's clock, or use another certificate"
	case bad && invalid.Reason == x509.Expired:
		return "the certificate expired at " + leaf.NotAfter.Local().Format(stamp) + ": senders refuse it", "renew it; the new files are taken without a restart"
	case other:
		return fmt.Sprintf("the certificate is not for %s but for %s: senders refuse it", quote(host), quote(namesOf(leaf))),
			"use a certificate for this name, or say with --public-url which name leads here"
	}
	return "the certificate can't be traced to an authority that this system knows: most senders refuse it (" + reason(err) + ")",
		"use one of a public authority, with those in between behind it (fullchain.pem); for a test: curl --cacert"
}

func namesOf(leaf *x509.Certificate) string {
	names := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no name"
	}
	return strings.Join(names, ", ")
}

// pinned is how the probe knows the other end: by our own certificate, which this system need not trust, or else as any
// caller does, because something in front may end TLS.
func pinned(own *tunnel.Certificate) *tls.Config {
	if own == nil {
		return nil
	}
	return &tls.Config{
		InsecureSkipVerify: true, // because VerifyConnection verifies
		VerifyConnection: func(s tls.ConnectionState) error {
			if s.PeerCertificates[0].Equal(own.Leaf()) {
				return nil
			}
			o := x509.VerifyOptions{DNSName: s.ServerName, Intermediates: x509.NewCertPool()}
			for _, between := range s.PeerCertificates[1:] {
				o.Intermediates.AddCert(between)
			}
			_, err := s.PeerCertificates[0].Verify(o)
			return err
		},
	}
}
