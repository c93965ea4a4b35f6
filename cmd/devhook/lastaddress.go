package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"devhook/cmd/devhook/config"
)

// lastAddresses is the file in which up keeps the addresses it was given, so that the next start asks for them first:
// senders know nothing else.
const lastAddresses = "addresses.json"

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
			_ = json.Unmarshal(text, &all)
		}
	}
	return all
}

// keepAddress notes what was given. If that is not possible the next start may get another address, as it does where
// another program took this one.
func (c *cli) keepAddress(cfg *config.Config, now given) {
	all := c.readAddresses()
	dir, ok := config.StateDir(c.env)
	if !ok || all[lastKey(cfg)] == now {
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
	if err == nil && os.MkdirAll(dir, 0o700) == nil {
		_ = replaceFile(filepath.Join(dir, lastAddresses), append(text, '\n'))
	}
}
