package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Filter chooses captures; the zero value chooses all. Conditions add up.
type Filter struct {
	// Failed: complete, not refused, no later duplicate accepted, and no
	// delivery or the latest one not accepted.
	Failed     bool
	Provider   string
	Verdict    Verdict
	Method     string    // in any case
	PathPrefix string    // of the target, byte for byte
	Status     string    // of the latest delivery: "404", "4xx", or "none" for no answer
	Since      time.Time // received at or after
	Search     string    // text as ParseSearch reads it
	Terms      []Term    // what ParseSearch made of such a text; all must hold

	// A word is searched for in the target, head, event, its ID, note and first
	// 64 KiB of the body, ASCII letters in any case.

	// Resendable: Failed, not in flight, and the outcome not unknown unless
	// IncludeUnknown.
	Resendable     bool
	IncludeUnknown bool

	Before      string // only what comes after this ID in the order of the list
	OldestFirst bool   // in order of arrival; otherwise the newest first
	Limit       int    // at most so many; 0 or less: all
}

// conditions collects the parts of a WHERE clause, and what of them an index
// can answer.
type conditions struct {
	parts []string
	args  []any
	texts [][]string // of each list, one must be found
	path  string     // what the target begins with; "" if unknown
	few   bool       // a part names the few captures that come into question
}

func (w *conditions) add(part string, args ...any) {
	w.parts = append(w.parts, part)
	w.args = append(w.args, args...)
}

func (w *conditions) clause() string {
	if len(w.parts) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(w.parts, " AND ")
}

// chosen selects the captures that the conditions hold for. Those that are being delivered are asked for by themselves:
// the indexes have only the others, so that a webhook comes into them once.
func (w *conditions) chosen(columns, order string) (query string, args []any) {
	from := "SELECT " + columns + " FROM captures c "
	if w.few {
		return from + w.clause() + order, w.args
	}
	settled := conditions{parts: append([]string{"c.delivering = ''"}, w.parts...)}
	moving := conditions{parts: append([]string{"c.delivering <> ''"}, w.parts...)}
	query = from + settled.clause() + " UNION ALL " + from + "INDEXED BY captures_delivering " + moving.clause() + order
	return query, append(w.args[:len(w.args):len(w.args)], w.args...)
}

// where is the filter as SQL on a capture c, without paging.
func (f *Filter) where(now time.Time) (w conditions, err error) {
	if f.Failed || f.Resendable {
		w.add(failed)
	}
	if f.Resendable {
		w.add("c.delivering = '' AND NOT EXISTS (SELECT 1 FROM pending p WHERE p.kind = 'replay' AND p.capture = c.id)")
		if !f.IncludeUnknown {
			w.add("c.unknown = 0")
		}
	}
	if f.Provider != "" {
		w.add("c.provider = ?", f.Provider)
	}
	if f.Verdict != "" {
		w.add("c.verdict = ?", string(f.Verdict))
	}
	if f.Method != "" {
		w.add("c.method = ? COLLATE NOCASE", f.Method)
	}
	if f.PathPrefix != "" {
		w.wherePath(f.PathPrefix)
	}
	if !f.Since.IsZero() {
		w.add("c.received_at >= ?", nanos(f.Since))
	}
	if f.Status != "" {
		if err := w.status(f.Status); err != nil {
			return w, err
		}
	}
	return w, w.search(f, now)
}

// search adds the conditions of what was typed and of what was made of it.
func (w *conditions) search(f *Filter, now time.Time) error {
	terms := f.Terms
	if f.Search != "" {
		typed, err := ParseSearch(f.Search, now)
		if err != nil {
			return err
		}
		terms = append(typed.Terms, terms...)
	}
	for _, t := range terms {
		if err := w.term(t); err != nil {
			return err
		}
	}
	return nil
}

// prefix compares bytes, so that no character of the user's is a wildcard.
func (w *conditions) prefix(column, prefix string) {
	w.add(column+" >= ?", prefix)
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			w.add(column+" < ?", prefix[:i]+string([]byte{prefix[i] + 1}))
			return
		}
	}
}

// status adds the condition for "404", "4xx" or "none".
func (w *conditions) status(want string) error {
	if strings.EqualFold(want, "none") {
		w.add("c.status = 0")
		return nil
	}
	if len(want) == 3 && want[0] >= '1' && want[0] <= '9' && strings.EqualFold(want[1:], "xx") {
		first := int(want[0]-'0') * 100
		w.add("c.status BETWEEN ? AND ?", first, first+99)
		return nil
	}
	n, err := strconv.Atoi(want)
	if err != nil || n < 100 || n > 999 {
		return fmt.Errorf(`status %q: want a number like 404, a class like 4xx, or "none"`, want)
	}
	w.add("c.status = ?", n)
	return nil
}
