package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"devhook/store"
	"devhook/web/view"
)

// recentRows is how many captures are looked through for words that have been seen, newest first.
const recentRows = 300

// completionMost is how many completions are offered at once.
const completionMost = 20

// caret is a search as it is typed, cut where the caret stands: lead is kept, piece is what a completion replaces.
type caret struct {
	lead, key, piece, rest string
}

// complete offers what may be typed next: filters, and then their values.
func (s *Server) complete(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if len(q.Get("before"))+len(q.Get("after")) > filterBytes {
		return render(r.Context(), w, http.StatusOK, view.Completions(nil, ""))
	}
	c := caretOf(q.Get("before"), q.Get("after"))
	if c.key == "" && c.piece == "" && q.Get("asked") == "" { // between words nobody waits for advice
		return render(r.Context(), w, http.StatusOK, view.Completions(nil, ""))
	}
	var recent []*store.Capture
	if c.key != "" {
		var err error
		if recent, err = s.cfg.Store.List(r.Context(), store.Filter{Limit: recentRows}); err != nil {
			return err
		}
	}
	offers, hint := s.offers(c, recent)
	return render(r.Context(), w, http.StatusOK, view.Completions(offers[:min(len(offers), completionMost)], hint))
}

// caretOf finds the word before the caret, and in it the value of a filter.
func caretOf(before, after string) caret {
	start := lastOutside(before, unicode.IsSpace)
	word := before[start:]
	if bare, ok := strings.CutPrefix(word, "-"); ok {
		start, word = start+1, bare
	}
	c := caret{rest: strings.TrimLeftFunc(after, func(r rune) bool { return !unicode.IsSpace(r) })}
	if name, _, ok := strings.Cut(word, ":"); ok && hasKey(strings.ToLower(name)) {
		c.key = strings.ToLower(name)
		start += len(name) + 1
		start += lastOutside(before[start:], func(r rune) bool { return r == ',' })
	}
	c.lead, c.piece = before[:start], strings.TrimPrefix(before[start:], `"`)
	return c
}

// lastOutside is the place after the last character of a kind that stands in no quotes; 0 if there is none.
func lastOutside(text string, is func(rune) bool) int {
	at, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case !quoted && is(r):
			at = i + len(string(r))
		}
	}
	return at
}

func hasKey(name string) bool {
	return slices.ContainsFunc(store.SearchKeys(), func(k store.SearchKey) bool { return k.Name == name })
}

// offers are the completions of a search, and in words what its filter takes.
func (s *Server) offers(c caret, recent []*store.Capture) (out []view.Completion, hint string) {
	for _, k := range store.SearchKeys() {
		switch {
		case c.key == "":
			if fits(k.Name, c) {
				out = append(out, view.Completion{Text: k.Name + ":", Says: "as in " + k.Example, Before: c.lead + k.Name + ":", After: c.rest})
			}
			if len(c.piece) > 1 { // "fail" is is:failed
				out = append(out, s.values(c, k, k.Values)...)
			}
		case c.key == k.Name:
			if out = s.values(c, k, slices.Concat(k.Values, s.seen(k.Name, recent))); len(out) > 0 && len(k.Values) > 0 {
				return out, "" // the list says it all
			}
			return out, k.Name + " takes " + k.Wants
		}
	}
	if len(c.piece) > 1 {
		out = append(out, s.values(c, store.SearchKey{Name: "provider"}, s.seen("provider", nil))...)
	}
	return out, ""
}

// values are those completions of a filter's value that what is typed may mean, also by the value's proper name.
func (s *Server) values(c caret, k store.SearchKey, list []string) []view.Completion {
	var out []view.Completion
	for _, v := range list {
		t := store.Term{Key: k.Name, Values: []string{v}}.String()
		o := view.Completion{Text: t, Before: c.lead + t + " ", After: strings.TrimLeft(c.rest, " ")}
		if c.key != "" {
			o.Text, o.Before = v, c.lead+strings.TrimPrefix(t, k.Name+":")+" "
		}
		if k.Name == "provider" {
			o.Says = s.cfg.Titles[v]
		}
		o.Text = label(o.Text)
		if fits(v, c) || fits(o.Says, c) && o.Says != "" {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b view.Completion) int { return cmp.Compare(begins(b.Text, c), begins(a.Text, c)) })
	return out
}

// begins is 1 for a word that begins as what is typed does: those come first.
func begins(word string, c caret) int {
	if strings.HasPrefix(strings.ToLower(word), strings.ToLower(c.piece)) {
		return 1
	}
	return 0
}

// fits says that a word may be meant by what is typed: its beginning, or any part of a filter's value.
func fits(word string, c caret) bool {
	return begins(word, c) == 1 || c.key != "" && strings.Contains(strings.ToLower(word), strings.ToLower(c.piece))
}

// seen are values of a filter that make sense here: senders that are known, and what recent captures had.
func (s *Server) seen(key string, recent []*store.Capture) []string {
	var out []string
	switch key {
	case "provider":
		for _, c := range s.senders() {
			out = append(out, c.value)
		}
		return append(out, "none")
	case "since", "until":
		return []string{"10m", "1h", "24h", "7d", "30d"}
	}
	for _, c := range recent {
		v := ""
		switch key {
		case "event":
			v = c.Event
		case "method":
			v = c.Method
		case "host":
			v = c.Host
		case "path":
			if v, _, _ = strings.Cut(c.Target, "?"); s.mask.Target(v) != v {
				continue // there is a password in it
			}
		case "status":
			if c.Last != nil && c.Last.Status != 0 {
				v = strconv.Itoa(c.Last.Status)
			}
		}
		if v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
