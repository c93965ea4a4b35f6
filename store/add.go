package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
)

// inlineBody is the longest body kept in its capture's row, and how much of a
// longer one can be searched.
const inlineBody = 64 << 10

// chunkSize is how much of a long body is one row.
const chunkSize = 256 << 10

const insertCapture = `INSERT INTO captures (id, received_at, state, delivering, pinned,
	method, target, host, proto, public_url, remote_addr, framing, body_size, body_sha256, instance, app,
	provider, event, event_id, dedupe_key, verdict, reason, hints, checks, note, duplicate_of)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO NOTHING`

const insertPayload = `INSERT INTO payloads (capture, head, trailer, chunks, body) VALUES (?, ?, ?, ?, ?)`

const earliestDuplicate = `SELECT id FROM captures
	WHERE dedupe_key = ? AND provider = ? AND dedupe_key <> '' ORDER BY seq LIMIT 1`

const insertChunk = `INSERT INTO chunks (owner, n, data) VALUES (?, ?, ?)`

// arrival is a capture made ready for the writer: everything is converted
// before it is queued, and copied where its caller may leave.
type arrival struct {
	id, key, provider string
	args              []any // of insertCapture, without duplicate_of
	head, trailer     []byte

	name string   // its ArrivalID; "" for none
	at   int64    // when it is recorded
	held *Waiting // nil unless it waits for its app
}

func (db *DB) newArrival(ctx context.Context, c *Capture, owner string) *arrival {
	if !c.Delivering {
		owner = ""
	}
	a := &arrival{
		id: c.ID, key: c.DedupeKey, provider: c.Provider, at: nanos(db.now()),
		head: lent(ctx, c.Head), trailer: lent(ctx, c.Trailer),
		args: []any{
			c.ID, nanos(c.ReceivedAt), string(c.State), owner, c.Pinned,
			c.Method, c.Target, c.Host, c.Proto, c.PublicURL, c.RemoteAddr, c.Framing,
			c.BodySize, c.BodySHA256, c.Instance, c.App,
			c.Provider, c.Event, c.EventID, c.DedupeKey, string(c.Verdict), c.Reason,
			list(c.Hints), list(c.Checks), c.Note,
		},
	}
	if c.State != Incomplete { // what was cut off is handed over again, whole
		a.name = c.ArrivalID
	}
	if c.State == Held {
		size := int64(len(c.Head)+len(c.Trailer)) + c.BodySize
		a.held = &Waiting{Place: Place{App: c.App, Route: c.Queue}, Owner: c.Instance, Size: size}
	}
	return a
}

// Add stores a whole capture with its body and returns when it is committed:
// kill -9 cannot lose it any more, only a power cut before the next durable
// write or Sync. It sets c.Seq and c.DuplicateOf, and c.ID, c.ReceivedAt,
// c.BodySize, c.BodySHA256 and the words where they are empty. With
// c.Delivering set this process promises a live delivery. One in state Held is
// put into its queue, and Add returns after an fsync: it may be answered then.
//
// Bodies too long to be held in memory come by BeginArrival, AppendBody and
// FinishArrival. ErrExists: there is a capture with this ID. *ArrivedError: this
// arrival was recorded before.
func (db *DB) Add(ctx context.Context, c *Capture, body []byte) error {
	db.complete(c)
	c.BodySize = int64(len(body))
	if c.BodySHA256 == "" {
		sum := sha256.Sum256(body)
		c.BodySHA256 = hex.EncodeToString(sum[:])
	}
	owner, err := db.ownerIf(ctx, c.Delivering)
	if err != nil {
		return fail("add", c.ID, err)
	}
	a, data := db.newArrival(ctx, c, owner), lent(ctx, body)
	var seq int64
	var duplicate string
	err = db.write.do(ctx, &job{
		bytes: len(data) + len(a.head), durable: a.held != nil, visible: true,
		run: func(w *conn) (err error) {
			if err := a.claimed(w); err != nil {
				return err
			}
			if seq, duplicate, err = a.insert(w); err != nil {
				return err
			}
			chunks, err := writeChunks(w, a.id, data)
			if err != nil {
				return err
			}
			_, err = w.exec(insertPayload, seq, a.head, a.trailer, chunks, data[:min(len(data), inlineBody)])
			return err
		},
	})
	if err != nil {
		return fail("add", c.ID, err)
	}
	c.Seq, c.DuplicateOf = seq, duplicate
	return nil
}

// insert writes the capture's row. What it is a duplicate of is decided here,
// where nothing else can be written in between.
func (a *arrival) insert(w *conn) (seq int64, duplicate string, err error) {
	if a.key != "" {
		err := w.row([]any{&duplicate}, earliestDuplicate, a.key, a.provider)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, "", err
		}
	}
	r, err := w.exec(insertCapture, append(a.args[:len(a.args):len(a.args)], duplicate)...)
	if err != nil {
		return 0, "", err
	}
	if n, err := r.RowsAffected(); err != nil {
		return 0, "", err
	} else if n == 0 {
		return 0, "", reject(ErrExists)
	}
	if seq, err = r.LastInsertId(); err != nil {
		return 0, "", err
	}
	return seq, duplicate, a.note(w, seq)
}

// writeChunks stores a body that is too long for its row and says in how many
// pieces; 0 if it is not.
func writeChunks(w *conn, owner string, body []byte) (n int, err error) {
	if len(body) <= inlineBody {
		return 0, nil
	}
	for ; len(body) > 0; n++ {
		piece := body[:min(len(body), chunkSize)]
		if _, err := w.exec(insertChunk, owner, n, piece); err != nil {
			return 0, err
		}
		body = body[len(piece):]
	}
	return n, nil
}

// complete fills in what every capture has.
func (db *DB) complete(c *Capture) {
	if c.ReceivedAt.IsZero() {
		c.ReceivedAt = db.now()
	}
	if c.ID == "" {
		c.ID = NewID(c.ReceivedAt)
	}
	if c.State == "" {
		c.State = Complete
	}
	if c.Verdict == "" {
		c.Verdict = Unchecked
	}
	if c.Framing == "" {
		c.Framing = "none"
	}
}
