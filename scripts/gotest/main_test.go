package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const events = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"loud\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"Action":"pass","Package":"q","Elapsed":0.2}
{"Action":"run","Package":"r","Test":"TestHangs"}
{"Action":"output","Package":"r","Test":"TestHangs","Output":"where it hung\n"}
{"Action":"output","Package":"r","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"r","Elapsed":9}
{"Action":"build-output","ImportPath":"s","Output":"s.go:1: no\n"}
{"Action":"fail","Package":"s","Elapsed":0}
go: a line that is no event
`

func TestTally(t *testing.T) {
	var out, kept bytes.Buffer
	sum := &tally{w: &out, keep: &kept, output: map[string][]string{}, tests: map[string]int{}, running: map[string]bool{}}
	if err := sum.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if sum.passed != 1 || sum.failed != 1 || sum.skipped != 1 || sum.broken != 2 {
		t.Errorf("passed %d failed %d skipped %d broken %d", sum.passed, sum.failed, sum.skipped, sum.broken)
	}
	for _, want := range []string{"loud", "SKIP  p TestC", "where it hung", "test timed out", "s.go:1: no", "no event", "ok    q"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
	if got := strings.Join(sum.blamed, ", "); got != "p TestB, r TestHangs (never ended)" {
		t.Errorf("blamed: %s", got)
	}
	if all, _, _ := strings.Cut(events, "go: "); kept.String() != all {
		t.Errorf("kept %q", &kept)
	}
	if strings.Contains(out.String(), "quiet") {
		t.Errorf("a passed test's output is shown:\n%s", out.String())
	}
}

func TestAddTo(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sum")
	for range 2 {
		if err := addTo(name, &tally{passed: 5, failed: 1, broken: 1, skipped: 3}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(text)); got != "10 4 6" {
		t.Errorf("sum = %q", got)
	}
}
