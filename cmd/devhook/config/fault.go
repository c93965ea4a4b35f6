package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with a setting. Text and Hint hold no
// secret, even where the fault is about one.
type Fault struct {
	Where string // "" for a flag, else "DEVHOOK_PORT" or "devhook.yaml:3:7"
	Text  string // one sentence without a stop
	Hint  string // what to do
}

// Error is the sentence with the place in front.
func (f Fault) Error() string {
	if f.Where == "" {
		return f.Text
	}
	return f.Where + ": " + f.Text
}

// Faults is everything that is wrong, in the order of the settings.
type Faults []Fault

// Error joins the sentences, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// The kinds of place a value can come from.
const (
	flag = iota
	env
	file
)

type place struct {
	kind int
	name string // "--port", "DEVHOOK_PORT", "devhook.yaml:3:7"
}

func (l *loader) fault(at place, hint, format string, args ...any) {
	f := Fault{Text: fmt.Sprintf(format, args...), Hint: hint}
	if at.kind != flag {
		f.Where = at.name
	}
	l.faults = append(l.faults, f)
}

// Closest returns the word of the list that text most likely means, or "" when
// none is near: at most a third of its letters may differ.
func Closest(text string, words []string) string {
	best, distance := "", 1+max(1, len(text)/3)
	for _, w := range words {
		if d := editDistance(text, w); d < distance {
			best, distance = w, d
		}
	}
	return best
}

// editDistance counts letters put in, left out, replaced, and neighbours
// swapped (optimal string alignment), over bytes: the words are ASCII.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// didYouMean is a hint for an unknown word.
func didYouMean(text string, words []string) string {
	if near := Closest(text, words); near != "" {
		return "did you mean " + near + "?"
	}
	return "known are " + strings.Join(words, ", ")
}
