package web

import (
	"strconv"
	"strings"

	"devhook/web/view"
)

// entry is a header line, a form field or another thing with a name.
type entry struct {
	name    string // as it is drawn
	key     string // what it is found by on the other side
	cmp     string // its value as it is compared; it may hold a credential and is never drawn
	text    string // its value as it is drawn
	masked  bool
	written string // all of it as it was written, where that may differ from what it means
	quiet   bool   // that it differs is not worth being counted, as with times
}

// pairEntries sets things of one name beside each other, the first to the first; what only b has follows what stands
// before it there.
func pairEntries(a, b []entry) (out []op) {
	at := map[string][]int{}
	for j, f := range b {
		at[f.key] = append(at[f.key], j)
	}
	partner := make([]int, len(a))
	taken := make([]bool, len(b))
	for i, f := range a {
		partner[i] = -1
		if list := at[f.key]; len(list) > 0 {
			partner[i], at[f.key] = list[0], list[1:]
			taken[list[0]] = true
		}
	}
	onlyB := func(from int) {
		for j := from; j < len(b) && !taken[j]; j++ {
			out = append(out, op{a: -1, b: j})
		}
	}
	onlyB(0)
	for i, j := range partner {
		out = append(out, op{a: i, b: j, same: j >= 0 && (a[i].cmp == b[j].cmp || a[i].quiet)})
		if j >= 0 {
			onlyB(j + 1)
		}
	}
	return out
}

// sameMost is how many rows that are the same are drawn beside those that differ without a fold.
const sameMost = 4

// fields fills a section with things that have names: those that differ, and the others folded. It returns how many
// differ.
func (d *drawing) fields(s *view.DiffSection, a, b []entry) int {
	ops := pairEntries(a, b)
	same := 0
	for _, o := range ops {
		if o.same {
			same++
		}
	}
	var shown, folded []view.DiffRow
	for i, o := range ops {
		if i == rowsMost {
			s.Cut = "Shown are the first " + strconv.Itoa(rowsMost) + " of " + strconv.Itoa(len(ops)) + "."
			break
		}
		r := d.entryRow(a, b, o)
		if o.same && same > sameMost {
			folded = append(folded, r)
		} else {
			shown = append(shown, r)
		}
	}
	if len(shown) > 0 {
		s.Chunks = append(s.Chunks, view.DiffChunk{Rows: shown})
	}
	if len(folded) > 0 {
		more := " more, all the same"
		if len(shown) == 0 {
			more = ", all the same"
		}
		s.Chunks = append(s.Chunks, view.DiffChunk{Fold: strconv.Itoa(len(folded)) + more, Rows: folded})
	}
	s.End = differing(len(ops)-same, len(ops))
	return len(ops) - same
}

// differing is "3 of 17 differ".
func differing(n, of int) string {
	switch n {
	case 0:
		return "the same"
	case 1:
		return "1 of " + strconv.Itoa(of) + " differs"
	}
	return strconv.Itoa(n) + " of " + strconv.Itoa(of) + " differ"
}

func (d *drawing) entryRow(a, b []entry, o op) view.DiffRow {
	var r view.DiffRow
	if !o.same {
		r.Stop = d.stop()
	}
	switch {
	case o.b < 0:
		r.Name, r.Mark, r.Says, r.A, r.B.Gone = a[o.a].name, "−", "only in A", a[o.a].cell(), true
	case o.a < 0:
		r.Name, r.Mark, r.Says, r.B, r.A.Gone = b[o.b].name, "+", "only in B", b[o.b].cell(), true
	case o.same:
		r.Name, r.A, r.B = a[o.a].name, a[o.a].cell(), b[o.b].cell()
		if a[o.a].masked {
			r.A.Said, r.B.Said = "same", "same"
		}
	default:
		r.Name, r.Mark, r.Says = a[o.a].name, "≠", "changed"
		r.A, r.B = d.changed(line{text: a[o.a].text, masked: a[o.a].masked}, line{text: b[o.b].text, masked: b[o.b].masked})
	}
	return r
}

func (f entry) cell() view.DiffCell { return unmarked(line{text: f.text}) }

// reordered says that what both have stands in another order.
func reordered(a, b []entry) bool {
	last := -1
	for _, o := range pairEntries(a, b) {
		if o.a < 0 || o.b < 0 {
			continue
		}
		if o.b < last {
			return true
		}
		last = o.b
	}
	return false
}

// namesMost bounds how many names that are written apart are told.
const namesMost = 20

// writtenNames are the names that differ in their capitals alone, as "user-agent in A, User-Agent in B".
func writtenNames(a, b []entry) string {
	var out []string
	for _, o := range pairEntries(a, b) {
		if o.a >= 0 && o.b >= 0 && a[o.a].name != b[o.b].name && len(out) < namesMost {
			out = append(out, a[o.a].name+" in A, "+b[o.b].name+" in B")
		}
	}
	return strings.Join(out, "; ")
}
