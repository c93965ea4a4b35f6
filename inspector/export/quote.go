package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"al.essio.dev/pkg/shellescape"
)

// quote makes one word of s for bash and zsh. Text goes into ordinary quotes; what could steer a terminal, or is no text,
// into $'…' with escapes.
func quote(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		return shellescape.Quote(s)
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(escaped(r, s[i:i+n]))
		i += n
	}
	return b.String() + "'"
}

func escaped(r rune, bytes string) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r == '\\' || r == '\'':
		return `\` + bytes
	case r == '!' || r == utf8.RuneError || !unicode.IsPrint(r): // '!' recalls history in an interactive bash
		var b strings.Builder
		for i := range len(bytes) {
			fmt.Fprintf(&b, `\x%02x`, bytes[i])
		}
		return b.String()
	}
	return bytes
}
