package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what devhook providers prints into the README")

// TestReadmeSenders holds that the README shows the table that devhook providers prints.
func TestReadmeSenders(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- senders -->\n", "<!-- /senders -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	shown, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatalf("the README has no %q … %q", begin, end)
	}
	var out, told bytes.Buffer
	if code := run(context.Background(), []string{"providers"}, new(bytes.Buffer), &out, &told, func() []string { return nil }); code != 0 {
		t.Fatalf("devhook providers ended with %d: %s", code, told.Bytes())
	}
	want := "```\n" + out.String() + "```\n"
	switch {
	case shown == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the README's table of senders is not what devhook providers prints\nrun: go test ./cmd/devhook -run TestReadmeSenders -update")
	}
}
