package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// certified reports whether a relay was told where certificates come from.
func (l *loader) certified() bool {
	for _, word := range []string{"tls-cert", "tls-key", "acme-email", "acme-directory", "acme-ca"} {
		if _, ok := one(l.given[word]); ok {
			return true
		}
	}
	return false
}

func (l *loader) setDomain(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	domain := strings.ToLower(strings.TrimSuffix(v.text, "."))
	if _, err := netip.ParseAddr(domain); err == nil || !validHost(domain) || !strings.Contains(domain, ".") {
		l.fault(v.at, "write the domain under which tunnels have their names: --domain relay.example.com", "%q is no domain", bare(v.text))
		return
	}
	l.server.Domain = domain
}

func (l *loader) setServerTLS([]value) {
	for word, field := range map[string]*string{"tls-cert": &l.server.TLSCert, "tls-key": &l.server.TLSKey} {
		if v, ok := one(l.given[word]); ok {
			*field = v.text
		}
	}
}

// acme gives a word of ACME's to its field. Any of them asks for certificates.
func acme(take func(*loader, *ACME, value)) func(*loader, []value) {
	return func(l *loader, values []value) {
		v, ok := one(values)
		if !ok {
			return
		}
		if l.server.ACME == nil {
			l.server.ACME = &ACME{}
		}
		take(l, l.server.ACME, v)
	}
}

func (l *loader) takeACMEEmail(a *ACME, v value) {
	if !strings.Contains(v.text, "@") {
		l.fault(v.at, "write where the authority may reach you: --acme-email you@example.com", "%q is no address of mail", v.text)
	}
	a.Email = v.text
}

func (l *loader) takeACMEDirectory(a *ACME, v value) {
	u, err := url.Parse(v.text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		l.fault(v.at, "write its directory: --acme-directory https://acme.example.com/directory", "%q is no address of an ACME authority", bare(v.text))
	}
	a.Directory = v.text
}

func (l *loader) takeACMEAuthority(a *ACME, v value) {
	if v.text == "" {
		l.fault(v.at, "name a PEM file, or leave it out", "the path of the authority's certificate is empty")
	}
	a.CA = v.text
}

// checkServer refuses settings of a relay that don't go together.
func (l *loader) checkServer() {
	c := l.server
	switch cert, ok := l.certificatePair(); {
	case ok && (c.TLSCert == "" || c.TLSKey == ""):
		l.fault(cert.at, "name two PEM files, or leave both out", "the path of the certificate or of its key is empty")
	case ok && c.ACME != nil:
		l.fault(cert.at, "leave one of them out", "certificates come from files with --tls-cert, or from an authority with --acme-…, not from both")
	case c.ACME != nil && c.Domain == "" && !public(c.PublicHost):
		l.fault(place{}, "name the domain with --domain, or one host with --public-host", "an authority gives certificates for names, and none is known")
	case c.ACME != nil && !slices.Contains(c.Ports, 80) && !slices.Contains(c.Ports, 443):
		l.fault(place{}, "open one of them: --ports 80,443", "an authority looks for the relay on port 80 or 443, and neither is opened")
	}
	if v, ok := one(l.given["domain"]); ok && len(c.Ports) > 0 && !slices.Contains(c.Ports, 80) && !slices.Contains(c.Ports, 443) {
		l.fault(v.at, "open one of them: --ports 80,443", "names share the ports 80 and 443, and neither is opened")
	}
}

// public reports whether a host is a name, as an authority wants it.
func public(host string) bool {
	return host != "" && net.ParseIP(host) == nil && strings.Contains(host, ".")
}
