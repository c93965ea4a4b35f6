package main

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"devhook/inspector/provider"
	"devhook/store"
)

// filterFlags choose captures.
type filterFlags struct {
	failed                                          bool
	provider, verdict, method, path, status, search string
	since                                           string
	limit                                           int
}

func (f *filterFlags) add(set *pflag.FlagSet) {
	set.BoolVar(&f.failed, "failed", false, "only what failed and wasn't delivered since")
	f.addSource(set)
	set.StringVar(&f.verdict, "verdict", "", "only this `VERDICT`: valid, invalid, missing or unchecked")
	set.StringVar(&f.method, "method", "", "only this `METHOD`")
	set.StringVar(&f.path, "path", "", "only paths that begin with `PREFIX`")
	set.StringVar(&f.status, "status", "", "only with this last answer: `STATUS` 404, 4xx or none")
	set.StringVar(&f.search, "search", "", "only what this `TEXT` finds: words, and filters as is:failed")
	set.IntVar(&f.limit, "limit", 50, "at most `N`, 0 for all")
}

// addSource adds the two flags that resend has too.
func (f *filterFlags) addSource(set *pflag.FlagSet) {
	set.StringVar(&f.provider, "provider", "", "only from this `PROVIDER`")
	set.StringVar(&f.since, "since", "", "only since `T`: 1h, 2d, 2026-11-21 or 2026-11-21T22:10:00Z")
}

var statusForm = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]xx|none)$`)

// filter checks the flags and makes the store's Filter of them.
func (f *filterFlags) filter(known provider.List, now time.Time) (store.Filter, error) {
	if err := knownProvider(known, f.provider); err != nil {
		return store.Filter{}, err
	}
	verdicts := []string{"", "valid", "invalid", "missing", "unchecked"}
	if !slices.Contains(verdicts, f.verdict) {
		return store.Filter{}, usage("write valid, invalid, missing or unchecked", "%q is no verdict", f.verdict)
	}
	if f.status != "" && !statusForm.MatchString(f.status) {
		return store.Filter{}, usage("write 404, 4xx, or none for what got no answer", "%q is no status", f.status)
	}
	if f.limit < 0 {
		return store.Filter{}, usage("write 0 for all", "--limit %d is below zero", f.limit)
	}
	typed, err := store.ParseSearch(f.search, now)
	if err != nil {
		return store.Filter{}, usage(`write words and filters, as in --search 'is:failed "order 17"'`, "--search: %s", err)
	}
	since, err := parseSince(f.since, now)
	return store.Filter{
		Failed: f.failed, Provider: f.provider, Verdict: store.Verdict(f.verdict), Method: strings.ToUpper(f.method),
		PathPrefix: f.path, Status: f.status, Since: since, Terms: typed.Terms, Limit: f.limit,
	}, err
}

// parseSince reads an age (1h30m, 2d) or a moment, local unless it names a zone.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	age := text
	if days, ok := strings.CutSuffix(text, "d"); ok {
		// 24 hours a day: an age, not a date.
		if d, err := time.ParseDuration(days + "h"); err == nil && d >= 0 {
			return now.Add(-24 * d), nil
		}
	}
	if d, err := time.ParseDuration(age); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02", "2006-01-02 15:04", stamp, "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usage("write an age such as 1h or 2d, or a time such as 2026-11-21T22:10:00Z", "--since %q is no time", text)
}
