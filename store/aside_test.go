package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

func openAside(t *testing.T, path string) (*store.DB, error) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: path, SetAside: true, Now: func() time.Time {
		return time.Date(2026, 11, 21, 22, 10, 3, 0, time.UTC)
	}})
	if err == nil {
		t.Cleanup(func() { db.Close() })
	}
	return db, err
}

func TestDamagedIsSetAside(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"cut off": func(t *testing.T, p string) { truncate(t, p, 5000) },
		"found while in use": func(t *testing.T, p string) {
			info, err := os.Stat(p)
			if err != nil {
				t.Fatal(err)
			}
			for page := int64(10); page < info.Size()/4096; page++ {
				patch(t, p, page*4096, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55)
			}
			if err := store.Spoil(p); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			schema1(t, path)
			if err := storetest.OpenAt(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			spoil(t, path)
			write(t, path+"-wal", []byte("a log of it"))
			write(t, path+"-01KB0000000000000000000000.lock", nil) // of a dead instance
			was := sum(t, path)
			db, err := openAside(t, path)
			if err != nil {
				t.Fatal(err)
			}
			aside := path + ".damaged-20261121-221003"
			if db.Opening().Damaged != aside || sum(t, aside) != was {
				t.Errorf("opening: %+v", db.Opening())
			}
			if err := webhook(t, db, 1); err != nil {
				t.Error(err)
			}
			if n, err := db.Count(t.Context(), store.Filter{}); n != 1 || err != nil {
				t.Errorf("%d captures in the new one, %v", n, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if left, err := filepath.Glob(path + "-*"); len(left) > 0 || err != nil {
				t.Errorf("left beside the new one: %q", left)
			}
			if again, err := openAside(t, path); err != nil || again.Opening().Damaged != "" {
				t.Errorf("opened again: %v", err)
			}
		})
	}
}

// What is not damaged for sure stays where it is.
func TestNotSetAside(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"another program's": func(t *testing.T, p string) { foreign(t, p) },
		"text":              func(t *testing.T, p string) { write(t, p, []byte("a letter, and not a database of any kind")) },
		"newer":             func(t *testing.T, p string) { ours(t, p); statement(t, p, "PRAGMA user_version = 99") },
		"in use by another": func(t *testing.T, p string) {
			t.Cleanup(hold(t, p).kill)
			statement(t, p, "PRAGMA wal_checkpoint(TRUNCATE)")
			truncate(t, p, 5000)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			spoil(t, path)
			before := sum(t, path)
			_, err := openAside(t, path)
			if err == nil || strings.Contains(name, "use") != strings.Contains(err.Error(), "another devhook uses it") {
				t.Errorf("opened: %v", err)
			}
			if sum(t, path) != before {
				t.Error("the file was changed")
			}
			if aside, err := filepath.Glob(path + ".*"); len(aside) > 0 || err != nil {
				t.Errorf("set aside: %q", aside)
			}
		})
	}
}

// A page that reads well again is no reason to set anything aside.
func TestSuspectButSound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	ours(t, path)
	if err := store.Spoil(path); err != nil {
		t.Fatal(err)
	}
	db, err := openAside(t, path)
	if err != nil || db.Opening().Damaged != "" {
		t.Fatal(err)
	}
	if n, err := db.Count(t.Context(), store.Filter{}); n != 1 || err != nil {
		t.Errorf("%d captures, %v", n, err)
	}
	if _, err := os.Stat(path + "-suspect"); err == nil {
		t.Error("it is still suspected")
	}
}

// Of several that find the damage at once, one sets the file aside, and all that
// open get the new one.
func TestDamagedIsSetAsideOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	ours(t, path)
	truncate(t, path, 5000)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := store.Open(t.Context(), store.Options{Path: path, SetAside: true})
			if err != nil {
				if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "another devhook") {
					t.Error(err)
				}
				return
			}
			if err := errors.Join(db.Register(t.Context(), store.Instance{}), webhook(t, db, 1), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if aside, err := filepath.Glob(path + ".damaged-*"); len(aside) != 1 || err != nil {
		t.Errorf("set aside: %q, %v", aside, err)
	}
}
