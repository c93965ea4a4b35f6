package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
)

// ref is what messages call a secret.
func ref(s Secret) string {
	if s.Ref == "" {
		return "the configured secret"
	}
	return s.Ref
}

// refs is what messages call several of them.
func refs(secrets []Secret) string {
	if len(secrets) == 1 {
		return ref(secrets[0])
	}
	return fmt.Sprintf("each of the %d secrets", len(secrets))
}

// blank says that a secret holds nothing. White space alone is nothing: an unset variable in quotes must not become a key.
func blank(s Secret) bool { return strings.TrimSpace(s.Value) == "" }

// usable parts the secrets that can prove something from the names of the empty ones.
func usable(secrets []Secret) (good []Secret, empty []string) {
	for _, s := range secrets {
		if blank(s) {
			empty = append(empty, ref(s))
			continue
		}
		good = append(good, s)
	}
	return good, empty
}

// same compares in a time that depends neither on where two values differ nor on their lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// match finds the secret that equals the value. All are compared, so that the time says nothing about which one it was.
func match(value string, secrets []Secret) (hit Secret, ok bool) {
	for _, s := range secrets {
		if same(value, s.Value) && !blank(s) {
			hit, ok = s, true
		}
	}
	return hit, ok
}
