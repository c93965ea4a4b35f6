package tunnel

import (
	"context"
	"sync"
	"time"
)

// Phase is what a Listener is doing.
type Phase string

// The phases.
const (
	Connecting Phase = "connecting" // dialling or registering
	Online     Phase = "online"     // registered: requests arrive
	Offline    Phase = "offline"    // cut off; another attempt follows at State.Next, or none if that is zero
)

// State is the condition of a Listener at a moment.
type State struct {
	Phase   Phase
	Attempt int           // which attempt since it was online, from 1; 0 while online
	Next    time.Time     // when the next attempt begins, zero if none is planned
	Err     error         // why it is not online; final if Next is zero in phase Offline
	RTT     time.Duration // of the last ping, 0 before the first
	Since   time.Time     // when the phase began
}

// stateBox holds the state and tells it to watchers. A watcher that is slow misses what lies between.
type stateBox struct {
	mu       sync.Mutex
	state    State
	watchers map[chan State]struct{}
	closed   bool
}

func (b *stateBox) get() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

func (b *stateBox) update(now time.Time, change func(*State)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.apply(now, change)
	}
}

func (b *stateBox) apply(now time.Time, change func(*State)) {
	before := b.state.Phase
	change(&b.state)
	if b.state.Phase != before {
		b.state.Since = now
	}
	for w := range b.watchers {
		put(w, b.state)
	}
}

// put replaces what a watcher has not taken yet.
func put(w chan State, s State) {
	select {
	case <-w:
	default:
	}
	w <- s
}

func (b *stateBox) watch(ctx context.Context) <-chan State {
	w := make(chan State, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	w <- b.state
	if b.closed {
		close(w)
		return w
	}
	if b.watchers == nil {
		b.watchers = make(map[chan State]struct{})
	}
	b.watchers[w] = struct{}{}
	context.AfterFunc(ctx, func() { b.forget(w) })
	return w
}

func (b *stateBox) forget(w chan State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.watchers[w]; ok {
		delete(b.watchers, w)
		close(w)
	}
}

// close makes a last change, which stays, and ends all watching.
func (b *stateBox) close(now time.Time, change func(*State)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apply(now, change)
	b.closed = true
	for w := range b.watchers {
		close(w)
	}
	b.watchers = nil
}
