//go:build unix

package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"devhook/store"
	"devhook/store/storetest"
)

var systemChildren = map[string]func(path string) error{"full": fullChild, "readonly": readOnlyChild}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	fifo, socket, full := filepath.Join(dir, "fifo"), filepath.Join(dir, "socket"), filepath.Join(dir, "full")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Symlink(os.DevNull, full)); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, path := range []string{fifo, socket, full} {
		if _, err := open(t, path); !errors.Is(err, store.ErrForeign) {
			t.Errorf("%s: %v, want ErrForeign", path, err)
		}
	}
}

// fullChild writes until the system lets its files grow no more, then goes on
// when they may again.
func fullChild(path string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	space := limit.Cur
	limit.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	stored := 0
	for err = nil; err == nil && stored < 1000; {
		c := storetest.Capture(stored)
		c.Delivering = false
		if err = db.Add(ctx, c, random(30_000)); err == nil {
			stored++
		}
	}
	if err == nil || errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrGone) {
		return fmt.Errorf("after %d: %v, want a full disk", stored, err)
	}
	if n, err := db.Count(ctx, store.Filter{}); n != stored || err != nil {
		return fmt.Errorf("%d captures, %w; want %d", n, err, stored)
	}
	limit.Cur = space
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	c := storetest.Capture(stored)
	return errors.Join(db.Add(ctx, c, random(30_000)), db.AddDelivery(ctx, storetest.Delivery(c.ID), nil, true),
		db.Check(ctx), db.Close())
}

// A file that may not grow is an error of the disk, not "full": the
// connection is given up, and the next write gets a new one.
func TestNoSpaceAndSpaceAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := child(t, "full", path).Run(); err != nil {
		t.Fatal(err)
	}
	db := storetest.OpenAt(t, path)
	n, err := db.Count(t.Context(), store.Filter{})
	if err != nil || n < 2 {
		t.Errorf("%d captures, %v", n, err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// nobody is who root becomes to be refused things.
const nobody = 65534

// readOnlyChild opens a database in a directory that may not be written, none
// where there is none, and one whose file may only be read.
func readOnlyChild(dir string) error {
	if os.Geteuid() == 0 {
		if err := errors.Join(syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	ctx := context.Background()
	for _, name := range []string{"shut/new.db", "shut/below/new.db"} {
		if _, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, name)}); !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s: %v, want permission denied", name, err)
		}
	}
	if _, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "shut", "x.db")}); err == nil {
		return errors.New("opened where no log can be made")
	}
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "open", "x.db")})
	if err != nil {
		return err
	}
	if n, err := db.Count(ctx, store.Filter{}); n != 1 || err != nil {
		return fmt.Errorf("read-only file: %d captures, %v", n, err)
	}
	if err := db.Add(ctx, &store.Capture{}, nil); !errors.Is(err, store.ErrReadOnly) {
		return fmt.Errorf("read-only file: %v, want ErrReadOnly", err)
	}
	return db.Close()
}

func TestReadOnlyPlaces(t *testing.T) {
	dir := t.TempDir()
	modes := map[string]fs.FileMode{filepath.Dir(dir): 0o755, dir: 0o755}
	for name, mode := range map[string]fs.FileMode{"shut": 0o555, "open": 0o755} {
		ours(t, filepath.Join(dir, name, "x.db"))
		modes[filepath.Join(dir, name)] = mode
	}
	modes[filepath.Join(dir, "open", "x.db")] = 0o400
	before := sum(t, filepath.Join(dir, "shut", "x.db"))
	for name, mode := range modes {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 && (mode == 0o400 || filepath.Base(name) == "open") {
			if err := os.Chown(name, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Join(dir, "shut", "x.db"), nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	if err := child(t, "readonly", dir).Run(); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(filepath.Join(dir, "shut"), 0o755); err != nil { // to be removed
		t.Fatal(err)
	}
	if sum(t, filepath.Join(dir, "shut", "x.db")) != before {
		t.Error("the file was changed")
	}
}
