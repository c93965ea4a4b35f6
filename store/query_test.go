package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

func TestParseSearch(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.FixedZone("", 3600))
	word := func(w string) store.Term { return store.Term{Values: []string{w}} }
	key := func(k string, v ...string) store.Term { return store.Term{Key: k, Values: v} }
	not := func(t store.Term) store.Term { t.Not = true; return t }
	at := func(t store.Term, at time.Time) store.Term { t.At = at; return t }
	cases := map[string][]store.Term{
		"":                          nil,
		"  \t ":                     nil,
		"foo  bar":                  {word("foo"), word("bar")},
		`"two words" x`:             {word("two words"), word("x")},
		`"a \"b\" \\c\d"`:           {word(`a "b" \c\d`)},
		`"not closed yet`:           {word("not closed yet")},
		`"a":1`:                     {word(`"a":1`)},
		`"first name":1`:            {word(`"first`), word(`name":1`)},
		`http://x?a=b`:              {word("http://x?a=b")},
		`o"clock`:                   {word(`o"clock`)},
		"-foo":                      {not(word("foo"))},
		`-"two words"`:              {not(word("two words"))},
		"- -- a-b":                  {word("-"), word("--"), word("a-b")},
		`"-foo" "status:5xx"`:       {word("-foo"), word("status:5xx")},
		"status:4xx,5xx":            {key("status", "4xx", "5xx")},
		"STATUS:None -Is:Failed":    {key("status", "None"), not(key("is", "Failed"))},
		`body:"a, b",c d`:           {key("body", "a, b", "c"), word("d")},
		`body:"a"b`:                 {key("body", "a"), word("b")},
		"event:payment_intent.*":    {key("event", "payment_intent.*")},
		"path:/a:b":                 {key("path", "/a:b")},
		"since:1h":                  {at(key("since", "1h"), now.Add(-time.Hour))},
		"since:2d":                  {at(key("since", "2d"), now.Add(-48*time.Hour))},
		"since:1700000000":          {at(key("since", "1700000000"), time.Unix(1700000000, 0))},
		"until:2026-11-20T10:00:00": {at(key("until", "2026-11-20T10:00:00"), time.Date(2026, 11, 20, 10, 0, 0, 0, now.Location()))},
		"until:2026-11-20":          {at(key("until", "2026-11-20"), time.Date(2026, 11, 20, 23, 59, 59, 999999999, now.Location()))},
		"since:2026-11-20":          {at(key("since", "2026-11-20"), time.Date(2026, 11, 20, 0, 0, 0, 0, now.Location()))},
	}
	for text, want := range cases {
		f, err := store.ParseSearch(text, now)
		if d := cmp.Diff(want, f.Terms); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, d)
		}
		again, err := store.ParseSearch(written(f.Terms), now)
		if d := cmp.Diff(f.Terms, again.Terms); d != "" || err != nil {
			t.Errorf("%s, written as %s: %v (-want +got):\n%s", text, written(f.Terms), err, d)
		}
	}
}

func written(terms []store.Term) string {
	var all []string
	for _, t := range terms {
		all = append(all, t.String())
	}
	return strings.Join(all, " ")
}

func TestParseSearchRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"status:abc":              `status takes 404, 4xx, or "none" for no answer, not "abc"`,
		"x status:404,":           `status takes 404, 4xx, or "none" for no answer`,
		"-status:":                `status takes 404, 4xx, or "none" for no answer`,
		"verdict:good":            `verdict takes valid, invalid, missing or unchecked, not "good"`,
		"since:soon":              `since takes an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z, not "soon"`,
		"since:1h,2h":             `since takes an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z, not "1h,2h"`,
		"since:-1h":               `since takes an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z, not "-1h"`,
		"since:9999999999999":     `since takes an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z, not "9999999999999"`,
		"since:9999999d":          `since takes an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z, not "9999999d"`,
		"provider:":               `provider takes a sender's name, or "none"`,
		"a\x00b":                  `a search takes at most 1000 bytes, and no NUL`,
		strings.Repeat("a", 1001): `a search takes at most 1000 bytes, and no NUL`,
		strings.Repeat("a ", 51):  `a search takes at most 50 words and values`,
	} {
		_, err := store.ParseSearch(text, time.Now())
		var typed *store.SearchError
		if !errors.As(err, &typed) || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	_, err := store.ParseSearch("is:late", time.Now())
	if err == nil || !strings.HasPrefix(err.Error(), "is takes failed, ") {
		t.Errorf("is:late: %v", err)
	}
}

// Every filter that is offered is understood, in the form in which it is shown.
func TestSearchKeys(t *testing.T) {
	db := storetest.Open(t)
	for _, k := range store.SearchKeys() {
		texts := []string{k.Example, "-" + k.Example}
		for _, v := range k.Values {
			texts = append(texts, k.Name+":"+v)
		}
		for _, text := range texts {
			f, err := store.ParseSearch(text, time.Now())
			if err != nil || len(f.Terms) != 1 || f.Terms[0].Key != k.Name || k.Wants == "" {
				t.Errorf("%s: %+v, %v", text, f.Terms, err)
			}
			if _, err := db.List(t.Context(), f); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// Whatever is typed does not panic, and what is understood makes good SQL and
// means the same when it is written down again.
func FuzzParseSearch(f *testing.F) {
	for _, s := range []string{`a -b "c d" status:4xx,none`, `body:"\"a\",b",'c -is:failed,held`, `event:[?*] host:*%_ id:x\ path:` + "\xff", `since:1h until:2026-11-21 "`, "note:,\"\""} {
		f.Add(s)
	}
	db := storetest.Open(f)
	c := storetest.Capture(1)
	if err := db.Add(f.Context(), c, storetest.Body(1)); err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := store.ParseSearch(text, now)
		if err != nil {
			return
		}
		if _, err := db.List(t.Context(), filter); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := db.Count(t.Context(), store.Filter{Search: text}); err != nil {
			t.Errorf("%q: count: %v", text, err)
		}
		again, err := store.ParseSearch(written(filter.Terms), now)
		if len(written(filter.Terms)) > 1000 {
			return // quoted, it is too long
		}
		if d := cmp.Diff(filter.Terms, again.Terms); d != "" || err != nil {
			t.Errorf("%q, written as %q: %v (-want +got):\n%s", text, written(filter.Terms), err, d)
		}
	})
}
