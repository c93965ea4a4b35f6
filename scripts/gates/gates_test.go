package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module whose tests end in every way there is.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example\n\ngo 1.26\n",
		"a/a_test.go": `package a

import ("os"; "testing")

func TestGood(t *testing.T) { t.Log(os.Getenv("MANY"), "kills") }
func TestTwo(t *testing.T) { t.Run("one", func(t *testing.T) { t.Log("healed in 3.5s") }); t.Run("two", func(t *testing.T) { t.Log("healed in 2s") }) }
func TestBad(t *testing.T) { t.Log("7 kills"); t.Error("lost one") }
func TestSkipped(t *testing.T) { t.Skip("not here") }
func TestHalfSkipped(t *testing.T) { t.Run("one", func(t *testing.T) { t.Skip("not here") }) }
func TestLeaves(t *testing.T) { os.Exit(0) }
func FuzzIt(f *testing.F) { f.Fuzz(func(*testing.T, []byte) {}) }
`,
		"broken/b_test.go": "package b\n\nfunc TestGood(t *testing.T) {}\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func of(pkg string, tests ...string) []run {
	return []run{{pkg: pkg, tests: tests, full: []string{"MANY=1200"}, short: []string{"MANY=3"}}}
}

// TestJudge: a gate holds only if all of its tests ran, passed and told their figures.
func TestJudge(t *testing.T) {
	kills := figure{pattern: `(\d+) kills`, text: "%s kills", least: 1000}
	slowest := func(most float64) figure {
		return figure{pattern: `healed in ([\d.]+)s`, text: "healed in %s s", most: atMost(most)}
	}
	dir := module(t)
	for name, tt := range map[string]struct {
		gate     gate
		short    bool
		status   string
		measured string
	}{
		"holds":                {gate{runs: of("./a", "TestGood"), figures: []figure{kills}}, false, holds, "1,200 kills; 1 case"},
		"in short":             {gate{runs: of("./a", "TestGood"), figures: []figure{kills}}, true, holds, "3 kills; 1 case"},
		"too few":              {gate{runs: of("./a", "TestGood"), figures: []figure{{pattern: kills.pattern, text: "%s", least: 1201}}}, false, failed, "fewer than 1,201"},
		"the highest counts":   {gate{runs: of("./a", "TestTwo"), figures: []figure{slowest(3.5)}}, false, holds, "healed in 3.5 s; 3 cases"},
		"too slow":             {gate{runs: of("./a", "TestTwo"), figures: []figure{slowest(3)}}, false, failed, "more than 3"},
		"too slow, in short":   {gate{runs: of("./a", "TestTwo"), figures: []figure{slowest(3)}}, true, holds, "healed in 3.5 s"},
		"a failure":            {gate{runs: of("./a", "TestGood", "TestBad")}, false, failed, "TestBad: fail"},
		"a skipped test":       {gate{runs: of("./a", "TestGood", "TestSkipped")}, false, failed, "TestSkipped: skip"},
		"a skipped part":       {gate{runs: of("./a", "TestHalfSkipped")}, false, failed, "TestHalfSkipped/one: skip"},
		"no such test":         {gate{runs: of("./a", "TestGood", "TestNothing")}, false, failed, "TestNothing did not pass"},
		"no such package":      {gate{runs: of("./nothing", "TestGood")}, false, failed, "TestGood did not pass"},
		"does not build":       {gate{runs: of("./broken", "TestGood")}, false, failed, "TestGood did not pass"},
		"ended by itself":      {gate{runs: of("./a", "TestGood", "TestLeaves")}, false, failed, "TestLeaves did not pass"},
		"no figure":            {gate{runs: of("./a", "TestTwo"), figures: []figure{kills}}, false, failed, "no figure: ? kills"},
		"nothing behind it":    {gate{}, false, failed, "nothing was tried"},
		"open":                 {gate{runs: of("./a", "TestGood"), missing: "the other half"}, false, open, "no test yet: the other half"},
		"open and failing":     {gate{runs: of("./a", "TestBad"), missing: "the other half"}, false, failed, "TestBad: fail"},
		"fuzzing":              {gate{runs: []run{{pkg: "./a", tests: []string{"FuzzIt"}, fuzz: true}}, figures: []figure{{pattern: `execs: (\d+)`, text: "%s inputs", least: 1}}}, true, holds, " inputs; 1 case"},
		"no such fuzz target":  {gate{runs: []run{{pkg: "./a", tests: []string{"FuzzNothing"}, fuzz: true}}}, true, failed, "FuzzNothing did not pass"},
		"fuzzing what is none": {gate{runs: []run{{pkg: "./a", tests: []string{"TestGood"}, fuzz: true}}}, true, failed, "TestGood did not pass"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			c := card{dir: dir, log: &log, short: tt.short}
			r := c.judge(t.Context(), tt.gate)
			if r.status != tt.status || !strings.Contains(r.measured, tt.measured) {
				t.Errorf("%s: %q, want %s: %q\n%s", r.status, r.measured, tt.status, tt.measured, &log)
			}
		})
	}
}

func TestShow(t *testing.T) {
	good, gap, bad := gate{id: "G", runs: of("./a", "TestGood"), wanted: "a|b"}, gate{id: "O", runs: of("./a", "TestGood"), missing: "more"}, gate{id: "B"}
	dir := module(t)
	for name, tt := range map[string]struct {
		gates []gate
		only  string
		short bool
		ok    bool
	}{
		"all hold":       {[]gate{good}, "", false, true},
		"one is open":    {[]gate{good, gap}, "", false, false},
		"open, in short": {[]gate{good, gap}, "", true, true},
		"one failed":     {[]gate{good, bad}, "", true, false},
		"only one":       {[]gate{bad, good}, "G", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			var log, out bytes.Buffer
			file := filepath.Join(t.TempDir(), "card.md")
			c := card{dir: dir, log: &log, short: tt.short}
			ok, err := c.show(t.Context(), &out, file, tt.only, tt.gates)
			if err != nil || ok != tt.ok {
				t.Errorf("%t, %v\n%s", ok, err, &out)
			}
			if kept, err := os.ReadFile(file); err != nil || string(kept) != out.String() || !strings.Contains(out.String(), `| G  | a\|b | 1 case | ok |`) {
				t.Errorf("kept %q, %v", kept, err)
			}
		})
	}
	c := card{dir: dir}
	if _, err := c.show(t.Context(), &bytes.Buffer{}, "", "G,X", []gate{good}); err == nil {
		t.Error("a gate that is not there was chosen")
	}
}
