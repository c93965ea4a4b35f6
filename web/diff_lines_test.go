package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

// applied does to a what a diff shows and returns what comes out; it fails where the diff contradicts itself.
func applied(t *testing.T, a, b []line) string {
	t.Helper()
	d := &drawing{differ: differ{left: diffWork}}
	var out strings.Builder
	i, j := 0, 0
	for _, o := range d.ops(a, b) {
		if o.a >= 0 {
			if o.a != i {
				t.Fatalf("line %d of A comes where %d should", o.a, i)
			}
			i++
		}
		if o.b >= 0 {
			if o.b != j {
				t.Fatalf("line %d of B comes where %d should", o.b, j)
			}
			j++
		}
		switch {
		case o.same:
			if a[o.a].cmp != b[o.b].cmp {
				t.Fatalf("%q and %q are said to be the same", a[o.a].cmp, b[o.b].cmp)
			}
			out.WriteString(a[o.a].cmp)
		case o.a >= 0 && o.b >= 0:
			out.WriteString(edited(t, d, a[o.a].text, b[o.b].text))
		case o.b >= 0:
			out.WriteString(b[o.b].cmp)
		}
	}
	if i != len(a) || j != len(b) {
		t.Fatalf("%d of %d lines of A and %d of %d of B are in the diff", i, len(a), j, len(b))
	}
	return out.String()
}

// edited replaces the marked pieces of a by those of b.
func edited(t *testing.T, d *drawing, a, b string) string {
	t.Helper()
	x, y := d.marked(a, b)
	var before, plainA, plainB, after string
	for _, s := range x {
		before += s.text
		if !s.mark {
			plainA += s.text
		}
	}
	for _, s := range y {
		after += s.text
		if !s.mark {
			plainB += s.text
		}
	}
	if before != a || plainA != plainB {
		t.Fatalf("%q and %q are told apart as %v and %v", a, b, x, y)
	}
	return after
}

func textLines(text string) (out []line) {
	for l := range strings.Lines(text) {
		out = append(out, line{cmp: l, text: l})
	}
	return out
}

