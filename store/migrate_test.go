package store

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestMigrations(t *testing.T) {
	db := openTest(t)
	files := func(second string) fs.FS {
		return fstest.MapFS{fmt.Sprintf("migrations/%04d_more.sql", schemaVersion+1): {Data: []byte(second)}}
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
	if _, err := migrate(t.Context(), db.write.c.c, files("CREATE TABLE more1 (x); CREATE TABLE more2 (x; "), schemaVersion+1); err == nil {
		t.Error("a bad migration: no error")
	}
	if v, n := state(); v != schemaVersion || n != 0 {
		t.Errorf("after a bad migration: version %d, %d tables", v, n)
	}
	if _, err := migrate(t.Context(), db.write.c.c, files("CREATE TABLE more1 (x)"), schemaVersion+2); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing migration: %v", err)
	}
	for range 2 {
		if _, err := migrate(t.Context(), db.write.c.c, files("CREATE TABLE more1 (x); CREATE TABLE more2 (x)"), schemaVersion+1); err != nil {
			t.Fatal(err)
		}
		if v, n := state(); v != schemaVersion+1 || n != 2 {
			t.Errorf("version %d, %d tables", v, n)
		}
	}
	if _, err := Open(t.Context(), Options{Path: db.path}); !errors.Is(err, ErrNewer) {
		t.Errorf("opened a newer one: %v", err)
	}
}
