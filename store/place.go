package store

import (
	"context"
	"time"
)

// Place names a queue of held captures: those for one app that took one route.
type Place struct{ App, Route string }

// Waiting is a capture in state Held, as it stands in its queue.
type Waiting struct {
	ID    string
	Seq   int64
	Since time.Time // when it arrived
	Place
	Owner  string    // the instance that delivers it; "" until one takes it over
	Size   int64     // bytes of head, body and trailer
	Tries  int       // how often it was tried in vain
	Next   time.Time // when it is tried again; zero: when it is its turn
	Urgent bool      // to be tried at once, also where its queue is paused
	Why    string    // why the latest try was in vain
	Paused time.Time // since when its queue is; zero: it is not
}

// Queue is what waits at one place.
type Queue struct {
	Place
	Count  int
	Bytes  int64
	Paused time.Time // zero: it is not
	First  *Waiting  // the oldest; nil where nothing waits
	Alive  bool      // a process that runs delivers the oldest
}

// waitingColumns are read by scanWaiting from queue q, its capture c and what
// is paused, z.
const waitingColumns = `c.id, q.capture, c.received_at, q.app, q.route, q.owner, q.size, q.tries, q.next, q.urgent, q.why,
	coalesce(z.since, 0)`

const waitingTables = ` JOIN captures c ON c.seq = q.capture LEFT JOIN paused z ON z.app = q.app AND z.route = q.route `

func scanWaiting(scan scanner) (*Waiting, error) { return scanWaitingAnd(scan) }

func scanWaitingAnd(scan scanner, more ...any) (*Waiting, error) {
	w := &Waiting{}
	var since, next, paused int64
	err := scan(append([]any{
		&w.ID, &w.Seq, &since, &w.App, &w.Route, &w.Owner, &w.Size, &w.Tries, &next, &w.Urgent, &w.Why, &paused,
	}, more...)...)
	w.Since, w.Next, w.Paused = fromNanos(since), fromNanos(next), fromNanos(paused)
	return w, err
}

// NextHeld is the oldest of what an owner has waiting at a place. ErrNotFound:
// there is nothing.
func (db *DB) NextHeld(ctx context.Context, owner string, at Place) (*Waiting, error) {
	w, err := one(ctx, db.read, scanWaiting, "SELECT "+waitingColumns+" FROM queue q"+waitingTables+
		"WHERE q.owner = ? AND q.app = ? AND q.route = ? ORDER BY q.capture LIMIT 1", owner, at.App, at.Route)
	return w, fail("read what is held for", at.App, err)
}

// HeldOne is one capture as it waits. ErrNotFound: it does not.
func (db *DB) HeldOne(ctx context.Context, id string) (*Waiting, error) {
	w, err := one(ctx, db.read, scanWaiting, "SELECT "+waitingColumns+" FROM queue q"+waitingTables+"WHERE c.id = ?", id)
	return w, fail("find what is held", id, err)
}

// Places are where an owner has something waiting, in no order.
func (db *DB) Places(ctx context.Context, owner string) ([]Place, error) {
	found, err := all(ctx, db.read, scanPlace, "SELECT DISTINCT app, route FROM queue WHERE owner = ?", owner)
	return found, fail("read what is held by", owner, err)
}

func scanPlace(scan scanner) (p Place, err error) {
	err = scan(&p.App, &p.Route)
	return p, err
}

// CountHeld is how many an owner has waiting.
func (db *DB) CountHeld(ctx context.Context, owner string) (n int, err error) {
	err = db.read.row(ctx, []any{&n}, "SELECT count(*) FROM queue WHERE owner = ?", owner)
	return n, fail("count what is held by", owner, err)
}

// CountAllHeld is how many wait for any app.
func (db *DB) CountAllHeld(ctx context.Context) (n int, err error) {
	err = db.read.row(ctx, []any{&n}, "SELECT count(*) FROM queue")
	return n, fail("count what is held in", db.path, err)
}

// Held lists what waits, oldest first and at most so many; 0 or less: all. At nil
// it is what waits anywhere.
func (db *DB) Held(ctx context.Context, at *Place, most int) ([]*Waiting, error) {
	where, args := at.clause()
	if most <= 0 {
		most = -1
	}
	query, args := limited("SELECT "+waitingColumns+" FROM queue q"+waitingTables+where+" ORDER BY q.capture", args, most)
	found, err := all(ctx, db.read, scanWaiting, query, args...)
	return found, fail("read what is held in", db.path, err)
}

// clause is the place as a condition on queue q.
func (at *Place) clause() (string, []any) {
	if at == nil {
		return "", nil
	}
	return "WHERE q.app = ? AND q.route = ?", []any{at.App, at.Route}
}

// Queues are all places where something waits or that are paused, by app and
// route.
func (db *DB) Queues(ctx context.Context) ([]Queue, error) {
	found, err := all(ctx, db.read, db.scanQueue, "SELECT "+waitingColumns+`, g.n, g.bytes
		FROM (SELECT min(capture) AS first, count(*) AS n, sum(size) AS bytes FROM queue GROUP BY app, route) g
		JOIN queue q ON q.capture = g.first`+waitingTables+"ORDER BY q.app, q.route")
	if err != nil {
		return nil, fail("read the queues of", db.path, err)
	}
	empty, err := all(ctx, db.read, scanEmpty, `SELECT app, route, since FROM paused z
		WHERE NOT EXISTS (SELECT 1 FROM queue q WHERE q.app = z.app AND q.route = z.route) ORDER BY app, route`)
	return append(found, empty...), fail("read the queues of", db.path, err)
}

func (db *DB) scanQueue(scan scanner) (q Queue, err error) {
	q.First, err = scanWaitingAnd(scan, &q.Count, &q.Bytes)
	q.Place, q.Paused = q.First.Place, q.First.Paused
	q.Alive = q.First.Owner != "" && alive(db.path, q.First.Owner)
	return q, err
}

func scanEmpty(scan scanner) (q Queue, err error) {
	var since int64
	err = scan(&q.App, &q.Route, &since)
	q.Paused = fromNanos(since)
	return q, err
}
