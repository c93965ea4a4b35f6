package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"devhook/store"
)

// filterNames are the query parameters that choose captures, in pages and in the API alike.
var filterNames = []string{"q", "failed", "verdict", "provider", "status", "path", "method", "since"}

const (
	pageRows = 50   // captures on a page
	maxRows  = 1000 // captures in one answer of the API
)

var statusForm = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]xx|none)$`)

// filters are what a page keeps of a form or an address: the search that chose its list.
func filters(q url.Values) url.Values { return searched(q.Get("q")) }

// filterBytes is the longest value of a filter. The store searches for no more, and every row's address repeats it.
const filterBytes = 1000

// filterOf reads a query; what can't be understood is a 400 that names it.
func filterOf(q url.Values, now time.Time, limit int) (store.Filter, error) {
	for _, name := range filterNames {
		if v := q.Get(name); len(v) > filterBytes || strings.ContainsRune(v, 0) {
			return store.Filter{}, badParameter(name, "text of at most "+strconv.Itoa(filterBytes)+" bytes")
		}
	}
	typed, err := store.ParseSearch(q.Get("q"), now)
	if err != nil {
		return store.Filter{}, fault{status: http.StatusBadRequest, detail: err.Error()}
	}
	f := store.Filter{
		Provider: q.Get("provider"), Method: q.Get("method"), PathPrefix: q.Get("path"), Terms: typed.Terms,
		Verdict: store.Verdict(q.Get("verdict")), Status: q.Get("status"), Before: q.Get("before"), Limit: limit,
	}
	if f.Failed, err = flagOf(q, "failed"); err != nil {
		return f, err
	}
	known := []store.Verdict{"", store.Valid, store.Invalid, store.Missing, store.Unchecked}
	if !slices.Contains(known, f.Verdict) {
		return f, badParameter("verdict", "valid, invalid, missing or unchecked")
	}
	if f.Status != "" && !statusForm.MatchString(f.Status) {
		return f, badParameter("status", "a status as 404, a class as 4xx, or none")
	}
	f.Since, err = since(q.Get("since"), now)
	return f, err
}

// flagOf reads a yes or no; the bare name is a yes.
func flagOf(q url.Values, name string) (bool, error) {
	if !q.Has(name) {
		return false, nil
	}
	if q.Get(name) == "" {
		return true, nil
	}
	b, err := strconv.ParseBool(q.Get(name))
	if err != nil {
		return false, badParameter(name, "true or false")
	}
	return b, nil
}

// since is a moment as the search has it: an age, a time or Unix seconds.
func since(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	f, err := store.ParseSearch(store.Term{Key: "since", Values: []string{s}}.String(), now)
	if err != nil {
		return time.Time{}, fault{status: http.StatusBadRequest, detail: err.Error()}
	}
	return f.Terms[0].At, nil
}

// limitOf is how many captures are asked for, between 1 and most.
func limitOf(q url.Values, usual, most int) (int, error) {
	s := q.Get("limit")
	if s == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, badParameter("limit", "a number from 1 to "+strconv.Itoa(most))
	}
	return min(n, most), nil
}

func badParameter(name, wants string) error {
	return fault{status: http.StatusBadRequest, detail: name + " must be " + wants}
}

// with is a query with one parameter set, or taken away by "".
func with(q url.Values, name, value string) url.Values {
	out := url.Values{}
	for k, v := range q {
		out[k] = v
	}
	out.Set(name, value)
	if value == "" {
		out.Del(name)
	}
	return out
}
