package provider

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"errors"
)

// nistP256 is ECDSA over P-256 with SHA-256 (FIPS 186-5); signatures are DER. The key is public, as X.509 writes it
// (SubjectPublicKeyInfo); signing takes the private one as PKCS #8.
type nistP256 struct{}

func (nistP256) sign(key, signed []byte) ([]byte, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(key)
	private, ok := parsed.(*ecdsa.PrivateKey)
	if ok { // the library overlooks a public half that is not this key's
		whole, _ := x509.MarshalPKCS8PrivateKey(private)
		ok = bytes.Equal(whole, key)
	}
	switch {
	case err != nil && publicP256(key) != nil:
		return nil, errors.New("this is a public key: it can check signatures, not make them")
	case err != nil || !ok || private.Curve != elliptic.P256():
		return nil, errors.New("no private key of ECDSA P-256 in PKCS #8")
	}
	sum := sha256.Sum256(signed)
	return private.Sign(nil, sum[:], crypto.SHA256) // without chance: RFC 6979
}

func (nistP256) verify(key, signed, sig []byte) bool {
	public := publicP256(key)
	sum := sha256.Sum256(signed)
	return public != nil && ecdsa.VerifyASN1(public, sum[:], sig)
}

func publicP256(key []byte) *ecdsa.PublicKey {
	parsed, err := x509.ParsePKIXPublicKey(key)
	public, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || public.Curve != elliptic.P256() {
		return nil
	}
	return public
}

// keys: hardly any seed is none of P-256's; that one gives nothing.
func (nistP256) keys(seed [32]byte) (public, private []byte) {
	key, err := ecdh.P256().NewPrivateKey(seed[:])
	if err != nil {
		return nil, nil
	}
	private, _ = x509.MarshalPKCS8PrivateKey(key) // of a key just made: no error is possible
	public, _ = x509.MarshalPKIXPublicKey(key.PublicKey())
	return public, private
}
