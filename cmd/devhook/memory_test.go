package main

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestSaveMemory: what GOMEMLIMIT says stays.
func TestSaveMemory(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	defer debug.SetMemoryLimit(before)
	restore := saveMemory()
	if got := debug.SetMemoryLimit(-1); got != upMemory {
		t.Errorf("the limit is %d", got)
	}
	restore()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("afterwards it is %d", got)
	}
	debug.SetMemoryLimit(1 << 40)
	saveMemory()()
	if got := debug.SetMemoryLimit(-1); got != 1<<40 {
		t.Errorf("the user's limit became %d", got)
	}
}
