package web

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// visible makes captured text safe to look at: control characters, bytes that aren't UTF-8 and the characters that
// reorder or hide text are written as escapes. Line breaks and tabs stay when lines is set.
func visible(s string, lines bool) string {
	if clean(s, lines) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case lines && r == '\r' && strings.HasPrefix(s[i:], "\r\n"), !hidden(r, lines):
			b.WriteString(s[i : i+n])
		case r < 0x20:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}

func clean(s string, lines bool) bool {
	for _, r := range s {
		if r == utf8.RuneError || hidden(r, lines) {
			return false
		}
	}
	return true
}

// hidden says that a character can't be seen, or changes how others are seen.
func hidden(r rune, lines bool) bool {
	if lines && (r == '\n' || r == '\t') {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u00ad' || r == '\u2028' || r == '\u2029'
}

// cut shortens s to at most n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// label is a captured word in a row: short, on one line, visible.
func label(s string) string { return cut(visible(s, false), 200) }

// size is a number of bytes for people: "581 B", "2.9 kB", "21 kB".
func size(n int64) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f := float64(n) / 1000
	i := 0
	for f >= 999.5 && i < len(units)-1 {
		f /= 1000
		i++
	}
	if f < 9.95 {
		return strconv.FormatFloat(f, 'f', 1, 64) + " " + units[i]
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + " " + units[i]
}

// took is a duration for people: "<1 ms", "38 ms", "3.2 s", "2 min".
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1 ms"
	case d < 999500*time.Microsecond:
		return strconv.FormatInt(int64((d+500*time.Microsecond)/time.Millisecond), 10) + " ms"
	case d < 9950*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 2*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	}
	return strconv.Itoa(int(d/time.Minute)) + " min"
}

// ago is how long something is past, in one unit. static/app.js counts on in the same words.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(max(0, int(d/time.Second))) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " d"
}

// clock is the time of day on this machine.
func clock(t time.Time) string { return t.Local().Format("15:04:05") }

// short is how an ID is shown: its last six letters, which the CLI takes too.
func short(id string) string { return strings.ToLower(id[max(0, len(id)-6):]) }

// ip is the address without its port.
func ip(remote string) string {
	if h, _, err := net.SplitHostPort(remote); err == nil {
		return h
	}
	return remote
}

// hostOf is the host and port of a URL, or the text itself if it is none.
func hostOf(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return raw
}

// sentence gives a fragment a capital and a full stop.
func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	s = sentenceStart(s)
	if strings.HasSuffix(s, "…") || strings.ContainsRune(".!?:", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}

// uncapital lowers the first letter of an ordinary word, so that it can follow a colon; names and codes stay.
func uncapital(s string) string {
	word, _, _ := strings.Cut(s, " ")
	r, n := utf8.DecodeRuneInString(word)
	if n == 0 || strings.ContainsAny(word, "-_.:/") || strings.ToLower(word[n:]) != word[n:] {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// sentenceStart gives a fragment a capital, unless it starts with a name or code.
func sentenceStart(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if strings.ContainsAny(word, "-_.:/") {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
