package store

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// scraps are what the texts and the searches of the random test are made of: letters of several scripts, and all that
// means something to the language, to LIKE, to GLOB or to the index.
var scraps = []string{
	"a", "ab", "abc", "ABC", "abcd", "evt_1", "evt_", "100%", "%", "_", `\`, `"`, "'", "*", "?", "[", "]", "-", ":", ",", ", ", " ", "  ", "\n", "\t",
	"is:failed", "body:", "OR", "NEAR(", "λόγος", "ΛΌΓΟΣ", "é", "É", "ß", "🙂", "🙂🙂", "سلام", "\u202e", "\u00a0", "{", "}", "/hooks", "/a/b", "=", "&", "+",
}

type randomSearch struct{ *rand.Rand }

func (r randomSearch) text(most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(scraps[r.IntN(len(scraps))])
	}
	return b.String()
}

func (r randomSearch) word(list ...string) string { return list[r.IntN(len(list))] }

// term is one part of a search, often one that something fits.
func (r randomSearch) term(captures []*Capture, bodies map[string]string) Term {
	t := Term{Not: r.IntN(5) == 0, Key: r.word("", "", "", "body", "head", "note", "path", "method", "event", "provider", "verdict", "is")}
	for range 1 + r.IntN(3)/2 {
		v := r.text(4)
		if len(captures) > 0 && r.IntN(2) == 0 { // a piece of what is there
			c := captures[r.IntN(len(captures))]
			of := []rune(r.word(c.Target, c.Event, c.Note, string(c.Head), bodies[c.ID]))
			from := r.IntN(len(of) + 1)
			v = string(of[from : from+r.IntN(len(of)-from+1)])
		}
		switch t.Key {
		case "path":
			v = r.word("/hooks", "/a/b", "/", "") + v
		case "method":
			v = r.word("post", "PUT", "GET")
		case "provider":
			v = r.word("stripe", "none", "github")
		case "verdict":
			v = r.word("valid", "INVALID", "unchecked")
		case "is":
			v = r.word("pinned", "noted")
		}
		if v != "" {
			t.Values = append(t.Values, v)
		}
	}
	if len(t.Values) == 0 || t.Key == "" {
		t.Values = append(t.Values, "abc")[:1]
	}
	return t
}

// typed writes a term as a person might: in quotes, or without where that means the same.
func (r randomSearch) typed(t Term) string {
	if r.IntN(2) == 0 {
		return t.String()
	}
	var list []string
	for _, v := range t.Values {
		list = append(list, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)+`"`)
	}
	out := strings.Join(list, ",")
	if t.Key != "" {
		out = strings.ToUpper(t.Key) + ":" + out
	}
	if t.Not {
		out = "-" + out
	}
	return out
}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

func holds(text, part string) bool { return strings.Contains(lower(text), lower(part)) }

func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(text)
}

// fits says as plainly as can be whether a term holds for a capture.
func fits(t Term, c *Capture, body string) bool {
	one := func(v string) bool {
		switch t.Key {
		case "body":
			return holds(body, v)
		case "head":
			return holds(string(c.Head), v)
		case "note":
			return holds(c.Note, v)
		case "path":
			return strings.HasPrefix(c.Target, v)
		case "method":
			return lower(c.Method) == lower(v)
		case "event":
			return glob(v, c.Event)
		case "provider":
			return c.Provider == strings.Replace(lower(v), "none", "", 1)
		case "verdict":
			return string(c.Verdict) == lower(v)
		case "is":
			return v == "pinned" && c.Pinned || v == "noted" && c.Note != ""
		}
		return slices.ContainsFunc([]string{c.Target, c.Event, c.EventID, c.Note, string(c.Head), body}, func(s string) bool { return holds(s, v) })
	}
	return slices.ContainsFunc(t.Values, one) != t.Not
}

// What a search finds is what reading everything finds, however far the index has come, whatever was deleted or noted
// since, and page by page as in one list.
func TestSearchFindsWhatReadingFinds(t *testing.T) {
	seed := rand.Uint64()
	r := randomSearch{rand.New(rand.NewPCG(seed, 0))}
	hits := 0
	for range 4 {
		db := openTest(t)
		var captures []*Capture
		bodies := map[string]string{}
		for range 60 {
			c := &Capture{
				Method: r.word("POST", "put", "GET"), Target: r.word("/hooks", "/a/b", "/") + r.text(6), Event: r.text(2), EventID: r.text(2), Note: r.text(2),
				Provider: r.word("", "stripe", "github"), Verdict: Verdict(r.word("valid", "invalid", "unchecked")), Head: []byte("POST / HTTP/1.1\r\n" + r.text(8) + "\r\n\r\n"),
			}
			body := r.text(30)
			if err := db.Add(t.Context(), c, []byte(body)); err != nil {
				t.Fatal(err)
			}
			captures, bodies[c.ID] = append(captures, c), body
		}
		if upto := r.Int64N(61); upto > 0 {
			inWriter(t, db, func(w *conn) error { return indexUpTo(w, upto) })
		}
		for range 3 {
			hits += compareSearches(t, db, r, &captures, bodies, seed)
		}
		indexAll(t, db)
		hits += compareSearches(t, db, r, &captures, bodies, seed)
	}
	if hits < 1000 {
		t.Errorf("only %d were found in all: the searches are too odd to tell anything", hits)
	}
}

// compareSearches changes a little, and then searches.
func compareSearches(t *testing.T, db *DB, r randomSearch, captures *[]*Capture, bodies map[string]string, seed uint64) (hits int) {
	t.Helper()
	list := *captures
	gone, noted, pinned := r.IntN(len(list)), r.IntN(len(list)), r.IntN(len(list))
	list[noted].Note, list[pinned].Pinned = r.text(4), true
	for _, err := range []error{
		db.SetNote(t.Context(), list[noted].ID, list[noted].Note), db.SetPinned(t.Context(), list[pinned].ID, true), db.Delete(t.Context(), list[gone].ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	list = slices.Delete(list, gone, gone+1)
	*captures = list
	for range 60 {
		var terms []Term
		var typed []string
		for range 1 + r.IntN(3) {
			one := r.term(list, bodies)
			terms, typed = append(terms, one), append(typed, r.typed(one))
		}
		text := strings.Join(typed, " ")
		if len(text) > longestSearch {
			continue
		}
		var want []string
		for _, c := range slices.Backward(list) {
			if !slices.ContainsFunc(terms, func(one Term) bool { return !fits(one, c, bodies[c.ID]) }) {
				want = append(want, c.ID)
			}
		}
		hits += len(want)
		if got := paged(t, db, text, 1+r.IntN(20)); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %q of %+v:\nfound %v\nwant  %v", seed, text, terms, got, want)
		}
		if n := found(t, db, text); n != len(want) {
			t.Fatalf("seed %d: %q: %d counted, want %d", seed, text, n, len(want))
		}
	}
	return hits
}

// paged is a list put together from its pages.
func paged(t *testing.T, db *DB, text string, size int) (ids []string) {
	t.Helper()
	before := ""
	for {
		page, err := db.List(t.Context(), Filter{Search: text, Before: before, Limit: size})
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", text, err))
		}
		for _, c := range page {
			ids = append(ids, c.ID)
		}
		if len(page) < size {
			return ids
		}
		before = ids[len(ids)-1]
	}
}
