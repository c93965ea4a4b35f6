package config

import "path/filepath"

// path is a setting that names a file; in devhook.yaml it is meant from there.
func path(what string, field func(*Config) *string) func(*loader, []value) {
	return func(l *loader, values []value) {
		v, ok := one(values)
		switch {
		case !ok:
		case v.text == "":
			l.fault(v.at, "name a PEM file, or leave it out", "the path of the %s is empty", what)
		case v.at.kind == file && !filepath.IsAbs(v.text):
			*field(l.cfg) = filepath.Join(filepath.Dir(l.cfg.File), v.text)
		default:
			*field(l.cfg) = v.text
		}
	}
}

// checkTLS wants both files, and a relay that passes bytes on which it can't read.
func (l *loader) checkTLS() {
	if !l.uses("tls-cert") {
		return
	}
	cert, ok := l.certificatePair()
	if ok && l.cfg.Relay != nil && l.cfg.Relay.Scheme != "ssh" {
		l.fault(cert.at, "leave --tls-cert out, or forward over a stock sshd: --relay ssh://[user@]host",
			"TLS can't end here: a devhook relay reads requests itself, and %s leads to one", l.cfg.Relay.URL)
	}
}

// certificatePair wants a certificate and its key, or neither; ok says that both are named.
func (l *loader) certificatePair() (cert value, ok bool) {
	cert, hasCert := one(l.given["tls-cert"])
	key, hasKey := one(l.given["tls-key"])
	switch {
	case hasCert && !hasKey:
		l.fault(cert.at, "name the file of its key with --tls-key", "--tls-cert is there, but --tls-key is not")
	case hasKey && !hasCert:
		l.fault(key.at, "name the file of the certificate with --tls-cert", "--tls-key is there, but --tls-cert is not")
	}
	return cert, hasCert && hasKey
}
