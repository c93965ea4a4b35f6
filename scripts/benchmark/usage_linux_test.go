package main

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	s, ok := parseStat([]byte("42 (a) b (c) S 7 41 41 0 -1 4194560 100 0 0 0 12 30 5 3 20 0 1 0 100 0 0"))
	if !ok || s != (stat{parent: 7, group: 41, ticks: 50}) {
		t.Errorf("%+v, %v", s, ok)
	}
	if _, ok := parseStat([]byte("42 (a) S 7")); ok {
		t.Error("a short line was taken")
	}
}

// TestFamily: a child, its child and one that its parent left behind are found; they use memory and can be measured.
func TestFamily(t *testing.T) {
	p, err := spawn(t.TempDir(), "shell", nil, "/bin/sh", "-c", "(sleep 60 & echo left; exec sleep 60) & wait")
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	if _, err := p.await(t.Context(), firstLine); err != nil {
		t.Fatal(err)
	}
	all := family(p.cmd.Process.Pid)
	if len(all) != 3 || !slices.Contains(all, p.cmd.Process.Pid) || slices.Contains(all, os.Getpid()) {
		t.Errorf("family of %d: %v", p.cmd.Process.Pid, all)
	}
	sum := 0.0
	for _, pid := range all {
		resetPeak(pid)
		sum += peakOf(pid)
	}
	if sum <= 0 {
		t.Error("they take no memory")
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for slices.ContainsFunc(all, runs) {
		if time.Now().After(deadline) {
			t.Fatalf("some of %v go on", all)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// runs says whether a process is there and no zombie, which has no command line.
func runs(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && len(line) > 0
}
