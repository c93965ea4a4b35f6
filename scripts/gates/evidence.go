package main

import (
	"bytes"
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

// try finds out what comes of the tests: by running them, or from what was kept of earlier runs. Whatever goes wrong is a
// fault of the outcome: the other gates go on.
func (c *card) try(ctx context.Context, r run) outcome {
	switch {
	case c.kept != nil && r.fuzz:
		return c.kept.fuzzed(r, c.log)
	case c.kept != nil:
		return c.kept.tested(r, c.log)
	case !r.fuzz:
		return c.goTest(ctx, r, r.tests, "-run", "^("+strings.Join(r.tests, "|")+")$")
	}
	length := fuzzFull
	if c.short {
		length = fuzzShort
	}
	var all outcome
	for _, name := range r.tests {
		one := c.goTest(ctx, r, []string{name}, "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", length.String(), "-fuzzminimizetime", "10x")
		all.add(one, last(one.output, execs))
	}
	return all
}

// execs stands in the lines by which fuzzing tells its progress, each time as a sum.
const execs = "execs: "

// add takes over what a part of a run showed, with these of its lines.
func (o *outcome) add(part outcome, lines ...string) {
	o.cases += part.cases
	o.output = append(o.output, lines...)
	o.faults = append(o.faults, part.faults...)
}

// last is the last line with a word in it.
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
	var said bytes.Buffer // beside the events; told at the end
	cmd.Dir, cmd.Stderr = c.dir, &said
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
	err = errors.Join(readErr, cmd.Wait())
	_, _ = said.WriteTo(c.log) // who lost the log has the outcome
	if err != nil && len(o.faults) == 0 {
		o.faults = append(o.faults, fmt.Sprintf("%s: %v", r.pkg, err))
	}
	return o
}

// listen follows a run, and keeps what it says where that was asked for.
func (c *card) listen(r io.Reader, tests []string) (outcome, error) {
	w := witness{passed: map[string]bool{}}
	keep := c.keep
	if keep == nil {
		keep = io.Discard
	}
	err := eachEvent(r, func(line []byte, e event) error {
		w.hear(e)
		_, err := keep.Write(line)
		return err
	})
	return w.say(tests, c.log), err
}

// An event is one line of `go test -json` (go doc test2json), or one of our own with what was tried in it.
type event struct {
	Time                          time.Time
	Action, Package, Test, Output string
}

// A witness heard a run.
type witness struct {
	outcome
	passed map[string]bool
}

func (w *witness) hear(e event) {
	switch {
	case e.Action == "output" || e.Action == "build-output":
		w.output = append(w.output, e.Output)
	case e.Test == "":
	case e.Action == "pass":
		w.cases++
		w.passed[e.Test] = true
	case e.Action == "fail" || e.Action == "skip":
		w.faults = append(w.faults, e.Test+": "+e.Action)
	}
}

// say is what the run shows: each of the tests must have passed, and nothing been skipped.
func (w *witness) say(tests []string, log io.Writer) outcome {
	for _, name := range tests {
		if !w.passed[name] {
			w.faults = append(w.faults, name+" did not pass")
		}
	}
	if len(w.faults) > 0 {
		fmt.Fprint(log, strings.Join(w.output[max(0, len(w.output)-200):], ""))
	}
	return w.outcome
}

// isEvent reads one line of what go test said; anything else in between is none.
func isEvent(line []byte) (event, bool) {
	var e event
	return e, json.Unmarshal(line, &e) == nil
}
