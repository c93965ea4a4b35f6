package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// sources is the text of all tests of a package.
func sources(t *testing.T, pkg string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", pkg, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no tests: %v", pkg, err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// TestTable: every test that the table names is there, every variable is read beside it, and bounds can be missed.
func TestTable(t *testing.T) {
	ids := map[string]bool{}
	for _, g := range table() {
		if ids[g.id] || g.id == "" || g.name == "" || g.wanted == "" || len(g.runs) == 0 {
			t.Errorf("gate %q: no id of its own, no text, or nothing to run", g.id)
		}
		ids[g.id] = true
		for _, r := range g.runs {
			text := sources(t, r.pkg)
			for _, name := range r.tests {
				if !strings.Contains(text, "\nfunc "+name+"(") {
					t.Errorf("%s: %s has no %s", g.id, r.pkg, name)
				}
			}
			for _, setting := range slices.Concat(r.full, r.short) {
				if name, _, ok := strings.Cut(setting, "="); !ok || !strings.Contains(text, `"`+name+`"`) {
					t.Errorf("%s: nothing in %s reads %s", g.id, r.pkg, setting)
				}
			}
		}
		for _, f := range g.figures {
			if regexp.MustCompile(f.pattern).NumSubexp() != 1 || strings.Count(f.text, "%s") != 1 || f.least == 0 && f.most == nil {
				t.Errorf("%s: %q is no figure with a bound", g.id, f.text)
			}
		}
	}
}

// TestEveryFuzzTargetIsInTheTable looks for targets that the table does not know.
func TestEveryFuzzTargetIsInTheTable(t *testing.T) {
	known, found := map[string]bool{}, map[string]bool{}
	for _, r := range fuzzing() {
		for _, name := range r.tests {
			known[r.pkg+" "+name] = true
		}
	}
	for _, top := range []string{"cmd", "inspector", "store", "tunnel", "web"} {
		err := filepath.WalkDir(filepath.Join("../..", top), func(name string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(name)
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				if strings.HasPrefix(m[1], "Fuzz") {
					found["./"+filepath.ToSlash(strings.TrimPrefix(filepath.Dir(name), "../../"))+" "+m[1]] = true
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !maps.Equal(known, found) {
		t.Errorf("the table has %v, there are %v", slices.Sorted(maps.Keys(known)), slices.Sorted(maps.Keys(found)))
	}
}
