package store

import (
	"context"
	"database/sql"
	"errors"
)

// List returns the captures f chooses, without heads and trailers, the newest
// first. Pages follow each other by Before and stay put while others arrive.
func (db *DB) List(ctx context.Context, f Filter) ([]*Capture, error) {
	found, err := db.list(ctx, f)
	return found, fail("list", "", err)
}

// list chooses by what is in the indexes first, and then reads the rows.
func (db *DB) list(ctx context.Context, f Filter) ([]*Capture, error) {
	w, err := f.where(db.now())
	if err != nil {
		return nil, err
	}
	if f.Before != "" {
		if err := db.page(ctx, &w, f); err != nil {
			return nil, err
		}
	}
	if err := db.narrow(ctx, &w); err != nil {
		return nil, err
	}
	order, most := " ORDER BY c.seq DESC", -1
	if f.OldestFirst {
		order = " ORDER BY c.seq"
	}
	if f.Limit > 0 {
		most = f.Limit
	}
	chosen, args := w.chosen("c.seq", order)
	chosen, args = limited(chosen, args, most)
	return all(ctx, db.read, scanListed, "SELECT "+captureColumns+capturesWithLast+
		"WHERE c.seq IN ("+chosen+")"+order, args...)
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
func (db *DB) Count(ctx context.Context, f Filter) (int, error) { return db.CountUpTo(ctx, f, 0) }

// CountUpTo is Count that goes no further than most: that number says that
// there are as many at least. 0 or less: all are counted. It is for filters
// that take their time, as words do that are in every body.
func (db *DB) CountUpTo(ctx context.Context, f Filter, most int) (n int, err error) {
	w, err := f.where(db.now())
	if err == nil {
		err = db.narrow(ctx, &w)
	}
	if err != nil {
		return 0, fail("count", "", err)
	}
	if most <= 0 {
		most = -1
	}
	chosen, args := w.chosen("1", "")
	err = db.read.row(ctx, []any{&n}, "SELECT count(*) FROM ("+chosen+limit(most)+")", args...)
	return n, fail("count", "", err)
}
