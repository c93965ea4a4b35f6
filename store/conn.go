package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// conn is the writer's connection and its prepared statements. Only who has the
// writer's turn uses it. It runs under context.Background: a cancellable context
// costs extra in the driver, and a commit must not be interrupted.
type conn struct {
	path  string
	pool  *sql.DB
	c     *sql.Conn
	stmts map[string]*sql.Stmt
	dirty bool        // the job in hand has changed something
	db    os.FileInfo // the files as they were when opened
	wal   os.FileInfo
	limit int64 // size of the log at which it is cut

	backup string // the copy made before the schema was changed
}

const (
	lockPatience = 2 * time.Second // how long a write waits for another process
	lockSlice    = 10              // ms SQLite itself waits before the queue is looked at again

	pageSize = 4096
	longLog  = 40 << 20 // size at which the log is cut by force
	moreLog  = 16 << 20 // after so much more it is tried again
	cutWait  = 200      // ms the writer waits for another process's readers then
)

// settings of the writing connection. Autocheckpoint (16 MiB) keeps the log
// short as long as no reader is in its way. With NORMAL a commit waits for no
// fsync: that is the flusher's.
var settings = []string{
	"PRAGMA secure_delete = FAST",
	"PRAGMA journal_size_limit = 16777216",
	"PRAGMA wal_autocheckpoint = 4000",
	"PRAGMA synchronous = NORMAL",
	fmt.Sprintf("PRAGMA busy_timeout = %d", lockSlice),
}

// openConn opens the connection, makes the file ours and current, and puts it
// into WAL mode.
func openConn(ctx context.Context, path string) (*conn, error) {
	pool, err := openPool(path)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	c := &conn{path: path, pool: pool, stmts: map[string]*sql.Stmt{}, limit: longLog}
	if err := c.setUp(ctx); err != nil {
		return nil, errors.Join(cause(err), c.close())
	}
	return c, nil
}

func (c *conn) setUp(ctx context.Context) (err error) {
	if c.c, err = c.pool.Conn(ctx); err != nil {
		return err
	}
	if err := patiently(ctx, func() error { return claim(ctx, c.c) }); err != nil {
		return err
	}
	if err := tighten(c.path); err != nil {
		return err
	}
	// The switch to WAL may report a lock without having waited for it.
	if err := patiently(ctx, func() error { return c.journal(ctx) }); err != nil {
		return err
	}
	if err := c.upgrade(ctx); err != nil {
		return err
	}
	for _, s := range settings {
		if err := c.text(s); err != nil {
			return err
		}
	}
	return c.remember()
}

// journal puts the file into WAL mode, in which readers and the writer do not
// wait for each other.
func (c *conn) journal(ctx context.Context) error {
	var mode string
	err := c.c.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
	if err == nil && mode != "wal" {
		return fmt.Errorf("no write-ahead log here (journal mode %s)", mode)
	}
	return err
}

// patiently repeats do while another process holds the lock, at most for
// lockPatience.
func patiently(ctx context.Context, do func() error) error {
	for start := time.Now(); ; {
		err := do()
		if !locked(err) || time.Since(start) > lockPatience || !rest(ctx.Done(), lockSlice*time.Millisecond) {
			return err
		}
	}
}

// rest waits for d, and reports whether nothing ended it before.
func rest(end <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-end:
		return false
	}
}

// remember notes which files are open. One read makes sure there is a log.
func (c *conn) remember() (err error) {
	var n int64
	if err = c.c.QueryRowContext(context.Background(), "SELECT count(*) FROM instances").Scan(&n); err != nil {
		return err
	}
	if c.db, err = os.Stat(c.path); err != nil {
		return err
	}
	c.wal, err = os.Stat(c.path + "-wal")
	return err
}

// present says whether the open files are still the ones their names lead to:
// commits into a deleted file would succeed and be lost.
func (c *conn) present() error {
	db, err := os.Stat(c.path)
	if err != nil || !os.SameFile(db, c.db) {
		return ErrGone
	}
	wal, err := os.Stat(c.path + "-wal")
	if err != nil || !os.SameFile(wal, c.wal) {
		return ErrGone
	}
	return nil
}

// long says, once for each time, that the log is so long that it should be cut:
// some reader was always at it.
func (c *conn) long() bool {
	wal, err := os.Stat(c.path + "-wal")
	if err != nil || wal.Size() < c.limit {
		return false
	}
	c.limit = math.MaxInt64 // until cut
	return true
}

// cut empties the log. If another process is at it, that is tried again when
// there is more.
func (c *conn) cut() error {
	if err := c.text(fmt.Sprintf("PRAGMA busy_timeout = %d", cutWait)); err != nil {
		return err
	}
	var busy, frames, moved int64
	row := c.c.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	err := row.Scan(&busy, &frames, &moved)
	if err != nil && !locked(err) {
		return err
	}
	c.limit = longLog
	if err != nil || busy > 0 {
		c.limit = max(longLog, frames*pageSize) + moreLog
	}
	return c.text(fmt.Sprintf("PRAGMA busy_timeout = %d", lockSlice))
}

// heal makes a connection that replaces a broken one trustworthy: whatever is
// in the log, of which the kernel may have dropped pages, is written anew into
// the database and fsynced there.
func (c *conn) heal() error {
	var busy, frames, moved int64
	row := c.c.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(RESTART)")
	if err := row.Scan(&busy, &frames, &moved); err != nil {
		return err
	}
	if moved < frames {
		return fmt.Errorf("%w: readers hold %d pages of the log", ErrLocked, frames-moved)
	}
	return nil
}

// text runs a statement without preparing it.
func (c *conn) text(query string) error {
	_, err := c.c.ExecContext(context.Background(), query)
	return err
}

// do runs a prepared statement that gives nothing and changes no row.
func (c *conn) do(query string) error {
	s, err := c.stmt(query)
	if err == nil {
		_, err = s.ExecContext(context.Background())
	}
	return err
}

// stmt prepares a statement once.
func (c *conn) stmt(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.c.PrepareContext(context.Background(), query)
	if err == nil {
		c.stmts[query] = s
	}
	return s, err
}

func (c *conn) exec(query string, args ...any) (sql.Result, error) {
	s, err := c.stmt(query)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return nil, err
	}
	n, err := r.RowsAffected()
	c.dirty = c.dirty || n > 0
	return r, err
}

// affect is exec for statements that must change a row: if none is changed it
// rejects with absent.
func (c *conn) affect(absent error, query string, args ...any) error {
	r, err := c.exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return reject(absent)
}

// change is affect that reads what the statement returns of the row it changed;
// sql.ErrNoRows if it changed none.
func (c *conn) change(dest []any, query string, args ...any) error {
	err := c.row(dest, query, args...)
	c.dirty = c.dirty || err == nil
	return err
}

// row reads one row; sql.ErrNoRows if there is none.
func (c *conn) row(dest []any, query string, args ...any) error {
	s, err := c.stmt(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(context.Background(), args...).Scan(dest...)
}

// seqs reads one column of numbers.
func (c *conn) seqs(query string, args ...any) ([]int64, error) {
	return written(c, scanNumber, query, args...)
}

func scanNumber(scan scanner) (n int64, err error) {
	err = scan(&n)
	return n, err
}

// written reads every row into a value, as the transaction sees them.
func written[T any](c *conn, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	s, err := c.stmt(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, read)
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	if c.c != nil {
		errs = append(errs, c.c.Close())
	}
	return errors.Join(append(errs, c.pool.Close())...)
}
