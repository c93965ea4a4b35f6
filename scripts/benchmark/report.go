package main

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// writeReport prints one Markdown table for each number of callers. A cell is the median of the rounds and, in brackets,
// the least and the most; the ratios are of figures from the same round.
func writeReport(w io.Writer, s settings, rounds []round) {
	fmt.Fprintf(w, "%d rounds of %v for each figure; POST of 1 KiB JSON over a new connection each; %s, %d cores, %s.\n",
		len(rounds), s.duration, runtime.GOOS, runtime.NumCPU(), sshVersion())
	fmt.Fprintln(w, "Median (least–most) of the rounds; ratios are within a round.")
	var disk []float64
	for _, r := range rounds {
		disk = append(disk, r.fsync)
	}
	fmt.Fprintf(w, "fsync of 4 KiB, which devhook waits for before each answer and the others don't: %s ms.\n", spread("%.2f", disk))
	for _, callers := range s.callers {
		fmt.Fprintf(w, "\n| %s | requests/s | of direct | of ssh -R | p50 ms | p99 ms |\n", plural(callers, "caller"))
		fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- |")
		for _, name := range s.peers {
			fmt.Fprintf(w, "| %s | %s |\n", title(name), strings.Join(cells(rounds, name, callers), " | "))
		}
	}
}

// cells computes one row. A ratio to a peer that took no part is a dash.
func cells(rounds []round, name string, callers int) []string {
	var rate, direct, ssh, p50, p99 []float64
	for _, r := range rounds {
		mine := r.results[key{name, callers}]
		rate = append(rate, mine.rate)
		p50 = append(p50, mine.p50.Seconds()*1000)
		p99 = append(p99, mine.p99.Seconds()*1000)
		if other, ok := r.results[key{"direct", callers}]; ok {
			direct = append(direct, mine.rate/other.rate)
		}
		if other, ok := r.results[key{"ssh", callers}]; ok {
			ssh = append(ssh, mine.rate/other.rate)
		}
	}
	return []string{
		spread("%.0f", rate), spread("%.2f", direct), spread("%.2f", ssh), spread("%.2f", p50), spread("%.1f", p99),
	}
}

// spread prints the median and the range of some numbers.
func spread(format string, numbers []float64) string {
	if len(numbers) == 0 {
		return "–"
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
	case "ssh":
		return "ssh -R"
	case "devhook":
		return "devhook up, recording"
	}
	return peer
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// sshVersion is what `ssh -V` says of itself, up to the first comma.
func sshVersion() string {
	out, err := exec.Command("ssh", "-V").CombinedOutput()
	if err != nil {
		return "no ssh"
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(out)), ",")
	return version
}
