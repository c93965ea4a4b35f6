package main

import (
	"math"
	"runtime/debug"
)

// upMemory is the size from which on garbage is collected more often, in bytes. The runtime lets the heap become twice what
// is in use, which with a few long bodies is much; and little work to collect, since nothing in them has to be followed.
const upMemory = 64 << 20

// saveMemory sets that, unless GOMEMLIMIT says something, until restore is called.
func saveMemory() (restore func()) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return func() {}
	}
	debug.SetMemoryLimit(upMemory)
	return func() { debug.SetMemoryLimit(math.MaxInt64) }
}
