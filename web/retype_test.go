package web

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// browsed is what a browser makes of a text on its way through a text area.
func browsed(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\n", "\r\n")
}

func TestRetyped(t *testing.T) {
	for _, c := range []struct{ was, now, want string }{
		{"", "", ""},
		{"", "a\r\nb", "a\nb"},
		{"a\nb\r\nc\rd", "a\r\nB\r\nc\r\nd", "a\nB\r\nc\rd"},
		{"a\r\nb\r\n", "a\r\nx\r\nb\r\n", "a\r\nx\r\nb\r\n"},
		{"a\nb", "a\r\nb\r\n", "a\nb\n"},
		{"a\nb\n", "a\r\nb", "a\nb"},
		{"a\r\nb\nc\r\n", "z\r\nb\r\nc\r\n", "z\r\nb\nc\r\n"},
		{"a\r\nb\r\nc", "new\r\nlines", "new\r\nlines"},
		{"one", "one\r\ntwo\r\nthree", "one\ntwo\nthree"},
		{"\n\n\r\n", "\r\n\r\n\r\n\r\n", "\n\n\r\n\n"},
	} {
		if got := retyped(c.was, c.now); browsed(got) != browsed(c.want) || got != c.want {
			t.Errorf("%q typed over as %q became %q, want %q", c.was, c.now, got, c.want)
		}
	}
}

// TestRetypedKeepsWhatWasNotEdited: any text comes back the same, and an edit of one line leaves the ends of the others.
func TestRetypedKeepsWhatWasNotEdited(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString([]string{"a", "b", "", "\r\n", "\n", "\r", "é"}[random.IntN(7)])
		}
		was := b.String()
		if got := retyped(was, browsed(was)); got != was {
			t.Fatalf("%q came back as %q", was, got)
		}
		lines, ends := linesOf(was)
		at := random.IntN(len(lines))
		lines[at] = "edited"
		want := ""
		for i, l := range lines {
			if want += l; i < len(ends) {
				want += ends[i]
			}
		}
		if got := retyped(was, browsed(want)); got != want {
			t.Fatalf("%q with line %d edited came back as %q, want %q", was, at, got, want)
		}
	}
}
