package main

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/store"
	"devhook/tunnel"
	"devhook/web"
)

// site is a running devhook up: its rooms, from the database outwards.
//
//	sender → relay → tunnel → inspector → app
//	                             ↓
//	                           store → feed (terminal), web (browser)
type site struct {
	c     *cli
	cfg   *config.Config
	db    *store.DB
	me    store.Instance
	in    *inspector.Inspector
	pub   *public
	page  *pageRoom // nil when the inspector is off
	feed  *feed
	shown *screen // nil where lines are printed
	nonce string
	reg   *registration // nil when no sender is told of us

	history tunnelHistory
	mu      sync.Mutex     // held while routes are replaced
	latest  *config.Config // whose routes are used; nil: cfg
	untidy  string         // the last error of tidy
	probed  atomic.Bool
	closing atomic.Bool   // what tunnel and relay say of their end is no news
	start   int64         // Seq of the last capture that was there before us
	faults  chan error    // the first end of a room that should have gone on
	watched chan struct{} // closed when the feed has printed its last line
	unwatch context.CancelFunc
}

// openSite opens everything but serves nothing yet. What was opened before a
// failure is closed again.
func (c *cli) openSite(ctx context.Context, cfg *config.Config) (_ *site, err error) {
	s := &site{c: c, cfg: cfg, nonce: rand.Text(), faults: make(chan error, 1)}
	if s.db, err = c.openStore(ctx, store.Options{Path: cfg.DB, SetAside: true}); err != nil {
		return nil, err
	}
	if kept := s.db.Opening().Damaged; kept != "" {
		s.warn("the database was damaged: what it held is not shown any more, a new one begins", "the damaged one is kept: "+quote(kept))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.abandon())
		}
	}()
	now := time.Now()
	s.me = store.Instance{ID: store.NewID(now), PID: os.Getpid(), StartedAt: now, LocalURL: cfg.Local}
	if err := s.db.Register(ctx, s.me); err != nil {
		return nil, err
	}
	if err := s.watch(ctx); err != nil {
		return nil, err
	}
	if s.pub, err = c.openPublic(ctx, cfg, s.me.ID, c.term.loggerUntil(&s.closing)); err != nil {
		return nil, err
	}
	if err := s.openRegistration(); err != nil {
		return nil, err
	}
	if err := s.openInspector(); err != nil {
		return nil, err
	}
	if err := s.openPage(); err != nil {
		return nil, err
	}
	s.me.PublicURL, s.me.InspectorURL = s.publicURL(), s.pageURL()
	return s, s.db.UpdateInstance(ctx, s.me)
}

func (s *site) openInspector() error {
	app, err := newApp(s.cfg, s.cfg.Local)
	if err != nil {
		return err
	}
	to, err := routesTo(s.c.known, s.cfg, s.routes())
	if err != nil {
		return err
	}
	s.in = inspector.New(inspector.Config{
		Store: s.db, Instance: s.me.ID, App: app,
		Known: s.c.known, Routes: to, RejectInvalid: s.cfg.RejectInvalid, AnswerChallenges: s.cfg.AnswerChallenges,
		PublicURL: func() string { return s.cfg.PublicURL }, TrustedProxies: s.cfg.TrustedProxies, Probe: s.nonce, Log: s.c.term.logger(),
	})
	return nil
}

// publicURL is what callers use.
func (s *site) publicURL() string { return s.pub.url(s.cfg) }

// pageURL is the inspector's address, "" when it is off.
func (s *site) pageURL() string {
	if s.page == nil {
		return ""
	}
	return s.page.url
}

