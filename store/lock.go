package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/gofrs/flock"
)

// lockFile is a file beside the database that its process holds a lock on as
// long as it lives. The system drops the lock with the process, however that
// ends.
type lockFile struct {
	owner string
	f     *flock.Flock
}

// ownerName is what may become part of a file's name.
var ownerName = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

func lockName(path, owner string) string { return path + "-" + owner + ".lock" }

// takeLock makes the lock file of a new owner.
func takeLock(path, owner string) (*lockFile, error) {
	if !ownerName.MatchString(owner) {
		return nil, fmt.Errorf("instance id %q: want letters, digits, - and _, at most 64", owner)
	}
	f := flock.New(lockName(path, owner), flock.SetPermissions(0o600))
	held, err := f.TryLock()
	if err != nil {
		return nil, err
	}
	if !held {
		return nil, fmt.Errorf("%w: another process holds %q", ErrExists, f.Path())
	}
	return &lockFile{owner: owner, f: f}, nil
}

// release gives the lock up and removes its file.
func (l *lockFile) release() error {
	// Removed first: unlocked first, the name could be someone else's by then.
	// Windows does not remove open files.
	first := os.Remove(l.f.Path())
	err := l.f.Unlock()
	if first != nil && !errors.Is(first, fs.ErrNotExist) {
		return errors.Join(err, os.Remove(l.f.Path()))
	}
	return err
}

// alive says whether the process that owns things under that name still runs.
// No lock file means no: the file is there before anything is owned.
func alive(path, owner string) bool {
	if !ownerName.MatchString(owner) {
		return false
	}
	f := flock.New(lockName(path, owner), flock.SetFlag(os.O_RDONLY)) // does not create it
	free, err := f.TryRLock()                                         // shared: two that look at once do not see each other
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // not ours to read: leave its things alone
	}
	if free {
		_ = f.Unlock() // only closes the file
	}
	return !free
}
