package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestHelp holds that every command explains itself with two worked examples.
func TestHelp(t *testing.T) {
	root := newRoot(&cli{term: newTerm(new(bytes.Buffer), new(bytes.Buffer), nil)})
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Hidden {
			return
		}
		examples := 0
		for line := range strings.Lines(cmd.Example) {
			if strings.Contains(line, "devhook ") {
				examples++
			}
		}
		if examples != 2 {
			t.Errorf("%s has %d examples, want 2", cmd.CommandPath(), examples)
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s is described as %q", cmd.CommandPath(), cmd.Short)
		}
		var help bytes.Buffer
		cmd.SetOut(&help)
		if err := cmd.Help(); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(help.String()) {
			if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > 80 {
				t.Errorf("%s: longer than 80 columns: %q", cmd.CommandPath(), line)
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
}

// TestExamplesParse runs every example's flags through the command, so that
// none shows a flag that is not there.
func TestExamplesParse(t *testing.T) {
	root := newRoot(&cli{term: newTerm(new(bytes.Buffer), new(bytes.Buffer), nil)})
	for _, cmd := range root.Commands() {
		for line := range strings.Lines(cmd.Example) {
			_, words, ok := strings.Cut(line, "devhook ")
			if !ok {
				continue
			}
			words, _, _ = strings.Cut(words, " #")
			words, _, _ = strings.Cut(words, " |")
			words, _, _ = strings.Cut(words, " >")
			words = strings.TrimRight(words, ")\n")
			found, args, err := root.Find(strings.Fields(words))
			if err != nil || found != cmd {
				t.Errorf("example %q is not of %s: %v", words, cmd.Name(), err)
				continue
			}
			if err := found.ParseFlags(args); err != nil {
				t.Errorf("example %q: %v", words, err)
			}
		}
	}
}
