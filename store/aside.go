package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Opening is what Open did to the file besides opening it.
type Opening struct {
	Backup  string // the copy made before the schema was changed; "" for none
	Damaged string // the new name of a damaged database, in whose place is a new one; "" for none
}

// Opening says what Open did.
func (db *DB) Opening() Opening { return Opening{Backup: db.write.backup, Damaged: db.damaged} }

// suspect is a file beside the database that says: a page of it could not be
// read while it was in use. Open then reads all of them before it trusts it.
func suspect(path string) string { return path + "-suspect" }

// distrust notes a damaged page, so that the next Open looks for more of them.
func distrust(path string, err error) {
	if errors.Is(cause(err), ErrDamaged) {
		_ = os.WriteFile(suspect(path), nil, 0o600) // without it the next Open is not warned
	}
}

// replace sets a damaged database aside and opens a new one in its place. Only
// one process does, and none while another has the file in use.
func (db *DB) replace(ctx context.Context) error {
	l, err := takeLock(db.path, asideLock)
	if errors.Is(err, ErrExists) {
		return fmt.Errorf("%w, and another devhook is setting it aside", ErrDamaged)
	}
	if err != nil {
		return err
	}
	defer l.release() // an error would only leave an empty file behind
	// Again: another process may have done it in the meantime.
	if err := db.start(ctx, true); !errors.Is(err, ErrDamaged) {
		return err
	}
	dead, err := locksBeside(db.path)
	if err != nil {
		return err
	}
	if err := ourHeader(db.path); err != nil {
		return err
	}
	if db.damaged, err = setAside(db.path, db.now().Format("20060102-150405")); err != nil {
		return err
	}
	for _, lock := range dead {
		_ = os.Remove(lock) // of instances that the new file knows nothing of
	}
	db.log.Warn("store: a damaged database was set aside", "path", db.path, "now", db.damaged)
	return db.start(ctx, true)
}

// locksBeside finds the locks of dead instances, unless one is alive: then the
// file must stay where it is. What is in it can't be asked.
func locksBeside(path string) (dead []string, err error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		owner, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+"-")
		if !ok {
			continue
		}
		if owner, ok = strings.CutSuffix(owner, ".lock"); !ok || owner == asideLock {
			continue
		}
		if alive(path, owner) {
			return nil, fmt.Errorf("%w, and another devhook uses it", ErrDamaged)
		}
		dead = append(dead, lockName(path, owner))
	}
	return dead, nil
}

// ourHeader makes sure that a damaged file was a devhook database: SQLite may not
// tell. It is called when nobody has the file open.
func ourHeader(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	header := make([]byte, 72)
	if _, err := io.ReadFull(f, header); err != nil {
		return fmt.Errorf("%w: too short for a header", ErrForeign)
	}
	if string(header[:16]) != "SQLite format 3\x00" || binary.BigEndian.Uint32(header[68:]) != applicationID {
		return fmt.Errorf("%w: its header is another's", ErrForeign)
	}
	return nil
}

// setAside renames a database with its log. The log goes first: left behind, it
// would be taken for one of the new database.
func setAside(path, when string) (string, error) {
	name, err := unused(path + ".damaged-" + when)
	if err != nil {
		return "", err
	}
	for _, end := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+end, name+end); err != nil && (end == "" || !errors.Is(err, fs.ErrNotExist)) {
			return "", err
		}
	}
	if err := os.Remove(suspect(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return name, syncDirOf(name)
}

// glance reads the ends of all tables.
const glance = `SELECT coalesce((SELECT max(seq) FROM captures NOT INDEXED), 0) + coalesce((SELECT max(capture) FROM payloads), 0)
	+ coalesce((SELECT max(seq) FROM deliveries), 0) + coalesce((SELECT max(rowid) FROM chunks), 0)
	+ (SELECT count(*) FROM sqlite_sequence) + (SELECT upto FROM indexing)`

// trust looks whether the database can be read: a suspect one whole, others in
// passing. If a suspect one is sound it is not suspect any more.
func (db *DB) trust(ctx context.Context) error {
	if _, err := os.Stat(suspect(db.path)); err != nil {
		var sum int64
		return db.read.row(ctx, []any{&sum}, glance)
	}
	if err := quickCheck(ctx, db.read); err != nil {
		return err
	}
	return os.Remove(suspect(db.path))
}
