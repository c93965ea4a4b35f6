package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A gate is one promise with a figure.
type gate struct {
	id, name string
	wanted   string   // in full
	runs     []run    // all must pass
	figures  []figure // what the tests log, and its bounds
	missing  string   // what no test shows yet; the gate is open then
}

// A figure is a number in what tests log. In full it has bounds; the tests have their own, looser ones about time, which a
// busy machine must not break.
type figure struct {
	pattern string   // with one group, the number
	text    string   // with one %s, for the table
	least   float64  // all matches together must come to as much; 0: no bound
	most    *float64 // no match may be above; of several matches the highest is shown then, the sum otherwise
}

func atMost(n float64) *float64 { return &n }

// What becomes of a gate.
const (
	holds  = "ok"
	failed = "FAIL"
	open   = "open"
)

type result struct {
	gate
	status   string
	measured string
	took     time.Duration
}

// judge tries all that a gate stands on. What is measured is told even where something is missing.
func (c *card) judge(ctx context.Context, g gate) result {
	began := time.Now()
	var output strings.Builder
	var told, faults []string
	cases := 0
	for _, r := range g.runs {
		o := c.try(ctx, r)
		cases += o.cases
		faults = append(faults, o.faults...)
		output.WriteString(strings.Join(o.output, ""))
		output.WriteByte('\n')
	}
	for _, f := range g.figures {
		text, fault := f.read(output.String(), !c.short)
		if text != "" {
			told = append(told, text)
		}
		if fault != "" {
			faults = append(faults, fault)
		}
	}
	if cases > 0 {
		told = append(told, plural(cases, "case"))
	}
	status := holds
	switch {
	case len(faults) > 0:
		status = failed
		told = append(told, faults[:min(3, len(faults))]...)
	case g.missing != "":
		status = open
		told = append(told, "no test yet: "+g.missing)
	case cases == 0:
		status = failed
		told = append(told, "nothing was tried")
	}
	return result{gate: g, status: status, measured: strings.Join(told, "; "), took: time.Since(began)}
}

// read finds the figure in what was logged. bounded says that its bounds hold.
func (f figure) read(output string, bounded bool) (text, fault string) {
	total, highest, found := 0.0, 0.0, false
	for _, m := range regexp.MustCompile(f.pattern).FindAllStringSubmatch(output, -1) {
		n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
		if err != nil {
			return "", fmt.Sprintf("%q is no number", m[1])
		}
		total, highest, found = total+n, max(highest, n), true
	}
	if !found {
		return "", "no figure: " + fmt.Sprintf(f.text, "?")
	}
	n := total
	if f.most != nil {
		n = highest
	}
	text = fmt.Sprintf(f.text, grouped(n))
	switch {
	case bounded && n < f.least:
		fault = fmt.Sprintf("fewer than %s", grouped(f.least))
	case bounded && f.most != nil && n > *f.most:
		fault = fmt.Sprintf("more than %s", grouped(*f.most))
	}
	return text, fault
}

// grouped writes a number with commas for thousands, and at most three places.
func grouped(n float64) string {
	whole, part, _ := strings.Cut(strconv.FormatFloat(n, 'f', 3, 64), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if part = strings.TrimRight(part, "0"); part != "" {
		return whole + "." + part
	}
	return whole
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return grouped(float64(n)) + " " + word + "s"
}
