package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recordOf keeps what the tests of some gates say.
func recordOf(t *testing.T, dir string, gates ...gate) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "events")
	c := card{dir: dir, log: &bytes.Buffer{}, short: true}
	f, err := c.keepIn(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range gates {
		c.judge(t.Context(), g)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestJudgeByRecord: what was kept shows no more than the runs did.
func TestJudgeByRecord(t *testing.T) {
	dir := module(t)
	fuzz := gate{runs: []run{{pkg: "./a", tests: []string{"FuzzIt"}, fuzz: true}}, figures: []figure{{pattern: `execs: (\d+)`, text: "%s inputs", least: 1}}}
	kills := []figure{{pattern: `(\d+) kills`, text: "%s kills", least: 5}}
	all := recordOf(t, dir, gate{runs: of("./a", "TestGood", "TestTwo", "TestBad", "TestSkipped", "TestHalfSkipped", "FuzzIt")}, gate{runs: of("./broken", "TestGood")})
	again := recordOf(t, dir, gate{runs: of("./a", "TestGood")}, fuzz)
	for name, tt := range map[string]struct {
		gate     gate
		files    []string
		short    bool
		status   string
		measured string
	}{
		"holds":                  {gate{runs: of("./a", "TestGood"), figures: kills}, []string{all}, true, holds, "3 kills; 1 case"},
		"too few, in full":       {gate{runs: of("./a", "TestGood"), figures: kills}, []string{all}, false, failed, "fewer than 5"},
		"all files count":        {gate{runs: of("./a", "TestGood"), figures: kills}, []string{all, again}, false, holds, "6 kills; 2 cases"},
		"beside a failure":       {gate{runs: of("./a", "TestTwo")}, []string{all}, true, holds, "3 cases"},
		"a failure":              {gate{runs: of("./a", "TestGood", "TestBad")}, []string{all}, true, failed, "TestBad: fail"},
		"a skipped part":         {gate{runs: of("./a", "TestHalfSkipped")}, []string{all}, true, failed, "TestHalfSkipped/one: skip"},
		"did not run":            {gate{runs: of("./a", "TestTwo")}, []string{again}, true, failed, "TestTwo did not pass"},
		"does not build":         {gate{runs: of("./broken", "TestGood")}, []string{all}, true, failed, "TestGood did not pass"},
		"seeds are no fuzzing":   {fuzz, []string{all}, true, failed, "FuzzIt did not pass"},
		"fuzzing":                {fuzz, []string{all, again}, true, holds, " inputs; 1 case"},
		"no such package":        {gate{runs: of("./nothing", "TestGood")}, []string{all}, true, failed, "TestGood did not pass"},
		"figures of other tests": {gate{runs: of("./a", "TestTwo"), figures: kills}, []string{all}, true, failed, "no figure: ? kills"},
	} {
		t.Run(name, func(t *testing.T) {
			c := card{dir: dir, log: &bytes.Buffer{}, short: tt.short}
			var err error
			if c.kept, err = c.readRecord(t.Context(), tt.files); err != nil {
				t.Fatal(err)
			}
			r := c.judge(t.Context(), tt.gate)
			if r.status != tt.status || !strings.Contains(r.measured, tt.measured) {
				t.Errorf("%s: %q, want %s: %q\n%s", r.status, r.measured, tt.status, tt.measured, c.log)
			}
			if head := c.heading(c.kept.first, "abc"); !strings.Contains(head, "commit unknown.") || c.kept.first.IsZero() || !c.kept.last.After(c.kept.first) {
				t.Errorf("the table begins with %q", head) // the module is in no repository
			}
		})
	}
}

func TestRecordCutShort(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events")
	const events = `{"Action":"start","Package":"example/a"}
no event
{"Action":"run","Package":"example/a","Test":"TestGood"}
{"Action":"pass","Package":"example/a","Te`
	if err := os.WriteFile(name, []byte(events), 0o600); err != nil {
		t.Fatal(err)
	}
	c := card{dir: module(t), log: &bytes.Buffer{}}
	var err error
	if c.kept, err = c.readRecord(t.Context(), []string{name}); err != nil {
		t.Fatal(err)
	}
	if r := c.judge(t.Context(), gate{runs: of("./a", "TestGood")}); r.status != failed {
		t.Errorf("a test that never ended: %s, %s", r.status, r.measured)
	}
	if head := c.heading(c.kept.first, "abc"); !strings.Contains(head, "commit abc.") {
		t.Errorf("the table begins with %q", head)
	}
	if _, err := c.readRecord(t.Context(), []string{name + "x"}); err == nil {
		t.Error("a file that is not there was read")
	}
}
