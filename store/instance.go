package store

import (
	"context"
	"time"
)

// Instance is one running `up`.
type Instance struct {
	ID           string // letters, digits, - and _; made by Register when empty
	PID          int
	StartedAt    time.Time
	PublicURL    string
	InspectorURL string
	LocalURL     string
	Alive        bool // when read: its process still runs
}

// The roles of an instance.
const (
	roleUp      = "up"
	roleCommand = "command"
)

const insertInstance = `INSERT INTO instances (id, role, pid, started_at, public_url, inspector_url, local_url)
	VALUES (?, ?, ?, ?, ?, ?, ?)`

// Register says that this process is an `up`: what it promises from now on is
// marked as its own, by a lock that dies with it. What dead processes left is
// written down first: open deliveries with OutcomeUnknown, arriving bodies as
// incomplete captures. Things of living ones are left alone. From now on the
// index of texts is filled in the background.
func (db *DB) Register(ctx context.Context, i Instance) error {
	if i.ID == "" {
		i.ID = NewID(db.now())
	}
	if err := db.recover(ctx); err != nil {
		return fail("register", i.ID, err)
	}
	if err := db.own(ctx, i, roleUp); err != nil {
		return fail("register", i.ID, err)
	}
	return fail("register", i.ID, db.index())
}

// own takes the lock for an instance and makes it the owner of what is to come.
func (db *DB) own(ctx context.Context, i Instance, role string) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.ownLocked(ctx, i, role)
}

func (db *DB) ownLocked(ctx context.Context, i Instance, role string) error {
	if db.closed {
		return ErrClosed
	}
	if i.StartedAt.IsZero() {
		i.StartedAt = db.now()
	}
	l, err := takeLock(db.path, i.ID)
	if err != nil {
		return err
	}
	err = db.write.do(ctx, &job{run: func(w *conn) error {
		_, err := w.exec(insertInstance, i.ID, role, i.PID, nanos(i.StartedAt),
			i.PublicURL, i.InspectorURL, i.LocalURL)
		return err
	}})
	if err != nil {
		_ = l.release() // nothing is owned under it yet
		return err
	}
	db.owner, db.owned = i.ID, append(db.owned, l)
	return nil
}

// ownerIf is the name that unfinished things of this process are marked with;
// a process that has not registered gets one when it first needs it. Without
// need it is "".
func (db *DB) ownerIf(ctx context.Context, needed bool) (string, error) {
	if !needed {
		return "", nil
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.owner == "" {
		if err := db.ownLocked(ctx, Instance{ID: NewID(db.now())}, roleCommand); err != nil {
			return "", err
		}
	}
	return db.owner, nil
}

// UpdateInstance replaces the addresses of a registered instance.
func (db *DB) UpdateInstance(ctx context.Context, i Instance) error {
	return db.set(ctx, "update instance", i.ID,
		"UPDATE instances SET public_url = ?, inspector_url = ?, local_url = ? WHERE id = ?",
		i.PublicURL, i.InspectorURL, i.LocalURL, i.ID)
}

// Instances returns the `up`s that registered, oldest first, also dead ones
// that nobody has cleaned up after yet.
func (db *DB) Instances(ctx context.Context) ([]Instance, error) {
	found, err := all(ctx, db.read, db.scanInstance, `SELECT id, pid, started_at, public_url, inspector_url,
		local_url FROM instances WHERE role = ? ORDER BY started_at, id`, roleUp)
	return found, fail("list instances in", db.path, err)
}

func (db *DB) scanInstance(scan scanner) (i Instance, err error) {
	var started int64
	err = scan(&i.ID, &i.PID, &started, &i.PublicURL, &i.InspectorURL, &i.LocalURL)
	i.StartedAt, i.Alive = fromNanos(started), alive(db.path, i.ID)
	return i, err
}
