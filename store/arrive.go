package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// The kinds of unfinished things in the table pending.
const (
	pendingArrival = "arrival"
	pendingReplay  = "replay"
	pendingAnswer  = "answer"
	pendingTrash   = "trash"
	pendingBegin   = "begin" // what is held is about to be handed over; record is the machine's run
)

const insertPending = `INSERT INTO pending (id, kind, owner, capture, record) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (id) DO NOTHING`

const deletePending = `DELETE FROM pending WHERE id = ?`

// appendChunk adds a piece to a body that is open.
const appendChunk = `INSERT INTO chunks (owner, n, data)
	SELECT ?1, (SELECT coalesce(max(n) + 1, 0) FROM chunks WHERE owner = ?1), ?2
	WHERE EXISTS (SELECT 1 FROM pending WHERE id = ?1 AND kind <> 'trash')`

const idTaken = `SELECT EXISTS (SELECT 1 FROM captures WHERE id = ?1) OR EXISTS (SELECT 1 FROM deliveries WHERE id = ?1)`

// BeginArrival records that a request came whose body is still coming: its
// head is committed, AppendBody brings the body, FinishArrival makes it a
// capture that others see. If this process dies in between, the capture is
// written down as incomplete with as much as had come. It sets c.ID when
// empty.
func (db *DB) BeginArrival(ctx context.Context, c *Capture) error {
	db.complete(c)
	return fail("begin arrival", c.ID, db.begin(ctx, c.ID, pendingArrival, "", c))
}

// begin notes something unfinished as this process's.
func (db *DB) begin(ctx context.Context, id, kind, capture string, what any) error {
	record, err := json.Marshal(what)
	if err != nil {
		return err
	}
	owner, err := db.ownerIf(ctx, true)
	if err != nil {
		return err
	}
	return db.write.do(ctx, &job{bytes: len(record), run: func(w *conn) error {
		if capture != "" {
			var seq int64
			if err := w.row([]any{&seq}, "SELECT seq FROM captures WHERE id = ?", capture); err != nil {
				return missing(err)
			}
		}
		if err := free(w, id); err != nil {
			return err
		}
		return w.affect(ErrExists, insertPending, id, kind, owner, capture, string(record))
	}})
}

// AppendBody adds the next piece of a body, best of 256 KiB: of a capture
// between BeginArrival and FinishArrival, or of an answer before its
// AddDelivery. The pieces of one owner must be given one after another. Longer
// pieces are split.
func (db *DB) AppendBody(ctx context.Context, ownerID string, chunk []byte) error {
	owner, err := db.ownerIf(ctx, true)
	if err != nil {
		return fail("append to", ownerID, err)
	}
	data := lent(ctx, chunk)
	return fail("append to", ownerID, db.write.do(ctx, &job{bytes: len(data), run: func(w *conn) error {
		for rest := data; len(rest) > 0; {
			piece := rest[:min(len(rest), chunkSize)]
			if err := appendPiece(w, ownerID, owner, piece); err != nil {
				return err
			}
			rest = rest[len(piece):]
		}
		return nil
	}}))
}

func appendPiece(w *conn, id, owner string, piece []byte) error {
	err := w.affect(ErrNotFound, appendChunk, id, piece)
	if !rejected(err) {
		return err
	}
	// The first piece of an answer: until its delivery is written it belongs
	// to this process, so that it does not outlive it as a body without owner.
	if err := free(w, id); err != nil {
		return err
	}
	if _, err := w.exec(insertPending, id, pendingAnswer, owner, "", ""); err != nil {
		return err
	}
	return w.affect(ErrExists, appendChunk, id, piece)
}

// free rejects an ID that a finished capture or delivery has.
func free(w *conn, id string) error {
	var taken bool
	if err := w.row([]any{&taken}, idTaken, id); err != nil {
		return err
	}
	if taken {
		return reject(ErrExists)
	}
	return nil
}

// missing turns "no rows" into a rejection.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return reject(ErrNotFound)
	}
	return err
}

// FinishArrival turns an arrival into a capture like any other; c holds all
// that is known now, BodySize and BodySHA256 too. It is committed, or fsynced if
// it is held, and sets fields as Add does. ErrNotFound: there is no arrival of
// this ID. *ArrivedError: it was recorded before; what came of it now is dropped.
func (db *DB) FinishArrival(ctx context.Context, c *Capture) error {
	db.complete(c)
	owner, err := db.ownerIf(ctx, c.Delivering)
	if err != nil {
		return fail("finish arrival", c.ID, err)
	}
	a := db.newArrival(ctx, c, owner)
	var seq int64
	var duplicate string
	var again *ArrivedError
	err = db.write.do(ctx, &job{bytes: len(a.head), durable: a.held != nil, visible: true, run: func(w *conn) (err error) {
		if again, err = a.dropClaimed(w); err != nil || again != nil {
			return err
		}
		seq, duplicate, err = a.settle(w)
		return err
	}})
	if err == nil && again != nil {
		err = errors.Join(again, db.sweep(ctx))
	}
	if err != nil {
		return fail("finish arrival", c.ID, err)
	}
	c.Seq, c.DuplicateOf = seq, duplicate
	return nil
}

// settle moves an arrival from pending to captures; its chunks stay where they
// are, and their beginning is copied beside the head for searching.
func (a *arrival) settle(w *conn) (seq int64, duplicate string, err error) {
	if err := w.affect(ErrNotFound, deletePending, a.id); err != nil {
		return 0, "", err
	}
	if seq, duplicate, err = a.insert(w); err != nil {
		return 0, "", err
	}
	chunks, start, err := bodyStart(w, a.id)
	if err != nil {
		return 0, "", err
	}
	_, err = w.exec(insertPayload, seq, a.head, a.trailer, chunks, start)
	return seq, duplicate, err
}

// bodyStart counts the chunks of a body and reads as much of its beginning as
// can be searched.
func bodyStart(w *conn, owner string) (chunks int, start []byte, err error) {
	if err := w.row([]any{&chunks}, "SELECT count(*) FROM chunks WHERE owner = ?", owner); err != nil {
		return 0, nil, err
	}
	start = []byte{}
	for n := 0; n < chunks && len(start) < inlineBody; n++ {
		var piece []byte
		err := w.row([]any{&piece}, "SELECT substr(data, 1, ?) FROM chunks WHERE owner = ? AND n = ?",
			inlineBody-len(start), owner, n)
		if err != nil {
			return 0, nil, err
		}
		start = append(start, piece...)
	}
	return chunks, start, nil
}
