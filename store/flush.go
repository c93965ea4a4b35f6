package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"
)

// flusher makes commits last. The writer commits without an fsync; who must know
// that a commit is on the disk fsyncs the log itself, once for all who wait,
// while the writer goes on. In WAL mode a commit is durable as soon as its pages
// in the log are: that is all that `PRAGMA synchronous = FULL` adds to NORMAL.
type flusher struct {
	mu        sync.Mutex
	log       *os.File // the log of the writer's connection; nil: there is none to trust
	committed int64    // number of the last commit
	flushed   int64    // all up to this one are on the disk
	running   *flush   // nil while nobody fsyncs
	err       error    // of an fsync that failed: until the log is another
}

// flush is one fsync under way.
type flush struct {
	done chan struct{} // closed when it has ended
	err  error         // read after done
}

var errNoLog = errors.New("the log was given up before it could be fsynced")

// open takes the log of a new connection. What was committed before is on the
// disk: a connection that replaces another has moved it there.
func (f *flusher) open(path string) error {
	log, err := os.OpenFile(path, os.O_RDWR, 0) // Windows flushes only what may be written
	if errors.Is(err, fs.ErrPermission) {       // nor may SQLite write it then
		log, err = os.Open(path)
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log, f.err, f.flushed = log, nil, f.committed
	return nil
}

// close lets go of the log. Who still waits is told that nobody knows.
func (f *flusher) close() error {
	f.mu.Lock()
	log := f.log
	f.log = nil
	f.mu.Unlock()
	if log == nil {
		return nil
	}
	return log.Close()
}

// commit gives a commit its number.
func (f *flusher) commit() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.committed++
	return f.committed
}

// all fsyncs what there is.
func (f *flusher) all() error {
	f.mu.Lock()
	last := f.committed
	f.mu.Unlock()
	return f.wait(context.Background(), last)
}

// failed is the error of an fsync after which the log must not be trusted: the
// kernel may have dropped the pages and would report success if asked again.
func (f *flusher) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// wait returns when the commit of that number is on the disk.
func (f *flusher) wait(ctx context.Context, commit int64) error {
	for {
		other, err := f.join(commit)
		if other == nil {
			return err
		}
		select {
		case <-other.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if other.err != nil {
			return other.err
		}
	}
}

// patience is how long the writer leaves an fsync alone that is under way. On a
// quick disk it ends by then, and what came meanwhile is one batch; a slow one
// holds nobody up who waits for a commit alone.
const patience = 500 * time.Microsecond

// calm returns when no fsync is under way, or when patience is at its end.
func (f *flusher) calm() {
	f.mu.Lock()
	running := f.running
	f.mu.Unlock()
	if running != nil {
		rest(running.done, patience)
	}
}

// join fsyncs if nobody does; else it gives the one under way, which may have
// begun before this commit.
func (f *flusher) join(commit int64) (other *flush, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.flushed >= commit:
		return nil, nil
	case f.err != nil:
		return nil, f.err
	case f.log == nil:
		return nil, errNoLog
	case f.running != nil:
		return f.running, nil
	}
	mine, log, upTo := &flush{done: make(chan struct{})}, f.log, f.committed
	f.running = mine
	f.mu.Unlock()
	mine.err = syncData(log)
	f.mu.Lock()
	switch {
	case mine.err == nil:
		f.flushed = max(f.flushed, upTo)
	case f.log == log:
		f.err = mine.err
	}
	f.running = nil
	close(mine.done)
	return nil, mine.err
}
