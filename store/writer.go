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

// A batch ends at so many jobs or bytes. It is never waited for: what has
// come while the last one was committed is the next one.
const (
	batchJobs  = 512
	batchBytes = 4 << 20
)

// job is one write. run may be called again after a rollback, by the writer's
// goroutine, and must not touch what its caller owns: the caller may have left.
type job struct {
	run     func(*conn) error
	bytes   int
	durable bool // the caller waits for an fsync
	visible bool // watchers should look

	asked  time.Time
	commit int64 // its number, for the flusher; read after done
	done   chan error
}

// writer owns the one connection that writes.
type writer struct {
	path   string
	log    *slog.Logger
	notify func()
	gate   *sync.RWMutex // keeps this process's readers out

	written atomic.Int64 // jobs that were committed
	flush   flusher

	c      *conn     // nil while broken
	backup string    // made when it was first opened
	looked time.Time // see look
	queue  chan *job
	quiet  chan chan struct{} // nobody reads until the channel sent is closed
	stop   chan struct{}      // closed: take no more
	ended  chan struct{}      // closed: the goroutine is gone
	err    error              // of closing the connection; read after ended
}

func newWriter(path string, c *conn, log *slog.Logger, notify func(), gate *sync.RWMutex) (*writer, error) {
	w := &writer{
		path: path, log: log, notify: notify, gate: gate, c: c, backup: c.backup,
		queue: make(chan *job, batchJobs),
		quiet: make(chan chan struct{}),
		stop:  make(chan struct{}),
		ended: make(chan struct{}),
	}
	if err := w.flush.open(path + "-wal"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	go w.loop()
	return w, nil
}

// do queues a job and waits for its commit, and for an fsync if it asks for one.
// If ctx ends first the job may still be done.
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
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
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

// close commits what waits and closes the connection.
func (w *writer) close() error {
	close(w.stop)
	<-w.ended
	return w.err
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		select {
		case j := <-w.queue:
			w.flush.calm()
			w.commit(w.gather([]*job{j}))
			w.look()
			continue
		case done := <-w.quiet:
			w.cut()
			close(done)
			continue
		case <-w.stop:
		}
		if batch := w.gather(nil); len(batch) > 0 {
			w.commit(batch)
			continue
		}
		w.end()
		return
	}
}

// end closes the connection. Who waits for an fsync has had it then.
func (w *writer) end() {
	if w.c == nil {
		return
	}
	w.err = errors.Join(w.flush.all(), w.flush.close(), w.c.close())
}

// gather adds what waits in the queue.
func (w *writer) gather(batch []*job) []*job {
	bytes := 0
	for _, j := range batch {
		bytes += j.bytes
	}
	for len(batch) < batchJobs && bytes < batchBytes {
		select {
		case j := <-w.queue:
			batch = append(batch, j)
			bytes += j.bytes
		default:
			return batch
		}
	}
	return batch
}

// commit does a batch in one transaction. If a job fails in it, all are done
// again, each alone, so that it takes no neighbour with it.
func (w *writer) commit(batch []*job) {
	batch, err := w.begin(batch)
	if err != nil || len(batch) == 0 {
		w.finish(batch, err)
		return
	}
	results := make([]error, len(batch))
	for i, j := range batch {
		w.c.dirty = false
		results[i] = j.run(w.c)
		if results[i] == nil || rejected(results[i]) && !w.c.dirty {
			continue
		}
		w.rollback(results[i])
		w.apart(batch, results[i])
		return
	}
	if err := w.c.do("COMMIT"); err != nil {
		w.rollback(err)
		w.apart(batch, err)
		return
	}
	w.tell(batch, results)
}

// lookEvery is how often the writer looks at what is not of each commit: whether
// another process wants its turn, and how long the log has become.
const lookEvery = 10 * time.Millisecond

func (w *writer) look() {
	if now := time.Now(); now.Sub(w.looked) >= lookEvery {
		w.looked = now
		giveWay(w.path, w.stop)
		w.tidy()
	}
}

// apart does the jobs of a failed batch one by one. A single job has failed
// already, and on a broken connection nothing is tried twice.
func (w *writer) apart(batch []*job, err error) {
	if len(batch) == 1 || w.c == nil {
		w.finish(batch, err)
		return
	}
	for _, j := range batch {
		w.commit([]*job{j})
	}
}

// tell gives each job its result and wakes the watchers.
func (w *writer) tell(batch []*job, results []error) {
	visible, number := false, w.flush.commit()
	w.written.Add(int64(len(batch)))
	for i, j := range batch {
		j.commit = number
		j.done <- results[i]
		visible = visible || j.visible && results[i] == nil
	}
	if visible {
		w.notify()
	}
}

func (w *writer) finish(batch []*job, err error) {
	for _, j := range batch {
		j.done <- err
	}
}

// begin starts the transaction. While another process holds the lock it goes on
// gathering, and jobs that have waited too long are told so; it returns those
// that are left.
func (w *writer) begin(batch []*job) ([]*job, error) {
	if err := w.ready(); err != nil {
		return batch, err
	}
	t := turn{path: w.path}
	defer t.done()
	for len(batch) > 0 {
		err := w.c.do("BEGIN IMMEDIATE")
		if err == nil {
			return batch, nil
		}
		if !locked(err) {
			w.rollback(err)
			return batch, err
		}
		t.refused()
		batch = w.gather(w.expire(batch, err))
	}
	return nil, nil
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
// are kept out meanwhile, the writer goes on.
func (w *writer) tidy() {
	if w.c == nil || !w.c.long() {
		return
	}
	go func() {
		w.gate.Lock()
		defer w.gate.Unlock()
		done := make(chan struct{})
		select {
		case w.quiet <- done:
			<-done
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
