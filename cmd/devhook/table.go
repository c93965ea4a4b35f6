package main

import (
	"strings"
	"unicode/utf8"
)

// column is one column of a table: its head, how wide it may grow, and how a
// text that is too long gets shorter.
type column struct {
	head    string
	limit   int // characters; 0 for no limit
	shorten func(string, int) string
	right   bool
	colour  func(cell string) string // SGR number for a cell
}

// layout gives every column the width of its widest cell, up to its limit.
func layout(columns []column, rows [][]string) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = len(c.head)
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		if c.limit > 0 {
			widths[i] = min(widths[i], max(c.limit, len(c.head)))
		}
	}
	return widths
}

// shrink takes from the columns that can be shortened until the table fits.
func shrink(columns []column, widths []int, room int) {
	const least = 12
	over := 2*(len(widths)-1) - room
	for _, w := range widths {
		over += w
	}
	for over > 0 {
		widest := -1
		for i, c := range columns {
			if c.shorten != nil && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
		over--
	}
}

// table prints rows under a line of heads. On a terminal it fits the width.
func (t *term) table(columns []column, rows [][]string) error {
	widths := layout(columns, rows)
	if t.width > 0 {
		shrink(columns, widths, t.width)
	}
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.head
	}
	if err := t.row(columns, widths, heads, false); err != nil {
		return err
	}
	for _, row := range rows {
		if err := t.row(columns, widths, row, true); err != nil {
			return err
		}
	}
	return nil
}

func (t *term) row(columns []column, widths []int, cells []string, painted bool) error {
	var b strings.Builder
	for i, c := range columns {
		cell := cells[i]
		if c.shorten != nil {
			cell = c.shorten(cell, widths[i])
		}
		gap := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell)))
		if painted && c.colour != nil {
			cell = t.paint(c.colour(cells[i]), cell)
		}
		if c.right {
			cell = gap + cell
		} else {
			cell += gap
		}
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(cell)
	}
	return t.line("%s", strings.TrimRight(b.String(), " "))
}