// run serves until ctx ends or a room fails.
func (s *site) run(ctx context.Context, reload *reload, ready func(context.Context, *site) error) error {
	s.serve("the relay", s.pub.serve)
	s.serve("the tunnel", func() error { return s.in.Serve(s.pub.tunnel) })
	s.servePage()
	s.recheck(ctx)
	if err := s.announce(ctx); err != nil {
		return err
	}
	if err := s.register(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	defer s.tidying(ctx, tick.C)()
	go s.tunnelLines(ctx)
	if reload != nil {
		reload.take, reload.warn = s.takeRoutes, s.warn
		defer reload.begin(ctx)()
	}
	if ready != nil {
		if err := ready(ctx, s); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.faults:
		return err
	}
}

// recheckFor bounds how much later devhook up is ready because of what it judges anew.
const recheckFor = 3 * time.Second

// recheck judges what came before its secret was set. That it can't is no reason not to start.
func (s *site) recheck(ctx context.Context) {
	ctx, done := context.WithTimeout(ctx, recheckFor)
	defer done()
	n, err := s.in.RecheckUnchecked(ctx)
	switch {
	case err != nil:
		s.c.term.tell("warning: what came before its secret was set can't be judged anew: %s", reason(err))
	case n > 0:
		s.c.term.tell("judged anew: %s that came before the secret was set", count(n, "webhook", "webhooks"))
	}
}

// serve runs a room beside the others.
func (s *site) serve(what string, room func() error) {
	go func() {
		err := room()
		if err == nil || errors.Is(err, net.ErrClosed) {
			return
		}
		select {
		case s.faults <- s.roomFault(what, err):
		default: // an earlier fault already ends us
		}
	}()
}

// roomFault says why a room ended.
func (s *site) roomFault(what string, err error) error {
	for _, final := range []error{tunnel.ErrKeyRefused, tunnel.ErrHostKey, tunnel.ErrTakenOver, tunnel.ErrPortRefused, tunnel.ErrReads, tunnel.ErrVersion} {
		if s.pub.outside != nil && errors.Is(err, final) {
			return s.pub.outside.fault(context.Background(), err)
		}
	}
	return failed(err, "start devhook up again", "%s ended: %s", what, quote(err.Error()))
}

// watch starts the feed. It outlives ctx, so that what is drained is told.
func (s *site) watch(ctx context.Context) error {
	s.feed = newFeed(s.c, s.db, s.me.ID)
	s.openScreen()
	latest, err := s.db.List(ctx, store.Filter{Limit: 1})
	if err != nil {
		return err
	}
	if len(latest) == 1 {
		s.start = latest[0].Seq
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	changes, err := s.db.Watch(life, store.Position{})
	if err != nil {
		cancel()
		return err
	}
	s.unwatch, s.watched = cancel, make(chan struct{})
	go func() {
		defer close(s.watched)
		// A reader that left is no error of up; the page still shows all.
		_ = s.feed.run(life, changes)
	}()
	return nil
}

// tunnelLines tells when the tunnel goes and when it comes back, not of each
// attempt in between.
func (s *site) tunnelLines(ctx context.Context) {
	online := true
	for state := range s.pub.tunnel.Watch(ctx) {
		s.picture(state)
		if ctx.Err() != nil {
			return // we are ending: that the tunnel closes is no news
		}
		s.history.note(state)
		if state.Phase == tunnel.Online {
			s.tellAddress(ctx)
		}
		if now := state.Phase == tunnel.Online; now == online {
			continue
		}
		online = !online
		if s.shown != nil {
			continue
		}
		if s.c.json {
			_ = s.c.term.object(tunnelEvent(state))
			continue
		}
		text := string(state.Phase)
		if state.Err != nil && !online {
			text += ": " + quote(state.Err.Error())
		}
		_ = s.c.term.line("%s  tunnel  %s", time.Now().Format(stamp), text)
	}
}

// tellAddress notes the public address and tells of one that is not what it was: a relay that gives the old one no more
// gives another, where any will do.
func (s *site) tellAddress(ctx context.Context) {
	now := s.publicURL()
	if now == s.me.PublicURL {
		return
	}
	s.me.PublicURL = now
	if err := s.db.UpdateInstance(ctx, s.me); err != nil {
		s.note("other devhook commands don't know of it: " + quote(err.Error()))
	}
	if s.pub.outside != nil {
		s.c.keepAddress(s.cfg, given{s.pub.tunnel.Name(), s.pub.tunnel.Port()})
	}
	s.warn("the relay gave another address: the public one is "+quote(now)+" now", "tell it to whoever calls you; --port or --name asks for one and no other")
	s.registerAgain(ctx)
}

// tunnelEvent is a change of the tunnel as a line of events.
func tunnelEvent(state tunnel.State) any {
	o := struct {
		Event   string       `json:"event"`
		Phase   tunnel.Phase `json:"phase"`
		Attempt int          `json:"attempt"`
		RTT     float64      `json:"rtt_ms"`
		Error   *string      `json:"error"`
		Next    string       `json:"next,omitempty"`
	}{Event: "tunnel", Phase: state.Phase, Attempt: state.Attempt, RTT: float64(state.RTT.Microseconds()) / 1e3}
	if state.Err != nil {
		text := state.Err.Error()
		o.Error = &text
	}
	if !state.Next.IsZero() {
		o.Next = state.Next.UTC().Format(time.RFC3339)
	}
	return o
}

// status is what the page shows of us.
func (s *site) status() web.Status { return s.statusOf(s.pub.tunnel.State()) }

func (s *site) statusOf(state tunnel.State) web.Status {
	st := web.Status{
		Phase: string(state.Phase), Probed: s.probed.Load(), Since: state.Since, Attempt: state.Attempt, Next: state.Next,
		PublicURL: s.publicURL(), InspectorURL: s.pageURL(), App: s.cfg.Local, Relay: s.pub.where(),
		RTT: state.RTT, DB: s.cfg.DB, Version: version(),
	}
	if state.Err != nil && state.Phase != tunnel.Online {
		st.Problem = state.Err.Error()
	}
	s.history.tell(&st)
	if free, known := room(filepath.Dir(s.cfg.DB)); known {
		st.DiskFree = int64(min(free, math.MaxInt64))
	}
	return st
}

// tunnelEvents follows the tunnel for the page.
func (s *site) tunnelEvents(ctx context.Context) <-chan web.Status {
	out := make(chan web.Status)
	go func() {
		defer close(out)
		for state := range s.pub.tunnel.Watch(ctx) {
			select {
			case out <- s.statusOf(state):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
