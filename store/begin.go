package store

import "context"

// A capture is taken out of its queue in two steps. The first is on disk before the second is committed, which is before a byte
// of it leaves. So where a process is killed between the two it is certain, as long as the machine runs, that none has left: it
// waits on. After a power cut the second may be lost, and nobody knows.

// BeginHeld takes a capture out of its queue because the app gets it now: from
// here on it is complete, and its live delivery is promised. Neither a crash nor
// a power cut after it returned lets it be handed over again. ErrNotFound: it
// does not wait for this owner any more.
func (db *DB) BeginHeld(ctx context.Context, w *Waiting) error {
	owner, err := db.ownerIf(ctx, true)
	if err == nil && db.boot != "" {
		err = db.announceHeld(ctx, w, owner)
	}
	if err != nil {
		return fail("begin", w.ID, err)
	}
	id, of := w.ID, w.Owner
	return fail("begin", w.ID, db.write.do(ctx, &job{durable: db.boot == "", visible: true, run: func(c *conn) error {
		err := c.affect(ErrNotFound, `UPDATE captures SET state = 'complete', delivering = ?1 WHERE id = ?2 AND state = 'held'
			AND EXISTS (SELECT 1 FROM queue WHERE capture = seq AND owner = ?3)`, owner, id, of)
		if err != nil {
			return err
		}
		if _, err = c.exec(deletePending, announced(id)); err != nil {
			return err
		}
		_, err = c.exec("DELETE FROM queue WHERE capture = (SELECT seq FROM captures WHERE id = ?)", id)
		return err
	}}))
}

// announced is what the first step is called in the table pending.
func announced(capture string) string { return "begin " + capture }

// announceHeld is the first step.
func (db *DB) announceHeld(ctx context.Context, w *Waiting, owner string) error {
	id, of, boot := w.ID, w.Owner, db.boot
	return db.write.do(ctx, &job{durable: true, run: func(c *conn) error {
		return c.affect(ErrNotFound, `INSERT INTO pending (id, kind, owner, capture, record)
			SELECT ?1, '`+pendingBegin+`', ?2, c.id, ?3 FROM captures c JOIN queue q ON q.capture = c.seq WHERE c.id = ?4 AND q.owner = ?5
			ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, record = excluded.record`, announced(id), owner, boot, id, of)
	}})
}

// endAnnounced ends what a dead process was at between the two steps. What it
// announced before the machine went down may have reached the app.
func endAnnounced(w *conn, owner, boot string) error {
	for _, query := range []string{
		`UPDATE captures SET state = 'complete', delivering = ?1 WHERE state = 'held' AND id IN
			(SELECT capture FROM pending WHERE owner = ?1 AND kind = 'begin' AND record <> ?2)`,
		`DELETE FROM queue WHERE capture IN (SELECT c.seq FROM captures c JOIN pending p ON p.capture = c.id
			WHERE p.owner = ?1 AND p.kind = 'begin' AND p.record <> ?2)`,
		`DELETE FROM pending WHERE owner = ?1 AND kind = 'begin'`,
	} {
		if _, err := w.exec(query, owner, boot); err != nil {
			return err
		}
	}
	return nil
}
