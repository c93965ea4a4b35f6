package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
)

// relayTLS is where a relay's certificates come from: two files, or an authority that is asked for one as each name is
// claimed.
type relayTLS struct {
	config    *tls.Config       // nil: no port speaks TLS
	challenge http.Handler      // answers the authority; nil without one
	claimed   func(host string) // asks for a certificate; nil without an authority
	released  func(host string) // renews it no more; nil likewise
	newNames  int               // that a key may take within a day; 0: the relay's default
	begin     func()            // to be called when the public ports are open: the authority comes there
	close     func()
}

func noCertificates() *relayTLS { return &relayTLS{begin: func() {}, close: func() {}} }

func openRelayTLS(ctx context.Context, cfg *config.Relay, log *slog.Logger) (*relayTLS, error) {
	switch {
	case cfg.TLSCert != "":
		cert, err := tunnel.LoadCertificate(cfg.TLSCert, cfg.TLSKey)
		if err != nil {
			return nil, certificateFault(cfg.TLSCert, cfg.TLSKey, err)
		}
		warnRelayCertificate(cert.Leaf(), cfg.Domain, log)
		t := noCertificates()
		t.config = serving(cert, log)
		return t, nil
	case cfg.ACME != nil:
		return openACME(ctx, cfg, log)
	}
	return noCertificates(), nil
}

// warnRelayCertificate tells of a certificate that callers will refuse.
func warnRelayCertificate(leaf *x509.Certificate, domain string, log *slog.Logger) {
	if time.Now().After(leaf.NotAfter) {
		log.Warn("the certificate has expired: callers refuse it until the files are replaced", "at", leaf.NotAfter)
	}
	under := func(name string) bool { return strings.HasSuffix(strings.ToLower(name), "."+domain) }
	if domain != "" && !slices.ContainsFunc(leaf.DNSNames, under) {
		log.Warn("the certificate is for no name under the domain: callers refuse it", "domain", domain, "for", namesOf(leaf), "needed", "*."+domain)
	}
}

// openACME makes ready to ask an authority. It is shown who we are by HTTP-01 (RFC 8555 §8.3) on port 80 or by TLS-ALPN-01
// (RFC 8737) on 443. Certificates and the account are kept with the relay's state.
func openACME(ctx context.Context, cfg *config.Relay, log *slog.Logger) (*relayTLS, error) {
	roots, err := authority(cfg.ACME.CA)
	if err != nil {
		return nil, err
	}
	zlog := zap.New(&slogCore{log: log})
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil },
		Logger:           zlog,
	})
	own := cfg.Domain
	if own == "" {
		own = cfg.PublicHost
	}
	magic = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: filepath.Join(cfg.State, "certificates")},
		Logger:  zlog, DefaultServerName: own,
		OCSP: certmagic.OCSPConfig{DisableStapling: true}, // fewer calls to strangers; authorities end their OCSP services
	})
	issuer := certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{
		CA: cfg.ACME.Directory, Email: cfg.ACME.Email, Agreed: true, TrustedRoots: roots, ListenHost: cfg.Bind, Logger: zlog,
		DisableHTTPChallenge: !slices.Contains(cfg.Ports, 80), DisableTLSALPNChallenge: !slices.Contains(cfg.Ports, 443),
	})
	if cfg.ACME.Directory == "" {
		issuer.CA = certmagic.LetsEncryptProductionCA
	}
	magic.Issuers = []certmagic.Issuer{issuer}
	t := &relayTLS{config: magic.TLSConfig(), close: cache.Stop}
	t.challenge = issuer.HTTPChallengeHandler(http.NotFoundHandler())
	t.claimed = func(host string) {
		if err := magic.ManageAsync(ctx, []string{host}); err != nil && !errors.Is(err, context.Canceled) {
			log.Error("no certificate can be asked for", "host", host, "err", err)
		}
	}
	t.released = func(host string) { cache.RemoveManaged([]certmagic.SubjectIssuer{{Subject: host}}) }
	t.newNames = 24 // authorities make so many a week for a whole domain: Let's Encrypt 50
	t.begin = func() { t.claimed(own) }
	return t, nil
}

// authority reads who vouches for an ACME directory; nil is for the system's authorities.
func authority(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	const hint = "name a PEM file with the certificate of its authority"
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, failed(err, hint, "the authority %s can't be read: %s", path, reason(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, failed(nil, hint, "the authority %s holds no certificate", path)
	}
	return pool, nil
}
