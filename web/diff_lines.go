package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// diffWork bounds how many elements are looked at to draw one page. Where it ends, what is left counts as changed: the
// diff stays true, it is only less fine.
const diffWork = 16_000_000

// diffAgain is how much more it takes to look at elements where the library gave up halfway.
const diffAgain = 20

// differ tells texts apart while it has work left.
type differ struct{ left int }

// pairing says for each element of a which one of b it equals: an index, or -1. Indexes only grow.
type pairing []int

// pair finds what a and b have in common, in order. Elements that only one of them has are left out first: texts that
// have nothing in common are then told apart at once.
func (d *differ) pair(a, b []string) pairing {
	ids := map[string]rune{}
	x, y := numbered(a, ids), numbered(b, ids)
	inA, inB := counted(x, len(ids)), counted(y, len(ids))
	x, atX := shared(x, inB)
	y, atY := shared(y, inA)
	out := make(pairing, len(a))
	for i := range out {
		out[i] = -1
	}
	d.match(x, y, func(i, j int) { out[atX[i]] = atY[j] })
	return out
}

// numbered gives equal elements equal numbers.
func numbered(list []string, ids map[string]rune) []rune {
	out := make([]rune, len(list))
	for i, s := range list {
		id, ok := ids[s]
		if !ok {
			id = rune(len(ids))
			ids[s] = id
		}
		out[i] = id
	}
	return out
}

func counted(list []rune, n int) []bool {
	out := make([]bool, n)
	for _, id := range list {
		out[id] = true
	}
	return out
}

// shared are the elements that the other side has too, and where they stand.
func shared(list []rune, other []bool) (kept []rune, at []int) {
	for i, id := range list {
		if other[id] {
			kept, at = append(kept, id), append(at, i)
		}
	}
	return kept, at
}

// match calls found for what two sequences have in common. The library looks only so deep for each pair of texts, so
// what it leaves in between is looked at again as long as that gets anywhere.
func (d *differ) match(a, b []rune, found func(i, j int)) {
	type block struct{ aFrom, aTo, bFrom, bTo int }
	todo := []block{{0, len(a), 0, len(b)}}
	for len(todo) > 0 {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if t.aFrom == t.aTo || t.bFrom == t.bTo || d.left <= 0 {
			continue
		}
		i, j, halfway := t.aFrom, t.bFrom, false
		gaps := lcs.DiffRunes(a[t.aFrom:t.aTo], b[t.bFrom:t.bTo])
		gaps = append(gaps, lcs.Diff{Start: t.aTo - t.aFrom, End: t.aTo - t.aFrom, ReplStart: t.bTo - t.bFrom, ReplEnd: t.bTo - t.bFrom})
		for _, g := range gaps {
			for ; i < t.aFrom+g.Start; i, j = i+1, j+1 {
				found(i, j)
			}
			next := block{t.aFrom + g.Start, t.aFrom + g.End, t.bFrom + g.ReplStart, t.bFrom + g.ReplEnd}
			if next != t {
				todo = append(todo, next)
			}
			halfway = halfway || next.aFrom < next.aTo && next.bFrom < next.bTo
			i, j = next.aTo, next.bTo
		}
		n := t.aTo - t.aFrom + t.bTo - t.bFrom
		if d.left -= n; halfway {
			d.left -= n * diffAgain
		}
	}
}

// span is a piece of a line; marked ones are what differs.
type span struct {
	text string
	mark bool
}

// wordsMost is how many words a line may have for its words to be told apart; a longer one has its middle marked.
const wordsMost = 20_000

// marked tells two lines that belong together apart, by words and, within a word that stayed much the same, by
// characters. The pieces of each give its text.
func (d *differ) marked(a, b string) (x, y []span) {
	wa, wb := words(a), words(b)
	if len(wa)+len(wb) > wordsMost || d.left <= 0 {
		return trimmed(a, b)
	}
	p := d.pair(wa, wb)
	if len(wa) > 1 && len(wb) > 1 && !alike(wa, wb, p) {
		return []span{{a, true}}, []span{{b, true}} // a few commas in common make nothing clearer
	}
	i, j := 0, 0
	for n := 0; n <= len(p); n++ {
		if n < len(p) && p[n] < 0 {
			continue
		}
		to := len(wb)
		if n < len(p) {
			to = p[n]
		}
		sx, sy := nearly(strings.Join(wa[i:n], ""), strings.Join(wb[j:to], ""))
		x, y = append(x, sx...), append(y, sy...)
		if n < len(p) {
			x, y = append(x, span{text: wa[n]}), append(y, span{text: wa[n]})
		}
		i, j = n+1, to+1
	}
	return merged(x), merged(y)
}

