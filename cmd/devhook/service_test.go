package main

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/tunnel/relay"
)

// service is the systemd unit: its settings by name, in order.
func service(t *testing.T) (settings map[string][]string, text string) {
	t.Helper()
	b, err := os.ReadFile("../../scripts/devhook-relay.service")
	if err != nil {
		t.Fatal(err)
	}
	settings = map[string][]string{}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings, string(b)
}

// parses holds that a command line is one that devhook takes.
func parses(t *testing.T, words []string) {
	t.Helper()
	root := newRoot(&cli{term: newTerm(new(bytes.Buffer), new(bytes.Buffer), nil)})
	cmd, rest, err := root.Find(words)
	if err != nil || cmd.Name() != "relay" {
		t.Fatalf("%q is no relay: %v", words, err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%q: %v", words, err)
	}
	if err := cobra.NoArgs(cmd, cmd.Flags().Args()); err != nil {
		t.Errorf("%q: %v", words, err)
	}
}

// TestServiceStartsARelay holds that the unit names flags and variables that there are, and leaves time for the drain.
func TestServiceStartsARelay(t *testing.T) {
	unit, text := service(t)
	if len(unit["ExecStart"]) != 1 {
		t.Fatalf("ExecStart %q", unit["ExecStart"])
	}
	words := strings.Fields(unit["ExecStart"][0])
	if words[0] != "/usr/local/bin/devhook" {
		t.Errorf("it starts %s", words[0])
	}
	parses(t, words[1:])
	variables := regexp.MustCompile(`DEVHOOK_\w+=[\w.]+`).FindAllString(text, -1)
	if len(variables) < 2 {
		t.Errorf("variables %q", variables)
	}
	if _, err := config.LoadRelay(config.Sources{Env: append(variables, "HOME=/")}); err != nil {
		t.Error(err)
	}
	stop, err := time.ParseDuration(unit["TimeoutStopSec"][0])
	if err != nil || stop < 2*drain || unit["KillSignal"][0] != "SIGTERM" {
		t.Errorf("the drain takes %s: TimeoutStopSec %s, KillSignal %s (%v)", drain, stop, unit["KillSignal"], err)
	}
	state := words[slices.Index(words, "--state")+1]
	if state != "%S/"+unit["StateDirectory"][0] {
		t.Errorf("the state is %s, systemd makes %s", state, unit["StateDirectory"])
	}
}

// TestShownRelaysStart holds the same of the command lines in the heads of the Dockerfile and in the README.
func TestShownRelaysStart(t *testing.T) {
	for _, file := range []string{"../../Dockerfile", "../../README.md"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		joined := regexp.MustCompile(`\\\n#?`).ReplaceAllString(string(b), "")
		shown := regexp.MustCompile(`(?m)^.*\bdevhook (relay --.*)$`).FindAllStringSubmatch(joined, -1)
		if len(shown) == 0 {
			t.Errorf("%s shows no relay", file)
		}
		for _, one := range shown {
			parses(t, strings.Fields(one[1]))
		}
	}
}

// TestShownMetricsAreThere holds that the README names no series that a relay doesn't have.
func TestShownMetricsAreThere(t *testing.T) {
	reg, err := newRegistry(func() relay.Stats { return relay.Stats{} })
	if err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"devhook_relay_": true} // what the README greps for
	for _, f := range families {
		known[f.GetName()], known[f.GetName()+"_bucket"] = true, true
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				known[l.GetValue()] = true
			}
		}
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`devhook_relay_\w*`).FindAllString(string(text), -1)
	for _, m := range regexp.MustCompile(`(?:outcome|client)=~?"([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		shown = append(shown, strings.Split(m[1], `\|`)...)
	}
	if len(shown) < 8 {
		t.Errorf("the README names %q only", shown)
	}
	for _, name := range shown {
		if !known[name] {
			t.Errorf("no series and no label is called %q", name)
		}
	}
}
