package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/store"
)

// agent is a running devhook up: its tunnels, each a site, and what they share. One tunnel is a list of one.
//
//	sender → relay → tunnel → inspector → app
//	                             ↓
//	                           store → feed (terminal), web (browser)
type agent struct {
	c     *cli
	cfg   *config.Config // what all share; what a tunnel is made of is its site's
	db    *store.DB
	sites []*site
	page  *pageRoom // nil when the inspector is off
	feed  *feed
	shown *screen // nil where lines are printed

	bodies *inspector.Memory // for long ones, of all sites

	untidy  string        // the last error of tidy
	closing atomic.Bool   // what tunnel and relay say of their end is no news
	start   int64         // Seq of the last capture that was there before us
	faults  chan error    // the first end of a room that should have gone on
	watched chan struct{} // closed when the feed has printed its last line
	unwatch context.CancelFunc

	drawn sync.Once // the first picture

	mu    sync.Mutex
	ended int // sites that ended before the others
}

// openAgent opens everything but serves nothing yet. What was opened before a
// failure is closed again.
func (c *cli) openAgent(ctx context.Context, cfg *config.Config) (_ *agent, err error) {
	a := &agent{c: c, cfg: cfg, faults: make(chan error, 1), bodies: inspector.NewMemory(inspector.MemoryForBodies)}
	if a.db, err = c.openStore(ctx, store.Options{Path: cfg.DB, SetAside: true}); err != nil {
		return nil, err
	}
	if kept := a.db.Opening().Damaged; kept != "" {
		c.warn("the database was damaged: what it held is not shown any more, a new one begins", "the damaged one is kept: "+quote(kept))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.abandon())
		}
	}()
	for _, one := range cfg.All() {
		s, err := a.newSite(ctx, one)
		if err != nil {
			return nil, err
		}
		a.sites = append(a.sites, s)
	}
	if err := a.watch(ctx); err != nil {
		return nil, err
	}
	for _, s := range a.sites {
		if err := s.open(ctx); err != nil {
			return nil, named(s.cfg.Tunnel, err)
		}
	}
	if err := a.openPage(); err != nil {
		return nil, err
	}
	for _, s := range a.sites {
		if err := s.noteAddress(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// named says which tunnel an error is of, where there are several.
func named(tunnel string, err error) error {
	if tunnel == "" || errors.Is(err, context.Canceled) {
		return err
	}
	f := *explained(err)
	f.text = tunnel + ": " + f.text
	return &f
}

// pageURL is the inspector's address, "" when it is off.
func (a *agent) pageURL() string {
	if a.page == nil {
		return ""
	}
	return a.page.url
}

// run serves until ctx ends or a room fails. Each tunnel is announced by itself: one whose relay is away keeps nobody
// waiting.
func (a *agent) run(ctx context.Context, reload *reload, ready func(context.Context, *site) error) error {
	for _, s := range a.sites {
		s.serve("the relay", s.pub.serve)
		s.serve("the tunnel", func() error { return s.in.Serve(s.pub.tunnel) })
	}
	a.servePage()
	for _, s := range a.sites {
		s.recheck(ctx)
		s.drain(ctx)
	}
	a.tellUnserved(ctx)
	if a.shown != nil {
		go a.pictureHeld(ctx)
	}
	begun := make(chan error, len(a.sites))
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, s := range a.sites {
		work.Go(func() { begun <- s.begin(ctx) })
	}
	for first := true; ; first = false {
		select {
		case <-ctx.Done():
			return nil
		case err := <-a.faults:
			return err
		case err := <-begun:
			if err != nil {
				return err
			}
		}
		if !first {
			continue
		}
		tick := time.NewTicker(tidyEvery)
		defer tick.Stop()
		defer a.tidying(ctx, tick.C)()
		if reload != nil {
			reload.take = a.take
			defer reload.begin(ctx)()
		}
		if ready != nil {
			if err := ready(ctx, a.sites[0]); err != nil {
				return err
			}
		}
	}
}

// serve runs a room beside the others.
func (a *agent) serve(room func() error, end func(error)) {
	go func() {
		if err := room(); err != nil && !errors.Is(err, net.ErrClosed) {
			end(err)
		}
	}()
}

// fail ends everything.
func (a *agent) fail(err error) {
	select {
	case a.faults <- err:
	default: // an earlier fault already ends us
	}
}

// last takes note of a site that ended, and says whether it was the last one.
func (a *agent) last() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended++
	return a.ended >= len(a.sites)
}

// watch starts the feed. It outlives ctx, so that what is drained is told.
func (a *agent) watch(ctx context.Context) error {
	a.feed = newFeed(a.c, a.db)
	a.feed.ours = map[string]string{}
	for _, s := range a.sites {
		a.feed.ours[s.me.ID] = s.cfg.Tunnel
	}
	a.openScreen()
	latest, err := a.db.List(ctx, store.Filter{Limit: 1})
	if err != nil {
		return err
	}
	if len(latest) == 1 {
		a.start = latest[0].Seq
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	changes, err := a.db.Watch(life, store.Position{})
	if err != nil {
		cancel()
		return err
	}
	a.unwatch, a.watched = cancel, make(chan struct{})
	go func() {
		defer close(a.watched)
		// A reader that left is no error of up; the page still shows all.
		_ = a.feed.run(life, changes)
	}()
	return nil
}
