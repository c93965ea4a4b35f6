package store

import (
	"context"
	"time"
)

// The index of texts is filled a little at a time, each in a transaction of its
// own that webhooks wait for at worst.
const (
	indexBytes = 32 << 10 // of heads and bodies in one step; one capture at least
	indexRows  = 64       // captures in one step
	mergePages = 16       // of the index, rewritten in one step

	indexEvery = 2 * time.Second        // look for what other processes recorded
	indexDelay = 300 * time.Millisecond // after a change, so that a step has more to do
	rush       = 200                    // writes a second of this process from which on the index waits

	calmRest  = 3  // times as long as a step took is rested after it
	rushRest  = 60 // while there is a rush
	purgeRest = 20 // times as long as a purge took passes until the next
)

// indexer fills the index of texts in the background. Each step reads in its
// transaction how far the index has come, so several processes share the work
// and do no part of it twice.
type indexer struct {
	db     *DB
	grown  bool          // something is in it that was not merged yet
	writes int64         // of this process, when it was last looked
	looked time.Time     // when that was
	purge  time.Duration // spent on the purge under way
	next   time.Time     // no purge before
}

// index starts filling the index, once; it ends with the store.
func (db *DB) index() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.filled {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	wake, leave, err := db.hub.join(stop)
	if err != nil {
		stop()
		return err
	}
	db.filled = true
	go func() {
		defer stop()
		defer leave()
		(&indexer{db: db, grown: true, looked: time.Now()}).run(ctx, wake)
	}()
	return nil
}

