package inspector

import (
	"context"
	"errors"
	"sync"
	"time"

	"devhook/store"
)

// What is held goes to the app in order, one at a time for each place; a lane is who sees to one place. Where an app is
// not there its lanes try again after a while, and as soon as anybody gets a connection to it.
const (
	firstPause = 500 * time.Millisecond // after the first try in vain; doubled each time
	lastPause  = 15 * time.Second
	lookEvery  = 250 * time.Millisecond // how soon a lane sees that a user paused, resumed or cancelled something
	adoptEvery = 2 * time.Second        // how soon it is seen that another instance left something
	dialFor    = 10 * time.Second       // how long a connection may take
)

// arrivals notes where something was held.
type arrivals struct {
	mu     sync.Mutex
	places map[store.Place]bool
	came   chan struct{}
}

func (a *arrivals) add(at store.Place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.places == nil {
		a.places = map[store.Place]bool{}
	}
	a.places[at] = true
	select {
	case a.came <- struct{}{}:
	default:
	}
}

func (a *arrivals) take() map[store.Place]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.places
	a.places = nil
	return taken
}

// Drain hands what is held for the apps to them, until ctx ends: what comes from now on, what this instance had, and what
// dead ones left. It returns when no delivery that it began is without its outcome.
func (i *Inspector) Drain(ctx context.Context) {
	lanes, ended := map[store.Place]*lane{}, make(chan *lane)
	var under sync.WaitGroup
	defer under.Wait()
	start := func(at store.Place) {
		l := lanes[at]
		if l == nil {
			l = &lane{Inspector: i, at: at, more: make(chan struct{}, 1)}
			lanes[at] = l
			under.Go(func() {
				l.run(ctx)
				select {
				case ended <- l:
				case <-ctx.Done():
				}
			})
		}
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
	tick := time.NewTicker(adoptEvery)
	defer tick.Stop()
	for due := true; ; {
		if due {
			for _, at := range i.adopt(ctx) {
				start(at)
			}
		}
		due = false
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			due = true
		case <-i.waiting.came:
			for at := range i.waiting.take() {
				start(at)
			}
		case l := <-ended:
			delete(lanes, l.at)
			if len(l.more) > 0 { // something came after it had looked for the last time
				start(l.at)
			}
		}
	}
}

// adopt takes over what dead instances left for our apps, and says where we have something waiting.
func (i *Inspector) adopt(ctx context.Context) []store.Place {
	var apps []string
	for _, a := range i.apps() {
		apps = append(apps, a.URL())
	}
	n, err := i.cfg.Store.TakeOver(ctx, i.cfg.Instance, apps)
	if n > 0 {
		i.cfg.Log.Info("held requests of an earlier run are taken over", "count", n)
	}
	places, err2 := i.cfg.Store.Places(ctx, i.cfg.Instance)
	if err := errors.Join(err, err2); err != nil && ctx.Err() == nil {
		i.cfg.Log.Warn("what is held could not be looked at", "err", err)
	}
	return places
}
