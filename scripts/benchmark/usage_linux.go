package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const ticks = 100 // of /proc's times, a second; Linux has the same everywhere

// A stat is what we need of /proc/PID/stat.
type stat struct {
	parent, group int
	ticks         float64 // user and system, with children that were waited for
}

// readStat reads one process. The name in brackets may hold anything, also brackets.
func readStat(pid int) (s stat, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, false
	}
	return parseStat(text)
}

func parseStat(text []byte) (s stat, ok bool) {
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 {
		return s, false
	}
	number := func(n int) int {
		v, err := strconv.Atoi(fields[n])
		if err != nil {
			ok = false
		}
		return v
	}
	ok = true
	s.parent, s.group = number(1), number(2)
	s.ticks = float64(number(11) + number(12) + number(13) + number(14))
	return s, ok
}

// family is a process and all that come from it: its children, theirs, and those of the process group that it leads.
func family(root int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return []int{root}
	}
	all := map[int]stat{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if s, ok := readStat(pid); ok {
				all[pid] = s
			}
		}
	}
	var found []int
	for pid := range all {
		if descends(all, pid, root) {
			found = append(found, pid)
		}
	}
	return found
}

func descends(all map[int]stat, pid, root int) bool {
	for ; pid > 1; pid = all[pid].parent {
		if pid == root || all[pid].group == root {
			return true
		}
	}
	return false
}

func cpuOf(pid int) float64 {
	s, _ := readStat(pid)
	return s.ticks / ticks
}

// peakOf is VmHWM in MiB.
func peakOf(pid int) float64 { return statusKiB(pid, "VmHWM:") / kib }

func statusKiB(pid int, name string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	return field(string(text), name)
}

// field reads the number behind a name at a line's start.
func field(text, name string) float64 {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseFloat(strings.Fields(value + " 0")[0], 64)
			return n
		}
	}
	return 0
}

// memoryOf is what a process has now: resident, and its proportional share of it, in KiB.
func memoryOf(pid int) memory {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return memory{}
	}
	return memory{field(string(text), "Rss:"), field(string(text), "Pss:")}
}

// resetPeak makes VmHWM what the process has now. Where that is not allowed the peak is that of its whole life.
func resetPeak(pid int) { _ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) }

// load is how many processes ran or wanted to in the last minute, as the kernel tells it.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// processor is what the machine calls its processor.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
