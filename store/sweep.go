package store

import (
	"context"
	"database/sql"
	"errors"
)

// usage is how much of the file is in use, in pages.
type usage struct{ pages, free, pageSize int64 }

func (u usage) used() int64 { return (u.pages - u.free) * u.pageSize }

// wasteful says that giving pages back to the disk is worth the work: they
// are more than a quarter of the file. The rest is used again.
func (u usage) wasteful() bool { return u.free*u.pageSize > spareBytes && u.free*4 > u.pages }

func (db *DB) usage(ctx context.Context) (u usage, err error) {
	err = db.read.row(ctx, []any{&u.pages, &u.free, &u.pageSize}, `SELECT page_count, freelist_count, page_size
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
	return u, err
}

// sweep deletes the chunks of what was forgotten and gives space back.
func (db *DB) sweep(ctx context.Context) error {
	for more := true; more; {
		err := db.write.do(ctx, &job{run: func(w *conn) (err error) {
			more, err = emptyTrash(w)
			return err
		}})
		if err != nil {
			return err
		}
	}
	for {
		u, err := db.usage(ctx)
		if err != nil || !u.wasteful() {
			return err
		}
		if err := db.write.do(ctx, &job{run: shrink}); err != nil {
			return err
		}
		after, err := db.usage(ctx)
		if err != nil || after.free >= u.free {
			return err // an old file without the bookkeeping for it
		}
	}
}

// emptyTrash deletes some chunks and says whether there may be more.
func emptyTrash(w *conn) (more bool, err error) {
	var id string
	err = w.row([]any{&id}, "SELECT id FROM pending WHERE kind = 'trash' LIMIT 1")
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r, err := w.exec(`DELETE FROM chunks WHERE rowid IN
		(SELECT rowid FROM chunks WHERE owner = ? LIMIT ?)`, id, forgetChunks)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	if err == nil && n < forgetChunks {
		_, err = w.exec(deletePending, id)
	}
	return true, err
}

// shrink gives some free pages back. The pragma frees one page for each row
// that is read from it.
func shrink(w *conn) error {
	rows, err := w.c.QueryContext(context.Background(), "PRAGMA incremental_vacuum(1000)")
	if err != nil {
		return err
	}
	for rows.Next() {
		continue
	}
	return errors.Join(rows.Err(), rows.Close())
}
