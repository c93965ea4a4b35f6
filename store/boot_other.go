//go:build !linux

package store

// bootID is not told here.
func bootID() string { return "" }
