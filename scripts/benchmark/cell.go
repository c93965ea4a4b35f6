package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A cell is one kind of work, which every peer is given in every round.
type cell struct {
	keep    bool // one connection a caller, instead of one a request
	callers int
	size    int           // bytes of a request's body
	delay   time.Duration // each way, between relay and agent
}

const (
	kib = 1 << 10
	mib = 1 << 20
	far = 20 * time.Millisecond // of the plan's cells that have a delay: 40 ms there and back
)

func (c cell) String() string {
	kind := "new connections"
	if c.keep {
		kind = "keep-alive"
	}
	text := fmt.Sprintf("%s, %s, %s", kind, plural(c.callers, "caller"), sizeText(c.size))
	if c.delay > 0 {
		text += fmt.Sprintf(", relay and agent %v apart (there and back)", 2*c.delay)
	}
	return text
}

// short is a title of few words, for a column.
func (c cell) short() string {
	kind := "new"
	if c.keep {
		kind = "kept"
	}
	text := fmt.Sprintf("%s, %d", kind, c.callers)
	if c.size != kib {
		text += ", " + sizeText(c.size)
	}
	if c.delay > 0 {
		text += fmt.Sprintf(", %v away", 2*c.delay)
	}
	return text
}

// plan is what a full run measures: all that the gates ask for and what shows the way between.
func plan() []cell {
	return []cell{
		{callers: 1, size: kib},
		{callers: 16, size: kib},
		{callers: 64, size: kib},
		{callers: 256, size: kib},
		{keep: true, callers: 1, size: kib},
		{keep: true, callers: 16, size: kib},
		{keep: true, callers: 64, size: kib},
		{callers: 16, size: 100 * kib},
		{callers: 2, size: 10 * mib},
		{callers: 1, size: kib, delay: far},
		{callers: 16, size: kib, delay: far},
		{callers: 1, size: 16 * mib, delay: far},
	}
}

// shortPlan shows that all works, in seconds.
func shortPlan() []cell {
	return []cell{
		{callers: 1, size: kib},
		{callers: 16, size: kib},
		{keep: true, callers: 16, size: kib},
		{callers: 2, size: mib},
		{callers: 1, size: kib, delay: far},
	}
}

// cross is every combination of what the flags name.
func cross(kinds []bool, callers, sizes []int, delays []time.Duration) []cell {
	var cells []cell
	for _, delay := range delays {
		for _, size := range sizes {
			for _, keep := range kinds {
				for _, n := range callers {
					cells = append(cells, cell{keep, n, size, delay})
				}
			}
		}
	}
	return cells
}

// delaysOf are the delays that cells have, each once: for each there is a set of peers of its own.
func delaysOf(cells []cell) []time.Duration {
	var all []time.Duration
	for _, c := range cells {
		if !slices.Contains(all, c.delay) {
			all = append(all, c.delay)
		}
	}
	return all
}

func sizeText(n int) string {
	switch {
	case n >= mib && n%mib == 0:
		return strconv.Itoa(n/mib) + " MiB"
	case n >= kib && n%kib == 0:
		return strconv.Itoa(n/kib) + " KiB"
	}
	return strconv.Itoa(n) + " bytes"
}

// parseSize reads 1k, 100k, 10m or a number of bytes.
func parseSize(s string) (int, error) {
	unit := 1
	digits := strings.ToLower(s)
	if rest, ok := strings.CutSuffix(digits, "k"); ok {
		digits, unit = rest, kib
	} else if rest, ok := strings.CutSuffix(digits, "m"); ok {
		digits, unit = rest, mib
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > longestBody/unit || n*unit < shortestBody {
		return 0, fmt.Errorf("%q: want %d bytes to %s, like 1k or 10m", s, shortestBody, sizeText(longestBody))
	}
	return n * unit, nil
}
