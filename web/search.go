package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"devhook/store"
	"devhook/web/view"
)

// search is what a query chooses captures by, as the one text that the search box shows. What has a parameter of its
// own, in old links and in scripts, becomes a filter of that text.
func search(q url.Values) url.Values {
	var parts []string
	for _, name := range filterNames {
		key, value := name, q.Get(name)
		if name == "failed" {
			if on, err := flagOf(q, name); err != nil || !on {
				continue
			}
			key, value = "is", "failed"
		}
		if name != "q" && value != "" {
			parts = append(parts, store.Term{Key: key, Values: []string{value}}.String())
		}
	}
	// What was typed comes last: a quote that is not closed yet would swallow what follows it.
	return searched(strings.Join(append(parts, strings.TrimSpace(q.Get("q"))), " "))
}

func searched(text string) url.Values {
	if text = strings.TrimSpace(text); text == "" {
		return url.Values{}
	}
	return url.Values{"q": {text}}
}

// terms are the parts of a search; none where it isn't understood.
func terms(kept url.Values, now time.Time) []store.Term {
	f, err := store.ParseSearch(kept.Get("q"), now)
	if err != nil {
		return nil
	}
	return f.Terms
}

// quick is the value that a filter of a search has, if it is one that a chip can show: a single one, and not a "not".
func quick(list []store.Term, key string) string {
	for _, t := range list {
		if isQuick(t, key) {
			return t.Values[0]
		}
	}
	return ""
}

// withQuick is the search with another value for one filter; "" takes it away. The rest of it stays.
func withQuick(list []store.Term, key, value string) url.Values {
	var parts []string
	for _, t := range list {
		if !isQuick(t, key) {
			parts = append(parts, t.String())
		}
	}
	if value != "" {
		parts = append(parts, store.Term{Key: key, Values: []string{value}}.String())
	}
	return searched(strings.Join(parts, " "))
}

// isQuick leaves other words of "is" alone: they hold at the same time.
func isQuick(t store.Term, key string) bool {
	return t.Key == key && !t.Not && len(t.Values) == 1 && (key != "is" || t.Values[0] == "failed")
}

// searchFault is why a search can't be understood, in a sentence; "" if it can. It is no reason to show nothing else.
func searchFault(err error) string {
	if f := asFault(err); err != nil && f.status == http.StatusBadRequest {
		return sentence(f.detail)
	}
	return ""
}

// searchHelp are the filters there are, for the card that explains them.
func searchHelp() []view.SearchKey {
	var out []view.SearchKey
	for _, k := range store.SearchKeys() {
		out = append(out, view.SearchKey{Example: k.Example, Wants: k.Wants, Href: "/" + query(searched(k.Example))})
	}
	return out
}
