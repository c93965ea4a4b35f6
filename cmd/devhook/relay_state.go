package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
)

// The files of a relay's state.
const (
	hostKeyFile = "host_key"
	ownersFile  = "addresses.json"
	lockFile    = "lock"
)

// relayState is what must survive a restart of a relay: who it is, and which address is whose.
type relayState struct {
	dir  string
	log  *slog.Logger
	lock *flock.Flock
	host ssh.Signer
}

// openRelayState opens a directory, and makes it and the host key at the first start.
func openRelayState(dir string, log *slog.Logger) (*relayState, error) {
	const hint = "name a directory that this user can write with --state"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, failed(err, hint, "the state %s can't be opened: %s", dir, reason(err))
	}
	s := &relayState{dir: dir, log: log, lock: flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))}
	switch ok, err := s.lock.TryLock(); {
	case err != nil:
		return nil, failed(err, hint, "the state %s can't be opened: %s", dir, reason(err))
	case !ok:
		return nil, failed(nil, "end it, or give this one a directory of its own with --state", "another relay runs with the state %s", dir)
	}
	var err error
	if s.host, err = s.hostKey(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *relayState) close() error { return s.lock.Close() }

func (s *relayState) fingerprint() string { return ssh.FingerprintSHA256(s.host.PublicKey()) }

// hostKey reads the key, or makes it. One that can't be read is never replaced: agents know the relay by it.
func (s *relayState) hostKey() (ssh.Signer, error) {
	path := filepath.Join(s.dir, hostKeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.newHostKey(path)
	}
	const hint = "bring the file back from a copy; without it agents would refuse the relay until they forget its old key"
	if err != nil {
		return nil, failed(err, hint, "the host key %s can't be read: %s", path, reason(err))
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, failed(err, hint, "the host key %s can't be read: it is no private key in OpenSSH's format", path)
	}
	if info, err := os.Stat(path); err == nil && tooOpen(info) {
		return nil, failed(nil, "chmod 600 "+path, "the host key %s can be read by others", path)
	}
	return key, nil
}

func (s *relayState) newHostKey(path string) (ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "devhook relay")
	if err != nil {
		return nil, err
	}
	if err := replaceFile(path, pem.EncodeToMemory(block)); err != nil {
		return nil, failed(err, "name a directory that this user can write with --state", "the host key %s can't be written: %s", path, reason(err))
	}
	return ssh.NewSignerFromKey(key)
}

// owned is addresses.json.
type owned struct {
	Addresses map[string]ownedAddress `json:"addresses"` // by port or name
}

type ownedAddress struct {
	Key  string    `json:"key"` // fingerprint of the owner's key
	Seen time.Time `json:"seen"`

	Hold *tunnel.Hold `json:"hold,omitempty"` // what is done with requests while its agent is away
}

// owners are the addresses that belonged to keys when the relay ended; those of keys it doesn't know any more are free.
func (s *relayState) owners(known func(fingerprint string) bool) map[string]relay.Owner {
	path := filepath.Join(s.dir, ownersFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var o owned
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		s.setAside(path, err)
		return nil
	}
	owners := make(map[string]relay.Owner)
	for address, owner := range o.Addresses {
		if known(owner.Key) {
			owners[address] = relay.Owner(owner)
		}
	}
	return owners
}

// setAside keeps a file that can't be read from being overwritten.
func (s *relayState) setAside(path string, why error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405Z")
	if err := os.Rename(path, aside); err != nil {
		s.log.Error("which address is whose can't be read, so all are free", "file", path, "err", why, "set aside", err)
		return
	}
	s.log.Error("which address is whose can't be read, so all are free: mend the file that was set aside, or bring it back from a copy, while the relay is down",
		"file", path, "err", why, "aside", aside)
}

// keep notes which address is whose. It returns when that is on disk.
func (s *relayState) keep(owners map[string]relay.Owner) {
	o := owned{make(map[string]ownedAddress, len(owners))}
	for address, owner := range owners {
		owner.Seen = owner.Seen.UTC().Truncate(time.Second)
		o.Addresses[address] = ownedAddress(owner)
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err == nil {
		err = replaceFile(filepath.Join(s.dir, ownersFile), append(text, '\n'))
	}
	if err != nil {
		s.log.Error("which address is whose can't be kept: a restart of the relay would forget it", "err", err)
	}
}

// replaceFile writes a file that only this user can read: whole and on disk, or not at all.
func replaceFile(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
