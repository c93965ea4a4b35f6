package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// heading says when, where and of what a table was made.
func (c *card) heading(began time.Time, commit string) string {
	form, again := "in full", "scripts/scorecard"
	if c.short {
		form, again = "in short, bounds of time not judged", "scripts/scorecard --short"
	}
	of := fmt.Sprintf("%s, took %s, commit %s", began.UTC().Format("2006-01-02 15:04 UTC"), time.Since(began).Round(time.Second), commit)
	if c.kept != nil {
		of = c.kept.when(commit)
	}
	return fmt.Sprintf("# Scorecard, %s\n\n`%s`, %s.\n%s\n\n", form, again, of, machine())
}

// commit names what was tried, and whether the folder had something else in it.
func (c *card) commit(ctx context.Context) string {
	git := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = c.dir
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	name, err := git("rev-parse", "--short=12", "HEAD")
	if err != nil {
		return "unknown"
	}
	if changed, err := git("status", "--porcelain"); err != nil || changed != "" {
		name += " with changes"
	}
	return name
}

var cpuModel = regexp.MustCompile(`(?m)^model name\s*: (.+)$`)

func machine() string {
	cpu := "processor of unknown kind"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := cpuModel.FindSubmatch(text); m != nil {
			cpu = string(m[1])
		}
	}
	return fmt.Sprintf("%s/%s, %d × %s, %s.", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cpu, runtime.Version())
}

// rows is the table.
func rows(results []result) string {
	var b strings.Builder
	b.WriteString("| gate | wanted | measured | ok |\n| --- | --- | --- | --- |\n")
	count := map[string]int{}
	for _, r := range results {
		count[r.status]++
		fmt.Fprintf(&b, "| %s %s | %s | %s | %s |\n", r.id, cell(r.name), cell(r.wanted), cell(r.measured), r.status)
	}
	fmt.Fprintf(&b, "\n%s: %d hold, %d failed, %d open.\n", plural(len(results), "gate"), count[holds], count[failed], count[open])
	return b.String()
}

// cell keeps text within one cell.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
