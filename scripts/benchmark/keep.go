package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// resultsFile keeps whole reports, below the top folder.
const resultsFile = "scripts/benchmark/RESULTS.md"

// keep writes what was measured to its place in the results file, and the rates at a glance to the README.
func (m *measurement) keep(root string) error {
	var report bytes.Buffer
	writeReport(&report, m)
	results := filepath.Join(root, filepath.FromSlash(resultsFile))
	if len(m.rounds) == 0 {
		var all error
		for name, some := range map[string]*measurement{
			"idle":  {s: m.s, load: m.load, idle: m.idle},
			"store": {s: m.s, load: m.load, reads: m.reads},
		} {
			if len(some.idle)+len(some.reads) == 0 {
				continue
			}
			report.Reset()
			writeReport(&report, some)
			all = errors.Join(all, replaceBetween(results, name, report.String()))
		}
		return all
	}
	var glance bytes.Buffer
	writeMachine(&glance, m)
	writeGlance(&glance, m)
	return errors.Join(replaceBetween(results, "webhooks", report.String()), replaceBetween(filepath.Join(root, "README.md"), "speed", glance.String()))
}

// replaceBetween puts a text between the lines <!-- name --> and <!-- /name --> of a file.
func replaceBetween(file, name, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, there := strings.Cut(rest, end)
	if !ok || !there {
		return fmt.Errorf("%s has no %q … %q", file, begin, end)
	}
	return os.WriteFile(file, []byte(before+begin+text+end+after), 0o644)
}
