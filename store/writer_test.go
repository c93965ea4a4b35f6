package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
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
	ids, err := db.names(t.Context(), "SELECT id FROM pending WHERE owner = 'nobody'")
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
	var seen []string
	level := func(w *conn) error {
		var n int
		err := w.c.QueryRowContext(context.Background(), "PRAGMA synchronous").Scan(&n)
		seen = append(seen, fmt.Sprint(n))
		return err
	}
	if errs := together(t, db, level, level); errors.Join(errs...) != nil {
		t.Fatal(errs)
	}
	if err := db.write.do(t.Context(), &job{run: level, durable: true}); err != nil {
		t.Fatal(err)
	}
	inWriter(t, db, level)
	if got := fmt.Sprint(seen); got != "[1 1 2 1]" { // NORMAL, NORMAL, FULL, NORMAL
		t.Errorf("levels %s", got)
	}
}

func TestAWaiterThatLeft(t *testing.T) {
	db := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	begun, release := make(chan struct{}), make(chan struct{})
	left := make(chan error)
	go func() {
		left <- db.write.do(ctx, &job{run: func(w *conn) error {
			close(begun)
			<-release
			return note("a")(w)
		}})
	}()
	<-begun
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	close(release)
	inWriter(t, db, func(*conn) error { return nil })
	if n := noted(t, db); n != 1 {
		t.Errorf("%d rows; the job counts all the same", n)
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

func TestMigrations(t *testing.T) {
	db := openTest(t)
	files := func(second string) fs.FS {
		return fstest.MapFS{"migrations/0002_more.sql": {Data: []byte(second)}}
	}
	state := func() (version, tables int) {
		inWriter(t, db, func(w *conn) error {
			return errors.Join(w.row([]any{&version}, "PRAGMA user_version"),
				w.row([]any{&tables}, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'more%'"))
		})
		return version, tables
	}
	// The writer rests, so its connection can be used from here.
	inWriter(t, db, func(*conn) error { return nil })
	if _, err := migrate(t.Context(), db.write.c.c, files("CREATE TABLE more1 (x); CREATE TABLE more2 (x; "), 2); err == nil {
		t.Error("a bad migration: no error")
	}
	if v, n := state(); v != 1 || n != 0 {
		t.Errorf("after a bad migration: version %d, %d tables", v, n)
	}
	if _, err := migrate(t.Context(), db.write.c.c, files("CREATE TABLE more1 (x)"), 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing migration: %v", err)
	}
	for range 2 {
		if _, err := migrate(t.Context(), db.write.c.c, files("CREATE TABLE more1 (x); CREATE TABLE more2 (x)"), 2); err != nil {
			t.Fatal(err)
		}
		if v, n := state(); v != 2 || n != 2 {
			t.Errorf("version %d, %d tables", v, n)
		}
	}
	if _, err := Open(t.Context(), Options{Path: db.path}); !errors.Is(err, ErrNewer) {
		t.Errorf("opened a newer one: %v", err)
	}
}
