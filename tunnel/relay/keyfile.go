package relay

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// A KeyFile is an authorized_keys file (sshd(8), "AUTHORIZED_KEYS FILE FORMAT") as far as a relay can honour it. A key with
// an option that restricts it in a way the relay doesn't know is left out: nobody gets more than was meant.
type KeyFile struct {
	entries []*keyEntry
}

// keyEntry is one line: one key under its conditions.
type keyEntry struct {
	key    []byte // as it is on the wire
	grant  Grant
	from   patterns
	expiry time.Time // zero: never

	forwarding bool // may ask for ports
	listens    bool // permitlisten was given
	anyName    bool // it permits every name
	local      *time.Location
}

// ParseKeys reads a file. It returns what is wrong with it, each error naming the line that is left out for it. Dates
// without a zone are in local.
func ParseKeys(text []byte, local *time.Location) (*KeyFile, []error) {
	f := new(KeyFile)
	var faults []error
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		e, err := parseKey(line, local)
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		f.entries = append(f.entries, e)
	}
	return f, faults
}

func parseKey(line []byte, local *time.Location) (*keyEntry, error) {
	key, comment, options, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		return nil, errors.New("no public key in OpenSSH's format")
	}
	if err := acceptable(key); err != nil {
		return nil, fmt.Errorf("the key type %s is not accepted: ed25519, ecdsa, and rsa of at most 4096 bits are", key.Type())
	}
	e := &keyEntry{key: key.Marshal(), grant: Grant{Name: comment}, forwarding: true, local: local}
	for _, o := range options {
		if err := e.option(o); err != nil {
			return nil, err
		}
	}
	switch {
	case !e.forwarding:
		return nil, errors.New("the key may not forward ports, so there is nothing for it here; add the option port-forwarding")
	case e.listens && len(e.grant.Ports) == 0 && len(e.grant.Names) == 0:
		return nil, errors.New("permitlisten names no port that a relay may open (80, 443, 8000, 8080, 8443)")
	}
	if e.anyName {
		e.grant.Names = nil
	} else if e.listens && e.grant.Names == nil {
		e.grant.Names = []string{}
	}
	if e.listens && e.grant.Ports == nil {
		e.grant.Ports = []int{}
	}
	return e, nil
}

// Empty reports whether no key is left.
func (f *KeyFile) Empty() bool { return len(f.entries) == 0 }

// Owns reports whether the file has a key with this fingerprint.
func (f *KeyFile) Owns(fingerprint string) bool {
	for _, e := range f.entries {
		if key, err := ssh.ParsePublicKey(e.key); err == nil && ssh.FingerprintSHA256(key) == fingerprint {
			return true
		}
	}
	return false
}

// Grant says what a key may do that comes from an address at a time. As with sshd the first line that fits counts.
func (f *KeyFile) Grant(key ssh.PublicKey, from net.Addr, now time.Time) (Grant, error) {
	wire := key.Marshal()
	refusal := errors.New("relay: unknown key")
	for _, e := range f.entries {
		switch {
		case !bytes.Equal(e.key, wire):
		case !e.expiry.IsZero() && !now.Before(e.expiry):
			refusal = errors.New("relay: the key has expired")
		case e.from != nil && !e.from.match(host(from)):
			refusal = errors.New("relay: the key may not be used from this address")
		default:
			return e.grant, nil
		}
	}
	return Grant{}, refusal
}
