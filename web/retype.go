package web

import "strings"

// retyped is text that came back from a form, with the line ends of what the form was filled with. A browser makes
// every line end of a text area the same, so they are told from the lines around: the lines before and after the edit
// keep theirs, and so do all if there are as many as before; new ones get the one that was used most.
func retyped(was, now string) string {
	old, ends := linesOf(was)
	fresh, _ := linesOf(now)
	head := 0
	for head < len(old) && head < len(fresh) && old[head] == fresh[head] {
		head++
	}
	tail := 0
	for tail < min(len(old), len(fresh))-head && old[len(old)-1-tail] == fresh[len(fresh)-1-tail] {
		tail++
	}
	usual := usualEnd(ends)
	var b strings.Builder
	for i, line := range fresh {
		b.WriteString(line)
		switch after := len(fresh) - i; {
		case after == 1: // nothing ends the last line
		case i < len(ends) && (i < head || len(fresh) == len(old)):
			b.WriteString(ends[i])
		case after <= tail:
			b.WriteString(ends[len(old)-after])
		default:
			b.WriteString(usual)
		}
	}
	return b.String()
}

// linesOf takes a text apart at what a text area knows as line ends. The last line has none.
func linesOf(s string) (lines, ends []string) {
	for {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			return append(lines, s), ends
		}
		end := s[i : i+1]
		if strings.HasPrefix(s[i:], "\r\n") {
			end = "\r\n"
		}
		lines, ends = append(lines, s[:i]), append(ends, end)
		s = s[i+len(end):]
	}
}

func usualEnd(ends []string) string {
	count := map[string]int{}
	usual := "\n"
	for _, e := range ends {
		if count[e]++; count[e] > count[usual] {
			usual = e
		}
	}
	return usual
}