func (x *indexer) run(ctx context.Context, wake <-chan struct{}) {
	tick := time.NewTicker(indexEvery)
	defer tick.Stop()
	for {
		start := time.Now()
		more, err := x.step(ctx)
		if err != nil && ctx.Err() == nil {
			x.db.log.Debug("store: the index of texts could not be filled", "error", err)
		}
		if more && err == nil {
			if !rest(ctx.Done(), x.restFor(time.Since(start))) {
				return
			}
			continue
		}
		select {
		case <-wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if !rest(ctx.Done(), indexDelay) {
			return
		}
	}
}

// change does a job that may touch the index of texts. A damaged one is emptied
// first, to be filled anew.
func (db *DB) change(ctx context.Context, j job) error {
	first := j
	err := db.write.do(ctx, &first)
	if !indexDamaged(err) {
		return err
	}
	db.log.Warn("store: the index of texts was damaged, it is made anew", "error", err)
	run := j.run
	j.run = func(w *conn) error {
		if err := rebuild(w); err != nil {
			return err
		}
		return run(w)
	}
	return db.write.do(ctx, &j)
}

func rebuild(w *conn) error {
	if _, err := w.exec("INSERT INTO search (search) VALUES ('delete-all')"); err != nil {
		return err
	}
	_, err := w.exec("UPDATE indexing SET upto = 0, purge = 0")
	return err
}

// restFor is how long to leave the writer to others after a step, which was one
// of the writes.
func (x *indexer) restFor(step time.Duration) time.Duration {
	writes, now := x.db.write.written.Load(), time.Now()
	rate := float64(writes-x.writes-1) / max(now.Sub(x.looked).Seconds(), 0.001)
	x.writes, x.looked = writes, now
	if rate >= rush {
		return rushRest * step
	}
	return calmRest * step
}

// step does the next piece of work and says whether there may be more. What has
// begun is waited for.
func (x *indexer) step(ctx context.Context) (more bool, err error) {
	ctx = context.WithoutCancel(ctx)
	upto, purge, err := x.db.indexed(ctx)
	if err != nil {
		return false, err
	}
	end, err := x.db.indexEnd(ctx, upto)
	switch {
	case err != nil:
		return false, err
	case x.grown: // before it grows more, lest there are too many pieces
		x.grown, err = x.merge(ctx)
		return true, err
	case end > upto:
		x.grown = true
		return true, x.db.change(ctx, job{run: func(w *conn) error { return indexUpTo(w, end) }})
	case purge == purgeRuns || purge == purgeWanted && !time.Now().Before(x.next):
		return x.take(ctx, purge)
	}
	return false, nil
}

// The states of the purge in the table indexing.
const (
	purgeNone = iota
	purgeWanted
	purgeRuns
)

// indexed says how far the index has come.
func (db *DB) indexed(ctx context.Context) (upto int64, purge int, err error) {
	err = db.read.row(ctx, []any{&upto, &purge}, "SELECT upto, purge FROM indexing")
	return upto, purge, err
}

// Unindexed says how many captures the index of texts has not come to yet. They
// are found too, but each is read for it.
func (db *DB) Unindexed(ctx context.Context) (n int, err error) {
	err = db.read.row(ctx, []any{&n}, "SELECT count(*) FROM captures WHERE seq > (SELECT upto FROM indexing)")
	return n, fail("count", db.path, err)
}

// indexEnd is the last capture of the next step, upto if there is none.
func (db *DB) indexEnd(ctx context.Context, upto int64) (end int64, err error) {
	err = db.read.row(ctx, []any{&end}, `SELECT coalesce(max(seq), ?1) FROM
		(SELECT c.seq, sum(length(p.head) + length(p.body)) OVER (ORDER BY c.seq) - length(p.head) - length(p.body) AS before
			FROM (SELECT seq FROM captures WHERE seq > ?1 ORDER BY seq`+limit(indexRows)+`) c JOIN payloads p ON p.capture = c.seq)
		WHERE before < ?2`, upto, indexBytes)
	return end, err
}

// indexText puts captures into the index, from after ?1 up to ?2.
const indexText = `INSERT INTO search (rowid, target, event, event_id, note, head, body)
	SELECT c.seq, c.target, c.event, c.event_id, c.note, CAST(p.head AS TEXT), CAST(p.body AS TEXT)
	FROM captures c JOIN payloads p ON p.capture = c.seq WHERE c.seq > ?1 AND c.seq <= ?2 ORDER BY c.seq`

func indexUpTo(w *conn, end int64) error {
	var upto int64
	if err := w.row([]any{&upto}, "SELECT upto FROM indexing"); err != nil || upto >= end {
		return err // another process has done it
	}
	if _, err := w.exec(indexText, upto, end); err != nil {
		return err
	}
	_, err := w.exec("UPDATE indexing SET upto = ?", end)
	return err
}

// merge keeps the index in few pieces.
func (x *indexer) merge(ctx context.Context) (more bool, err error) {
	err = x.db.change(ctx, job{run: func(w *conn) (err error) {
		more, err = mergeIndex(w, mergePages)
		return err
	}})
	return more, err
}

// take writes the index anew without what is marked. A mark that is set
// meanwhile is for another purge.
func (x *indexer) take(ctx context.Context, purge int) (more bool, err error) {
	start := time.Now()
	err = x.db.change(ctx, job{run: func(w *conn) (err error) {
		if purge == purgeWanted {
			more = true
			return beginPurge(w)
		}
		more, err = goOnPurging(w)
		return err
	}})
	x.purge += time.Since(start)
	if !more && err == nil {
		x.next, x.purge = time.Now().Add(purgeRest*x.purge), 0
	}
	return more, err
}

func beginPurge(w *conn) error {
	if _, err := w.exec("UPDATE indexing SET purge = ?", purgeRuns); err != nil {
		return err
	}
	_, err := mergeIndex(w, -mergePages) // negative: all pieces into one
	return err
}

func goOnPurging(w *conn) (more bool, err error) {
	if more, err = mergeIndex(w, mergePages); err != nil || more {
		return more, err
	}
	_, err = w.exec("UPDATE indexing SET purge = ? WHERE purge = ?", purgeNone, purgeRuns)
	return false, err
}

// mergeIndex rewrites some pages of the index. By its documentation there was
// nothing to do if fewer than two rows changed.
func mergeIndex(w *conn, pages int) (more bool, err error) {
	var before, after int64
	if err := w.row([]any{&before}, "SELECT total_changes()"); err != nil {
		return false, err
	}
	if _, err := w.exec("INSERT INTO search (search, rank) VALUES ('merge', ?)", pages); err != nil {
		return false, err
	}
	err = w.row([]any{&after}, "SELECT total_changes()")
	return after-before >= 2, err
}
