package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/cmd/devhook/config"
	"devhook/tunnel/relay"
)

const (
	maxKeys  = 1 << 20         // bytes of an authorized_keys file
	keysLook = 2 * time.Second // how often it is looked at
)

// relayKeys is the authorized_keys file of a relay.
type relayKeys struct {
	path string
	log  *slog.Logger
	text []byte // as it was read last
	lost bool   // it could not be read the last time
	now  atomic.Pointer[relay.KeyFile]
}

// loadKeys reads the file for the first time: without a key in it a relay is of no use to anybody, and does not start.
func loadKeys(cfg *config.Relay, log *slog.Logger) (*relayKeys, error) {
	k := &relayKeys{path: cfg.AuthorizedKeys, log: log}
	text, err := k.read()
	hint := fmt.Sprintf("run devhook key on the machine of the app, or take its ~/.ssh/id_ed25519.pub, and put that line into %s", k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failed(err, hint, "nobody may use this relay: there is no %s", k.path)
	case err != nil:
		return nil, failed(err, "name a readable file with --authorized-keys", "the authorised keys %s can't be read: %s", k.path, reason(err))
	}
	k.take(text)
	if k.now.Load().Empty() {
		return nil, failed(nil, hint, "nobody may use this relay: %s holds no key that can", k.path)
	}
	return k, nil
}

func (k *relayKeys) read() ([]byte, error) {
	f, err := os.Open(k.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeys+1))
	if err == nil && len(text) > maxKeys {
		err = errors.New("larger than 1 MiB")
	}
	return text, err
}

// take makes text what counts.
func (k *relayKeys) take(text []byte) {
	file, faults := relay.ParseKeys(text, time.Local)
	for _, err := range faults {
		k.log.Warn("a key is left out", "file", k.path, "err", err)
	}
	k.text = text
	k.now.Store(file)
}

func (k *relayKeys) authorized(key ssh.PublicKey, from net.Addr) (relay.Grant, error) {
	return k.now.Load().Grant(key, from, time.Now())
}

// owns reports whether a key with this fingerprint may use the relay.
func (k *relayKeys) owns(fingerprint string) bool { return k.now.Load().Owns(fingerprint) }

// watch looks at the file again and again, and at the clock: keys expire. recheck is called each time.
func (k *relayKeys) watch(ctx context.Context, recheck func()) {
	tick := time.NewTicker(keysLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.look()
			recheck()
		}
	}
}

// look reads the file again. One that is gone for a moment is being replaced; one that stays away lets nobody in.
func (k *relayKeys) look() {
	text, err := k.read()
	switch {
	case err != nil && !k.lost:
		k.lost = true
	case err != nil && len(k.text) > 0:
		k.log.Error("the authorised keys can't be read: nobody may log in", "file", k.path, "err", err)
		k.take(nil)
	case err == nil:
		k.lost = false
		if !bytes.Equal(text, k.text) {
			k.take(text)
			k.log.Info("the authorised keys have changed", "file", k.path)
		}
	}
}
