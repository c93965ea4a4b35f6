package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/inspector/export"
	"devhook/store"
)

// awaited is what is waited for, and what came of it so far.
type awaited struct {
	filter store.Filter
	asked  string // the event, * for any letters; "" for any
	count  int
	mask   *export.Mask

	came map[string]*store.Capture // by ID, as each stood last
	told map[string]bool           // those that matched
}

// note takes a capture as it stands now; it says whether this one has come to match.
func (w *awaited) note(c *store.Capture) bool {
	if w.told[c.ID] || c.ReceivedAt.Before(w.filter.Since) || c.Instance == store.Imported {
		return false
	}
	w.came[c.ID] = c
	if w.miss(c) != "" {
		return false
	}
	w.told[c.ID] = true
	return true
}

// words are a match as a line has them, with the answer where one was waited for.
func (w *awaited) words(c *cli, one *store.Capture) []string {
	parts := c.term.arrived(one, w.mask)
	if one.Last != nil {
		parts = append(parts, told(c.known, one, one.Last)...)
	}
	return parts
}

// miss says why a capture is not what is waited for, "" if it is.
func (w *awaited) miss(c *store.Capture) string {
	from := "from an unknown sender"
	if c.Provider != "" {
		from = "from " + c.Provider
	}
	what := strings.TrimSpace(c.Provider + " " + c.Event)
	if what == "" {
		what = w.mask.Target(c.Target)
	}
	switch {
	case w.filter.Provider != "" && c.Provider != w.filter.Provider:
		return from
	case w.asked != "" && !inspector.EventLike(w.asked, c.Event):
		if c.Event == "" {
			return from + ", of no known event"
		}
		return "event " + c.Event
	case !strings.HasPrefix(c.Target, w.filter.PathPrefix):
		return "at " + w.mask.Target(c.Target)
	case w.filter.Verdict != "" && c.Verdict != w.filter.Verdict:
		return what + ": verdict " + described(string(c.Verdict), c.Reason)
	case w.filter.Status != "":
		return after(what, missedStatus(c, w.filter.Status))
	}
	return ""
}

// after puts what a text is about before it, unless it says nothing.
func after(what, text string) string {
	if text == "" {
		return ""
	}
	return what + ": " + text
}

func described(word, reason string) string {
	if reason == "" {
		return word
	}
	return word + " (" + reason + ")"
}

// missedStatus says how the latest answer differs from the status that is wanted.
func missedStatus(c *store.Capture, want string) string {
	switch {
	case c.State != store.Complete && c.Last == nil:
		return string(c.State) + ", so the app didn't get it"
	case c.Last == nil:
		return "no answer yet"
	case c.Last.Status == 0 && want == "none":
		return ""
	case c.Last.Status == 0:
		return "no answer: " + c.Last.Error
	}
	got := fmt.Sprint(c.Last.Status)
	if got == want || strings.HasSuffix(want, "xx") && got[0] == want[0] {
		return ""
	}
	return "answered " + got
}

// over is the end without all that was wanted: what did come, and why that was
// not enough. db is nil if there never was one.
func (w *awaited) over(ctx context.Context, cfg *config.Config, db *store.DB, timeout time.Duration) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if db == nil {
		return &failure{
			code: 3, text: fmt.Sprintf("timed out after %s: there is no database %s yet", timeout, cfg.DB),
			hint: "start devhook up beside it, with the same --db",
		}
	}
	f := &failure{code: 3, text: fmt.Sprintf("timed out after %s: %s", timeout, w.summary()), lines: w.misses()}
	switch {
	case len(w.came) > len(w.told):
		f.hint = "devhook show " + shortID(w.newestMiss()) + " has all that is known of the latest one"
	case !anyAlive(ctx, db):
		f.hint = "no devhook up runs on " + db.Path() + ": start one, or name its database with --db"
	default:
		f.hint = "see that the sender calls the public address; --since 5m counts what came before, too"
	}
	return f
}

func anyAlive(ctx context.Context, db *store.DB) bool {
	instances, err := db.Instances(ctx)
	return err != nil || slices.ContainsFunc(instances, func(i store.Instance) bool { return i.Alive })
}

func (w *awaited) summary() string {
	came, matched := len(w.came), len(w.told)
	switch {
	case came == 0:
		return "no webhook came"
	case matched > 0:
		return fmt.Sprintf("%s came, %d of %d matched", count(came, "webhook", "webhooks"), matched, w.count)
	case came == 1:
		return "1 webhook came, it didn't match"
	}
	return fmt.Sprintf("%d webhooks came, none matched", came)
}

// missLines bounds how many reasons are told.
const missLines = 5

// misses are the reasons, the most frequent first.
func (w *awaited) misses() (lines []string) {
	times := map[string]int{}
	for id, c := range w.came {
		if !w.told[id] {
			times[w.miss(c)]++
		}
	}
	reasons := slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b]-times[a], strings.Compare(a, b))
	})
	for i, text := range reasons {
		if i == missLines {
			return append(lines, fmt.Sprintf("and %d more reasons", len(reasons)-i))
		}
		lines = append(lines, fmt.Sprintf("%d %s", times[text], text))
	}
	return lines
}

func (w *awaited) newestMiss() (newest string) {
	for id := range w.came {
		if !w.told[id] && id > newest {
			newest = id
		}
	}
	return newest
}
