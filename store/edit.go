package store

import "context"

// SetPinned marks a capture to be kept, or takes the mark away.
func (db *DB) SetPinned(ctx context.Context, id string, pinned bool) error {
	return db.edit(ctx, "pin", id, "UPDATE captures SET pinned = ? WHERE id = ?", pinned, id)
}

// SetNote replaces the user's note on a capture.
func (db *DB) SetNote(ctx context.Context, id, note string) error {
	return db.edit(ctx, "note on", id, "UPDATE captures SET note = ? WHERE id = ?", note, id)
}

// Conclude replaces what was concluded from a capture: Provider, Event,
// EventID, Verdict, Reason, Hints and Checks. What it is a duplicate of stays
// as it was decided when it arrived, and so do its facts.
func (db *DB) Conclude(ctx context.Context, c *Capture) error {
	return db.edit(ctx, "conclude", c.ID, `UPDATE captures SET provider = ?, event = ?, event_id = ?,
		verdict = ?, reason = ?, hints = ?, checks = ? WHERE id = ?`,
		c.Provider, c.Event, c.EventID, string(c.Verdict), c.Reason, list(c.Hints), list(c.Checks), c.ID)
}

// edit changes what is not a fact of a capture's arrival.
func (db *DB) edit(ctx context.Context, verb, id, query string, args ...any) error {
	return fail(verb, id, db.write.do(ctx, &job{visible: true, run: func(w *conn) error {
		before, err := readWords(w, id)
		if err != nil {
			return missing(err)
		}
		if _, err := w.exec(query, args...); err != nil {
			return err
		}
		after, err := readWords(w, id)
		if err == nil && after != before {
			err = indexAgain(w, after.seq)
		}
		if err == nil {
			err = announce(w, after.seq)
		}
		return err
	}}))
}

// words are what can be searched for and changed.
type words struct {
	seq                  int64
	event, eventID, note string
}

func readWords(w *conn, id string) (t words, err error) {
	err = w.row([]any{&t.seq, &t.event, &t.eventID, &t.note},
		"SELECT seq, event, event_id, note FROM captures WHERE id = ?", id)
	return t, err
}

// keptChanges is how many conclusions are kept: who was away for more of them
// has to read what it shows anew.
const keptChanges = 10_000

// announce tells the watchers of a capture that was changed.
func announce(w *conn, seq int64) error {
	r, err := w.exec("INSERT INTO conclusions (capture) VALUES (?)", seq)
	if err != nil {
		return err
	}
	n, err := r.LastInsertId()
	if err != nil {
		return err
	}
	_, err = w.exec("DELETE FROM conclusions WHERE seq <= ?", n-keptChanges)
	return err
}

func (db *DB) set(ctx context.Context, verb, id, query string, args ...any) error {
	return fail(verb, id, db.write.do(ctx, &job{run: func(w *conn) error {
		return w.affect(ErrNotFound, query, args...)
	}}))
}
