package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// job is one write. run may be called again after a rollback, by whoever's turn
// it is, and must not touch what its caller may change meanwhile: a caller whose ctx has ended has left.
type job struct {
	run     func(*conn) error
	bytes   int
	durable bool // the caller waits for an fsync
	visible bool // watchers should look

	asked  time.Time
	commit int64 // its number, for the flusher; read after done
	done   chan error
}

// writer owns the one connection that writes. It has no goroutine: a caller
// queues its job, and whose turn it is commits what waits, its own and the
// others'. Alone, a caller writes at once and wakes nobody; while one commits,
// the next batch gathers.
type writer struct {
	path   string
	log    *slog.Logger
	notify func()
	gate   *sync.RWMutex // keeps this process's readers out

	written atomic.Int64 // jobs that were committed
	flush   flusher

	backup string // made when it was first opened
	queue  chan *job
	turn   chan struct{} // full: somebody has the turn
	stop   chan struct{} // closed: take no more
	ended  chan struct{} // closed: the connection is, too

	// Only who has the turn uses these.
	c      *conn     // nil while broken
	looked time.Time // see look
	lock   turn      // the wait for another process
	left   []*job    // was taken from the queue, and goes on waiting for it
}

func newWriter(path string, c *conn, log *slog.Logger, notify func(), gate *sync.RWMutex) (*writer, error) {
	w := &writer{
		path: path, log: log, notify: notify, gate: gate, c: c, backup: c.backup, lock: turn{path: path},
		queue: make(chan *job, batchJobs),
		turn:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
		ended: make(chan struct{}),
	}
	if err := w.flush.open(path + "-wal"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return w, nil
}

// do queues a job and waits for its commit, and for an fsync if it asks for one.
// If ctx ends first the job may still be done. A commit of its own is not left
// half-way, however: that takes lockPatience at most.
func (w *writer) do(ctx context.Context, j *job) error {
	if err := w.committed(ctx, j); err != nil || !j.durable {
		return err
	}
	return w.flush.wait(ctx, j.commit)
}

func (w *writer) committed(ctx context.Context, j *job) error {
	j.asked, j.done = time.Now(), make(chan error, 1)
	select {
	case <-w.stop: // first, because a select takes any case that is ready
		return ErrClosed
	default:
	}
	select {
	case w.queue <- j:
	case <-w.stop:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return w.await(ctx, j)
}

// await returns when a queued job is committed, or not to be. It commits it
// itself if nobody else is at it.
func (w *writer) await(ctx context.Context, j *job) error {
	for {
		select {
		case err := <-j.done:
			return err
		case w.turn <- struct{}{}:
			w.takeTurn()
			continue
		case <-ctx.Done():
			go func() { _ = w.await(context.WithoutCancel(ctx), j) }() // it must not wait for the next caller
			return context.Cause(ctx)
		case <-w.ended:
		}
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed // queued after the last batch was taken
		}
	}
}

// takeTurn commits what waits. Who calls it has the turn, which ends.
func (w *writer) takeTurn() {
	defer func() { <-w.turn }()
	if len(w.queue) == 0 && len(w.left) == 0 {
		return // another has done it
	}
	w.look()
	w.flush.calm()
	if batch := w.next(); len(batch) > 0 {
		w.commit(batch)
	}
}

// close commits what waits and closes the connection. It keeps the turn.
func (w *writer) close() error {
	close(w.stop)
	w.turn <- struct{}{}
	defer close(w.ended)
	for batch := w.next(); len(batch) > 0; batch = w.next() {
		w.commit(batch)
	}
	return w.end()
}

// end closes the connection. Who waits for an fsync has had it then.
func (w *writer) end() error {
	if w.c == nil {
		return nil
	}
	return errors.Join(w.flush.all(), w.flush.close(), w.c.close())
}

// lookEvery is how often there is a look at what is not of each commit: whether
// another process wants to write, and how long the log has become.
const lookEvery = 10 * time.Millisecond

func (w *writer) look() {
	if now := time.Now(); now.Sub(w.looked) >= lookEvery {
		w.looked = now
		if w.lock.since.IsZero() { // or else the sign is our own
			giveWay(w.path, w.stop)
		}
		w.tidy()
	}
}

// begin starts the transaction. While another process holds the lock it goes on
// gathering, until jobs have waited too long: they are told so, and the others
// are left for the next turn, because this one's caller may be among them.
func (w *writer) begin(batch []*job) ([]*job, error) {
	if err := w.ready(); err != nil {
		w.lock.done()
		return batch, err
	}
	for {
		err := w.c.do("BEGIN IMMEDIATE")
		if err == nil {
			w.lock.done()
			return batch, nil
		}
		if !locked(err) {
			w.lock.done()
			w.rollback(err)
			return batch, err
		}
		w.lock.refused()
		waiting := w.expire(batch, err)
		if len(waiting) < len(batch) {
			w.leave(waiting)
			return nil, nil
		}
		batch = w.gather(batch)
	}
}

// leave puts jobs off until the next turn. Each has somebody who sees to it.
func (w *writer) leave(waiting []*job) {
	w.left = append(w.left, waiting...)
	if len(w.left) == 0 && len(w.queue) == 0 {
		w.lock.done()
	}
}

// ready sees to it that there is a connection to the file of that name.
func (w *writer) ready() error {
	if err := w.flush.failed(); err != nil && w.c != nil {
		w.giveUp(err)
	}
	if w.c == nil {
		if err := w.reopen(); err != nil {
			return err
		}
		w.log.Info("store: writing again", "path", w.path)
	}
	err := w.c.present()
	if err != nil {
		w.rollback(err)
	}
	return err
}

// reopen replaces a connection that was given up.
func (w *writer) reopen() error {
	ctx := context.Background()
	err := identify(ctx, w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrGone
	}
	if err != nil {
		return err
	}
	c, err := openConn(ctx, w.path)
	if err != nil {
		return err
	}
	if err := c.heal(); err != nil {
		_ = c.close() // its error would hide the reason
		return err
	}
	if err := w.flush.open(w.path + "-wal"); err != nil {
		_ = c.close()
		return err
	}
	w.c = c
	return nil
}

// rollback ends a failed transaction, and the connection with it if it can no
// longer be trusted.
func (w *writer) rollback(err error) {
	// An error here means that SQLite has rolled back by itself.
	_ = w.c.text("ROLLBACK")
	if broken(err) {
		w.giveUp(err)
	}
}

// giveUp closes a connection that is broken: the next batch opens another.
func (w *writer) giveUp(err error) {
	w.log.Error("store: the connection is given up", "path", w.path, "error", err)
	distrust(w.path, err)
	_ = w.flush.close()
	_ = w.c.close()
	w.c = nil
}

// tidy has a log that became too long cut as soon as nobody reads it. Readers
// are kept out meanwhile, and no turn is taken that long only.
func (w *writer) tidy() {
	if w.c == nil || !w.c.long() {
		return
	}
	go func() {
		w.gate.Lock()
		defer w.gate.Unlock()
		select {
		case w.turn <- struct{}{}:
			w.cut()
			<-w.turn
		case <-w.ended:
		}
	}()
}

func (w *writer) cut() {
	if w.c == nil {
		return
	}
	if err := w.c.cut(); err != nil {
		w.rollback(err)
	}
}

// expire answers the jobs that have waited long enough and returns the others.
func (w *writer) expire(batch []*job, err error) []*job {
	var rest []*job
	for _, j := range batch {
		if time.Since(j.asked) >= lockPatience-20*lockSlice*time.Millisecond {
			j.done <- err
		} else {
			rest = append(rest, j)
		}
	}
	return rest
}
