package store

import "errors"

// Errors to test for with errors.Is; what is returned wraps them with the verb,
// the object and the cause.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("exists already")
	ErrAmbiguous = errors.New("more than one matches")
	ErrNewer     = errors.New("made by a newer devhook")   // Open; the file was not touched
	ErrForeign   = errors.New("not a devhook database")    // Open; the file was not touched
	ErrDamaged   = errors.New("database is damaged")       // Open, Check and any other call
	ErrFull      = errors.New("disk is full")              // nothing was stored
	ErrReadOnly  = errors.New("database is read-only")     // nothing was stored
	ErrLocked    = errors.New("locked by another process") // after two seconds at most
	ErrClosed    = errors.New("store is closed")           // after Close
)
