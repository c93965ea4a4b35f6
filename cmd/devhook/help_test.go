package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"devhook/inspector/provider"
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

// TestReadmeCommands runs the flags of every command in the README's blocks through the command, and looks its sample
// events up: what is shown there can be typed.
func TestReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	c := &cli{term: newTerm(new(bytes.Buffer), new(bytes.Buffer), nil), known: provider.All()}
	seen := 0
	text := strings.ReplaceAll(string(readme), "\\\n", "")
	block := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			block = !block
		}
		m := readmeCommand.FindStringSubmatch(line)
		if m == nil || !block && !strings.Contains(line, "`"+m[0][1:]) {
			continue
		}
		seen++
		root := newRoot(c) // flags remember
		words := strings.Fields(strings.ReplaceAll(m[1], "'X-Debug: 1'", "X-Debug:1"))
		cmd, args, err := root.Find(words)
		if err != nil || cmd == root {
			t.Errorf("%q is no command: %v", m[1], err)
			continue
		}
		if err := cmd.ParseFlags(args); err != nil {
			t.Errorf("%q: %v", m[1], err)
		}
		if cmd.Name() == "send" && len(args) > 0 {
			if _, _, err := findSample(c.known, args[0]); err != nil {
				t.Errorf("%q: %v", m[1], err)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d commands were found", seen)
	}
}

// readmeCommand is a line of a block with a command, without what stands behind it: a remark, a pipe, a redirection.
var readmeCommand = regexp.MustCompile("(?:^|- run: |&& |`)devhook ((?:[a-z]+)(?: [^ `>&|;]+| '[^']*')*)")
