package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"time"
)

// A record is what earlier runs said: files of `go test -json`, one run of a package after another. All that stands in
// them counts: a test that failed once fails its gate.
type record struct {
	module      string
	runs        map[string][][]event // by package
	commits     []string             // what was tried, where whoever kept it says so
	first, last time.Time
}

// tried is the action of our own events: Output is the commit.
const tried = "tried"

// readRecord reads files that -keep, scripts/gotest or go test -json wrote.
func (c *card) readRecord(ctx context.Context, files []string) (*record, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m")
	cmd.Dir = c.dir
	module, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("gates: name the module: %w", err)
	}
	k := &record{module: strings.TrimSpace(string(module)), runs: map[string][][]event{}}
	for _, name := range files {
		if err := k.read(name); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *record) read(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	open := map[string]bool{} // packages of this file whose run has begun
	return eachEvent(f, func(_ []byte, e event) error {
		if e.Action == tried && !slices.Contains(k.commits, e.Output) {
			k.commits = append(k.commits, e.Output)
		}
		if e.Package == "" {
			return nil
		}
		if e.Action == "start" || !open[e.Package] {
			open[e.Package] = true
			k.runs[e.Package] = append(k.runs[e.Package], nil)
		}
		all := k.runs[e.Package]
		all[len(all)-1] = append(all[len(all)-1], e)
		if !e.Time.IsZero() && (k.first.IsZero() || e.Time.Before(k.first)) {
			k.first = e.Time
		}
		if e.Time.After(k.last) {
			k.last = e.Time
		}
		return nil
	})
}

// tested is what the record says of tests, in all runs together.
func (k *record) tested(r run, log io.Writer) outcome {
	w := witness{passed: map[string]bool{}}
	for _, one := range k.runs[path.Join(k.module, r.pkg)] {
		for _, e := range one {
			if top, _, _ := strings.Cut(e.Test, "/"); slices.Contains(r.tests, top) {
				w.hear(e)
			}
		}
	}
	return w.say(r.tests, log)
}

// fuzzed is what the record says of fuzz targets. A run in which one only took its seeds, like any test, is no fuzzing.
func (k *record) fuzzed(r run, log io.Writer) outcome {
	var all outcome
	for _, name := range r.tests {
		w := witness{passed: map[string]bool{}}
		var told []string
		for _, one := range k.runs[path.Join(k.module, r.pkg)] {
			progress := fuzzingLines(one, name)
			if len(progress) == 0 {
				continue
			}
			told = append(told, last(progress, execs))
			for _, e := range one {
				if top, _, _ := strings.Cut(e.Test, "/"); top == name {
					w.hear(e)
				}
			}
		}
		all.add(w.say([]string{name}, log), told...)
	}
	return all
}

// fuzzingLines are those by which a target told its progress.
func fuzzingLines(run []event, name string) (lines []string) {
	for _, e := range run {
		if e.Test == name && strings.HasPrefix(e.Output, "fuzz: elapsed: ") {
			lines = append(lines, e.Output)
		}
	}
	return lines
}

// when says which time and which commits a record is of; here is the folder's own.
func (k *record) when(here string) string {
	const minute = "2006-01-02 15:04"
	return fmt.Sprintf("judged from what the tests said from %s to %s UTC, commit %s", k.first.UTC().Format(minute), k.last.UTC().Format(minute),
		cmp.Or(strings.Join(k.commits, ", "), here))
}

// keepIn writes down what the runs to come say, after what a file has already.
func (c *card) keepIn(ctx context.Context, name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	c.keep = f
	return f, json.NewEncoder(f).Encode(event{Time: time.Now(), Action: tried, Output: c.commit(ctx)})
}

// eachEvent goes through what go test -json says.
func eachEvent(r io.Reader, do func(line []byte, e event) error) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if e, ok := isEvent(line); ok {
			if err := do(line, e); err != nil {
				return err
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
