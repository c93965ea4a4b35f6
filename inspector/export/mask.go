// Package export turns a capture into something to take along: a curl command, the raw request, a file for an HTTP client, a
// HAR. Take reads HARs and captures in JSON back; what it takes is checked as if it came over the wire.
//
// What leaves here is masked unless the caller passes a nil *Mask: credentials of the sender stand in the capture, and only
// the database, the app and an explicit reveal get them. Everything that is not masked keeps its bytes, also in requests
// that are malformed or cut short: the masks look for names in the text and need no parse to succeed.
//
// Not masked: what stands in compressed bodies, or in parts that are encoded for mail.
package export

import (
	"slices"
	"strings"
)

// Hidden is what stands for a masked value. Of a long signature its ends are left, to tell two apart.
const Hidden = "••••••••"

// A Mask hides the values of credentials by name: in heads, form and JSON bodies and URL queries. A nil *Mask hides nothing.
type Mask struct {
	headers, fields map[string]bool

	veil *Veil // what stands for the values of bodies and queries; nil: Hidden
}

// stand is what takes the place of a value, between the quotes it needs.
func (m *Mask) stand(value, quote string) string {
	if m.veil == nil {
		return quote + Hidden + quote
	}
	return m.veil.cover(value, quote)
}

// NewMask adds a sender's own names to the usual ones. Case, '-' and '_' make no difference.
func NewMask(headers, fields []string) *Mask {
	m := &Mask{headers: map[string]bool{}, fields: map[string]bool{}}
	for _, h := range headers {
		m.headers[plain(h)] = true
	}
	for _, f := range fields {
		m.fields[plain(f)] = true
	}
	return m
}

// plain is a name without what writers vary.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == '_' || r == ' ' || r == '\t':
			return -1
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

var (
	usualHeaders = []string{"authorization", "proxyauthorization", "cookie", "setcookie", "setcookie2", "token", "apikey"}
	usualFields  = []string{"pass", "authorization", "sessionid"}
	usualEndings = []string{"secret", "password", "passwd", "token", "apikey", "authkey", "accesskey", "privatekey", "signature"}
)

func endsUsually(name string) bool {
	return slices.ContainsFunc(usualEndings, func(e string) bool { return strings.HasSuffix(name, e) })
}

// HidesHeader says whether values of a header line of that name are hidden.
func (m *Mask) HidesHeader(name string) bool {
	if m == nil {
		return false
	}
	name = plain(name)
	return m.headers[name] || slices.Contains(usualHeaders, name) || endsUsually(name) || isSignature(name)
}

// HidesField says whether values of that name are hidden in forms, JSON and queries. Of a nested form key such as
// "contact[vars][pin]" each part counts.
func (m *Mask) HidesField(name string) bool {
	if m == nil {
		return false
	}
	for part := range strings.SplitSeq(name, "[") {
		part = plain(strings.TrimSuffix(part, "]"))
		if m.fields[part] || slices.Contains(usualFields, part) || endsUsually(part) {
			return true
		}
	}
	return false
}

// isSignature takes in names with a version behind (X-Hub-Signature-256) but not what is about a signature and no secret.
func isSignature(name string) bool {
	if !strings.Contains(name, "signature") && !strings.Contains(name, "hmac") {
		return false
	}
	for _, about := range []string{"version", "timestamp", "algorithm", "input", "nonce"} {
		if strings.HasSuffix(name, about) {
			return false
		}
	}
	return true
}

// longSignature is the length from which the ends of a signature may be shown: what is left is far too much to guess.
const longSignature = 32

// Header gives a header's value as it may be shown: the ends of a long signature, the scheme of an Authorization.
func (m *Mask) Header(name, value string) string {
	if value == "" || !m.HidesHeader(name) {
		return value
	}
	if isSignature(plain(name)) && len(value) >= longSignature && isASCII(value) {
		return value[:8] + Hidden + value[len(value)-4:]
	}
	if scheme, _, ok := strings.Cut(value, " "); ok && strings.HasSuffix(plain(name), "authorization") && isScheme(scheme) {
		return scheme + " " + Hidden
	}
	return Hidden
}

// isScheme knows the common words: without a scheme the first word may be the secret.
func isScheme(s string) bool {
	return slices.Contains([]string{"basic", "bearer", "digest", "token", "negotiate", "apikey"}, strings.ToLower(s))
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
