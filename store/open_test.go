package store_test

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"devhook/store"
	"devhook/store/storetest"
)

func open(tb testing.TB, path string) (*store.DB, error) {
	tb.Helper()
	db, err := store.Open(tb.Context(), store.Options{Path: path})
	if err == nil {
		tb.Cleanup(func() { db.Close() })
	}
	return db, err
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "devhook")
	path := filepath.Join(dir, "odd name %41?#.db")
	db := storetest.OpenAt(t, path)
	if err := db.Register(t.Context(), store.Instance{}); err != nil {
		t.Fatal(err)
	}
	if err := webhook(t, db, 1); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return // no such modes
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v, want 0700", info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files, %v; want the database, its log, index and lock", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
}

func TestOpenTightensItsOwnFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := storetest.OpenAt(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	storetest.OpenAt(t, path)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestOpenTakesAnEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := webhook(t, storetest.OpenAt(t, path), 1); err != nil {
		t.Error(err)
	}
}

func TestOpenTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := store.Open(t.Context(), store.Options{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(webhook(t, db, 1), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, err := storetest.OpenAt(t, path).Count(t.Context(), store.Filter{}); n != 8 || err != nil {
		t.Errorf("%d captures, %v; want 8", n, err)
	}
}

// foreign makes a database with a table in it and runs statements on it.
func foreign(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append([]string{"CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('mine')"}, statements...) {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	cases := map[string]struct {
		make func(t *testing.T, path string)
		want error
	}{
		"text": {func(t *testing.T, p string) {
			write(t, p, []byte("my shopping list, which is longer than a header of SQLite: milk, bread, butter, and so on"))
		}, store.ErrForeign},
		"short text":   {func(t *testing.T, p string) { write(t, p, []byte("x")) }, store.ErrForeign},
		"another's":    {func(t *testing.T, p string) { foreign(t, p) }, store.ErrForeign},
		"another's id": {func(t *testing.T, p string) { foreign(t, p, "PRAGMA application_id = 7") }, store.ErrForeign},
		"another's log": {func(t *testing.T, p string) {
			foreign(t, p, "PRAGMA journal_mode = WAL", "INSERT INTO notes VALUES ('more')")
		}, store.ErrForeign},
		"format 9":  {func(t *testing.T, p string) { ours(t, p); patch(t, p, 18, 9, 9) }, store.ErrForeign},
		"newer":     {func(t *testing.T, p string) { ours(t, p); statement(t, p, "PRAGMA user_version = 99") }, store.ErrNewer},
		"truncated": {func(t *testing.T, p string) { ours(t, p); truncate(t, p, 5000) }, store.ErrDamaged},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			c.make(t, path)
			before := sum(t, path)
			_, err := open(t, path)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if sum(t, path) != before {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenRefusesADirectory(t *testing.T) {
	if _, err := open(t, t.TempDir()); !errors.Is(err, store.ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, []byte("x"))
	if _, err := open(t, filepath.Join(file, "x.db")); err == nil {
		t.Error("opened below a file")
	}
}

// A newer schema that is only in the log yet is refused as well, and stays there.
func TestOpenRefusesNewerInTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	ours(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	before := sum(t, path)
	if _, err := open(t, path); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
	if sum(t, path) != before {
		t.Error("the file was changed")
	}
}

func TestCheckFindsAFlippedPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := storetest.OpenAt(t, path)
	for n := range 200 {
		if err := webhook(t, db, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("sound, but %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for page := int64(20); page < info.Size()/4096; page += 7 {
		patch(t, path, page*4096, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55)
	}
	db, err = open(t, path)
	if err == nil {
		err = db.Check(t.Context())
	}
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestOpenWhereNothingMayBeMade(t *testing.T) {
	_, err := open(t, filepath.Join(string(filepath.Separator), "proc", "self", "devhook", "x.db"))
	if err == nil {
		t.Fatal("opened")
	}
	if errors.Is(err, store.ErrForeign) || errors.Is(err, fs.ErrExist) {
		t.Errorf("misleading: %v", err)
	}
}

func ours(t *testing.T, path string) {
	t.Helper()
	db := storetest.OpenAt(t, path)
	if err := errors.Join(webhook(t, db, 1), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func statement(t *testing.T, path, s string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(s); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func patch(t *testing.T, path string, at int64, b ...byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}
