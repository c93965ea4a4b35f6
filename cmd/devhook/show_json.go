package main

import (
	"regexp"
	"strings"
)

// jsonToken is a string, with the colon behind it if it is a name, a number or
// a word. In what was laid out before, none of them goes over a line's end.
var jsonToken = regexp.MustCompile(`("(?:[^"\\]|\\.)*")(:?)|-?[0-9][0-9.eE+-]*|true|false|null`)

// The colours of JSON. They repeat what quotation marks, colons and letters say.
const (
	cyan    = "36"
	magenta = "35"
)

// jsonLine paints one line of laid out JSON. What came from elsewhere is quoted.
func (t *term) jsonLine(line string) string {
	if !t.colour {
		return quote(line)
	}
	var b strings.Builder
	done := 0
	for _, at := range jsonToken.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(quote(line[done:at[0]]))
		text, colour := line[at[0]:at[1]], magenta
		switch {
		case at[2] >= 0 && at[4] < at[5]: // a name
			text, colour = line[at[2]:at[3]], cyan
		case at[2] >= 0:
			colour = green
		case text[0] == '-' || text[0] >= '0' && text[0] <= '9':
			colour = yellow
		}
		b.WriteString(t.paint(colour, quote(text)))
		if at[4] < at[5] {
			b.WriteByte(':')
		}
		done = at[1]
	}
	return b.String() + quote(line[done:])
}
