package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"devhook/store"
	"devhook/store/storetest"
)

// folder is what lies in a directory: every name, with its mode and a hash of what it holds.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(e.Name()) == ".db-shm" {
			text = nil // readers leave their marks in the index
		}
		all[e.Name()] = fmt.Sprintf("%s %d %x", info.Mode(), info.Size(), sha256.Sum256(text))
	}
	return all
}

// examined looks at a database and holds that nothing beside it changed.
func examined(t *testing.T, path string) (store.Look, error) {
	t.Helper()
	before := folder(t, filepath.Dir(path))
	l, err := store.Examine(t.Context(), path)
	if after := folder(t, filepath.Dir(path)); !maps.Equal(before, after) {
		t.Errorf("before %v\nafter %v", before, after)
	}
	return l, err
}

func TestExamine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := examined(t, path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	db := storetest.OpenAt(t, path)
	if err := db.Register(t.Context(), store.Instance{ID: "me", PublicURL: "http://127.0.0.1:8080"}); err != nil {
		t.Fatal(err)
	}
	if err := webhook(t, db, 1); err != nil {
		t.Fatal(err)
	}
	l, err := examined(t, path)
	if err != nil || l.Captures != 1 || l.Bytes == 0 || !l.Whole || l.Older || len(l.Running) != 1 || l.Running[0].PublicURL != "http://127.0.0.1:8080" {
		t.Errorf("in use: %+v, %v", l, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err := examined(t, path); err != nil || l.Captures != 1 || len(l.Running) != 0 {
		t.Errorf("closed: %+v, %v", l, err)
	}
	// A log without its index, as a copy may have it.
	if err := os.WriteFile(path+"-wal", []byte("no log at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := examined(t, path); err != nil || l.Captures != 1 {
		t.Errorf("with a log alone: %+v, %v", l, err)
	}
}

func TestExamineRefusesWhatOpenDoes(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  error
	}{
		"a letter":        {func(t *testing.T, p string) { write(t, p, []byte("This is a letter and no database.")) }, store.ErrForeign},
		"another program": {func(t *testing.T, p string) { foreign(t, p) }, store.ErrForeign},
		"a later schema":  {func(t *testing.T, p string) { ours(t, p); statement(t, p, "PRAGMA user_version = 9999") }, store.ErrNewer},
		"cut off":         {func(t *testing.T, p string) { ours(t, p); truncate(t, p, 5000) }, store.ErrDamaged},
		"a broken page": {func(t *testing.T, p string) {
			ours(t, p)
			patch(t, p, 2*4096, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55)
		}, store.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			c.spoil(t, path)
			if _, err := examined(t, path); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
