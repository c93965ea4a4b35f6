package provider

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// An algorithm makes and checks signatures. A key is bytes as a keyForm gives them.
type algorithm interface {
	sign(key, signed []byte) ([]byte, error)
	verify(key, signed, sig []byte) bool
}

// A digesting algorithm gives the same signature for the same bytes, so that it is made once and compared with many.
type digesting interface {
	digest(key, signed []byte) ([]byte, error)
}

// whichFits is the place of the first signature that is right, -1 if none is. Bodies may be long: a digest is made once.
func whichFits(a algorithm, key, signed []byte, sigs [][]byte) (which int) {
	verify := func(sig []byte) bool { return a.verify(key, signed, sig) }
	if d, ok := a.(digesting); ok {
		want, err := d.digest(key, signed)
		verify = func(sig []byte) bool { return err == nil && hmac.Equal(want, sig) }
	}
	which = -1
	for n, sig := range sigs {
		if verify(sig) && which < 0 {
			which = n
		}
	}
	return which
}

// keyed is HMAC (RFC 2104) with a hash. An empty key verifies nothing.
type keyed func() hash.Hash

// The hashes in use.
var (
	hmacSHA1   algorithm = keyed(sha1.New)
	hmacSHA256 algorithm = keyed(sha256.New)
	hmacSHA384 algorithm = keyed(sha512.New384)
	hmacSHA512 algorithm = keyed(sha512.New)
)

func (k keyed) sign(key, signed []byte) ([]byte, error) {
	if len(key) == 0 {
		return nil, errors.New("the key is empty")
	}
	h := hmac.New(k, key)
	h.Write(signed)
	return h.Sum(nil), nil
}

func (k keyed) digest(key, signed []byte) ([]byte, error) { return k.sign(key, signed) }

func (k keyed) verify(key, signed, sig []byte) bool {
	want, err := k.sign(key, signed)
	return err == nil && hmac.Equal(want, sig)
}

// plainSHA256 is a bare digest: the secret is one of the signed parts.
type plainSHA256 struct{}

func (plainSHA256) sign(_, signed []byte) ([]byte, error) {
	sum := sha256.Sum256(signed)
	return sum[:], nil
}

func (k plainSHA256) digest(key, signed []byte) ([]byte, error) { return k.sign(key, signed) }

func (plainSHA256) verify(_, signed, sig []byte) bool {
	sum := sha256.Sum256(signed)
	return subtle.ConstantTimeCompare(sum[:], sig) == 1
}

// edwards is Ed25519 (RFC 8032). The key is public, 32 bytes; signing takes the private one.
type edwards struct{}

func (edwards) sign(key, signed []byte) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize { // 32 bytes may be a seed, but more likely it is the public key
		return nil, errors.New("no private key of Ed25519, which has 64 bytes")
	}
	return ed25519.Sign(key, signed), nil
}

func (edwards) verify(key, signed, sig []byte) bool {
	return len(key) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize && ed25519.Verify(key, signed, sig)
}

// paired is what an algorithm with two keys has: it makes them of a seed, as a keyForm codes them.
type paired interface {
	keys(seed [32]byte) (public, private []byte)
}

func (edwards) keys(seed [32]byte) (public, private []byte) {
	private = ed25519.NewKeyFromSeed(seed[:])
	return private[ed25519.SeedSize:], private
}

// A keyForm is how a secret's text becomes a key.
type keyForm struct {
	prefix string // taken off where it is there
	coded  coding // nil: the text itself is the key
	length int    // bytes that a key must have, 0 for any
	signed bool   // the secret proves and does not sign: a public key
}

func (f keyForm) bytes(secret string) ([]byte, error) {
	if f.coded == nil {
		return []byte(secret), nil
	}
	secret = strings.TrimPrefix(secret, f.prefix)
	if f.coded == asBase64 && len(secret)%4 != 0 { // some write keys without the padding
		secret += strings.Repeat("=", 4-len(secret)%4)
	}
	b, err := f.coded.decode(secret)
	switch {
	case err != nil:
		return nil, errors.New("is not " + f.coded.name() + ", as this sender's keys are")
	case len(b) == 0 || f.length > 0 && len(b) != f.length:
		return nil, errors.New("has not the length of this sender's keys")
	}
	return b, nil
}

// secret makes a secret of this form.
func (f keyForm) secret(seed []byte) string {
	if f.coded == nil {
		return f.prefix + hex.EncodeToString(seed)
	}
	return f.prefix + f.coded.encode(seed)
}

// signing is the key for a signature of our own. Of a public key there is none.
func (f keyForm) signing(secret string) ([]byte, error) {
	if f.signed {
		return nil, errors.New("is a public key: it can check signatures, not make them")
	}
	return f.bytes(secret)
}

// A coding writes bytes as text.
type coding interface {
	name() string
	encode([]byte) string
	decode(string) ([]byte, error)
}

type (
	hexCoding struct{}
	b64Coding struct{}
)

// The codings. Both are strict: junk behind a signature that some libraries overlook is a fault.
var (
	asHex    coding = hexCoding{}
	asBase64 coding = b64Coding{}
)

func (hexCoding) name() string                    { return "hex" }
func (hexCoding) encode(b []byte) string          { return hex.EncodeToString(b) }
func (hexCoding) decode(s string) ([]byte, error) { return hex.DecodeString(s) }

func (b64Coding) name() string           { return "base64" }
func (b64Coding) encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func (b64Coding) decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, base64.CorruptInputError(strings.IndexAny(s, "\r\n")) // the library passes line breaks over
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}
