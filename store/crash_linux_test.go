package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"devhook/store"
)

// A killPoint is the n-th call of one kind that a thread makes; strace has the kernel kill the process as it makes it.
type killPoint struct {
	call string
	nth  int
}

// killPoints are so many, all kinds alike: the first calls of each, which open and migrate the database, then later and
// later ones.
func killPoints(many int) []killPoint {
	kinds := []struct {
		call string
		step int
	}{{"pwrite64", 5}, {"fsync", 1}, {"pwrite64", 60}, {"fsync", 4}, {"pread64", 40}}
	points := make([]killPoint, 0, many)
	for n := range many {
		k := kinds[n%len(kinds)]
		points = append(points, killPoint{k.call, 1 + n/len(kinds)*k.step})
	}
	return points
}

// killedAtPoint runs a ledger child under strace until it is killed at a point. It reports whether it came so far.
func killedAtPoint(t *testing.T, path string, p killPoint) (ledger, bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace="+p.call,
		"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", p.call, p.nth), exe, path)
	c.Env = append(os.Environ(), childEnv+"=ledger")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // strace and what it traces end together
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	l := ledger{map[string]string{}, map[string]string{}, map[string]string{}, map[string]int{}}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		l.note(t, strings.Fields(lines.Text()))
	}
	err = c.Wait()
	if ctx.Err() != nil {
		return l, false
	}
	if s, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || !s.Signaled() || s.Signal() != syscall.SIGKILL {
		t.Fatalf("%+v: the child was not killed: %v", p, err)
	}
	return l, true
}

// TestKilledAtCalls kills at chosen system calls, where random kills seldom hit: what was acknowledged before is there,
// what was not has an honest end, and the file is sound. CALLS=120 kills at as many points.
func TestKilledAtCalls(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is needed: apt-get install strace")
	}
	points, late, acknowledged := killPoints(counted("CALLS", 10)), 0, 0
	for _, p := range points {
		path := filepath.Join(t.TempDir(), "x.db")
		l, reached := killedAtPoint(t, path, p)
		if !reached {
			late++
			continue
		}
		db, err := store.Open(t.Context(), store.Options{Path: path})
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if err := db.Register(t.Context(), store.Instance{}); err != nil {
			t.Fatal(err)
		}
		l.check(t, db)
		ends(t, db)
		if err := db.Check(t.Context()); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
		if err := webhook(t, db, 1); err != nil {
			t.Errorf("%+v: afterwards: %v", p, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("killed at %+v, with %d captures acknowledged", p, len(l.added))
		}
		acknowledged += len(l.added) + len(l.delivered)
	}
	t.Logf("%d calls at which it was killed, %d not reached, %d captures and deliveries acknowledged, none lost", len(points)-late, late, acknowledged)
	if late > len(points)/10 || acknowledged == 0 {
		t.Errorf("%d of %d points were reached, with %d acknowledged: this shows nothing", len(points)-late, len(points), acknowledged)
	}
}