// randomText has few words, so that much of it comes again elsewhere.
func randomText(r *rand.Rand, lines int) string {
	var b strings.Builder
	vocabulary := []string{"a", "bé", "c1", "12345", " ", ",", "\t", "日本", "\xff", "{}", "word", "words"}
	for range r.IntN(lines + 1) {
		for range r.IntN(6) {
			b.WriteString(vocabulary[r.IntN(len(vocabulary))])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestApplyingADiffGivesTheOtherSide(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	for n := range 3000 {
		a, b := randomText(r, 1+n%40), randomText(r, 1+n%40)
		if n%3 == 0 { // b is a with some lines changed
			list := strings.SplitAfter(a, "\n")
			for range 1 + r.IntN(3) {
				list[r.IntN(len(list))] = randomText(r, 2)
			}
			b = strings.Join(list, "")
		}
		if got := applied(t, textLines(a), textLines(b)); got != b {
			t.Fatalf("%q\nto   %q\ngave %q", a, b, got)
		}
	}
}

// FuzzDiff is the same with what a machine thinks of.
func FuzzDiff(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\nd\n")
	f.Add(strings.Repeat("a\nb\n", 80), strings.Repeat("b\na\na\n", 60))
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := applied(t, textLines(a), textLines(b)); got != b {
			t.Fatalf("%q\nto   %q\ngave %q", a, b, got)
		}
	})
}

func TestDiffFindsTheSmallChangeInALongText(t *testing.T) {
	var a, b strings.Builder
	for n := range 60_000 {
		fmt.Fprintf(&a, "line %d\n", n%1000)
		if n%300 != 7 {
			fmt.Fprintf(&b, "line %d\n", n%1000)
		}
	}
	d := &differ{left: diffWork}
	missing := 0
	for _, o := range d.ops(textLines(a.String()), textLines(b.String())) {
		if !o.same {
			missing++
		}
	}
	if missing != 200 {
		t.Errorf("%d lines are told as changed, want the 200 that were left out", missing)
	}
}

// TestDiffIsBounded draws the worst that fits into the bounds. Each must come to an end and to a page of bearable size.
func TestDiffIsBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 2))
	random := func(n int, pieces ...string) string {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return b.String()[:n]
	}
	numbers := func(n int) string {
		list := make([]int, n)
		for i := range list {
			list[i] = r.IntN(3)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	keys := func(up bool) string {
		var b strings.Builder
		for n := range 60_000 {
			if !up {
				n = 60_000 - n
			}
			fmt.Fprintf(&b, `,"key%d":%d`, n, r.IntN(9))
		}
		return "{" + b.String()[1:] + "}"
	}
	const whole = previewBytes
	room := newRoom(t)
	for name, c := range map[string]struct{ kind, a, b string }{
		"empty lines":           {"text/plain", strings.Repeat("\n", whole), strings.Repeat("\n", whole-1) + "x"},
		"two kinds of lines":    {"text/plain", random(whole, "a\n", "b\n"), random(whole, "a\n", "b\n")},
		"few kinds of lines":    {"text/plain", random(whole, "aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n", "dd\n"), random(whole, "aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n", "dd\n")},
		"all lines differ":      {"text/plain", random(whole, "x1\n", "x2\n", "x3 y\n"), random(whole, "z1\n", "z2\n", "z3 y\n")},
		"one line of words":     {"text/plain", random(whole, "ab ", "cd ", "ef,"), random(whole, "ab ", "cd ", "ef,")},
		"lines of many words":   {"text/plain", random(whole, "a ", "b ", strings.Repeat("a b ", 2000)+"\n"), random(whole, "a ", "b ", strings.Repeat("b a ", 2000)+"\n")},
		"a list of numbers":     {"application/json", numbers(90_000), numbers(90_000)},
		"too many numbers":      {"application/json", numbers(400_000), numbers(400_000)},
		"keys the other way":    {"application/json", keys(true), keys(false)},
		"nested deep":           {"application/json", strings.Repeat("[", whole), strings.Repeat("{\"a\":", whole/5)},
		"binary":                {"application/octet-stream", "\x00" + random(whole-1, "\x00", "\x01"), "\x00" + random(whole-1, "\x00", "\x01")},
		"form":                  {"application/x-www-form-urlencoded", random(whole, "a=1&", "b=2&", "c=3&"), random(whole, "a=1&", "b=2&", "d=3&")},
		"over the bound":        {"application/json", `{"a":"` + random(2*whole, "x", "y") + `"}`, `{"a":"` + random(2*whole, "x", "y") + `"}`},
		"one word that is long": {"text/plain", strings.Repeat("x", whole), strings.Repeat("x", whole/2) + "y" + strings.Repeat("x", whole/2)},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := room.posted(c.kind, c.a), room.posted(c.kind, c.b)
			began := time.Now()
			for _, more := range []string{"", "&raw=1&all=1"} {
				page := room.get(diffOf(a.ID, b.ID) + more).is(200)
				if len(page.body) > 6<<20 {
					t.Errorf("the page has %d bytes", len(page.body))
				}
			}
			t.Logf("both pages took %v", time.Since(began))
		})
	}
}

func TestDiffOfMalformedHeads(t *testing.T) {
	r := newRoom(t)
	bad := func(head string) *store.Capture {
		return r.add(-1, func(c *store.Capture) { c.State, c.Head = store.Malformed, []byte(head) })
	}
	a, b := bad("\x00\xff\r\n\r\n"), bad("GET\n:\n : \n\n")
	inert(t, "malformed", r.get(diffOf(a.ID, b.ID)).is(200).body)
	inert(t, "none", r.get(diffOf(a.ID, bad("\r\n").ID)).is(200).body)
}
