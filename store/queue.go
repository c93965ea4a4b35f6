package store

import (
	"context"
	"time"
)

const insertWaiting = `INSERT INTO queue (capture, owner, app, route, size, tries, next, urgent, why)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

// PutBack undoes BeginHeld for a capture of which no byte reached the app: it
// waits again as w says. ErrNotFound: it is gone, or its live delivery has ended.
func (db *DB) PutBack(ctx context.Context, w *Waiting) error {
	back := *w
	return fail("put back", w.ID, db.write.do(ctx, &job{durable: true, visible: true, run: func(c *conn) error {
		err := c.affect(ErrNotFound, `UPDATE captures SET state = 'held', delivering = ''
			WHERE id = ? AND state = 'complete' AND delivering <> ''
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.capture = seq AND d.kind = 'live')`, back.ID)
		if err != nil {
			return err
		}
		_, err = c.exec(insertWaiting, back.Seq, back.Owner, back.App, back.Route, back.Size, back.Tries, nanos(back.Next), back.Urgent, back.Why)
		return err
	}}))
}

// Postpone notes that a try was in vain: when it is tried again, and why.
// ErrNotFound: it does not wait any more.
func (db *DB) Postpone(ctx context.Context, id string, next time.Time, why string) error {
	return db.set(ctx, "postpone", id, `UPDATE queue SET tries = tries + 1, next = ?, urgent = 0, why = ?
		WHERE capture = (SELECT seq FROM captures WHERE id = ?)`, nanos(next), why, id)
}

// TakeOver makes an owner the one that delivers what dead processes left for its
// apps, and says how many that were. What it has for other apps it gives up.
func (db *DB) TakeOver(ctx context.Context, owner string, apps []string) (taken int, err error) {
	if err := db.recover(ctx); err != nil {
		return 0, fail("take over for", owner, err)
	}
	ours := list(apps)
	if ours == "" {
		ours = "[]"
	}
	var due int
	err = db.read.row(ctx, []any{&due}, `SELECT count(*) FROM queue WHERE owner = '' AND app IN (SELECT value FROM json_each(?2))
		OR owner = ?1 AND app NOT IN (SELECT value FROM json_each(?2))`, owner, ours)
	if err != nil || due == 0 {
		return 0, fail("take over for", owner, err)
	}
	err = db.write.do(ctx, &job{visible: true, run: func(c *conn) error {
		if _, err := c.exec(`UPDATE queue SET owner = '' WHERE owner = ?1
			AND app NOT IN (SELECT value FROM json_each(?2))`, owner, ours); err != nil {
			return err
		}
		r, err := c.exec(`UPDATE queue SET owner = ?1, next = 0 WHERE owner = ''
			AND app IN (SELECT value FROM json_each(?2))`, owner, ours)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		taken = int(n)
		return err
	}})
	return taken, fail("take over for", owner, err)
}

// Pause keeps what waits at a place, and what will, from its app until Resume.
func (db *DB) Pause(ctx context.Context, at Place) error {
	now := nanos(db.now())
	return fail("pause", at.Route, db.change(ctx, job{visible: true, run: func(c *conn) error {
		_, err := c.exec("INSERT INTO paused (app, route, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", at.App, at.Route, now)
		return err
	}}))
}

// Resume undoes Pause. Its oldest is tried at once.
func (db *DB) Resume(ctx context.Context, at Place) error {
	return fail("resume", at.Route, db.change(ctx, job{visible: true, run: func(c *conn) error {
		if _, err := c.exec("DELETE FROM paused WHERE app = ? AND route = ?", at.App, at.Route); err != nil {
			return err
		}
		_, err := c.exec("UPDATE queue SET next = 0 WHERE app = ? AND route = ? AND next > 0", at.App, at.Route)
		return err
	}}))
}

// Hurry has the oldest at a place tried at once, also where it is paused; at nil
// that of each place. It says of how many.
func (db *DB) Hurry(ctx context.Context, at *Place) (n int, err error) {
	where, args := at.clause()
	err = db.change(ctx, job{visible: true, run: func(c *conn) error {
		r, err := c.exec(`UPDATE queue SET next = 0, urgent = 1 WHERE capture IN
			(SELECT min(capture) FROM queue q `+where+" GROUP BY owner, app, route)", args...)
		if err != nil {
			return err
		}
		changed, err := r.RowsAffected()
		n = int(changed)
		return err
	}})
	return n, fail("hurry what is held in", db.path, err)
}

// Cancelled is added to the note of a held capture that was cancelled.
const Cancelled = "cancelled while it was held: not handed to the app"

// cancelSteps is how many are cancelled in one transaction.
const cancelSteps = 100

// Cancel ends the waiting of one capture: it becomes a complete one that was not
// delivered, and its note says so. ErrNotFound: it is not held.
func (db *DB) Cancel(ctx context.Context, id string) error {
	n, err := db.cancel(ctx, "WHERE c.id = ?", id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return fail("cancel", id, err)
}

// CancelAll does that for all that waits at a place now, or anywhere where at is
// nil, and says how many that were.
func (db *DB) CancelAll(ctx context.Context, at *Place) (total int, err error) {
	newest, err := db.read.last(ctx, "captures")
	where, args := "WHERE q.capture <= ?", []any{newest}
	if at != nil {
		where, args = where+" AND q.app = ? AND q.route = ?", append(args, at.App, at.Route)
	}
	for n := 1; n > 0 && err == nil; total += n {
		n, err = db.cancel(ctx, where, args...)
	}
	return total, fail("cancel what is held in", db.path, err)
}

// cancel ends some of the waiting that a clause on queue q and captures c
// chooses.
func (db *DB) cancel(ctx context.Context, where string, args ...any) (n int, err error) {
	err = db.change(ctx, job{visible: true, run: func(c *conn) error {
		chosen, err := c.seqs("SELECT q.capture FROM queue q JOIN captures c ON c.seq = q.capture "+where+
			" ORDER BY q.capture LIMIT ?", append(args[:len(args):len(args)], cancelSteps)...)
		for _, seq := range chosen {
			if err == nil {
				_, err = c.exec(`UPDATE captures SET state = 'complete', note = CASE note WHEN '' THEN ?1 ELSE note || char(10) || ?1 END
					WHERE seq = ?2`, Cancelled, seq)
			}
			if err == nil {
				_, err = c.exec("DELETE FROM queue WHERE capture = ?", seq)
			}
		}
		n = len(chosen)
		return err
	}})
	return n, err
}
