package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/store"
	"devhook/tunnel"
	"devhook/web"
)

// site is one tunnel of a running devhook up, with all that is its own: the public side, the inspector of what comes
// through it, and the app behind.
type site struct {
	a     *agent
	c     *cli
	cfg   *config.Config
	me    store.Instance
	in    *inspector.Inspector
	pub   *public
	nonce string
	reg   *registration // nil when no sender is told of us

	mu     sync.Mutex     // held while routes are replaced
	latest *config.Config // whose routes are used; nil: cfg

	history tunnelHistory
	probed  atomic.Bool
}

// newSite registers a tunnel with the database and opens nothing yet.
func (a *agent) newSite(ctx context.Context, cfg *config.Config) (*site, error) {
	now := time.Now()
	me := store.Instance{ID: store.NewID(now), PID: os.Getpid(), StartedAt: now, LocalURL: cfg.Local}
	return &site{a: a, c: a.c, cfg: cfg, me: me, nonce: rand.Text()}, a.db.Register(ctx, me)
}

// open opens the public side and the inspector.
func (s *site) open(ctx context.Context) (err error) {
	if s.pub, err = s.c.openPublic(ctx, s.cfg, s.me.ID, s.c.term.loggerUntil(&s.a.closing)); err != nil {
		return err
	}
	if err := s.openRegistration(); err != nil {
		return err
	}
	return s.openInspector()
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
		Store: s.a.db, Instance: s.me.ID, App: app, Memory: s.a.bodies,
		Known: s.c.known, Routes: to, RejectInvalid: s.cfg.RejectInvalid, AnswerChallenges: s.cfg.AnswerChallenges,
		Hold: heldAnswer(s.cfg.Hold), Adopted: func(id string) { s.a.feed.adopt(id, s.cfg.Tunnel) },
		PublicURL: func() string { return s.cfg.PublicURL }, TrustedProxies: s.cfg.TrustedProxies, Probe: s.nonce, Log: s.c.term.logger(),
	})
	return nil
}

// noteAddress tells other devhook commands of us.
func (s *site) noteAddress(ctx context.Context) error {
	s.me.PublicURL, s.me.InspectorURL = s.publicURL(), s.a.pageURL()
	return s.a.db.UpdateInstance(ctx, s.me)
}

// publicURL is what callers use; "" as long as the relay was away from the start.
func (s *site) publicURL() string { return s.pub.url(s.cfg) }

// begin announces the tunnel once it has an address, and from then on tells what becomes of it.
func (s *site) begin(ctx context.Context) error {
	if !s.awaitAddress(ctx) {
		return ctx.Err()
	}
	if err := s.announce(ctx); err != nil {
		return err
	}
	if err := s.register(ctx); err != nil {
		return named(s.cfg.Tunnel, err)
	}
	s.tellRelayHold()
	go s.tunnelLines(ctx)
	go s.heldLines(s.pub.held, ctx.Done())
	return nil
}

// awaitAddress waits for a relay that was away when the others began. It returns false when ctx or the tunnel ended.
func (s *site) awaitAddress(ctx context.Context) bool {
	if s.pub.tunnel.PublicURL() != "" {
		return true
	}
	told := false
	for state := range s.pub.tunnel.Watch(ctx) {
		s.a.picture()
		s.history.note(state)
		if state.Phase == tunnel.Online {
			s.pub.keep(s.c, s.cfg)
			if err := s.noteAddress(ctx); err != nil {
				s.note("other devhook commands don't know of it: " + quote(err.Error()))
			}
			return true
		}
		if !told && state.Err != nil && ctx.Err() == nil {
			told = true
			f := explained(s.pub.outside.fault(ctx, state.Err))
			s.warn(f.text, "it is tried again until it is there; "+f.hint)
		}
	}
	return false
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

// serve runs a room of the tunnel. Where that ends the tunnel, the others go on.
func (s *site) serve(what string, room func() error) {
	s.a.serve(room, func(err error) {
		err = s.roomFault(what, err)
		if s.a.last() {
			s.a.fail(err)
			return
		}
		f := explained(err)
		s.warn(f.text, f.hint+"; the other tunnels go on")
	})
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

// status is what the page shows of the tunnel.
func (s *site) status() web.Status {
	state := s.pub.tunnel.State()
	st := web.Status{
		Name: s.cfg.Tunnel, Phase: string(state.Phase), Probed: s.probed.Load(), Since: state.Since, Attempt: state.Attempt, Next: state.Next,
		PublicURL: s.publicURL(), InspectorURL: s.a.pageURL(), App: s.cfg.Local, Relay: s.pub.where(),
		RTT: state.RTT, DB: s.cfg.DB, Version: version(),
	}
	if state.Err != nil && state.Phase != tunnel.Online {
		st.Problem = state.Err.Error()
	}
	s.history.tell(&st)
	return st
}
