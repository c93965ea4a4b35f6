package store

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func openTest(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// inWriter runs on the writer's connection, in a transaction.
func inWriter(t *testing.T, db *DB, run func(*conn) error) {
	t.Helper()
	if err := db.write.do(t.Context(), &job{run: run}); err != nil {
		t.Fatal(err)
	}
}

// together queues jobs while the writer is busy, so that they are one batch.
func together(t *testing.T, db *DB, jobs ...func(*conn) error) []error {
	t.Helper()
	begun, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.write.do(context.Background(), &job{run: func(*conn) error {
			close(begun)
			<-release
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	errs := make([]error, len(jobs))
	for i, run := range jobs {
		wg.Go(func() { errs[i] = db.write.do(context.Background(), &job{run: run}) })
		for len(db.write.queue) < i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	close(release)
	wg.Wait()
	return errs
}

func note(text string) func(*conn) error {
	return func(w *conn) error {
		_, err := w.exec(insertPending, text, pendingArrival, "nobody", "", "")
		return err
	}
}

func noted(t *testing.T, db *DB) int {
	t.Helper()
	ids, err := all(t.Context(), db.read, scanText, "SELECT id FROM pending WHERE owner = 'nobody'")
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

func TestAFailingJobTakesNoNeighbours(t *testing.T) {
	bad := errors.New("bad")
	failing := map[string]func(*conn) error{
		"error after a change": func(w *conn) error { return errors.Join(note("half")(w), bad) },
		"rejection after a change": func(w *conn) error {
			if err := note("half")(w); err != nil {
				return err
			}
			return reject(bad)
		},
		"rejection": func(*conn) error { return reject(bad) },
		"constraint": func(w *conn) error {
			_, err := w.exec("INSERT INTO barrier VALUES (NULL)")
			return errors.Join(err, bad)
		},
	}
	for name, run := range failing {
		t.Run(name, func(t *testing.T) {
			db := openTest(t)
			errs := together(t, db, note("a"), run, note("b"), run, note("c"))
			for i, want := range []error{nil, bad, nil, bad, nil} {
				if !errors.Is(errs[i], want) || (want == nil) != (errs[i] == nil) {
					t.Errorf("job %d: %v, want %v", i, errs[i], want)
				}
			}
			if n := noted(t, db); n != 3 {
				t.Errorf("%d rows, want 3", n)
			}
		})
	}
}

func TestOneBatchOneCommit(t *testing.T) {
	db := openTest(t)
	if errs := together(t, db, note("a"), note("b")); errors.Join(errs...) != nil {
		t.Fatal(errs)
	}
	f := &db.write.flush
	if f.committed != 2 || f.flushed != 0 { // together has one before them, to hold the writer up
		t.Errorf("%d commits, %d on the disk: want 2 and none", f.committed, f.flushed)
	}
	if err := db.write.do(t.Context(), &job{run: note("c"), durable: true}); err != nil {
		t.Fatal(err)
	}
	if f.flushed != f.committed {
		t.Errorf("%d of %d commits are on the disk", f.flushed, f.committed)
	}
}

// TestAWaiterThatLeft: who waits for another's commit may go, and its job is done all the same, also if nobody comes after it.
func TestAWaiterThatLeft(t *testing.T) {
	db := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	begun, release := make(chan struct{}), make(chan struct{})
	var other sync.WaitGroup
	other.Go(func() {
		err := db.write.do(context.Background(), &job{run: func(*conn) error {
			close(begun)
			<-release
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	left := make(chan error)
	go func() { left <- db.write.do(ctx, &job{run: note("a")}) }()
	for len(db.write.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	close(release)
	other.Wait()
	for end := time.Now().Add(time.Minute); noted(t, db) != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the job was never done")
		}
	}
}

// A panic comes to its own caller as an error, and to nobody whose turn it was.
func TestAPanicTakesNoNeighbours(t *testing.T) {
	db := openTest(t)
	errs := together(t, db, note("a"), func(w *conn) error {
		if err := note("half")(w); err != nil {
			return err
		}
		panic("here")
	}, note("b"))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	if n := noted(t, db); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

// Many before it that are one batch alone, and whose callers come to see to them only later, leave nobody behind who left.
func TestAWaiterThatLeftBehindABatch(t *testing.T) {
	db := openTest(t)
	w := db.write
	w.turn <- struct{}{}
	for range 2 {
		w.queue <- &job{run: func(*conn) error { return nil }, bytes: batchBytes, asked: time.Now(), done: make(chan error, 1)}
	}
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- w.do(ctx, &job{run: note("a")}) }()
	for len(w.queue) < 3 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	<-w.turn
	for end := time.Now().Add(time.Minute); noted(t, db) != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the job was never done")
		}
	}
}

func TestClosed(t *testing.T) {
	db := openTest(t)
	if err := db.Add(t.Context(), &Capture{}, nil); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stored := make(chan string, 1000)
	for range 20 {
		wg.Go(func() {
			for {
				c := &Capture{}
				err := db.Add(context.Background(), c, nil)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				stored <- c.ID
			}
		})
	}
	for range 50 {
		<-stored
	}
	go func() {
		for range stored {
			continue
		}
	}()
	if err := errors.Join(db.Close(), db.Close()); err != nil {
		t.Error(err)
	}
	wg.Wait()
	close(stored)
	if _, err := db.List(t.Context(), Filter{}); !errors.Is(err, ErrClosed) {
		t.Errorf("list: %v, want ErrClosed", err)
	}
	if _, err := db.Watch(t.Context(), Position{}); !errors.Is(err, ErrClosed) {
		t.Errorf("watch: %v, want ErrClosed", err)
	}
	left, err := filepath.Glob(db.path + "?*")
	if len(left) > 0 || err != nil {
		t.Errorf("files left beside the database: %q", left)
	}
}
