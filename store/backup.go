package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// upgradePatience is how long Open waits for another process that brings the
// schema up to date, which copies the whole file first.
const upgradePatience = time.Minute

// The names of locks that are no instance's.
const (
	upgradeLock = "upgrade"
	asideLock   = "aside"
)

// upgrade brings the schema up to date, after a copy of a file that has one
// already.
func (c *conn) upgrade(ctx context.Context) error {
	var have int
	err := patiently(ctx, func() (err error) {
		have, err = userVersion(ctx, c.c)
		return err
	})
	if err != nil || have == schemaVersion {
		return err
	}
	if have > 0 {
		l, err := c.lockUpgrade(ctx)
		if err != nil {
			return err
		}
		defer l.release() // an error would only leave an empty file behind
		if have, err = userVersion(ctx, c.c); err != nil {
			return err
		}
		if have < schemaVersion {
			if c.backup, err = c.copyTo(ctx, fmt.Sprintf("%s.schema%d-backup", c.path, have)); err != nil {
				return err
			}
		}
	}
	changed := false
	err = patiently(ctx, func() error {
		changed, err = migrate(ctx, c.c, migrations, schemaVersion)
		return err
	})
	if err != nil || !changed {
		return err
	}
	return c.text("PRAGMA wal_checkpoint(TRUNCATE)") // into the file itself, where the next Open looks first
}

// lockUpgrade waits until no other process upgrades the file.
func (c *conn) lockUpgrade(ctx context.Context) (*lockFile, error) {
	for start := time.Now(); ; {
		l, err := takeLock(c.path, upgradeLock)
		if !errors.Is(err, ErrExists) {
			return l, err
		}
		if time.Since(start) > upgradePatience || !rest(ctx.Done(), 50*time.Millisecond) {
			return nil, fmt.Errorf("%w, which brings it up to date", ErrLocked)
		}
	}
}

// copyTo makes a whole copy of the database under a name that nothing has yet,
// and says which that is. A copy that was cut short has another name.
func (c *conn) copyTo(ctx context.Context, name string) (string, error) {
	part := c.path + ".backup-part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := createFile(part); err != nil { // SQLite would make it readable for others
		return "", err
	}
	err := c.copyInto(ctx, part)
	if err == nil {
		name, err = unused(name)
	}
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return "", fmt.Errorf("copy it before its schema is changed: %w", errors.Join(cause(err), os.Remove(part)))
	}
	return name, syncDirOf(name)
}

func (c *conn) copyInto(ctx context.Context, name string) error {
	if _, err := c.c.ExecContext(ctx, "VACUUM INTO ?", name); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// unused is a name, or that name with a number, that no file has.
func unused(name string) (string, error) {
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try = fmt.Sprintf("%s-%d", name, n)
		}
		if _, err := os.Lstat(try); errors.Is(err, fs.ErrNotExist) {
			return try, nil
		} else if err != nil {
			return "", err
		}
	}
}
