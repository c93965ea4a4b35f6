package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

const (
	applicationID = 0x64766864 // "dvhd", in the file's header
	schemaVersion = 3          // how many migrations there are
)

//go:embed migrations/*.sql
var migrations embed.FS

// claim makes an empty file ours: the application's number goes into the
// header in one transaction before there is anything else, so that a file is
// either empty or says whose it is.
func claim(ctx context.Context, c *sql.Conn) error {
	var app, tables int64
	if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return err
	}
	if app == applicationID {
		return nil
	}
	return inTransaction(ctx, c, "BEGIN", func() error {
		// It counts only as the very first write, and is one: with it freed
		// pages can be given back to the disk.
		if _, err := c.ExecContext(ctx, "PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
			return err
		}
		// Again, now that nobody else can write.
		if err := c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
			return err
		}
		if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return err
		}
		if app != applicationID && (app != 0 || tables != 0) {
			return ErrForeign
		}
		_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
		return err
	})
}

// migrate brings the schema to the given version in one transaction, which
// also holds the new user_version: killed at any statement, the file has the
// old schema or the new one. It reports whether there was anything to do.
func migrate(ctx context.Context, c *sql.Conn, files fs.FS, want int) (bool, error) {
	have, err := userVersion(ctx, c)
	if err != nil || have == want {
		return false, err
	}
	err = inTransaction(ctx, c, "BEGIN IMMEDIATE", func() error {
		// Read again: another process may have done it while we waited.
		if have, err = userVersion(ctx, c); err != nil {
			return err
		}
		if have > want {
			return fmt.Errorf("%w: its schema is %d, this build knows %d", ErrNewer, have, want)
		}
		return apply(ctx, c, files, have, want)
	})
	return err == nil, err
}

// apply runs the migrations after have up to want; their names begin with
// their number: 0001_init.sql.
func apply(ctx context.Context, c *sql.Conn, files fs.FS, have, want int) error {
	for n := have + 1; n <= want; n++ {
		names, err := fs.Glob(files, fmt.Sprintf("migrations/%04d_*.sql", n))
		if err != nil || len(names) != 1 {
			return fmt.Errorf("migration %d: %d files (%w)", n, len(names), fs.ErrNotExist)
		}
		text, err := fs.ReadFile(files, names[0])
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", names[0], err)
		}
	}
	_, err := c.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", want))
	return err
}

func userVersion(ctx context.Context, c *sql.Conn) (int, error) {
	var n int
	err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
	return n, err
}

// inTransaction runs do between begin and COMMIT or, if it fails, ROLLBACK.
func inTransaction(ctx context.Context, c *sql.Conn, begin string, do func() error) error {
	if _, err := c.ExecContext(ctx, begin); err != nil {
		return err
	}
	err := do()
	if err == nil {
		if _, err = c.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
	}
	// An error here means that SQLite has rolled back by itself.
	_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}
