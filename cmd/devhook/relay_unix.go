//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
)

// tooOpen reports whether others than the owner can read a file.
func tooOpen(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// syncDir puts the names in a directory on disk.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
