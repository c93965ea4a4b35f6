package web

import (
	"slices"
	"strconv"
	"strings"

	"devhook/web/view"
)

const (
	aroundLines = 3    // lines shown around a difference
	foldMost    = 200  // longer stretches that are the same are counted and not drawn
	rowsMost    = 2000 // rows drawn of one text; the page stays usable
	partMost    = 300  // a piece of a line that is the same is shortened from here
)

// line is one line of a text, or the like of one, as a diff takes it.
type line struct {
	cmp    string // what is compared; it may hold a credential and is never drawn
	text   string // what is drawn: masked and visible
	deep   int    // how often it is indented
	tail   string // drawn behind it and never marked
	end    string // the line's end, where the text has ends
	masked bool
}

// op is a row to be: the indexes of its lines, -1 for none.
type op struct {
	a, b int
	same bool
}

// ops sets the lines of two texts beside each other.
func (d *differ) ops(a, b []line) []op {
	p := d.pair(compared(a), compared(b))
	out := make([]op, 0, max(len(a), len(b)))
	i, j := 0, 0
	between := func(toA, toB int) {
		for _, at := range align(drawn(a[i:toA]), drawn(b[j:toB])) {
			o := op{a: -1, b: -1}
			if at[0] >= 0 {
				o.a = i + at[0]
			}
			if at[1] >= 0 {
				o.b = j + at[1]
			}
			out = append(out, o)
		}
	}
	for n, to := range p {
		if to < 0 {
			continue
		}
		between(n, to)
		out = append(out, op{n, to, true})
		i, j = n+1, to+1
	}
	between(len(a), len(b))
	return out
}

func compared(list []line) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = l.cmp
	}
	return out
}

func drawn(list []line) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = l.text
	}
	return out
}

// stretches calls each for rows that follow each other and are the same, or differ.
func stretches(ops []op, each func(from, to int, same bool)) {
	for from := 0; from < len(ops); {
		to := from
		for to < len(ops) && ops[to].same == ops[from].same {
			to++
		}
		each(from, to, ops[from].same)
		from = to
	}
}

// drawing is a diff page while it is drawn.
type drawing struct {
	presenter
	differ
	stops int
}

// stop is the number of the next difference.
func (d *drawing) stop() int {
	d.stops++
	return d.stops
}

// textDrawing is a section of two texts while it is drawn.
type textDrawing struct {
	*drawing
	s     *view.DiffSection
	a, b  []line
	ops   []op
	open  []view.DiffRow // drawn and not yet in the section
	rows  int            // drawn so far, with the folded ones
	apart int            // lines that differ, drawn or not
}

// texts fills a section with the lines of two texts: what differs, a few lines around it, and the rest folded. It
// returns how many lines differ.
func (d *drawing) texts(s *view.DiffSection, a, b []line) int {
	t := &textDrawing{drawing: d, s: s, a: a, b: b, ops: d.ops(a, b)}
	s.Lines = true
	stretches(t.ops, func(from, to int, same bool) {
		if same {
			t.fold(from, to)
			return
		}
		t.apart += to - from
		t.draw(from, to, true)
	})
	t.flush()
	s.End = linesDiffer(t.apart)
	if t.rows >= rowsMost {
		s.Cut = "Shown are the first " + view.Counted(rowsMost, "line") + "; save both bodies to compare them whole."
	}
	return t.apart
}

func (t *textDrawing) rowsOf(from, to int, stop bool) (out []view.DiffRow) {
	for i := from; i < to && t.rows < rowsMost; i++ {
		out = append(out, t.textRow(t.a, t.b, t.ops[i], stop && i == from))
		t.rows++
	}
	return out
}

func (t *textDrawing) draw(from, to int, stop bool) {
	t.open = append(t.open, t.rowsOf(from, to, stop)...)
}

func (t *textDrawing) flush() {
	if len(t.open) > 0 {
		t.s.Chunks = append(t.s.Chunks, view.DiffChunk{Rows: t.open})
	}
	t.open = nil
}

