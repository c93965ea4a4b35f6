package main

import (
	"os"
	"runtime/debug"
)

// upMemory is the size from which on garbage is collected more often, in bytes: more than what is in use at most, with long
// bodies in memory and one that is read back. The runtime lets the heap become twice what is in use, which is much then; and
// it is little work to collect, since nothing in a body has to be followed.
const upMemory = 64 << 20

// saveMemory sets that, unless GOMEMLIMIT says something, until restore is called.
func saveMemory() (restore func()) {
	if _, said := os.LookupEnv("GOMEMLIMIT"); said {
		return func() {}
	}
	before := debug.SetMemoryLimit(upMemory)
	return func() { debug.SetMemoryLimit(before) }
}
