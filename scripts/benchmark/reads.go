package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A read is how long one question to a store of so many captures takes.
type read struct {
	captures int
	question string
	p50, p95 float64 // milliseconds
}

// A question, as the benchmarks of package store call it, and as people do.
type question struct {
	bench, title string
	grows        bool // its page is full in every store, so that it shows what their number costs
}

func questions() []question {
	return []question{
		{"newest", "newest page", true},
		{"path:/hooks/rare", "by path, one in a thousand", false},
		{"path:/hooks", "by path, all of them", true},
		{"order_0000777", "full text, in one capture", false},
		{"object", "full text, in every capture", false},
		{"nowhere", "full text, in none", false},
	}
}

const (
	slowest, brisk = 10, 5 // milliseconds that a page may take, and should
	growth         = 2     // how much longer a page may take with a hundred times as many captures
)

func (m *measurement) allReads(ctx context.Context) error {
	dir := m.s.storeDir
	if dir == "" {
		dir = m.dir
	}
	for _, n := range m.s.store {
		all, err := m.readsOf(ctx, dir, n)
		if err != nil {
			return fmt.Errorf("reading %d captures: %w", n, err)
		}
		m.reads = append(m.reads, all...)
	}
	return nil
}

// readsOf has the benchmarks of package store fill a database, index it and read pages of 50 from it.
func (m *measurement) readsOf(ctx context.Context, dir string, captures int) ([]read, error) {
	program, err := filepath.Abs(m.s.storeTest)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, q := range questions() {
		first, _, _ := strings.Cut(q.bench, "/") // slashes make levels of a benchmark's name
		names = append(names, first)
	}
	cmd := exec.CommandContext(ctx, program, "-test.run", "^$", "-test.benchtime", "100x",
		"-test.timeout", "2h", "-test.bench", "^Benchmark(List|Search)$/^page$/^("+strings.Join(names, "|")+")$")
	cmd.Dir = dir
	cmd.Env = append(environment(dir), "DEVHOOK_BENCH_CAPTURES="+strconv.Itoa(captures),
		"DEVHOOK_BENCH_DB="+filepath.Join(dir, fmt.Sprintf("store-%d.db", captures)))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return parseReads(string(out), captures)
}

// parseReads reads the lines of Go's benchmarks.
func parseReads(text string, captures int) (all []read, err error) {
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		_, name, _ := strings.Cut(fields[0], "/page/")
		if n := strings.LastIndexByte(name, '-'); n > 0 {
			name = name[:n] // without the number of processors
		}
		one := read{captures: captures, question: name}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("line %q: %w", lines.Text(), err)
			}
			switch fields[i+1] {
			case "p50-ms":
				one.p50 = v
			case "p95-ms":
				one.p95 = v
			}
		}
		all = append(all, one)
	}
	for _, q := range questions() {
		if !slices.ContainsFunc(all, func(r read) bool { return r.question == q.bench }) {
			return nil, fmt.Errorf("no figure for %q in %q", q.bench, text)
		}
	}
	return all, nil
}

func findRead(all []read, captures int, question string) (read, bool) {
	for _, r := range all {
		if r.captures == captures && r.question == question {
			return r, true
		}
	}
	return read{}, false
}

// readGates are what is asked of a page: the time it takes of the most captures, and for the newest and by path how that
// grows.
func readGates(all []read) (rows []judged) {
	if len(all) == 0 {
		return nil
	}
	least, most := all[0].captures, all[len(all)-1].captures
	for _, q := range questions() {
		many, _ := findRead(all, most, q.bench)
		g := gate{work: fmt.Sprintf("%s, %d captures", q.title, most), unit: "ms", gate: slowest, goal: brisk, atMost: true}
		rows = append(rows, judged{g, []float64{many.p50}})
		few, ok := findRead(all, least, q.bench)
		if !ok || !q.grows || least == most || few.p50 == 0 {
			continue
		}
		g = gate{work: fmt.Sprintf("%s, %d captures, of %d", q.title, most, least), unit: "×", gate: growth, atMost: true}
		rows = append(rows, judged{g, []float64{many.p50 / few.p50}})
	}
	return rows
}

func writeReads(w io.Writer, all []read) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\n| a page of 50, p50 (p95) ms |")
	var sizes []int
	for _, r := range all {
		if !slices.Contains(sizes, r.captures) {
			sizes = append(sizes, r.captures)
			fmt.Fprintf(w, " %d captures |", r.captures)
		}
	}
	fmt.Fprintf(w, "\n| --- |%s\n", strings.Repeat(" --- |", len(sizes)))
	for _, q := range questions() {
		fmt.Fprintf(w, "| %s |", q.title)
		for _, n := range sizes {
			r, _ := findRead(all, n, q.bench)
			fmt.Fprintf(w, " %.2f (%.2f) |", r.p50, r.p95)
		}
		fmt.Fprintln(w)
	}
}
