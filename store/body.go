package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
)

// Body opens the body of a capture, or the recorded answer body of a delivery,
// by its ID; of an arrival, as much as has come. A long one is read piece by
// piece, each in a short query of its own: a slow reader holds neither memory
// nor the log. If it is deleted meanwhile, Read fails with ErrNotFound rather
// than end early. ctx is for all reading.
func (db *DB) Body(ctx context.Context, ownerID string) (io.ReadCloser, error) {
	var body []byte
	var chunks int
	err := db.read.row(ctx, []any{&body, &chunks}, `SELECT CASE chunks WHEN 0 THEN body END, chunks
		FROM payloads JOIN captures ON seq = capture WHERE id = ?`, ownerID)
	if errors.Is(err, sql.ErrNoRows) {
		err = db.read.row(ctx, []any{&body, &chunks}, "SELECT body, chunks FROM deliveries WHERE id = ?", ownerID)
	}
	if errors.Is(err, sql.ErrNoRows) { // a body that is still arriving: as much as has come
		err = db.read.row(ctx, []any{&body, &chunks}, "SELECT NULL, -1 FROM pending WHERE id = ? AND kind = 'arrival'", ownerID)
	}
	if err != nil {
		return nil, fail("read body of", ownerID, err)
	}
	if chunks == 0 {
		return io.NopCloser(bytes.NewReader(body)), nil
	}
	return io.NopCloser(&chunkReader{ctx: ctx, db: db, owner: ownerID, left: chunks}), nil
}

// chunkReader reads a body in chunks: so many, or with left negative until
// there are no more.
type chunkReader struct {
	ctx   context.Context
	db    *DB
	owner string
	next  int
	left  int
	piece []byte
	err   error
}

func (r *chunkReader) Read(p []byte) (int, error) {
	for len(r.piece) == 0 {
		if r.err == nil {
			r.err = r.load()
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	n := copy(p, r.piece)
	r.piece = r.piece[n:]
	return n, nil
}

// load fetches the next chunk.
func (r *chunkReader) load() error {
	if r.left == 0 {
		return io.EOF
	}
	err := r.db.read.row(r.ctx, []any{&r.piece}, "SELECT data FROM chunks WHERE owner = ? AND n = ?",
		r.owner, r.next)
	if errors.Is(err, sql.ErrNoRows) && r.left < 0 {
		return io.EOF
	}
	if err != nil {
		return fail("read body of", r.owner, fmt.Errorf("piece %d: %w", r.next, cause(err)))
	}
	r.next, r.left = r.next+1, r.left-1
	return nil
}
