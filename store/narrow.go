package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// How many captures an index may propose to be looked at one by one. If there
// are more, the newest 50 of them are not far apart, and all are read.
const (
	mostByText = 30_000
	mostByPath = 5_000
)

// Of a text's three-letter pieces some are tried, and the rarest are asked for:
// to go through the captures of a common one takes time and leaves most of them.
const (
	triedGrams = 12
	askedGrams = 4
	tryRows    = 200 // captures of a piece that show how rare it is
)

// pathIndex is how much of a target is in its index.
const pathIndex = 64

// proposals are the captures that a condition can hold for, by an index.
type proposals struct {
	query string // selects their seqs
	args  []any
	most  int // more are of no use
}

// narrow adds the first proposals that are few. All conditions stay, so what is
// found does not depend on the indexes; only the time does.
func (db *DB) narrow(ctx context.Context, w *conditions) error {
	var all []proposals
	if len(w.texts) > 0 {
		match, err := db.match(ctx, w.texts)
		if err != nil {
			return ignoreDamagedIndex(err)
		}
		all = append(all, proposals{`SELECT rowid FROM search WHERE search MATCH ?
			UNION ALL SELECT seq FROM captures WHERE seq > (SELECT upto FROM indexing)`, []any{match}, mostByText})
	}
	if w.path != "" {
		var p conditions
		p.prefix("substr(target, 1, 64)", w.path)
		all = append(all, proposals{"SELECT seq FROM captures " + p.clause() + ` AND delivering = ''
			UNION ALL SELECT seq FROM captures WHERE delivering <> ''`, p.args, mostByPath})
	}
	for _, p := range all {
		var n int
		err := db.read.row(ctx, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM ("+p.query+")"+limit(p.most+1)+")", p.args...)
		if err != nil {
			return ignoreDamagedIndex(err)
		}
		if n <= p.most {
			w.add("c.seq IN ("+p.query+")", p.args...)
			w.few = true
			return nil
		}
	}
	return nil
}

// ignoreDamagedIndex makes a damaged index one that proposes nothing. It is made
// anew by who writes.
func ignoreDamagedIndex(err error) error {
	if indexDamaged(err) {
		return nil
	}
	return err
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
	for _, text := range texts {
		if len(grams(text)) == 0 {
			return
		}
	}
	w.texts = append(w.texts, texts)
}

// grams are the pieces of a text that the index knows, or some of a long one,
// quoted. There are none of a text that is too short, or that is no text.
func grams(text string) (all []string) {
	runes := []rune(text)
	pieces := len(runes) - 2
	if pieces < 1 || !utf8.ValidString(text) {
		return nil
	}
	many := min(pieces, triedGrams)
	for n := range many {
		at := n
		if many > 1 {
			at = n * (pieces - 1) / (many - 1) // the first and the last, and others between them
		}
		piece := `"` + strings.ReplaceAll(string(runes[at:at+3]), `"`, `""`) + `"`
		if !slices.Contains(all, piece) {
			all = append(all, piece)
		}
	}
	return all
}

// match is the question to the index: of each list one text must be there, of
// each text the rarest pieces.
func (db *DB) match(ctx context.Context, lists [][]string) (string, error) {
	var every []string
	for _, texts := range lists {
		var either []string
		for _, text := range texts {
			pieces, err := db.rarest(ctx, grams(text))
			if err != nil {
				return "", err
			}
			either = append(either, "("+strings.Join(pieces, " AND ")+")")
		}
		every = append(every, "("+strings.Join(either, " OR ")+")")
	}
	return strings.Join(every, " AND "), nil
}

// rarest chooses pieces by how far apart the first captures that have them are.
func (db *DB) rarest(ctx context.Context, pieces []string) ([]string, error) {
	if len(pieces) <= askedGrams {
		return pieces, nil
	}
	apart := map[string]float64{}
	for _, p := range pieces {
		var n, span int64
		err := db.read.row(ctx, []any{&n, &span}, `SELECT count(*), coalesce(max(rowid) - min(rowid), 0)
			FROM (SELECT rowid FROM search WHERE search MATCH ?`+limit(tryRows)+")", p)
		if err != nil {
			return nil, err
		}
		apart[p] = math.Inf(1)
		if n == tryRows {
			apart[p] = float64(span)
		}
	}
	pieces = slices.Clone(pieces)
	slices.SortStableFunc(pieces, func(a, b string) int { return cmp.Compare(apart[b], apart[a]) })
	return pieces[:askedGrams], nil
}
