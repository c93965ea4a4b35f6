package store

import (
	"context"
	"time"
)

// Deleting goes in steps, so that it never keeps webhooks waiting: captures
// disappear some at a time, their chunks become trash that is emptied after.
const (
	forgetCaptures = 100     // captures in one transaction
	forgetChunks   = 64      // chunks in one transaction: 16 MiB
	shrinkPages    = 1000    // pages given back in one transaction: 4 MiB
	spareBytes     = 4 << 20 // free space not worth giving back
)

// Keep says what Prune leaves; zero means without limit.
type Keep struct {
	Age  time.Duration // of the oldest capture
	Size int64         // bytes in use in the database
}

// Delete forgets a capture, its deliveries and their bodies.
func (db *DB) Delete(ctx context.Context, id string) error {
	_, err := db.forget(ctx, "WHERE id = ?", id)
	return fail("delete", id, err)
}

// Clear forgets all captures that have arrived and says how many. Pinned ones
// stay, and those being delivered, whose outcome is still to be written, and held
// ones: their senders were told that they have arrived.
func (db *DB) Clear(ctx context.Context) (int, error) {
	newest, err := db.read.last(ctx, "captures")
	if err != nil {
		return 0, fail("clear", db.path, err)
	}
	n, err := db.forgetAll(ctx,
		"WHERE pinned = 0 AND delivering = '' AND state <> 'held' AND seq <= ? ORDER BY seq LIMIT ?", newest, forgetCaptures)
	return n, fail("clear", db.path, err)
}

// prunable are the captures that age and size may take: not pinned, held or
// being delivered, and not those which should reach the app but never got an
// answer from it.
const prunable = `pinned = 0 AND state <> 'held' AND delivering = ''
	AND NOT (` + failed + ` AND NOT EXISTS
		(SELECT 1 FROM deliveries r WHERE r.capture = c.seq AND r.status > 0))`

// oldest chooses what Prune takes for size: no more at once than the bodies
// show to be needed, but at least one.
const oldest = `WHERE seq IN (SELECT seq FROM
	(SELECT seq, sum(body_size + 1024) OVER (ORDER BY seq) - body_size - 1024 AS before
		FROM captures c WHERE ` + prunable + ` ORDER BY seq LIMIT ?) WHERE before < ?)`

// Prune forgets the oldest captures until what is left is within k, and says
// how many it forgot. Pinned, held and undelivered ones stay, so it may end
// above the limits.
func (db *DB) Prune(ctx context.Context, k Keep) (total int, err error) {
	if err := db.pruneArrivals(ctx); err != nil {
		return 0, fail("prune", db.path, err)
	}
	if k.Age > 0 {
		total, err = db.forgetAll(ctx, "WHERE received_at < ? AND "+prunable+" ORDER BY seq LIMIT ?",
			nanos(db.now().Add(-k.Age)), forgetCaptures)
	}
	for k.Size > 0 && err == nil {
		var u usage
		if u, err = db.usage(ctx); err != nil || u.used() <= k.Size {
			break
		}
		var n int
		n, err = db.forget(ctx, oldest, forgetCaptures, u.used()-k.Size)
		total += n
	}
	if rejected(err) {
		err = nil // nothing left that may go
	}
	return total, fail("prune", db.path, err)
}

// forgetAll forgets what the clause selects, step by step until it selects
// nothing.
func (db *DB) forgetAll(ctx context.Context, clause string, args ...any) (total int, err error) {
	for err == nil {
		var n int
		n, err = db.forget(ctx, clause, args...)
		total += n
	}
	if rejected(err) {
		err = nil
	}
	return total, err
}

// forget deletes the captures that a clause on "captures c" selects, and all
// that is theirs. It rejects with ErrNotFound when there are none.
func (db *DB) forget(ctx context.Context, clause string, args ...any) (int, error) {
	n := 0
	err := db.change(ctx, job{run: func(w *conn) error {
		chosen, err := w.seqs("SELECT seq FROM captures c "+clause, args...)
		if err != nil {
			return err
		}
		for _, seq := range chosen {
			if err := forgetOne(w, seq); err != nil {
				return err
			}
		}
		if n = len(chosen); n == 0 {
			return reject(ErrNotFound)
		}
		return nil
	}})
	if err != nil {
		return 0, err
	}
	return n, db.sweep(ctx)
}

// forgetOne deletes a capture. Its deliveries and payload go with it; chunks
// are left as trash, its text in the index is left to the purge, and a replay
// under way loses its row.
func forgetOne(w *conn, seq int64) error {
	for _, query := range []string{
		`INSERT INTO pending (id, kind, owner, capture, record)
			SELECT id, 'trash', '', '', '' FROM captures JOIN payloads ON capture = seq WHERE seq = ?1 AND chunks > 0
			UNION ALL
			SELECT id, 'trash', '', '', '' FROM deliveries WHERE capture = ?1 AND chunks > 0`,
		`DELETE FROM pending WHERE kind = 'replay' AND capture = (SELECT id FROM captures WHERE seq = ?1)`,
		`DELETE FROM captures WHERE seq = ?1`,
	} {
		if _, err := w.exec(query, seq); err != nil {
			return err
		}
	}
	return nil
}
