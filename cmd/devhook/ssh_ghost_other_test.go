//go:build !unix

package main

// ghostMain has no ssh to hold a port with here: the scripts that call it run on Unix.
func ghostMain() {}
