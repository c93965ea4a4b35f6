package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"devhook/cmd/devhook/config"
)

// secretsFolder is where secrets are kept that senders or we made.
const secretsFolder = "secrets"

func (c *cli) keepSecret(name, secret string) (path string, err error) {
	dir, err := c.stateFolder(secretsFolder)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, plainName(name))
	return path, replaceFile(path, []byte(secret+"\n"))
}

// stateFolder is a folder in devhook's own, made if it is not there.
func (c *cli) stateFolder(name string) (string, error) {
	dir, ok := config.StateDir(c.env)
	if !ok {
		return "", errors.New("no home directory is known")
	}
	dir = filepath.Join(dir, name)
	return dir, os.MkdirAll(dir, 0o700)
}

// plainName makes a file's name of what a sender called a thing.
func plainName(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, name)
	return plain[:min(len(plain), 100)]
}
