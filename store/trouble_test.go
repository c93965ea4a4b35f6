package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// A full disk, as far as SQLite can tell.
func TestFull(t *testing.T) {
	db := openTest(t)
	limit := func(pages int) {
		inWriter(t, db, func(w *conn) error { return w.text(fmt.Sprintf("PRAGMA max_page_count = %d", pages)) })
	}
	limit(60)
	c := &Capture{Delivering: true}
	if err := db.Add(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		err := db.Add(t.Context(), &Capture{}, make([]byte, 40<<10))
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil || n > 100 {
			t.Fatalf("after %d: %v, want ErrFull", n, err)
		}
	}
	before, err := db.Count(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// What is too large takes nothing that still fits with it.
	errs := together(t, db, note("a"), func(w *conn) error {
		_, err := writeChunks(w, "x", make([]byte, 1<<20))
		return err
	}, note("b"))
	if errs[0] != nil || !errors.Is(cause(errs[1]), ErrFull) || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	limit(10000)
	if err := db.AddDelivery(t.Context(), &Delivery{CaptureID: c.ID, Status: 200}, make([]byte, 1<<20), true); err != nil {
		t.Errorf("with space again: %v", err)
	}
	if n, err := db.Count(t.Context(), Filter{}); n != before || err != nil {
		t.Errorf("%d captures, %v; want %d", n, err, before)
	}
}

func TestReadOnly(t *testing.T) {
	db := openTest(t)
	if err := db.write.do(t.Context(), &job{run: func(w *conn) error { return w.text("PRAGMA query_only = 1") }}); err != nil {
		t.Fatal(err)
	}
	if err := db.Add(t.Context(), &Capture{}, nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}

func TestLocked(t *testing.T) {
	db := openTest(t)
	other, err := sql.Open("sqlite", db.path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lock := func(statement string) {
		if _, err := c.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	lock("BEGIN IMMEDIATE")
	var wg sync.WaitGroup
	for range 600 { // more than one batch
		wg.Go(func() {
			start := time.Now()
			err := db.Add(t.Context(), &Capture{}, nil)
			if !errors.Is(err, ErrLocked) {
				t.Errorf("after %v: %v, want ErrLocked", time.Since(start), err)
			}
		})
	}
	wg.Wait()
	if _, err := db.List(t.Context(), Filter{}); err != nil {
		t.Errorf("reading: %v", err)
	}
	// A lock that goes away in time is waited for.
	done := make(chan error)
	go func() { done <- db.Add(t.Context(), &Capture{}, nil) }()
	time.Sleep(300 * time.Millisecond)
	lock("ROLLBACK")
	if err := <-done; err != nil {
		t.Errorf("after the lock was gone: %v", err)
	}
}

func openAgain(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// While another process has the lock and others come all the time, whose turn it is hears of its own in time, and everybody else.
func TestLockedForLong(t *testing.T) {
	db := openTest(t)
	other := openAgain(t, db.path)
	release := make(chan struct{})
	var wg sync.WaitGroup
	begun := make(chan struct{})
	wg.Go(func() {
		_ = other.write.do(context.Background(), &job{run: func(*conn) error {
			close(begun)
			<-release
			return nil
		}})
	})
	<-begun
	first := make(chan error, 1)
	go func() { first <- db.Add(t.Context(), &Capture{}, nil) }()
	more := time.NewTicker(20 * time.Millisecond)
	defer more.Stop()
	for end, open := time.After(30*time.Second), true; open; {
		select {
		case err := <-first:
			if !errors.Is(err, ErrLocked) {
				t.Errorf("got %v, want ErrLocked", err)
			}
			open = false
		case <-more.C:
			wg.Go(func() { _ = db.Add(t.Context(), &Capture{}, nil) })
		case <-end:
			t.Error("it was held as long as others came")
			open = false
		}
	}
	close(release)
	wg.Wait()
}

// A process that always has more to write, on a slow disk, leaves room for others.
func TestNobodyStarves(t *testing.T) {
	db := openTest(t)
	busy, err := Open(t.Context(), Options{Path: db.path})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	holds := make(chan struct{}, 1)
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_ = busy.write.do(ctx, &job{run: func(w *conn) error {
					select {
					case holds <- struct{}{}:
					default:
					}
					time.Sleep(100 * time.Millisecond)
					_, err := w.exec("UPDATE barrier SET n = n + 1")
					return err
				}})
			}
		})
	}
	for range 5 {
		<-holds
		if err := db.Add(t.Context(), &Capture{}, nil); err != nil {
			t.Error(err)
		}
	}
	cancel()
	wg.Wait()
	if err := busy.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheFileIsGone(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"removed":     os.Remove,
		"renamed":     func(p string) error { return os.Rename(p, p+".old") },
		"log removed": func(p string) error { return os.Remove(p + "-wal") },
	} {
		t.Run(name, func(t *testing.T) {
			db := openTest(t)
			if err := db.Add(t.Context(), &Capture{}, nil); err != nil {
				t.Fatal(err)
			}
			if err := spoil(db.path); err != nil {
				t.Fatal(err)
			}
			if err := db.Add(t.Context(), &Capture{}, nil); !errors.Is(err, ErrGone) {
				t.Errorf("got %v, want ErrGone", err)
			}
		})
	}
}

// A connection that failed is replaced, and what it had committed is still there.
func TestABrokenConnectionIsReplaced(t *testing.T) {
	db := openTest(t)
	for range 3 {
		if err := db.Add(t.Context(), &Capture{}, nil); err != nil {
			t.Fatal(err)
		}
		err := db.write.do(t.Context(), &job{run: func(*conn) error { return sql.ErrConnDone }})
		if !errors.Is(err, sql.ErrConnDone) {
			t.Fatal(err)
		}
	}
	if err := db.Sync(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := db.Count(t.Context(), Filter{}); n != 3 || err != nil {
		t.Errorf("%d captures, %v", n, err)
	}
}

// Readers that come without a pause do not make the log grow for ever.
func TestTheLogStaysShort(t *testing.T) {
	db := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	var reading, writing sync.WaitGroup
	for range 3 {
		reading.Go(func() {
			for ctx.Err() == nil {
				_, err := all(t.Context(), db.read, func(scan scanner) (bool, error) {
					time.Sleep(20 * time.Millisecond) // the transaction stays open
					return true, nil
				}, "SELECT n FROM barrier")
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	const total, each = 200 << 20, 60 << 10
	var longest int64
	body := make([]byte, each)
	for range 4 {
		writing.Go(func() {
			for range total / each / 4 {
				if err := db.Add(t.Context(), &Capture{}, body); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	for stop := false; !stop; time.Sleep(5 * time.Millisecond) {
		select {
		case <-done:
			stop = true
		default:
		}
		if wal, err := os.Stat(db.path + "-wal"); err != nil {
			t.Error(err)
		} else {
			longest = max(longest, wal.Size())
		}
	}
	cancel()
	reading.Wait()
	if longest > total/2 {
		t.Errorf("the log had %d MiB of %d written", longest>>20, total>>20)
	}
	t.Logf("the log had %d MiB at most", longest>>20)
}
