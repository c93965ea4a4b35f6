package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Term is one part of a search: a word to be found, or a filter.
type Term struct {
	Not    bool      // captures it does not hold for
	Key    string    // a name of SearchKeys; "" for a word
	Values []string  // one of them must fit; a word has one
	At     time.Time // the moment of since and until
}

// SearchKey is a filter that a search may hold, for completion and help.
type SearchKey struct {
	Name    string
	Values  []string // all it takes; nil where it takes more than a list can hold
	Wants   string   // what a value must be, for an error or a hint
	Example string   // a whole filter
}

// isValues are what "is:" takes, with what each of them means.
var isValues = [][2]string{
	{"failed", failed},
	{"delivered", "c.accepted = 1"},
	{"unknown", "c.unknown = 1"},
	{"delivering", "c.delivering <> ''"},
	{"duplicate", "c.duplicate_of <> ''"},
	{"replayed", "c.seq IN (SELECT r.capture FROM deliveries r WHERE r.kind = 'replay')"},
	{"edited", "c.seq IN (SELECT r.capture FROM deliveries r WHERE r.edited = 1)"},
	{"pinned", "c.pinned = 1"},
	{"noted", "c.note <> ''"},
	{"complete", "c.state = 'complete'"},
	{"incomplete", "c.state = 'incomplete'"},
	{"malformed", "c.state = 'malformed'"},
	{"refused", "c.state = 'refused'"},
	{"held", "c.state = 'held'"},
}

// SearchKeys are the filters of the search language, in the order in which
// people should hear of them.
func SearchKeys() []SearchKey {
	var is []string
	for _, v := range isValues {
		is = append(is, v[0])
	}
	const moment = "an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z"
	return []SearchKey{
		{Name: "is", Values: is, Wants: oneOf(is), Example: "is:failed"},
		{Name: "provider", Wants: `a sender's name, or "none"`, Example: "provider:stripe,github"},
		{Name: "event", Wants: "an event's name, * for any part of it", Example: "event:payment_intent.*"},
		{Name: "verdict", Values: verdicts, Wants: oneOf(verdicts), Example: "verdict:invalid"},
		{Name: "status", Values: []string{"2xx", "3xx", "4xx", "5xx", "none"}, Wants: `404, 4xx, or "none" for no answer`, Example: "status:4xx,5xx"},
		{Name: "method", Wants: "a method such as POST", Example: "method:PUT"},
		{Name: "path", Wants: "the beginning of a path", Example: "path:/hooks"},
		{Name: "host", Wants: "a host, * for any part of it", Example: "host:shop.example.com"},
		{Name: "body", Wants: "text in the body", Example: `body:"order 17"`},
		{Name: "head", Wants: "text in the request line and headers", Example: "head:user-agent"},
		{Name: "note", Wants: "text in your note", Example: "note:refund"},
		{Name: "id", Wants: "the beginning or the end of an ID", Example: "id:q7rk2m"},
		{Name: "since", Wants: moment, Example: "since:1h"},
		{Name: "until", Wants: moment, Example: "until:2026-11-21"},
	}
}

var verdicts = []string{string(Valid), string(Invalid), string(Missing), string(Unchecked)}

func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func searchKey(name string) (SearchKey, bool) {
	keys := SearchKeys()
	i := slices.IndexFunc(keys, func(k SearchKey) bool { return k.Name == name })
	if i < 0 {
		return SearchKey{}, false
	}
	return keys[i], true
}

// SearchError says what of a search is not understood. Its text is a fragment
// for people: `status takes 404, 4xx, or "none" for no answer, not "abc"`.
type SearchError struct {
	Key   string // the filter; "" for the search as a whole
	Value string // what was written
	Wants string // what is taken
}

func (e *SearchError) Error() string {
	switch {
	case e.Key == "":
		return "a search takes " + e.Wants
	case e.Value == "":
		return fmt.Sprintf("%s takes %s", e.Key, e.Wants)
	}
	return fmt.Sprintf("%s takes %s, not %q", e.Key, e.Wants, e.Value)
}

const (
	longestSearch = 1000 // bytes of a search
	mostTerms     = 50   // words and values in it
)

