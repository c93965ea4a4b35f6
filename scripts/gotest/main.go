// Command gotest runs `go test -json` with its arguments and says in short what came of it: one line a package, the
// whole output of whatever failed, every skipped test by name, and a closing line
//
//	tests: 412 passed, 0 failed, 0 skipped
//
// with the names of what failed, and of what was still running when a package ended, right above it.
//
// Usage: gotest [-noskip] [-sum FILE] [-keep FILE] [--] ARGUMENTS OF GO TEST
//
// A test counts with its subtests, since each is a case of its own. It exits 1 when a test failed or a package did
// not build, and also, with -noskip, when a test was skipped: a run that skipped something has not shown that it works.
// With -sum FILE the numbers are added to those in the file, for a run in several parts; with -keep FILE the events
// themselves are, for whoever wants to know later what a test said: scripts/scorecard --from.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	noskip := flag.Bool("noskip", false, "a skipped test is a failure")
	sum := flag.String("sum", "", "file that the numbers are added to")
	keep := flag.String("keep", "", "file that the events are added to")
	flag.Parse()
	code, err := run(os.Stdout, *noskip, *sum, *keep, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(2)
	}
	os.Exit(code)
}

func run(w io.Writer, noskip bool, sum, keep string, args []string) (code int, err error) {
	t := &tally{w: w, output: map[string][]string{}, tests: map[string]int{}, running: map[string]bool{}}
	if keep != "" {
		f, openErr := os.OpenFile(keep, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if openErr != nil {
			return 0, openErr
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		t.keep = f
	}
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	readErr := t.read(out)
	waitErr := cmd.Wait() // its exit code says no more than the events do, unless there were none
	if readErr != nil {
		return 0, readErr
	}
	if waitErr != nil && t.failed == 0 && t.broken == 0 {
		return 0, fmt.Errorf("go test: %w", waitErr)
	}
	for _, name := range t.blamed {
		fmt.Fprintln(w, "FAIL ", name)
	}
	fmt.Fprintf(w, "tests: %d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
	if sum != "" {
		if err := addTo(sum, t); err != nil {
			return 0, err
		}
	}
	if t.failed > 0 || t.broken > 0 || noskip && t.skipped > 0 {
		return 1, nil
	}
	return 0, nil
}

// An event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// A tally collects what the events tell.
type tally struct {
	w                       io.Writer
	keep                    io.Writer           // gets every event as it came; nil: nothing does
	output                  map[string][]string // by package and test, until its end is known
	tests                   map[string]int      // ended tests of a package
	running                 map[string]bool     // by package and test
	blamed                  []string            // by package and test: what failed, or never ended
	passed, failed, skipped int
	broken                  int // packages that failed without a failing test: build errors, panics, time-outs
	failedIn                string
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(t.w, "%s", line) // not an event: what a tool printed in between
			} else {
				t.add(e)
				if err := t.write(line); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) write(line []byte) error {
	if t.keep == nil {
		return nil
	}
	_, err := t.keep.Write(line)
	return err
}

func (t *tally) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "run":
		t.running[key] = true
	case "output":
		t.output[key] = append(t.output[key], e.Output)
	case "build-output":
		fmt.Fprint(t.w, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.endPackage(e, key)
		} else {
			t.endTest(e, key)
		}
		delete(t.running, key)
		delete(t.output, key)
	}
}

func (t *tally) endTest(e event, key string) {
	t.tests[e.Package]++
	switch e.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		fmt.Fprintf(t.w, "SKIP  %s %s\n", e.Package, e.Test)
	case "fail":
		t.failed++
		t.failedIn = e.Package
		t.blamed = append(t.blamed, key)
		for _, line := range t.output[key] {
			fmt.Fprint(t.w, line)
		}
	}
}

func (t *tally) endPackage(e event, key string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(t.w, "ok    %-40s %6.1fs  %d tests\n", e.Package, e.Elapsed, t.tests[e.Package])
	case "skip":
		fmt.Fprintf(t.w, "none  %s\n", e.Package)
	case "fail":
		if t.failedIn != e.Package {
			t.broken++
			t.flush(e.Package)
		}
		t.blameRunning(e.Package)
		for _, line := range t.output[key] {
			fmt.Fprint(t.w, line)
		}
		fmt.Fprintf(t.w, "FAIL  %-40s %6.1fs\n", e.Package, e.Elapsed)
	}
}

// flush prints what unfinished tests of a package had said: after a panic or a time-out that is where to look.
func (t *tally) flush(pkg string) {
	for key, lines := range t.output {
		if strings.HasPrefix(key, pkg+" ") {
			for _, line := range lines {
				fmt.Fprint(t.w, line)
			}
			delete(t.output, key)
		}
	}
}

// blameRunning notes which tests of a package never ended: it hung or died in one of them.
func (t *tally) blameRunning(pkg string) {
	var names []string
	for key := range t.running {
		if strings.HasPrefix(key, pkg+" ") {
			names = append(names, key+" (never ended)")
			delete(t.running, key)
		}
	}
	slices.Sort(names)
	t.blamed = append(t.blamed, names...)
}

// addTo adds the numbers to a file of three: passed, failed, skipped. A broken package counts as one failure there.
func addTo(name string, t *tally) error {
	var passed, failed, skipped int
	if text, err := os.ReadFile(name); err == nil {
		fmt.Sscan(string(text), &passed, &failed, &skipped)
	}
	text := fmt.Sprintln(passed+t.passed, failed+t.failed+t.broken, skipped+t.skipped)
	return os.WriteFile(name, []byte(text), 0o644)
}
