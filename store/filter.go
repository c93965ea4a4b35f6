package store

import (
	"errors"
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
	Search     string    // in the target, head, event, note or first 64 KiB of the body; ASCII letters in any case

	// Resendable: Failed, not in flight, and the outcome not unknown unless
	// IncludeUnknown.
	Resendable     bool
	IncludeUnknown bool

	Before      string // only what comes after this ID in the order of the list
	OldestFirst bool   // in order of arrival; otherwise the newest first
	Limit       int    // at most so many; 0 or less: all
}

// longestSearch is the most bytes of text that can be searched for.
const longestSearch = 1000

var errSearch = fmt.Errorf("search text: want at most %d bytes and no NUL", longestSearch)

// conditions collects the parts of a WHERE clause.
type conditions struct {
	parts []string
	args  []any
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

// where is the filter as SQL on a capture c, without paging.
func (f *Filter) where() (w conditions, err error) {
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
		w.prefix("c.target", f.PathPrefix)
	}
	if !f.Since.IsZero() {
		w.add("c.received_at >= ?", nanos(f.Since))
	}
	return w, errors.Join(w.status(f.Status), w.search(f.Search))
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
	if want == "" {
		return nil
	}
	if want == "none" {
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

// search adds the condition for text anywhere. Heads and bodies are BLOBs, in
// which LIKE finds nothing unless told that they are text.
func (w *conditions) search(text string) error {
	if text == "" {
		return nil
	}
	if len(text) > longestSearch || strings.ContainsRune(text, 0) {
		return errSearch
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
	w.add(`(c.target LIKE ? ESCAPE '\' OR c.event LIKE ? ESCAPE '\' OR c.event_id LIKE ? ESCAPE '\'
		OR c.note LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM payloads p WHERE p.capture = c.seq
			AND (CAST(p.head AS TEXT) LIKE ? ESCAPE '\' OR CAST(p.body AS TEXT) LIKE ? ESCAPE '\')))`,
		like, like, like, like, like, like)
	return nil
}
