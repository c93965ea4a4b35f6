package store

import (
	"context"
	"database/sql"
	"errors"
)

const insertDelivery = `INSERT INTO deliveries (capture, n, id, kind, at, target, edited, resigned,
	status, error, duration, accepted, judgement, notes, body_size, truncated, sender_gone, chunks,
	head, request, request_body, body)
	SELECT seq, deliveries + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM captures WHERE id = ?
	ON CONFLICT (id) DO NOTHING RETURNING seq, capture, n`

// A live outcome ends the promise that Add noted; a replay's does not.
const noteOutcome = `UPDATE captures SET deliveries = ?2, status = ?3, accepted = ?4,
	accepted_once = max(accepted_once, ?4), unknown = ?5,
	delivering = CASE ?6 WHEN 'live' THEN '' ELSE delivering END WHERE seq = ?1`

// outcome is a delivery made ready for the writer.
type outcome struct {
	d    Delivery // no bytes that the caller may change meanwhile
	body []byte
	open bool // there may be a pending row or chunks under its ID
}

func newOutcome(ctx context.Context, d *Delivery, body []byte) *outcome {
	o := &outcome{d: *d, body: lent(ctx, body), open: d.Kind == Replay || len(body) == 0 && d.BodySize > 0}
	o.d.Head = lent(ctx, d.Head)
	if d.Request != nil {
		o.d.Request = lent(ctx, d.Request)
	}
	if d.RequestBody != nil {
		o.d.RequestBody = lent(ctx, d.RequestBody)
	}
	return o
}

// StartReplay records that a replay is about to be sent: if this process dies
// before AddDelivery completes it (by the same ID), it is written down with
// OutcomeUnknown. It sets d.ID and d.At when empty, and d.Kind. ErrNotFound:
// the capture is gone.
func (db *DB) StartReplay(ctx context.Context, d *Delivery) error {
	d.Kind = Replay
	db.date(d)
	return fail("start replay of", d.CaptureID, db.begin(ctx, d.ID, pendingReplay, d.CaptureID, d))
}

// AddDelivery stores a delivery and its outcome. With durable set it returns
// after an fsync that covers this and every write that returned before; else
// when it is committed. body is the answer's, or nil if it came by AppendBody.
// It sets d.Seq and d.N, and d.ID, d.At, d.Kind and d.BodySize when empty.
//
// ErrNotFound: the capture is gone. ErrExists: there is a delivery of this ID.
func (db *DB) AddDelivery(ctx context.Context, d *Delivery, body []byte, durable bool) error {
	db.date(d)
	if d.BodySize == 0 {
		d.BodySize = int64(len(body))
	}
	o := newOutcome(ctx, d, body)
	var seq int64
	var n int
	err := db.write.do(ctx, &job{
		bytes: len(body) + len(d.Head) + len(d.RequestBody), durable: durable, visible: true,
		run: func(w *conn) (err error) {
			seq, n, err = o.insert(w)
			return err
		},
	})
	if err != nil {
		return fail("add delivery of", d.CaptureID, err)
	}
	d.Seq, d.N = seq, n
	return nil
}

func (db *DB) date(d *Delivery) {
	if d.At.IsZero() {
		d.At = db.now()
	}
	if d.ID == "" {
		d.ID = NewID(d.At)
	}
	if d.Kind == "" {
		d.Kind = Live
	}
}

func (o *outcome) insert(w *conn) (seq int64, n int, err error) {
	chunks, err := o.chunks(w)
	if err != nil {
		return 0, 0, err
	}
	var capture int64
	err = w.change([]any{&seq, &capture, &n}, insertDelivery, o.args(chunks)...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, o.refused(w)
	}
	if err != nil {
		return 0, 0, err
	}
	_, err = w.exec(noteOutcome, capture, n, o.d.Status, o.d.Accepted, o.d.Error == OutcomeUnknown, string(o.d.Kind))
	return seq, n, err
}

// refused says why the delivery could not be inserted.
func (o *outcome) refused(w *conn) error {
	var capture int64
	if err := w.row([]any{&capture}, "SELECT seq FROM captures WHERE id = ?", o.d.CaptureID); err != nil {
		return missing(err)
	}
	return reject(ErrExists)
}

// chunks says how many chunks hold the answer's body, after writing them if
// they are not there yet, and takes it off the unfinished: or else they would be
// taken for those of an answer that never ended.
func (o *outcome) chunks(w *conn) (n int, err error) {
	if o.open {
		if _, err := w.exec(deletePending, o.d.ID); err != nil {
			return 0, err
		}
	}
	if n, err = writeChunks(w, o.d.ID, o.body); err != nil || n > 0 || !o.open {
		return n, err
	}
	err = w.row([]any{&n}, "SELECT count(*) FROM chunks WHERE owner = ?", o.d.ID)
	return n, err
}

func (o *outcome) args(chunks int) []any {
	d, body := &o.d, o.body
	if chunks > 0 {
		body = []byte{}
	}
	return []any{
		d.ID, string(d.Kind), nanos(d.At), d.Target, d.Edited, list(d.Resigned),
		d.Status, d.Error, int64(d.Duration), d.Accepted, d.Judgement, list(d.Notes), d.BodySize, d.Truncated,
		int64(d.SenderGone), chunks, d.Head, null(d.Request), null(d.RequestBody), body, d.CaptureID,
	}
}

// null keeps the difference between no bytes and nothing said.
func null(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// Sync returns after an fsync that covers every write that returned before.
// Callers that wait at the same time share one.
func (db *DB) Sync(ctx context.Context) error {
	return fail("sync", db.path, db.write.do(ctx, &job{durable: true, run: func(*conn) error { return nil }}))
}
