package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options says which file to open.
type Options struct {
	Path string           // the database; made with its directory when missing
	Log  *slog.Logger     // nil: nothing is logged
	Now  func() time.Time // nil: time.Now

	// SetAside: a damaged database gets another name (see Opening), and a new
	// one takes its place, unless another process uses it.
	SetAside bool
}

// DB is an open store. Its methods may be called from any goroutine.
type DB struct {
	path    string
	log     *slog.Logger
	now     func() time.Time
	damaged string // what was set aside
	boot    string // this run of the machine; "": it can't be told

	read  *pool
	write *writer
	hub   hub

	mu     sync.Mutex // guards what follows
	owner  string     // what new unfinished things are marked with; "" until needed
	owned  []*lockFile
	filled bool // the index of texts is being filled
	closed bool
}

// Open opens the database at o.Path, creating it (0600, in a 0700 directory)
// or bringing an older one up to date. A file it refuses is left as it was:
// ErrForeign for what is not devhook's, ErrNewer for a later schema,
// ErrDamaged for a broken one that is not to be set aside. A copy is made of an
// older one first. What a dead process left unfinished is written down as such.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fail("open", o.Path, err)
	}
	// SQLite keeps the log beside the file that a link leads to, so that is the name to work with.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	db := &DB{path: path, log: o.Log, now: o.Now, boot: bootID()}
	err = db.start(ctx, o.SetAside)
	if o.SetAside && errors.Is(err, ErrDamaged) {
		err = db.replace(ctx)
	}
	if err != nil {
		return nil, fail("open", o.Path, err)
	}
	return db, nil
}

// start opens the file and writes down what dead processes left. A careful
// start fails where that shows that the file is damaged.
func (db *DB) start(ctx context.Context, careful bool) error {
	if err := db.open(ctx); err != nil {
		return cause(err)
	}
	err := db.recover(ctx)
	if careful && (err == nil || errors.Is(cause(err), ErrDamaged)) {
		if err = errors.Join(err, db.trust(ctx)); err != nil {
			return errors.Join(cause(err), db.read.close(), db.write.close())
		}
	}
	if err != nil {
		db.log.Warn("store: what a dead process left could not be written down", "error", err)
	}
	return nil
}

func (db *DB) open(ctx context.Context) error {
	if err := prepareFile(db.path); err != nil {
		return err
	}
	if err := identify(ctx, db.path); err != nil {
		return err
	}
	c, err := openConn(ctx, db.path)
	if err != nil {
		return err
	}
	if db.read, err = openReaders(db.path); err != nil {
		return errors.Join(err, c.close())
	}
	db.read.damage = func(err error) { distrust(db.path, err) }
	db.write, err = newWriter(db.path, c, db.log, db.hub.wake, &db.read.gate)
	if err != nil {
		return errors.Join(err, db.read.close())
	}
	return nil
}

// Path is the absolute path of the database.
func (db *DB) Path() string { return db.path }

// Close writes what still waits, marks what this process leaves unfinished,
// gives up its locks and closes the file. Watch channels are closed.
func (db *DB) Close() error {
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return nil
	}
	db.closed = true
	owned := db.owned
	db.mu.Unlock()

	db.hub.close()
	// The writer last: it moves the log into the file, which readers cannot.
	errs := []error{db.leave(owned), db.read.close(), db.write.close()}
	for _, l := range owned {
		errs = append(errs, l.release())
	}
	return fail("close", db.path, errors.Join(errs...))
}

// Check reads the whole database and reports ErrDamaged if pages contradict
// each other, which Open does not see. It takes about a second for 100 MB.
func (db *DB) Check(ctx context.Context) error {
	return fail("check", db.path, quickCheck(ctx, db.read))
}

func quickCheck(ctx context.Context, p *pool) error {
	said, err := all(ctx, p, scanText, "PRAGMA quick_check(10)")
	if err != nil {
		return cause(err)
	}
	for _, text := range said {
		// The index of texts is made anew where it is found to be wrong.
		if text != "ok" && !strings.Contains(strings.ToLower(text), "fts5") {
			return errors.Join(ErrDamaged, errors.New(text))
		}
	}
	return nil
}
