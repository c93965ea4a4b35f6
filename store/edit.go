package store

import "context"

// SetPinned marks a capture to be kept, or takes the mark away.
func (db *DB) SetPinned(ctx context.Context, id string, pinned bool) error {
	return db.set(ctx, "pin", id, "UPDATE captures SET pinned = ? WHERE id = ?", pinned, id)
}

// SetNote replaces the user's note on a capture.
func (db *DB) SetNote(ctx context.Context, id, note string) error {
	return db.set(ctx, "note on", id, "UPDATE captures SET note = ? WHERE id = ?", note, id)
}

// Conclude replaces what was concluded from a capture: Provider, Event,
// EventID, Verdict, Reason, Hints and Checks. What it is a duplicate of stays
// as it was decided when it arrived, and so do its facts. Watchers are told, as
// of a pin and a note, if there is anything new.
func (db *DB) Conclude(ctx context.Context, c *Capture) error {
	return db.set(ctx, "conclude", c.ID, `UPDATE captures SET provider = ?, event = ?, event_id = ?,
		verdict = ?, reason = ?, hints = ?, checks = ? WHERE id = ?`,
		c.Provider, c.Event, c.EventID, string(c.Verdict), c.Reason, list(c.Hints), list(c.Checks), c.ID)
}

func (db *DB) set(ctx context.Context, verb, id, query string, args ...any) error {
	return fail(verb, id, db.change(ctx, job{visible: true, run: func(w *conn) error {
		return w.affect(ErrNotFound, query, args...)
	}}))
}
