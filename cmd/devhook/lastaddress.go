package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"devhook/cmd/devhook/config"
)

// lastAddresses is the file in which up keeps the addresses it was given, so that the next start asks for them first:
// senders know nothing else.
const lastAddresses = "addresses.json"

// addressesWait is how long up waits for another one that writes the file.
const addressesWait = 5 * time.Second

// mostAddresses bounds the file: who tries out many apps does not need them all again.
const mostAddresses = 200

// given is the address that up was given on a relay: a name, or a port.
type given struct {
	Name string `json:"name,omitempty"`
	Port int    `json:"port,omitempty"`
}

func lastKey(cfg *config.Config) string { return cfg.Relay.URL + " " + cfg.Local }

// lastAddress is the address that this app had on this relay, if any. What can't be read is as good as none.
func (c *cli) lastAddress(cfg *config.Config) given { return c.readAddresses()[lastKey(cfg)] }

func (c *cli) readAddresses() map[string]given {
	all := make(map[string]given)
	if dir, ok := config.StateDir(c.env); ok {
		if text, err := os.ReadFile(filepath.Join(dir, lastAddresses)); err == nil {
			err = json.Unmarshal(text, &all)
			if err != nil || all == nil {
				return make(map[string]given)
			}
		}
	}
	return all
}

// keepAddress notes what was given. If that is not possible the next start may get another address, as it does where
// another program took this one.
func (c *cli) keepAddress(cfg *config.Config, now given) {
	dir, ok := config.StateDir(c.env)
	if !ok || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	defer lockAddresses(dir)()
	all := c.readAddresses()
	if all[lastKey(cfg)] == now {
		return
	}
	for key := range all {
		if len(all) < mostAddresses {
			break
		}
		delete(all, key)
	}
	all[lastKey(cfg)] = now
	text, err := json.MarshalIndent(all, "", "  ")
	if err == nil {
		_ = replaceFile(filepath.Join(dir, lastAddresses), append(text, '\n'))
	}
}

// lockAddresses waits until no other up writes the file: several may start at once. One that takes too long is not waited
// for, since the file is always whole.
func lockAddresses(dir string) (unlock func()) {
	ctx, cancel := context.WithTimeout(context.Background(), addressesWait)
	defer cancel()
	lock := flock.New(filepath.Join(dir, lastAddresses+".lock"), flock.SetPermissions(0o600))
	_, _ = lock.TryLockContext(ctx, 5*time.Millisecond)
	return func() { _ = lock.Close() }
}
