package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"devhook/cmd/devhook/config"
)

// identity is devhook's own key on this machine: what its addresses on a
// devhook relay belong to.
type identity struct {
	signer ssh.Signer
	path   string
}

// line is the public key as a line of authorized_keys.
func (i *identity) line() string {
	text := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(i.signer.PublicKey())))
	if name, err := os.Hostname(); err == nil {
		return text + " devhook@" + name
	}
	return text + " devhook"
}

// identity reads devhook's own key. The first call ever makes it.
func (c *cli) identity() (*identity, error) { return c.readIdentity(makeKey) }

// madeIdentity reads devhook's own key if it was made already; nil without an
// error if not.
func (c *cli) madeIdentity() (*identity, error) { return c.readIdentity(nil) }

func (c *cli) readIdentity(create func(path string) error) (*identity, error) {
	dir, ok := config.StateDir(c.env)
	if !ok {
		return nil, failed(nil, "set HOME or XDG_STATE_HOME", "no home directory is known, so devhook's key has no place")
	}
	path := filepath.Join(dir, "id_ed25519")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if create == nil {
			return nil, nil
		}
		if err = create(path); err == nil {
			text, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, failed(err, "check the permissions of the folder, or set XDG_STATE_HOME", "devhook's key %s can't be read: %s", path, reason(err))
	}
	if problem := exposed(path); problem != "" {
		return nil, failed(nil, "chmod 600 "+path, "devhook's key %s %s", path, problem)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, failed(err, "move the file away: devhook makes a new key", "devhook's key %s is damaged: %s", path, reason(err))
	}
	return &identity{signer: signer, path: path}, nil
}

// makeKey writes a new key. Of two processes that do it at once one is the
// first, and both use its key.
func makeKey(path string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, "devhook")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".id_ed25519-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(pem.EncodeToMemory(block))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
