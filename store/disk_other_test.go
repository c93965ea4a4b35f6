//go:build !unix

package store_test

var systemChildren = map[string]func(path string) error{}
