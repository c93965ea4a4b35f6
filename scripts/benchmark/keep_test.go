package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeep: each kind of run replaces its own part and leaves the others as they are.
func TestKeep(t *testing.T) {
	root := t.TempDir()
	results, readme := filepath.Join(root, filepath.FromSlash(resultsFile)), filepath.Join(root, "README.md")
	if err := os.MkdirAll(filepath.Dir(results), 0o755); err != nil {
		t.Fatal(err)
	}
	real, err := os.ReadFile("RESULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{results: real, readme: []byte("a\n<!-- speed -->\nold\n<!-- /speed -->\nb\n")} {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := fresh(16, kib)
	s := settings{peers: []string{direct, openssh, recording}, cells: []cell{c, fresh(1, kib)}}
	many, err := parseReads(benchLines(1), 1234)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*measurement{
		{s: s, rounds: testRounds(c), seen: []string{"all seen"}},
		{s: s, idle: []held{{tunnels: 77, pss: 30}}, reads: many},
	} {
		if err := m.keep(root); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, results, "- all seen\n", "77 idle tunnels, memory", "newest page, 1234 captures", "## Idle tunnels")
	holds(t, readme, "a\n<!-- speed -->\n", "| devhook, recording | 0.375 | – |", "<!-- /speed -->\nb\n")
	if err := replaceBetween(readme, "other", "x"); err == nil {
		t.Error("a place that is not there was taken")
	}
}

func holds(t *testing.T, file string, parts ...string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s lacks %q:\n%s", filepath.Base(file), part, text)
		}
	}
	if strings.Contains(string(text), "old\n") {
		t.Errorf("%s keeps what was there", filepath.Base(file))
	}
}
