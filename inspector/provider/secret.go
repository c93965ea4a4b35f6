package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// ref is what messages call a secret.
func ref(s Secret) string {
	if s.Ref == "" {
		return "the configured secret"
	}
	return s.Ref
}

// blank says that a secret holds nothing. White space alone is nothing: an unset variable in quotes must not become a key.
func blank(s Secret) bool { return strings.TrimSpace(s.Value) == "" }

// same compares in a time that depends neither on where two values differ nor on their lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
