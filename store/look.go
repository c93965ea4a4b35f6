package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A Look is what Examine found in a database.
type Look struct {
	Captures int64      // requests it holds
	Bytes    int64      // of the file and its log
	Running  []Instance // the `up`s that use it now
	Held     []Queue    // what waits for its app
	Older    bool       // its schema is an earlier one: Open will bring it up to date
	Whole    bool       // every page was read; false where that took longer than ten seconds
}

// heldSince is the schema that has queues.
const heldSince = 3

// lookFor is how long Examine reads, at most.
const lookFor = 10 * time.Second

// Examine reads a database as Open would find it, and changes nothing: no file
// is made, no schema brought up to date, no dead process written down. The
// errors are fs.ErrNotExist and those of Open and Check.
func Examine(ctx context.Context, path string) (Look, error) {
	name, err := filepath.Abs(path)
	if err != nil {
		return Look{}, fail("examine", path, err)
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	l, err := examine(ctx, name)
	// Another process may have been moving its log into the file.
	for try := 0; try < 3 && errors.Is(err, ErrDamaged) && rest(ctx.Done(), 20*time.Millisecond); try++ {
		l, err = examine(ctx, name)
	}
	return l, fail("examine", path, err)
}

// Current says whether a database is of this build's schema, so that Open would not have to bring it up to date. It reads a
// page and changes nothing; false also where there is none, or none that can be read.
func Current(ctx context.Context, path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	db, err := openUntouched(path)
	if err != nil {
		return false
	}
	defer db.Close()
	version, err := versionOf(ctx, db)
	return err == nil && version == schemaVersion
}

func examine(ctx context.Context, path string) (l Look, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return l, err
	case !info.Mode().IsRegular():
		return l, fmt.Errorf("%w: it is no regular file (%s)", ErrForeign, info.Mode().Type())
	case info.Size() == 0:
		return Look{Older: true, Whole: true}, nil
	}
	l.Bytes = info.Size()
	if size, used := logOf(path); used {
		l.Bytes += size
	}
	if err := peek(ctx, path, untouched(path)...); err != nil {
		return l, err
	}
	db, err := openUntouched(path)
	if err != nil {
		return l, err
	}
	defer db.Close()
	return l, l.read(ctx, path, db)
}

// untouched is what a database must be opened with so that no file is made
// beside it.
func untouched(path string) []string {
	if _, used := logOf(path); used {
		return nil
	}
	return []string{"immutable", "1"}
}

func openUntouched(path string) (*sql.DB, error) {
	return openPool(path, append([]string{"mode", "ro", "_pragma", "query_only(1)"}, untouched(path)...)...)
}

func versionOf(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}

// logOf says whether a database must be read with the log beside it. Without
// the log's index, which SQLite would have to make, it can't be: what is in it
// is then left unread.
func logOf(path string) (size int64, used bool) {
	log, err := os.Stat(path + "-wal")
	if err != nil {
		return 0, false
	}
	_, err = os.Stat(path + "-shm")
	return log.Size(), err == nil
}

func (l *Look) read(ctx context.Context, path string, db *sql.DB) error {
	version, err := versionOf(ctx, db)
	if err != nil {
		return cause(err)
	}
	l.Older = version < schemaVersion
	if version > 0 {
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM captures").Scan(&l.Captures); err != nil {
			return cause(err)
		}
		opened := &DB{path: path, read: &pool{db: db}}
		running, err := opened.Instances(ctx)
		if err == nil && version >= heldSince {
			l.Held, err = opened.Queues(ctx)
		}
		if err != nil {
			return err
		}
		for _, i := range running {
			if i.Alive {
				l.Running = append(l.Running, i)
			}
		}
	}
	limited, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	err = quickCheck(limited, &pool{db: db})
	l.Whole = limited.Err() == nil
	if !l.Whole && ctx.Err() == nil {
		return nil
	}
	return err
}
