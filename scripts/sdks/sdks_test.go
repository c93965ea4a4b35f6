package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"devhook/inspector/provider"
)

// What is said to be taken or refused is so, at least by devhook; the packages' own verdicts need Node.js (scripts/agree).
func TestTrials(t *testing.T) {
	senders := provider.All()
	for _, k := range packs() {
		p, ok := senders.ByName(k.sender)
		if !ok {
			t.Errorf("no provider %q", k.sender)
			continue
		}
		for _, s := range k.samples(p) {
			f, err := newFixture(&k, p, &s)
			if err != nil {
				t.Fatal(err)
			}
			all, err := f.trials()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				if got := f.valid(c.q, c.secret); c.want == taken && !got || c.want == refused && got {
					t.Errorf("%s, %s, %s: valid is %t", k.sdk, s.Event, c.name, got)
				}
			}
		}
	}
}

// An age limit is found to the second, and no limit as none.
func TestLimit(t *testing.T) {
	for name, want := range map[string][2]string{"stripe": {"5m0s", "48h0m0s"}, "slack": {"5m0s", "5m0s"}, "github": {"48h0m0s", "48h0m0s"}} {
		p, _ := provider.ByName(name)
		f, err := newFixture(&pack{sdk: name}, p, &p.Samples()[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{f.past.String(), f.future.String()}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A difference that is written down and gone, one that is not written down, and a fault all fail the run.
func TestReport(t *testing.T) {
	k := &pack{sdk: "x", differs: map[string]string{"a case": "a reason"}}
	row := func(t tally) []*tally {
		t.pack, t.about = k, installed{Package: "@x/x", Version: "1.0.0"}
		return []*tally{&t}
	}
	for _, c := range []struct {
		name    string
		all     []*tally
		missing []string
		want    bool
		says    string
	}{
		{"as written down", row(tally{compared: 3, known: map[string]int{"a case": 1}}), nil, true, "a reason (a case)"},
		{"gone", row(tally{compared: 3, endsAfter: []string{"a case"}}), nil, false, "FAIL x: a case: the package agrees now"},
		{"fault", row(tally{compared: 3, faults: []string{"a fault"}}), nil, false, "FAIL x: a fault"},
		{"no such provider", row(tally{compared: 3}), []string{"y"}, false, "FAIL y: devhook knows no such provider"},
	} {
		var b strings.Builder
		if got := report(&b, "v20", c.all, c.missing, nil); got != c.want || !strings.Contains(b.String(), c.says) {
			t.Errorf("%s: %t\n%s", c.name, got, b.String())
		}
	}
}

// The lockfile names every package by its content, and no place to fetch it from: that is the machine's own affair.
func TestLockfile(t *testing.T) {
	text, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Resolved, Integrity string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Resolved != "" || !strings.HasPrefix(p.Integrity, "sha512-")) {
			t.Errorf("%s: from %q, integrity %q", name, p.Resolved, p.Integrity)
		}
	}
	if len(lock.Packages) < 30 {
		t.Errorf("%d packages", len(lock.Packages))
	}
}
