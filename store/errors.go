package store

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Errors to test for with errors.Is; what is returned wraps them with the verb,
// the object and the cause.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("exists already")
	ErrAmbiguous = errors.New("more than one matches")
	ErrNewer     = errors.New("made by a newer devhook")      // Open; the file was not touched
	ErrForeign   = errors.New("not a devhook database")       // Open; the file was not touched
	ErrDamaged   = errors.New("database is damaged")          // Open, Check and any other call
	ErrGone      = errors.New("file was removed or replaced") // while it was open; nothing was stored
	ErrFull      = errors.New("disk is full")                 // nothing was stored
	ErrReadOnly  = errors.New("database is read-only")        // nothing was stored
	ErrLocked    = errors.New("locked by another process")    // after two seconds at most; nothing was stored
	ErrClosed    = errors.New("store is closed")
)

// ArrivedError says that an arrival of this ArrivalID was recorded before:
// nothing was stored, and nothing is to be delivered again.
type ArrivedError struct {
	CaptureID string // what it became; that may have been forgotten since
}

func (e *ArrivedError) Error() string { return "arrived already as " + e.CaptureID }

// fail wraps err as "store: verb "object": cause", the cause carrying one of
// the errors above where it is known.
func fail(verb, object string, err error) error {
	if err == nil {
		return nil
	}
	if object == "" {
		return fmt.Errorf("store: %s: %w", verb, cause(err))
	}
	return fmt.Errorf("store: %s %q: %w", verb, object, cause(err))
}

// cause adds the package's own error to one of SQLite's.
func cause(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if errors.Is(err, ErrForeign) {
		return err // SQLite's "not a database" is no damage then
	}
	// database/sql keeps the error of a closed pool to itself.
	if errors.Is(err, sql.ErrConnDone) || err.Error() == "sql: database is closed" {
		return ErrClosed
	}
	var kind error
	switch code(err) & 0xff {
	case lib.SQLITE_FULL:
		kind = ErrFull
	case lib.SQLITE_IOERR:
		if code(err) != lib.SQLITE_IOERR_SHMSIZE {
			return err
		}
		kind = ErrFull // no room for the log's index, a file of 32 KiB
	case lib.SQLITE_READONLY:
		kind = ErrReadOnly
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		kind = ErrLocked
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		if indexDamaged(err) {
			return err
		}
		kind = ErrDamaged
	default:
		return err
	}
	if errors.Is(err, kind) {
		return err // it has been here before
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// code is SQLite's extended result code, 0 for any other error.
func code(err error) int {
	var se *sqlite.Error
	if errors.As(err, &se) {
		return se.Code()
	}
	return 0
}

// locked says that waiting may help.
func locked(err error) bool {
	c := code(err) & 0xff
	return c == lib.SQLITE_BUSY || c == lib.SQLITE_LOCKED
}

// broken says that the connection must not be trusted with another commit.
// After a failed fsync above all: the kernel may have dropped the pages and
// would report success if asked again.
func broken(err error) bool {
	if indexDamaged(err) {
		return false
	}
	switch code(err) & 0xff {
	case lib.SQLITE_IOERR, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_CANTOPEN,
		lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL, lib.SQLITE_MISUSE:
		return true
	}
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, ErrGone)
}

// indexDamaged says that the index of texts contradicts itself. It tells nothing
// of the captures and is made anew.
func indexDamaged(err error) bool { return code(err) == lib.SQLITE_CORRUPT_VTAB }

// rejection is a job's answer that is no fault of the database: unless the job
// has changed something its neighbours' transaction can go on.
type rejection struct{ error }

func (r rejection) Unwrap() error { return r.error }

func reject(err error) error { return rejection{err} }

func rejected(err error) bool {
	var r rejection
	return errors.As(err, &r)
}

// ignoreMissing makes the end of a list of rows no error.
func ignoreMissing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
