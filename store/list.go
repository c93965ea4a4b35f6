package store

import (
	"context"
	"database/sql"
	"errors"
)

// List returns the captures f chooses, without heads and trailers, the newest
// first. Pages follow each other by Before and stay put while others arrive.
func (db *DB) List(ctx context.Context, f Filter) ([]*Capture, error) {
	w, err := f.where()
	if err != nil {
		return nil, fail("list", "", err)
	}
	if f.Before != "" {
		if err := db.page(ctx, &w, f); err != nil {
			return nil, fail("list", "", err)
		}
	}
	order := " ORDER BY c.seq DESC"
	if f.OldestFirst {
		order = " ORDER BY c.seq"
	}
	if f.Limit > 0 {
		order += " LIMIT ?"
		w.args = append(w.args, f.Limit)
	}
	found, err := all(ctx, db.read, scanListed, "SELECT "+captureColumns+capturesWithLast+w.clause()+order, w.args...)
	return found, fail("list", "", err)
}

// page adds the condition for what comes after f.Before. If that capture has
// been deleted meanwhile the page begins where it would stand: IDs sort by time.
func (db *DB) page(ctx context.Context, w *conditions, f Filter) error {
	var seq int64
	err := db.read.row(ctx, []any{&seq}, "SELECT seq FROM captures WHERE id = ?", f.Before)
	gone := errors.Is(err, sql.ErrNoRows)
	if gone {
		err = db.read.row(ctx, []any{&seq}, "SELECT coalesce(max(seq), 0) FROM captures WHERE id < ?", f.Before)
	}
	switch {
	case err != nil:
		return err
	case f.OldestFirst:
		w.add("c.seq > ?", seq)
	case gone:
		w.add("c.seq <= ?", seq)
	default:
		w.add("c.seq < ?", seq)
	}
	return nil
}

// Count says how many captures f chooses, whatever its page and limit.
func (db *DB) Count(ctx context.Context, f Filter) (n int, err error) {
	w, err := f.where()
	if err != nil {
		return 0, fail("count", "", err)
	}
	err = db.read.row(ctx, []any{&n}, "SELECT count(*) FROM captures c "+w.clause(), w.args...)
	return n, fail("count", "", err)
}
