package web

import "github.com/aymanbagabas/go-udiff/lcs"

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