// fold draws the ends of a stretch that is the same and folds what is between them.
func (t *textDrawing) fold(from, to int) {
	first, last := from+aroundLines, to-aroundLines
	if from == 0 {
		first = 0
	}
	if to == len(t.ops) {
		last = to
	}
	if last-first <= 1 || t.rows >= rowsMost {
		t.draw(from, to, false)
		return
	}
	t.draw(from, first, false)
	t.flush()
	c := view.DiffChunk{Fold: view.Counted(last-first, "line") + ", the same"}
	if last-first <= foldMost {
		c.Rows = t.rowsOf(first, last, false)
	}
	t.s.Chunks = append(t.s.Chunks, c)
	t.draw(last, to, false)
}

// linesDiffer is "1 line differs", "3 lines differ".
func linesDiffer(n int) string {
	switch n {
	case 0:
		return "the same"
	case 1:
		return "1 line differs"
	}
	return view.Counted(n, "line") + " differ"
}

func (d *drawing) textRow(a, b []line, o op, stop bool) view.DiffRow {
	var r view.DiffRow
	if stop {
		r.Stop = d.stop()
	}
	if o.a >= 0 {
		r.NumA = strconv.Itoa(o.a + 1)
	}
	if o.b >= 0 {
		r.NumB = strconv.Itoa(o.b + 1)
	}
	switch {
	case o.same:
		r.A, r.B = unmarked(a[o.a]), unmarked(b[o.b])
		if a[o.a].masked {
			r.A.Said, r.B.Said = "same", "same"
		}
	case o.b < 0:
		r.Mark, r.Says, r.A, r.B.Gone = "−", "only in A", unmarked(a[o.a]), true
	case o.a < 0:
		r.Mark, r.Says, r.B, r.A.Gone = "+", "only in B", unmarked(b[o.b]), true
	default:
		r.Mark, r.Says = "≠", "changed"
		r.A, r.B = d.changed(a[o.a], b[o.b])
	}
	return r
}

func unmarked(l line) view.DiffCell { return l.cell([]span{{text: l.text}}) }

// cell draws the pieces of a line between its indent and its tail.
func (l line) cell(text []span) view.DiffCell {
	return view.DiffCell{Parts: parted(slices.Concat([]span{{text: strings.Repeat("  ", l.deep)}}, text, []span{{text: l.tail}}))}
}

// changed marks what differs between two lines. Where that can't be seen, because it is masked or a line's end, it is
// said.
func (d *drawing) changed(a, b line) (x, y view.DiffCell) {
	sa, sb := d.marked(a.text, b.text)
	x, y = a.cell(sa), b.cell(sb)
	if (a.masked || b.masked) && a.text == b.text {
		x.Said, y.Said = "differs", "differs"
	}
	if a.end != b.end && a.cmp != b.cmp {
		x.Parts, y.Parts = append(x.Parts, lineEnd(a.end)), append(y.Parts, lineEnd(b.end))
	}
	return x, y
}

// lineEnd makes a line's end something to see.
func lineEnd(end string) view.DiffPart {
	switch end {
	case "\n":
		return view.DiffPart{Text: "LF", Mark: true}
	case "\r\n":
		return view.DiffPart{Text: "CRLF", Mark: true}
	}
	return view.DiffPart{Text: "end of the text", Left: true}
}

// parted turns pieces into what is drawn; of long ones that are the same the middle is left out.
func parted(list []span) (out []view.DiffPart) {
	for _, s := range list {
		if s.text == "" {
			continue
		}
		if s.mark || len(s.text) <= partMost {
			out = append(out, view.DiffPart{Text: s.text, Mark: s.mark})
			continue
		}
		r := []rune(s.text)
		const keep = partMost / 3
		if len(r) <= 3*keep {
			out = append(out, view.DiffPart{Text: s.text})
			continue
		}
		left := " " + view.Counted(len(r)-2*keep, "character") + " left out "
		out = append(out, view.DiffPart{Text: string(r[:keep])}, view.DiffPart{Text: left, Left: true}, view.DiffPart{Text: string(r[len(r)-keep:])})
	}
	return out
}
