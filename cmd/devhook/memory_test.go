package main

import (
	"math"
	"os"
	"runtime/debug"
	"testing"
)

// TestSaveMemory: what GOMEMLIMIT says stays.
func TestSaveMemory(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	defer debug.SetMemoryLimit(before)
	t.Setenv("GOMEMLIMIT", "off")
	saveMemory()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("the user's limit became %d", got)
	}
	if err := os.Unsetenv("GOMEMLIMIT"); err != nil {
		t.Fatal(err)
	}
	restore := saveMemory()
	if got := debug.SetMemoryLimit(-1); got != upMemory {
		t.Errorf("the limit is %d", got)
	}
	restore()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("afterwards it is %d", got)
	}
}
