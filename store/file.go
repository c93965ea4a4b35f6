package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// prepareFile makes the directory (0700) and an empty file (0600) where they
// are missing. Both may hold credentials that senders put into requests, and
// SQLite gives its -wal and -shm files the mode of the database.
//
// The file itself is never opened here once it exists: closing any descriptor
// of it would drop the locks another handle of this process holds on it.
func prepareFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createFile(path)
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is no regular file (%s)", ErrForeign, info.Mode().Type())
	}
	return nil
}

func createFile(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDirOf(path)
}

// syncDirOf makes a file's new name survive a power cut.
func syncDirOf(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// tighten takes a database away from group and others. It is called only for
// files that are known to be ours.
func tighten(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 == 0 || runtime.GOOS == "windows" {
			continue
		}
		if err := os.Chmod(name, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// identify refuses a file that is not a devhook database this build can use,
// without changing a byte of it: once by its header alone, and if there is a
// write-ahead log beside it once more through a connection that cannot write.
func identify(ctx context.Context, path string) error {
	err := peek(ctx, path, "immutable", "1")
	// Another process may have been moving its log into the file.
	for try := 0; try < 3 && errors.Is(err, ErrDamaged) && rest(ctx.Done(), 20*time.Millisecond); try++ {
		err = peek(ctx, path, "immutable", "1")
	}
	log, statErr := os.Stat(path + "-wal")
	hasLog := statErr == nil && log.Size() > 0
	if hasLog && (err == nil || errors.Is(err, ErrDamaged)) {
		err = peek(ctx, path)
	}
	return err
}

// peek reads the identity of a database without taking or changing anything.
func peek(ctx context.Context, path string, params ...string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return err
	}
	db, err := openPool(path, append([]string{"mode", "ro"}, params...)...)
	if err != nil {
		return err
	}
	defer db.Close()
	var app, version int64
	err = db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app)
	if err == nil {
		err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	}
	switch {
	case code(err)&0xff == lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrForeign, err)
	case err != nil:
		return cause(err)
	case app != applicationID:
		return fmt.Errorf("%w: another program made it (application_id %d)", ErrForeign, app)
	case version > schemaVersion:
		return fmt.Errorf("%w: its schema is %d, this build knows %d", ErrNewer, version, schemaVersion)
	}
	return nil
}

// openPool opens a pool of connections to path with what all have in common
// and the given parameters, in pairs.
func openPool(path string, params ...string) (*sql.DB, error) {
	query := url.Values{"_defensive": {"1"}, "_pragma": {
		"busy_timeout(2000)", "trusted_schema(0)", "mmap_size(0)", "foreign_keys(1)",
	}}
	for i := 0; i+1 < len(params); i += 2 {
		query.Add(params[i], params[i+1])
	}
	connector, err := sqlite.NewConnector(fileURI(path) + "?" + query.Encode())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// fileURI names a file in the form SQLite takes parameters with.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/x
	}
	return (&url.URL{Scheme: "file", Path: path, OmitHost: true}).String()
}
