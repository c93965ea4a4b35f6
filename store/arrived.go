package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Arrived is the ID of the capture that an arrival became; that may have been
// forgotten since. ErrNotFound: it is not recorded.
func (db *DB) Arrived(ctx context.Context, arrivalID string) (string, error) {
	id, err := one(ctx, db.read, scanText, "SELECT capture FROM arrivals WHERE id = ?", arrivalID)
	return id, fail("find arrival", arrivalID, err)
}

// claimed rejects an arrival that was recorded before. Nothing else can be
// written between that and insert.
func (a *arrival) claimed(w *conn) error {
	if a.name == "" {
		return nil
	}
	var capture string
	err := w.row([]any{&capture}, "SELECT capture FROM arrivals WHERE id = ?", a.name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return reject(&ArrivedError{capture})
}

// dropClaimed makes the body of an arrival that was recorded before trash.
func (a *arrival) dropClaimed(w *conn) (*ArrivedError, error) {
	var again *ArrivedError
	if err := a.claimed(w); !errors.As(err, &again) {
		return nil, err
	}
	_, err := w.exec("UPDATE pending SET kind = 'trash', owner = '' WHERE id = ? AND kind = 'arrival'", a.id)
	return again, err
}

// note writes down what is not said by the capture's row: under which name it
// arrived, and where it waits.
func (a *arrival) note(w *conn, seq int64) error {
	if a.name != "" {
		if _, err := w.exec("INSERT INTO arrivals (id, capture, at) VALUES (?, ?, ?)", a.name, a.id, a.at); err != nil {
			return err
		}
	}
	if a.held == nil {
		return nil
	}
	_, err := w.exec(insertWaiting, seq, a.held.Owner, a.held.App, a.held.Route, a.held.Size, 0, 0, false, "")
	return err
}

// keepArrivals is how long the name of an arrival outlives its capture. No relay
// is expected to hand it over again after that.
const keepArrivals = 90 * 24 * time.Hour

// pruneArrivals forgets such names.
func (db *DB) pruneArrivals(ctx context.Context) error {
	old, due := nanos(db.now().Add(-keepArrivals)), 0
	const which = "FROM arrivals WHERE at < ? AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.id = arrivals.capture)"
	err := db.read.row(ctx, []any{&due}, "SELECT EXISTS (SELECT 1 "+which+")", old)
	if err != nil || due == 0 {
		return err
	}
	return db.write.do(ctx, &job{run: func(w *conn) error {
		_, err := w.exec("DELETE "+which, old)
		return err
	}})
}
