package inspector

import (
	"context"
	"time"
)

// knockEvery is how often an app on this machine is tried while something waits for it, over all that wait.
const knockEvery = 500 * time.Millisecond

// knockFor bounds one try.
const knockFor = time.Second

// awaitOpened gives what is closed at the next connection that anyone makes to the app.
func (a *App) awaitOpened() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.opened == nil {
		a.opened = make(chan struct{})
	}
	return a.opened
}

func (a *App) tellOpened() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.opened != nil {
		close(a.opened)
		a.opened = nil
	}
}

// knock tries whether an app on this machine takes connections, unless that was tried just before. A connection is kept
// for who comes next: to open one and say nothing would be noise in the app's log.
func (a *App) knock(ctx context.Context) {
	last, now := a.knocked.Load(), time.Now().UnixNano()
	if !a.local() || now-last < int64(knockEvery) || !a.knocked.CompareAndSwap(last, now) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, knockFor)
	defer cancel()
	if c, err := a.connect(ctx); err == nil {
		a.keep(c)
	}
}
