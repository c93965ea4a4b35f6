package store

import (
	"os"
	"time"
)

// Two processes that write may each have more to write as soon as they have
// committed. SQLite gives the lock to whoever asks at the right moment, and on
// a slow disk the one that does not hold it would ask at the wrong one for
// ever. So who has waited long puts up a sign, a file beside the database, and
// who sees it pauses after its commit.
const (
	signAfter = 100 * time.Millisecond // of waiting
	signFor   = time.Second            // a sign that is older was left by a dead process
	pause     = 3 * lockSlice * time.Millisecond
)

func signName(path string) string { return path + "-waiting" }

// turn is one wait for the lock.
type turn struct {
	path  string
	since time.Time // of the first refusal
	sign  time.Time // when the sign was last put up
}

// refused notes that the lock was not to be had.
func (t *turn) refused() {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
	}
	if now.Sub(t.since) < signAfter || now.Sub(t.sign) < signAfter {
		return
	}
	t.sign = now
	// Without a sign the wait is only longer.
	_ = os.WriteFile(signName(t.path), nil, 0o600)
	_ = os.Chtimes(signName(t.path), now, now)
}

// done ends the wait and takes the sign down. If another waits too, it puts up
// its own.
func (t *turn) done() {
	if !t.sign.IsZero() {
		_ = os.Remove(signName(t.path))
	}
	t.since, t.sign = time.Time{}, time.Time{}
}

// giveWay pauses if another process waits for its turn, at most until end.
func giveWay(path string, end <-chan struct{}) {
	info, err := os.Stat(signName(path))
	if err == nil && time.Since(info.ModTime()).Abs() < signFor {
		rest(end, pause)
	}
}
