package view

import (
	"strconv"
	"strings"
	"time"
)

// machine is a time as a datetime attribute wants it.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// pre guards the first line break of a text in <pre>, which a browser would swallow.
func pre(text string) string {
	if strings.HasPrefix(text, "\n") || strings.HasPrefix(text, "\r\n") {
		return "\n" + text
	}
	return text
}

// thousands writes 1284 as "1,284".
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// CountMost is how far what a list holds is counted; a number above it says that there are more.
const CountMost = 2_000

// upTo is "1,284", and "2,000+" of what was counted no further.
func upTo(n int) string {
	if n > CountMost {
		return thousands(CountMost) + "+"
	}
	return thousands(n)
}

// CountedUpTo is Counted of what was counted no further than CountMost: "2,000+ requests".
func CountedUpTo(n int, noun string) string {
	if n > CountMost {
		return upTo(n) + " " + noun + "s"
	}
	return Counted(n, noun)
}

// Counted is "1 request", "1,284 requests".
func Counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// flag is "true" or "false", as ARIA wants it.
func flag(b bool) string { return strconv.FormatBool(b) }

// one is "1" or "0", as a form field says yes or no.
func one(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// pick is yes or no by b.
func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// htmxConfig: htmx adds no style of its own, which the content policy forbids, and puts no error page into the page.
const htmxConfig = `{"includeIndicatorCSS":false,"noSwap":[204,304,"4xx","5xx"]}`
