package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"strings"
	"time"
)

// Spooled is a request that a relay keeps for an agent which is away. It is no capture: what it is, its agent finds out.
type Spooled struct {
	Seq        int64  // position in arrival order, from 1; set by the store, never used twice
	ID         string // of the arrival
	Address    string // port or name that was called
	Owner      string // key whose address it was then
	ReceivedAt time.Time
	Sender     string
	Scheme     string
	Host       string
	Port       int
	Size       int64  // bytes of head and body
	Head       []byte // as it came
	Body       []byte // as it came; nil if it came by AppendBody
}

// SpoolChoice is what DropSpooled forgets: all that every field fits that is set.
type SpoolChoice struct {
	Seq            int64
	Address, Owner string
	Before         time.Time // arrival
}

// SpooledSum is what waits for one address of an owner.
type SpooledSum struct {
	Address, Owner string
	Count          int
	Size           int64 // bytes of heads and bodies
	Oldest         time.Time
}

const insertSpooled = `INSERT INTO spool (id, address, owner, received_at, sender, scheme, host, port, size, head, body)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`

// AddSpooled stores a request that waits and returns when it is on disk. A nil body came by AppendBody under its ID. It sets
// w.Seq. ErrExists: there is one with this ID. ErrNotFound: nothing came by AppendBody.
func (db *DB) AddSpooled(ctx context.Context, w *Spooled) error {
	var body any
	if w.Body != nil {
		body = blob(w.Body)
	}
	id, args := w.ID, []any{
		w.ID, w.Address, w.Owner, nanos(w.ReceivedAt), w.Sender, w.Scheme, w.Host, w.Port, w.Size, blob(w.Head), body,
	}
	var seq int64
	err := db.write.do(ctx, &job{durable: true, bytes: len(w.Head) + len(w.Body), run: func(c *conn) error {
		r, err := c.exec(insertSpooled, args...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, reject(ErrExists))
		}
		if seq, err = r.LastInsertId(); err != nil || body != nil {
			return err
		}
		return c.affect(ErrNotFound, deletePending, id)
	}})
	if err != nil {
		return fail("spool", w.ID, err)
	}
	w.Seq = seq
	return nil
}

// DropBody forgets what came by AppendBody of a body whose owner is not to be stored: an arrival, or what AddSpooled was
// not called for.
func (db *DB) DropBody(ctx context.Context, ownerID string) error {
	err := db.write.do(ctx, &job{run: func(w *conn) error {
		_, err := w.exec(`UPDATE pending SET kind = 'trash', owner = '' WHERE id = ? AND kind IN ('answer', 'arrival')`, ownerID)
		return err
	}})
	if err == nil {
		err = db.sweep(ctx)
	}
	return fail("drop body of", ownerID, err)
}

// NextSpooled is the oldest that waits for an address of an owner. ErrNotFound: none does.
func (db *DB) NextSpooled(ctx context.Context, address, owner string) (*Spooled, error) {
	w, err := one(ctx, db.read, scanSpooled, `SELECT seq, id, address, owner, received_at, sender, scheme, host, port, size, head, body
		FROM spool WHERE address = ? AND owner = ? ORDER BY seq LIMIT 1`, address, owner)
	return w, fail("read spool of", address, err)
}

func scanSpooled(scan scanner) (*Spooled, error) {
	w, at := &Spooled{}, int64(0)
	err := scan(&w.Seq, &w.ID, &w.Address, &w.Owner, &at, &w.Sender, &w.Scheme, &w.Host, &w.Port, &w.Size, &w.Head, &w.Body)
	w.ReceivedAt = fromNanos(at)
	return w, err
}

// SpooledBody opens the body of one whose Body is nil, as Body does for a capture.
func (db *DB) SpooledBody(ctx context.Context, id string) (io.ReadCloser, error) {
	var n int
	if err := db.read.row(ctx, []any{&n}, "SELECT count(*) FROM chunks WHERE owner = ?", id); err != nil {
		return nil, fail("read body of", id, err)
	}
	return io.NopCloser(&chunkReader{ctx: ctx, db: db, owner: id, left: n}), nil
}

// DropSpooled forgets what is chosen, and tells how much that was of each address and owner.
func (db *DB) DropSpooled(ctx context.Context, which SpoolChoice) (sums []SpooledSum, err error) {
	clause, args := which.clause()
	long := false
	err = db.write.do(ctx, &job{run: func(w *conn) error {
		if sums, err = spooledSums(w, clause, args); err != nil || len(sums) == 0 {
			return err
		}
		r, err := w.exec(`INSERT INTO pending (id, kind, owner, capture, record)
			SELECT id, 'trash', '', '', '' FROM spool`+clause+` AND body IS NULL`, args...)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err == nil {
			long = n > 0
			_, err = w.exec("DELETE FROM spool"+clause, args...)
		}
		return err
	}})
	if err == nil && (long || len(sums) > 0 && which.Seq == 0) {
		err = db.sweep(ctx)
	}
	return sums, fail("drop spooled in", db.path, err)
}

func (c *SpoolChoice) clause() (clause string, args []any) {
	words := []string{"1"}
	add := func(word string, arg any) { words, args = append(words, word), append(args, arg) }
	if c.Seq != 0 {
		add("seq = ?", c.Seq)
	}
	if c.Address != "" {
		add("address = ?", c.Address)
	}
	if c.Owner != "" {
		add("owner = ?", c.Owner)
	}
	if !c.Before.IsZero() {
		add("received_at < ?", nanos(c.Before))
	}
	return " WHERE " + strings.Join(words, " AND "), args
}

const sumSpooled = `SELECT address, owner, count(*), sum(size), min(received_at) FROM spool`

func spooledSums(w *conn, clause string, args []any) ([]SpooledSum, error) {
	return written(w, scanSpooledSum, sumSpooled+clause+" GROUP BY address, owner", args...)
}

func scanSpooledSum(scan scanner) (s SpooledSum, err error) {
	var oldest sql.NullInt64
	err = scan(&s.Address, &s.Owner, &s.Count, &s.Size, &oldest)
	s.Oldest = fromNanos(oldest.Int64)
	return s, err
}

// SpooledSums tells how much waits, by address and owner.
func (db *DB) SpooledSums(ctx context.Context) ([]SpooledSum, error) {
	sums, err := all(ctx, db.read, scanSpooledSum, sumSpooled+" GROUP BY address, owner ORDER BY address, owner")
	return sums, fail("sum spooled in", db.path, err)
}
