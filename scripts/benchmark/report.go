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
	writeMachine(w, m)
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
	writeGlance(w, m)
	for _, c := range m.s.cells {
		writeCell(w, m, c)
	}
	fmt.Fprintln(w)
	for _, line := range slices.Concat(m.seen, m.refusals(), m.faults) {
		fmt.Fprintf(w, "- %s\n", line)
	}
	for _, err := range m.broken {
		fmt.Fprintf(w, "- **%v**\n", err)
	}
}

// writeMachine says where and when it was measured, and beside what.
func writeMachine(w io.Writer, m *measurement) {
	fmt.Fprintf(w, "%s; %s, %s; %s %s, %s; load average %s before it began.\n", time.Now().Format("2006-01-02"), processor(),
		plural(runtime.NumCPU(), "core"), runtime.GOOS, runtime.GOARCH, runtime.Version(), m.load)
	if all := versions(m.s.peers); len(all) > 0 && len(m.rounds) > 0 {
		fmt.Fprintf(w, "%s.\n", strings.Join(all, ", "))
	}
}

func writeGates(w io.Writer, m *measurement) {
	all := m.judge()
	if len(all)+len(m.rounds) == 0 {
		return
	}
	fmt.Fprintln(w, "\n| work | gate | goal | measured | |\n| --- | --- | --- | --- | --- |")
	for _, one := range all {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", one.work, one.limit(one.gate.gate), one.limit(one.goal), spread("%.2f", one.v), one.verdict(median(one.v)))
	}
	if len(m.rounds) > 0 {
		fmt.Fprintf(w, "| errors, wrong bytes, missing or double records | 0 | 0 | %d | %s |\n", len(m.broken), faultless(len(m.broken)))
	}
}

func faultless(broken int) string {
	if broken > 0 {
		return "**miss**"
	}
	return "ok, goal"
}

// writeGlance prints the rate of everybody in every cell, as a ratio to direct's, and requests/s of direct.
func writeGlance(w io.Writer, m *measurement) {
	if len(m.s.cells) < 2 {
		return
	}
	fmt.Fprintf(w, "\n| rate, of direct |")
	for _, c := range m.s.cells {
		fmt.Fprintf(w, " %s |", c.short())
	}
	fmt.Fprintf(w, "\n| --- |%s\n", strings.Repeat(" --- |", len(m.s.cells)))
	for _, name := range m.s.peers {
		fmt.Fprintf(w, "| %s |", title(name))
		for _, c := range m.s.cells {
			v := gate{of: ratio(rate, name, direct, c)}.measured(m.rounds)
			switch {
			case len(v) == 0:
				fmt.Fprint(w, " – |")
			case name == direct:
				fmt.Fprintf(w, " %.0f/s |", median(column(m.of(name, c), rate)))
			default:
				fmt.Fprintf(w, " %.3f |", median(v))
			}
		}
		fmt.Fprintln(w)
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

// refusals tells where requests had to be sent again.
func (m *measurement) refusals() (lines []string) {
	for _, c := range m.s.cells {
		for _, name := range m.s.peers {
			refused, all := 0, 0
			for _, r := range m.of(name, c) {
				refused += r.refused
				all += r.refused + r.count
			}
			if refused > 0 {
				lines = append(lines, fmt.Sprintf("%s, %s: %d of %d requests were refused (503, Retry-After) and sent again", title(name), c, refused, all))
			}
		}
	}
	return lines
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

// column is one figure of all results.
func column(rs []result, figure func(result) float64) (v []float64) {
	for _, r := range rs {
		v = append(v, figure(r))
	}
	return v
}

// figures are one row of the first table.
func figures(rs []result) []string {
	row := []string{spread("%.0f", column(rs, rate)), spread("%.2f", column(rs, p50)), spread("%.1f", column(rs, p99))}
	if median(column(rs, rate)) < 100 {
		row[0] = spread("%.1f", column(rs, rate))
	}
	if median(column(rs, peak)) == 0 { // nothing ran for it, or this system does not tell
		return append(row, "–", "–")
	}
	used := split(rs, "%.3f", cpu, func(r result) ends { return r.cpu })
	used += fmt.Sprintf(" (%.3f)", median(column(rs, func(r result) float64 { return r.after })))
	return append(row, used, split(rs, "%.0f", peak, func(r result) ends { return r.peak }))
}

// split is a sum and what each end has of it.
func split(rs []result, format string, sum func(result) float64, of func(result) ends) string {
	return spread(format, column(rs, sum)) + fmt.Sprintf(" = "+format+" + "+format,
		median(column(rs, func(r result) float64 { return of(r).relay })), median(column(rs, func(r result) float64 { return of(r).agent })))
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