// ParseSearch reads what a user types: words, "several words", and filters like
// status:4xx,5xx (see SearchKeys), all of which must hold; a - before one is for
// those captures where it does not. In quotes \" is a quote. A key that is not
// known makes a plain word, as in http://x. The error is a *SearchError.
//
// Ages count back from now; dates are in its time zone.
func ParseSearch(text string, now time.Time) (Filter, error) {
	var f Filter
	if len(text) > longestSearch || strings.ContainsRune(text, 0) {
		return f, &SearchError{Wants: fmt.Sprintf("at most %d bytes, and no NUL", longestSearch)}
	}
	values := 0
	for text = skipSpace(text); text != ""; text = skipSpace(text) {
		var t Term
		t, text = nextTerm(text)
		if err := t.date(now); err != nil {
			return f, err
		}
		if values += len(t.Values); values > mostTerms {
			return f, &SearchError{Wants: fmt.Sprintf("at most %d words and values", mostTerms)}
		}
		f.Terms = append(f.Terms, t)
	}
	_, err := f.where(now)
	return f, err
}

func skipSpace(text string) string { return strings.TrimLeftFunc(text, unicode.IsSpace) }

// nextTerm takes the first term off text, which begins with it.
func nextTerm(text string) (t Term, rest string) {
	word := text[:wordEnd(text)]
	if after, ok := strings.CutPrefix(text, "-"); ok && strings.Trim(word, "-") != "" {
		t.Not, text = true, after
	}
	word = text[:wordEnd(text)]
	if name, _, ok := strings.Cut(word, ":"); ok {
		if key, known := searchKey(strings.ToLower(name)); known {
			t.Key = key.Name
			t.Values, rest = nextValues(text[len(name)+1:])
			return t, rest
		}
	}
	if phrase, rest, ok := unquote(text); ok && (rest == "" || skipSpace(rest) != rest) {
		t.Values = []string{phrase}
		return t, rest
	}
	t.Values = []string{word}
	return t, text[len(word):]
}

// wordEnd is where a word ends that nothing quotes.
func wordEnd(text string) int {
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		return i
	}
	return len(text)
}

// nextValues takes a list of values off text: a,"b, c",d.
func nextValues(text string) (values []string, rest string) {
	for {
		value, rest, quoted := unquote(text)
		if !quoted {
			end := wordEnd(text)
			if comma := strings.IndexByte(text[:end], ','); comma >= 0 {
				end = comma
			}
			value, rest = text[:end], text[end:]
		}
		values = append(values, value)
		if !strings.HasPrefix(rest, ",") {
			return values, rest
		}
		text = rest[1:]
	}
}

// unquote takes "…" off text; ok says that there was one. One that is not
// closed yet goes to the end.
func unquote(text string) (value, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, `"`)
	if !ok {
		return "", text, false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), "", true
}

// String writes a term as ParseSearch reads it.
func (t Term) String() string {
	var b strings.Builder
	if t.Not {
		b.WriteByte('-')
	}
	if t.Key != "" {
		b.WriteString(t.Key + ":")
	}
	for i, v := range t.Values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(t.quoted(v))
	}
	return b.String()
}

// quoted quotes a value where it would be read as something else.
func (t Term) quoted(v string) string {
	name, _, colon := strings.Cut(v, ":")
	_, known := searchKey(strings.ToLower(name))
	plain := v != "" && strings.IndexFunc(v, unicode.IsSpace) < 0 && v[0] != '"'
	if t.Key == "" {
		plain = plain && v[0] != '-' && !(colon && known)
	} else {
		plain = plain && !strings.Contains(v, ",")
	}
	if plain {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

// date reads the moment of a since or until, of which there is one.
func (t *Term) date(now time.Time) error {
	if t.Key != "since" && t.Key != "until" {
		return nil
	}
	at, day, ok := parseMoment(t.Values[0], now)
	if !ok || len(t.Values) > 1 {
		return t.refuse(strings.Join(t.Values, ","))
	}
	if day && t.Key == "until" {
		at = at.AddDate(0, 0, 1).Add(-1) // with the whole of that day
	}
	t.At = at
	return nil
}

func (t *Term) refuse(value string) error {
	key, _ := searchKey(t.Key)
	return &SearchError{Key: t.Key, Value: value, Wants: key.Wants}
}

// lastSecond is in the year 2242: later ones are milliseconds by mistake, and
// do not fit into nanoseconds.
const lastSecond = 1 << 33

// parseMoment reads an age, a time or Unix seconds; day says that it is a date
// without a time.
func parseMoment(text string, now time.Time) (at time.Time, day, ok bool) {
	age := text
	days, isDays := strings.CutSuffix(text, "d")
	if isDays {
		age = days + "h"
	}
	if d, err := time.ParseDuration(age); err == nil && d >= 0 {
		if isDays {
			d *= 24 // an age, not a date
		}
		return now.Add(-d), false, d >= 0
	}
	for _, form := range []string{time.DateOnly, time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return at, form == time.DateOnly, at.Unix() >= 0 && at.Unix() <= lastSecond
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(n, 0), false, err == nil && n >= 0 && n <= lastSecond
}
