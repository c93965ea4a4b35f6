package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A run is some tests of one package, and how much of it they are to do.
type run struct {
	pkg   string   // "./store"
	tests []string // names of top-level tests, or of fuzz targets
	full  []string // environment in full: KILLS=200
	short []string // and in the short form
	fuzz  bool     // the tests are fuzz targets, which run one after another
}

// fuzzFull and fuzzShort are how long each target is fuzzed.
const (
	fuzzFull  = 10 * time.Minute
	fuzzShort = 10 * time.Second
)

// An outcome is what came of a run.
type outcome struct {
	cases  int      // passed tests, with their subtests
	output []string // lines that they logged
	faults []string // why it shows nothing; none when every test ran and passed
}

// try runs the tests. Whatever goes wrong is a fault of the outcome: the other gates go on.
func (c *card) try(ctx context.Context, r run) outcome {
	if !r.fuzz {
		return c.goTest(ctx, r, r.tests, "-run", "^("+strings.Join(r.tests, "|")+")$")
	}
	length := fuzzFull
	if c.short {
		length = fuzzShort
	}
	var all outcome
	for _, name := range r.tests {
		one := c.goTest(ctx, r, []string{name}, "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", length.String(), "-fuzzminimizetime", "10x")
		all.cases += one.cases
		all.output = append(all.output, last(one.output, "execs: "))
		all.faults = append(all.faults, one.faults...)
	}
	return all
}

// last is the last line with a word in it: fuzzing tells its progress as a sum.
func last(lines []string, word string) string {
	found := ""
	for _, line := range lines {
		if strings.Contains(line, word) {
			found = line
		}
	}
	return found
}

func (c *card) goTest(ctx context.Context, r run, tests []string, how ...string) outcome {
	env, limit := r.full, "5h"
	if c.short {
		env, limit = r.short, "15m"
	}
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"test", "-json", "-count=1", "-timeout", limit}, how...), r.pkg)...)
	cmd.Dir, cmd.Stderr = c.dir, c.log
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return outcome{faults: []string{err.Error()}}
	}
	if err := cmd.Start(); err != nil {
		return outcome{faults: []string{err.Error()}}
	}
	o, readErr := c.listen(out, tests)
	if err := errors.Join(readErr, cmd.Wait()); err != nil && len(o.faults) == 0 {
		o.faults = append(o.faults, fmt.Sprintf("%s: %v", r.pkg, err))
	}
	return o
}

// An event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// listen follows a run. Each of the tests must have passed, and nothing been skipped.
func (c *card) listen(r io.Reader, tests []string) (outcome, error) {
	var o outcome
	passed := map[string]bool{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if len(line) > 0 && json.Unmarshal(line, &e) == nil {
			switch {
			case e.Action == "output" || e.Action == "build-output":
				o.output = append(o.output, e.Output)
			case e.Test == "":
			case e.Action == "pass":
				o.cases++
				passed[e.Test] = true
			case e.Action == "fail" || e.Action == "skip":
				o.faults = append(o.faults, e.Test+": "+e.Action)
			}
		}
		if err != nil {
			for _, name := range tests {
				if !passed[name] {
					o.faults = append(o.faults, name+" did not pass")
				}
			}
			if len(o.faults) > 0 {
				fmt.Fprint(c.log, strings.Join(o.output[max(0, len(o.output)-200):], ""))
			}
			if err == io.EOF {
				err = nil
			}
			return o, err
		}
	}
}
