package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
)

// writeReport prints Markdown: the gates, then two tables for each cell. A figure is the median of the rounds and, in
// brackets, the least and the most; ratios are of figures from the same round.
func writeReport(w io.Writer, m *measurement) {
	fmt.Fprintf(w, "%s; %s, %s; %s %s.\n", time.Now().Format("2006-01-02"), processor(), plural(runtime.NumCPU(), "core"), runtime.GOOS, runtime.GOARCH)
	if all := versions(m.s.peers); len(all) > 0 && len(m.rounds) > 0 {
		fmt.Fprintf(w, "%s.\n", strings.Join(all, ", "))
	}
	if len(m.rounds) == 0 {
		writeGates(w, m)
		writeIdle(w, m.idle)
		writeReads(w, m.reads)
		return
	}
	fmt.Fprintf(w, "%s of %v for each figure; POST of JSON. Median (least–most) of the rounds; ratios are within a round.\n",
		plural(len(m.rounds), "round"), m.s.duration)
	var disk []float64
	for _, r := range m.rounds {
		disk = append(disk, r.fsync)
	}
	fmt.Fprintf(w, "fsync of 4 KiB, which devhook waits for before each answer and the others don't: %s ms.\n", spread("%.2f", disk))
	writeGates(w, m)
	for _, c := range m.s.cells {
		writeCell(w, m, c)
	}
	fmt.Fprintln(w)
	for _, line := range append(m.seen, m.faults...) {
		fmt.Fprintf(w, "- %s\n", line)
	}
}

func writeGates(w io.Writer, m *measurement) {
	all := m.judge()
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\n| work | gate | goal | measured | |\n| --- | --- | --- | --- | --- |")
	for _, one := range all {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", one.work, one.limit(one.gate.gate), one.limit(one.goal), spread("%.2f", one.v), one.verdict(median(one.v)))
	}
}

func writeCell(w io.Writer, m *measurement, c cell) {
	fmt.Fprintf(w, "\n### %s\n\n", c)
	fmt.Fprintln(w, "| | requests/s | p50 ms | p99 ms | CPU s for 1,000 = relay + agent (after the answers) | peak MiB = relay + agent |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- |")
	var present []string
	for _, name := range m.s.peers {
		if rs := m.of(name, c); len(rs) > 0 {
			present = append(present, name)
			fmt.Fprintf(w, "| %s | %s |\n", title(name), strings.Join(figures(rs), " | "))
		}
	}
	fmt.Fprintln(w, "\n| ratios | rate of direct | of ssh -R | p50 of direct | of ssh -R | p99 of direct | of ssh -R | CPU of ssh -R | peak of ssh -R |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, name := range present {
		if name != direct {
			fmt.Fprintf(w, "| %s | %s |\n", title(name), strings.Join(ratios(m.rounds, name, c), " | "))
		}
	}
}

// of are a peer's results of a cell.
func (m *measurement) of(name string, c cell) []result {
	var all []result
	for _, r := range m.rounds {
		if one, ok := r.results[key{name, c}]; ok {
			all = append(all, one)
		}
	}
	return all
}

// figures are one row of the first table.
func figures(rs []result) []string {
	column := func(figure func(result) float64) (v []float64) {
		for _, r := range rs {
			v = append(v, figure(r))
		}
		return v
	}
	row := []string{spread("%.0f", column(rate)), spread("%.2f", column(p50)), spread("%.1f", column(p99))}
	if median(column(rate)) < 100 {
		row[0] = spread("%.1f", column(rate))
	}
	if median(column(peak)) == 0 { // nothing ran for it, or this system does not tell
		return append(row, "–", "–")
	}
	split := func(format string, end func(result) ends) string {
		return fmt.Sprintf(" = "+format+" + "+format,
			median(column(func(r result) float64 { return end(r).relay })), median(column(func(r result) float64 { return end(r).agent })))
	}
	return append(row,
		spread("%.3f", column(cpu))+split("%.3f", func(r result) ends { return r.cpu })+
			fmt.Sprintf(" (%.3f)", median(column(func(r result) float64 { return r.after }))),
		spread("%.0f", column(peak))+split("%.0f", func(r result) ends { return r.peak }))
}

// ratios are one row of the second table. A ratio to a peer that took no part is a dash.
func ratios(rounds []round, name string, c cell) []string {
	var row []string
	for _, one := range []struct {
		figure func(result) float64
		of     []string
	}{{rate, []string{direct, openssh}}, {p50, []string{direct, openssh}}, {p99, []string{direct, openssh}}, {cpu, []string{openssh}}, {peak, []string{openssh}}} {
		for _, other := range one.of {
			row = append(row, spread("%.2f", gate{of: ratio(one.figure, name, other, c)}.measured(rounds)))
		}
	}
	return row
}

// spread prints the median and the range of some numbers.
func spread(format string, numbers []float64) string {
	switch len(numbers) {
	case 0:
		return "–"
	case 1:
		return fmt.Sprintf(format, numbers[0])
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", median(numbers), slices.Min(numbers), slices.Max(numbers))
}

func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func title(peer string) string {
	switch peer {
	case "nginx":
		return "nginx, one hop"
	case openssh:
		return "ssh -R"
	case "mitmproxy":
		return "mitmdump -w"
	case recording:
		return "devhook, recording"
	case embedded:
		return "devhook, recording, relay inside"
	case off:
		return "devhook, recording off"
	}
	return peer
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
