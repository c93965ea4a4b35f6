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

// close ends everything in good order: nothing new is accepted, deliveries under
// way may finish, and only then tunnel, relay and database close.
func (a *agent) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	a.closing.Store(true)
	a.picture()
	var unregistered []<-chan struct{}
	for _, s := range a.sites {
		unregistered = append(unregistered, s.unregister(ctx))
	}
	// A tunnel gives its address up at once and lets exchanges go on.
	var errs []error
	for _, s := range a.sites {
		errs = append(errs, s.pub.tunnel.Close())
	}
	before := a.underWay()
	if len(before) > 0 {
		a.note(fmt.Sprintf("ending when %s is over, in %s at most; Ctrl-C again ends at once", count(len(before), "delivery", "deliveries"), drain))
	}
	if a.page != nil {
		errs = append(errs, unlessLate(a.page.server.Shutdown(ctx)))
	}
	for _, s := range a.sites {
		errs = append(errs, unlessLate(s.in.Shutdown(ctx)), unlessLate(s.pub.shutdown(ctx)))
	}
	a.settle(func(waiting map[string]bool) bool { return len(a.untold(waiting)) == 0 })
	for _, over := range unregistered {
		<-over
	}
	recorded, after := a.feed.counts()
	held := a.held(context.WithoutCancel(ctx))
	a.unwatch()
	<-a.watched
	errs = append(errs, a.db.Close())
	if len(after) > 0 {
		a.c.warn(fmt.Sprintf("%s took longer than %s, the outcome is unknown", count(len(after), "delivery", "deliveries"), drain),
			"devhook resend --failed --include-unknown sends what you choose to send again")
	}
	drained := 0
	for _, id := range before {
		if !after[id] {
			drained++
		}
	}
	a.printStopped(drained, recorded, held)
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
func (a *agent) settle(done func(waiting map[string]bool) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	latest, err := a.db.List(ctx, store.Filter{Limit: 1})
	if err != nil || len(latest) == 0 || latest[0].Seq <= a.start {
		return
	}
	a.feed.until(ctx, func(seen store.Position, waiting map[string]bool) bool {
		return seen.Capture >= latest[0].Seq && done(waiting)
	})
}

// underWay are the captures that the app has at this moment.
func (a *agent) underWay() []string {
	a.settle(func(map[string]bool) bool { return true })
	_, waiting := a.feed.counts()
	for _, id := range a.untold(waiting) {
		delete(waiting, id)
	}
	return slices.Collect(maps.Keys(waiting))
}

// untold are those of the waiting captures that have an outcome which the feed
// has not told yet.
func (a *agent) untold(waiting map[string]bool) (ids []string) {
	for id := range waiting {
		if c, err := a.db.Capture(context.Background(), id); err == nil && !c.Delivering {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a *agent) printStopped(drained, recorded, held int) {
	if a.c.json {
		_ = a.c.term.object(struct {
			Event    string `json:"event"`
			Drained  int    `json:"drained"`
			Recorded int    `json:"recorded"`
			Held     int    `json:"held"`
		}{"stopped", drained, recorded, held})
		return
	}
	a.closeScreen()
	text := fmt.Sprintf("stopped: %s drained, %d recorded", count(drained, "delivery", "deliveries"), recorded)
	if held > 0 {
		text += fmt.Sprintf(", %d held: the next devhook up for this app delivers them", held)
	}
	_ = a.c.term.line("%s  %s", time.Now().Format(stamp), text)
}

// abandon closes what openAgent had opened before it gave up.
func (a *agent) abandon() error {
	a.closing.Store(true)
	var errs []error
	if a.page != nil {
		for _, ln := range a.page.listeners {
			errs = append(errs, ln.Close())
		}
	}
	for _, s := range a.sites {
		if s.pub != nil {
			errs = append(errs, s.pub.close())
		}
	}
	if a.watched != nil {
		a.unwatch()
		<-a.watched
	}
	return errors.Join(append(errs, a.db.Close())...)
}
