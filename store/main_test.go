package store_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// childEnv names what a copy of the test binary is to do instead of testing.
const childEnv = "DEVHOOK_STORE_CHILD"

// TestMain is the test binary's main, and that of the processes it starts.
func TestMain(m *testing.M) {
	children := map[string]func(path string) error{"ledger": ledgerChild, "hold": holdChild, "queue": queueChild, "announce": announceChild, "open": openChild, "migrate": migrateChild, "upgrade": upgradeChild}
	maps.Copy(children, systemChildren)
	if name := os.Getenv(childEnv); name != "" {
		if err := children[name](os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// counted is how often a test does something: as often as a variable says, for scripts/scorecard, or otherwise as is good
// for every day.
func counted(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// child prepares a copy of this binary that runs one of the children on a
// database.
func child(tb testing.TB, name, path string) *exec.Cmd {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	c := exec.CommandContext(tb.Context(), exe, path)
	c.Env = append(os.Environ(), childEnv+"="+name)
	c.Stderr = os.Stderr
	return c
}
