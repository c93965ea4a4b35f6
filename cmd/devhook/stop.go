package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"devhook/store"
)

// drain is how long the app may take to finish what it works on.
const drain = 5 * time.Second

// close ends a site in good order: nothing new is accepted, deliveries under
// way may finish, and only then tunnel, relay and database close.
func (s *site) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	s.closing.Store(true)
	if s.shown != nil {
		s.shown.view.set(s.probed.Load(), true)
		s.shown.touch()
	}
	unregistered := s.unregister(ctx)
	// The tunnel gives its address up at once and lets exchanges go on.
	errs := []error{s.pub.tunnel.Close()}
	before := s.underWay()
	if len(before) > 0 {
		s.note(fmt.Sprintf("ending when %s is over, in %s at most; Ctrl-C again ends at once", count(len(before), "delivery", "deliveries"), drain))
	}
	if s.page != nil {
		errs = append(errs, unlessLate(s.page.server.Shutdown(ctx)))
	}
	errs = append(errs, unlessLate(s.in.Shutdown(ctx)), unlessLate(s.pub.shutdown(ctx)))
	s.settle(func(waiting map[string]bool) bool { return len(s.untold(waiting)) == 0 })
	<-unregistered
	recorded, after := s.feed.counts()
	s.unwatch()
	<-s.watched
	errs = append(errs, s.db.Close())
	if len(after) > 0 {
		s.warn(fmt.Sprintf("%s took longer than %s, the outcome is unknown", count(len(after), "delivery", "deliveries"), drain),
			"devhook resend --failed --include-unknown sends what you choose to send again")
	}
	drained := 0
	for _, id := range before {
		if !after[id] {
			drained++
		}
	}
	s.printStopped(drained, recorded)
	return errors.Join(errs...)
}

// unlessLate drops the error of an end that took too long: it was cut then, and
// what was cut is told of with the deliveries.
func unlessLate(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// settle waits until the feed has told of all captures, and done agrees.
func (s *site) settle(done func(waiting map[string]bool) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	latest, err := s.db.List(ctx, store.Filter{Limit: 1})
	if err != nil || len(latest) == 0 || latest[0].Seq <= s.start {
		return
	}
	s.feed.until(ctx, func(seen store.Position, waiting map[string]bool) bool {
		return seen.Capture >= latest[0].Seq && done(waiting)
	})
}

// underWay are the captures that the app has at this moment.
func (s *site) underWay() []string {
	s.settle(func(map[string]bool) bool { return true })
	_, waiting := s.feed.counts()
	for _, id := range s.untold(waiting) {
		delete(waiting, id)
	}
	return slices.Collect(maps.Keys(waiting))
}

// untold are those of the waiting captures that have an outcome which the feed
// has not told yet.
func (s *site) untold(waiting map[string]bool) (ids []string) {
	for id := range waiting {
		if c, err := s.db.Capture(context.Background(), id); err == nil && !c.Delivering {
			ids = append(ids, id)
		}
	}
	return ids
}

func (s *site) printStopped(drained, recorded int) {
	if s.c.json {
		_ = s.c.term.object(struct {
			Event    string `json:"event"`
			Drained  int    `json:"drained"`
			Recorded int    `json:"recorded"`
		}{"stopped", drained, recorded})
		return
	}
	s.closeScreen()
	_ = s.c.term.line("%s  stopped: %s drained, %d recorded", time.Now().Format(stamp), count(drained, "delivery", "deliveries"), recorded)
}

// abandon closes what openSite had opened before it gave up.
func (s *site) abandon() error {
	s.closing.Store(true)
	var errs []error
	if s.page != nil {
		for _, ln := range s.page.listeners {
			errs = append(errs, ln.Close())
		}
	}
	if s.pub != nil {
		errs = append(errs, s.pub.close())
	}
	if s.watched != nil {
		s.unwatch()
		<-s.watched
	}
	return errors.Join(append(errs, s.db.Close())...)
}