// alike says that two lines share at least a quarter of what stands in them, spaces and punctuation left aside.
func alike(a, b []string, p pairing) bool {
	kept, most := 0, max(wordBytes(a), wordBytes(b))
	for i, w := range a {
		if p[i] >= 0 {
			kept += wordBytes([]string{w})
		}
	}
	return kept*4 >= most
}

func wordBytes(words []string) (n int) {
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); isWord(r) {
			n += len(w)
		}
	}
	return n
}

// nearly marks two pieces of a line: of words that are mostly the same what is between their ends, otherwise all.
func nearly(a, b string) (x, y []span) {
	if from, end := edges(a, b); (from+end)*3 < 2*max(len(a), len(b)) {
		return []span{{a, true}}, []span{{b, true}}
	}
	return trimmed(a, b)
}

// trimmed marks what is between the beginning and the end that two texts share.
func trimmed(a, b string) (x, y []span) {
	from, end := edges(a, b)
	parted := func(s string) []span {
		return []span{{s[:from], false}, {s[from : len(s)-end], true}, {s[len(s)-end:], false}}
	}
	return parted(a), parted(b)
}

// edges are how many bytes two texts share at their beginning and at their end, in whole characters.
func edges(a, b string) (from, end int) {
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	for from > 0 && !(startsRune(a, from) && startsRune(b, from)) {
		from--
	}
	for end < len(a)-from && end < len(b)-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	for end > 0 && !(startsRune(a, len(a)-end) && startsRune(b, len(b)-end)) {
		end--
	}
	return from, end
}

func startsRune(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

// merged joins pieces of one kind and drops empty ones.
func merged(list []span) (out []span) {
	var text strings.Builder
	for i, s := range list {
		text.WriteString(s.text)
		if i+1 < len(list) && (list[i+1].mark == s.mark || list[i+1].text == "") {
			list[i+1].mark = s.mark
			continue
		}
		if text.Len() > 0 {
			out = append(out, span{text.String(), s.mark})
			text.Reset()
		}
	}
	return out
}

// words cuts a line into runs of letters and digits, runs of spaces, and single other characters.
func words(s string) (out []string) {
	from, was := 0, -1
	for i, r := range s {
		kind := 2
		switch {
		case isWord(r):
			kind = 0
		case unicode.IsSpace(r):
			kind = 1
		}
		if i > from && (kind != was || kind == 2) {
			out, from = append(out, s[from:i]), i
		}
		was = kind
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// alignMost is up to how many pairs of changed lines are weighed for which belongs to which.
const alignMost = 4096

// align puts the lines of a changed stretch beside those that took their place, so that the likest ones are together
// and the order stays; -1 is none.
func align(a, b []string) (out [][2]int) {
	n, m := len(a), len(b)
	if n == m || n == 0 || m == 0 || n*m > alignMost {
		for i := range max(n, m) {
			p := [2]int{i, i}
			if i >= n {
				p[0] = -1
			}
			if i >= m {
				p[1] = -1
			}
			out = append(out, p)
		}
		return out
	}
	best := weigh(a, b)
	for i, j := 0, 0; i < n || j < m; {
		switch {
		case i < n && j < m && best[i][j] > best[i+1][j] && best[i][j] > best[i][j+1]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case i < n && (j == m || best[i+1][j] >= best[i][j+1]):
			out = append(out, [2]int{i, -1})
			i++
		default:
			out = append(out, [2]int{-1, j})
			j++
		}
	}
	return out
}

// weigh fills best[i][j]: how much the lines from i and from j on have in common if they are put together best.
func weigh(a, b []string) [][]int {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1], best[i+1][j+1]+likeness(a[i], b[j]))
		}
	}
	return best
}

// likeness is from 0 to 100; below 40 it is 0. The start of a long line says enough.
func likeness(a, b string) int {
	a, b = a[:min(len(a), 400)], b[:min(len(b), 400)]
	from, end := edges(a, b)
	if n := 100 * (from + end) / max(1, len(a), len(b)); n >= 40 {
		return n
	}
	return 0
}
