package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
)

// SchemaVersion is the newest schema, for tests outside.
const SchemaVersion = schemaVersion

// Migrations are the files that lead to it.
var Migrations fs.FS = migrations

// Migrate brings a file to a schema with other migrations, without all that Open
// does around it.
func Migrate(path string, files fs.FS, want int) error {
	pool, err := openPool(path)
	if err != nil {
		return err
	}
	c, err := pool.Conn(context.Background())
	if err == nil {
		_, err = migrate(context.Background(), c, files, want)
		err = errors.Join(err, c.Close())
	}
	return errors.Join(err, pool.Close())
}

// Exec changes a database behind devhook's back.
func Exec(path, query string, args ...any) error {
	pool, err := openPool(path)
	if err != nil {
		return err
	}
	_, err = pool.Exec(query, args...)
	return errors.Join(err, pool.Close())
}

// RenameBoot makes what is noted of this run of the machine that of another.
func RenameBoot(path, boot string) error {
	return Exec(path, "UPDATE pending SET record = ? WHERE kind = 'begin'", boot)
}

// AnnounceHeld is the first step of BeginHeld.
func AnnounceHeld(db *DB, w *Waiting) error {
	owner, err := db.ownerIf(context.Background(), true)
	if err != nil {
		return err
	}
	return db.announceHeld(context.Background(), w, owner)
}

// Query reads one value of any database.
func Query(path, query string) (value string, err error) {
	pool, err := openPool(path)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	err = pool.QueryRow(query).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return value, err
}

// Spoil is what the writer does where it meets a page that can't be read.
func Spoil(path string) error { return os.WriteFile(suspect(path), nil, 0o600) }

// IndexAll does all that the indexer would do, without its rests.
func (db *DB) IndexAll(ctx context.Context) error {
	x := &indexer{db: db, grown: true}
	for {
		if more, err := x.step(ctx); err != nil || !more {
			return err
		}
	}
}

// IndexAgain empties the index and fills it anew.
func (db *DB) IndexAgain(ctx context.Context) error {
	err := db.write.do(ctx, &job{run: rebuild})
	return errors.Join(err, db.IndexAll(ctx))
}
