package web

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
