package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// benchLines is what Go prints of the benchmarks of package store, with a median for the newest page.
func benchLines(newest float64) string {
	var b strings.Builder
	b.WriteString("goos: linux\n")
	for _, q := range questions() {
		p50 := 1.0
		if q.bench == "newest" {
			p50 = newest
		}
		fmt.Fprintf(&b, "BenchmarkList/page/%s-2   \t  100\t  900000 ns/op\t  %.3f p50-ms\t  2.000 p95-ms\n", q.bench, p50)
	}
	return b.String()
}

func TestReads(t *testing.T) {
	few, err := parseReads(benchLines(.5), 10)
	if err != nil {
		t.Fatal(err)
	}
	many, err := parseReads(benchLines(12), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read{1000, "newest", 12, 2}, many[0], cmp.AllowUnexported(read{})); diff != "" {
		t.Errorf("newest page (-want +got):\n%s", diff)
	}
	m := &measurement{reads: append(few, many...)}
	verdicts := map[string]string{}
	for _, one := range m.judge() {
		verdicts[one.work] = one.verdict(median(one.v))
	}
	for work, want := range map[string]string{
		"newest page, 1000 captures":                      "**miss**",
		"newest page, 1000 captures, of 10":               "**miss**",
		"by path, all of them, 1000 captures, of 10":      "ok",
		"full text, in one capture, 1000 captures":        "ok, goal",
		"full text, in one capture, 1000 captures, of 10": "",
	} {
		if verdicts[work] != want {
			t.Errorf("%s: %q, want %q", work, verdicts[work], want)
		}
	}
	if _, err := parseReads("PASS\n", 10); err == nil {
		t.Error("no figures were taken")
	}
}

func TestIdleGates(t *testing.T) {
	m := &measurement{idle: []held{{tunnels: 10, pss: 30}, {tunnels: 100, pss: 60}}}
	var got []string
	for _, one := range m.judge() {
		got = append(got, one.work+": "+one.verdict(median(one.v)))
	}
	want := []string{
		"10 idle tunnels, memory of the relay for each: ok, goal",
		"100 idle tunnels, memory of the relay for each: ok",
		"each of 100, of each of 10: **miss**",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
}

func TestNeeds(t *testing.T) {
	s, err := parse([]string{"-short"})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	writeNeeds(&b, s)
	if got := b.String(); strings.Contains(got, "mitmproxy") || strings.Contains(got, "npm") || !strings.Contains(got, "sshd:openssh-server\n") {
		t.Errorf("a short run needs %q", got)
	}
}
