// Package storetest gives tests a real store in a temporary directory and
// captures to put into it.
package storetest

import (
	"path/filepath"
	"testing"

	"devhook/store"
)

// Open opens a new database in a directory of the test's own and closes it
// when the test ends.
func Open(tb testing.TB) *store.DB {
	tb.Helper()
	return OpenAt(tb, filepath.Join(tb.TempDir(), "devhook.db"))
}

// OpenAt is Open for a given file, for a second handle or after a restart.
func OpenAt(tb testing.TB, path string) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), store.Options{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}
