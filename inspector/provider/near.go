package provider

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// near looks for the usual accidents that turn a right secret into a wrong one. Each hint names a change that was tried
// on the very values and makes them equal.
func near(wrong []sent, secrets []Secret) (hints []string) {
	for _, v := range wrong {
		if v.value == "" {
			continue
		}
		for _, s := range secrets {
			if h := nearOne(v, s); h != "" {
				hints = append(hints, h)
			}
		}
	}
	return hints
}

// minPrefix: two values that begin alike for less than this many bytes say nothing.
const minPrefix = 4

func nearOne(v sent, s Secret) string {
	if strings.Contains(s.Value, "+") && same(v.value, strings.ReplaceAll(s.Value, "+", " ")) {
		return v.where + " has spaces where " + ref(s) + " has plus signs: they were not URL-encoded"
	}
	for _, slip := range slips {
		switch {
		case slip.undo(s.Value, v.value):
			return ref(s) + " " + slip.text + "; without that it fits " + v.where
		case slip.undo(v.value, s.Value):
			return v.where + " " + slip.text + "; without that it fits " + ref(s)
		}
	}
	if same(strings.TrimSpace(v.value), strings.TrimSpace(s.Value)) {
		return v.where + " and " + ref(s) + " fit without the white space around them"
	}
	switch {
	case strings.EqualFold(v.value, s.Value):
		return v.where + " fits " + ref(s) + " but for upper and lower case"
	case len(v.value) >= minPrefix && strings.HasPrefix(s.Value, v.value):
		return v.where + " is only the beginning of " + ref(s)
	case len(s.Value) >= minPrefix && strings.HasPrefix(v.value, s.Value):
		return ref(s) + " is only the beginning of " + v.where
	}
	return ""
}

// A slip is an accident and its undoing: undo says whether the spoilt value was the right one once.
type slip struct {
	text string
	undo func(spoilt, right string) bool
}

var slips = []slip{
	{"ends with CRLF", func(a, b string) bool { return strings.HasSuffix(a, "\r\n") && same(strings.TrimRight(a, "\r\n"), b) }},
	{"ends with a line break", func(a, b string) bool { return strings.HasSuffix(a, "\n") && same(strings.TrimRight(a, "\n"), b) }},
	{"ends with a carriage return", func(a, b string) bool { return strings.HasSuffix(a, "\r") && same(strings.TrimRight(a, "\r"), b) }},
	{"has white space around it", func(a, b string) bool { return a != b && same(strings.TrimSpace(a), b) }},
	{"begins with a byte order mark", func(a, b string) bool {
		t, ok := strings.CutPrefix(a, "\ufeff")
		return ok && same(strings.TrimSpace(t), b)
	}},
	{"stands in quotation marks", func(a, b string) bool {
		return len(a) > 1 && strings.ContainsAny(a[:1], `"'`) && a[0] == a[len(a)-1] && same(a[1:len(a)-1], b)
	}},
	{"is URL-encoded once too often", func(a, b string) bool { return a != b && same(unescape(a), b) }},
	{"is still base64-encoded", unbase64},
	{"is still hex-encoded", func(a, b string) bool {
		t, err := hex.DecodeString(a)
		return err == nil && same(string(t), b)
	}},
}

// unbase64 tries both alphabets, padded or not; a final line break is what the base64 command of a shell leaves.
func unbase64(a, b string) bool {
	a = strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(strings.TrimSpace(a))
	t, err := base64.RawStdEncoding.DecodeString(a)
	return err == nil && len(t) > 0 && same(strings.TrimRight(string(t), "\r\n"), strings.TrimRight(b, "\r\n"))
}
