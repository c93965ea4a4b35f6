package main

import (
	"slices"
	"strings"
)

// column is one column of a table: its head, how wide it may grow, and how a
// text that is too long gets shorter.
type column struct {
	head    string
	limit   int // characters; 0 for no limit
	least   int // characters that shortening leaves
	spare   int // which column a narrow terminal goes without first, second, …; 0 never
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
			widths[i] = max(widths[i], widthOf(row[i]))
		}
		if c.limit > 0 {
			widths[i] = min(widths[i], max(c.limit, len(c.head)))
		}
	}
	return widths
}

// shrink takes from the columns that can be shortened until the table fits.
func shrink(columns []column, widths []int, room int) {
	for over := total(widths) - room; over > 0; {
		widest := -1
		for i, c := range columns {
			if c.shorten != nil && widths[i] > c.least && (widest < 0 || widths[i] > widths[widest]) {
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

// total is how wide a table is, two spaces between its columns.
func total(widths []int) int {
	sum := 2 * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

// fit shortens what can be shortened, and leaves out the columns that can be
// spared where that is not enough.
func fit(columns []column, rows [][]string, room int) ([]column, [][]string, []int) {
	for next := 1; ; next++ {
		widths := layout(columns, rows)
		shrink(columns, widths, room)
		spared := slices.IndexFunc(columns, func(c column) bool { return c.spare == next })
		if total(widths) <= room || spared < 0 {
			return columns, rows, widths
		}
		columns = slices.Delete(slices.Clone(columns), spared, spared+1)
		narrow := make([][]string, len(rows))
		for i, row := range rows {
			narrow[i] = slices.Delete(slices.Clone(row), spared, spared+1)
		}
		rows = narrow
	}
}

// table prints rows under a line of heads. On a terminal it fits the width.
func (t *term) table(columns []column, rows [][]string) error {
	widths := layout(columns, rows)
	if t.width > 0 {
		columns, rows, widths = fit(columns, rows, t.width)
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
		gap := strings.Repeat(" ", max(0, widths[i]-widthOf(cell)))
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
