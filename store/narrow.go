package store

import (
	"context"
	"strings"
	"unicode/utf8"
)

// narrowest is how many captures an index may propose to be looked at one by
// one. If there are more, the newest 50 of them are not far apart.
const narrowest = 30_000

// mostGrams is how many three-letter pieces of a text are looked up.
const mostGrams = 12

// pathIndex is how much of a target is in its index.
const pathIndex = 64

// proposals are the captures that a condition can hold for, by an index.
type proposals struct {
	query string // selects their seqs
	args  []any
}

// narrow adds the first proposals that are few. All conditions stay, so what is
// found does not depend on the indexes; only the time does.
func (db *DB) narrow(ctx context.Context, w *conditions) error {
	var all []proposals
	if len(w.match) > 0 {
		all = append(all, proposals{
			`SELECT rowid FROM search WHERE search MATCH ?
			UNION ALL SELECT seq FROM captures WHERE seq > (SELECT upto FROM indexing)`,
			[]any{strings.Join(w.match, " AND ")},
		})
	}
	if w.path != "" {
		var p conditions
		p.prefix("substr(target, 1, 64)", w.path)
		all = append(all, proposals{"SELECT seq FROM captures " + p.clause(), p.args})
	}
	for _, p := range all {
		var n int
		err := db.read.row(ctx, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM ("+p.query+") LIMIT ?)",
			append(p.args[:len(p.args):len(p.args)], narrowest+1)...)
		if indexDamaged(err) {
			continue // the indexer makes it anew
		}
		if err != nil {
			return err
		}
		if n <= narrowest {
			w.add("c.seq IN ("+p.query+")", p.args...)
			return nil
		}
	}
	return nil
}

// wherePath notes the beginning of the target, if an index can use it.
func (w *conditions) wherePath(prefix string) {
	w.prefix("c.target", prefix)
	if w.path == "" && !strings.ContainsRune(prefix, 0) { // the index ends there
		w.path = prefix[:min(len(prefix), pathIndex)]
	}
}

// find notes texts of which one must be found, if the index can tell.
func (w *conditions) find(texts []string) {
	var either []string
	for _, text := range texts {
		q := grams(text)
		if q == "" {
			return
		}
		either = append(either, q)
	}
	w.match = append(w.match, "("+strings.Join(either, " OR ")+")")
}

// grams asks the index for all pieces of a text, or for some of a long one: "abc"
// AND "bcd". It is "" for a text that is too short, or that is no text.
func grams(text string) string {
	runes := []rune(text)
	pieces := len(runes) - 2
	if pieces < 1 || !utf8.ValidString(text) {
		return ""
	}
	var all []string
	for n, many := 0, min(pieces, mostGrams); n < many; n++ {
		at := n
		if many > 1 {
			at = n * (pieces - 1) / (many - 1) // the first and the last, and others between them
		}
		piece := string(runes[at : at+3])
		all = append(all, `"`+strings.ReplaceAll(piece, `"`, `""`)+`"`)
	}
	return "(" + strings.Join(all, " AND ") + ")"
}
