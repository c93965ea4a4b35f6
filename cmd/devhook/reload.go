package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

// reload follows devhook.yaml and the files of secrets while up runs: routes and secrets are taken as soon as they
// change, and the tunnel stays. What is faulty is told of, and what was read before goes on.
type reload struct {
	c       *cli
	flags   *settingFlags
	running *config.Config // as up was started
	latest  *config.Config // as it was read last
	take    func(ctx context.Context, now *config.Config) error
	watch   *fileWatch
	broken  error  // why there is no watch
	faulty  string // what was told of the last that was not taken
}

// newReload watches the files that the settings were just read from. flags are those of the command; nil: nothing is
// followed.
func (c *cli) newReload(cfg *config.Config, flags *settingFlags) *reload {
	if flags == nil {
		return nil
	}
	r := &reload{c: c, flags: flags, running: cfg, latest: cfg}
	if r.watch, r.broken = watchFiles(); r.broken == nil {
		r.watch.add(c.files)
	}
	return r
}

// begin follows the files beside everything else until stop, which waits for a step that has begun.
func (r *reload) begin(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.follow(ctx)
	}()
	return func() { cancel(); <-done }
}

// follow reads the settings anew whenever one of their files changes, until ctx ends.
func (r *reload) follow(ctx context.Context) {
	if r.broken != nil {
		r.c.warn("devhook.yaml and the files of secrets are not followed: "+reason(r.broken), "start devhook up again after a change")
		return
	}
	for r.watch.wait(ctx) {
		for more := true; more && ctx.Err() == nil; { // what is new among the files may have changed before it was watched
			more = r.watch.add(r.read(ctx))
		}
	}
}

// close ends the watch. It takes none.
func (r *reload) close() {
	if r != nil && r.watch != nil {
		r.watch.close()
	}
}

// read reads the settings and takes what changed. It returns the files that they stand in.
func (r *reload) read(ctx context.Context) (files []string) {
	again := &cli{env: r.c.env, term: r.c.term, pipes: r.c.pipes}
	src := again.sources(r.flags)
	src.NeedLocal = true
	if src.NoFile = r.running.File == ""; !src.NoFile { // also when it is gone: nobody takes all routes away like that
		src.Flags["config"] = []string{r.running.File}
	}
	if emptied(r.running.File) {
		return nil // it is being written, which is told of again
	}
	now, err := config.Load(src)
	files = again.files
	if err != nil {
		r.refuse(err)
		return files
	}
	r.faulty = ""
	before := r.latest
	r.latest = now
	r.tellFixed(before, now)
	if reflect.DeepEqual(routing(before), routing(now)) {
		return files
	}
	if name := unknownSender(r.c.known, now); name != "" {
		return files // tellFixed has told of the senders
	}
	if err := r.take(ctx, now); err != nil {
		r.c.warn("the routes that were read anew can't be used: "+reason(err), "start devhook up again")
	}
	return files
}

// emptied says whether a file is there and has nothing in it, as while an editor writes it.
func emptied(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// routing is what can be changed while up runs.
func routing(c *config.Config) any {
	type rules struct {
		routes []config.Route
		reject bool
		hold   *config.Hold
	}
	all := map[string]rules{}
	for _, t := range c.All() {
		all[t.Tunnel] = rules{t.Routes, t.RejectInvalid, t.Hold}
	}
	return all
}

// unknownSender is a sender of the routes that is defined since the start; "" if there is none.
func unknownSender(known provider.List, c *config.Config) string {
	for _, r := range c.Routes {
		if _, ok := known.ByName(r.Provider); !ok {
			return r.Provider
		}
	}
	return ""
}

// refuse tells why what was read is not taken, once.
func (r *reload) refuse(err error) {
	text, hint := err.Error(), "what was read before goes on"
	if faults, ok := errors.AsType[config.Faults](err); ok {
		text, hint = faults[0].Error(), faults[0].Hint+"; what was read before goes on"
		if len(faults) > 1 {
			text += fmt.Sprintf(" (the first of %d faults: devhook up --check tells all)", len(faults))
		}
	}
	if text == r.faulty {
		return
	}
	r.faulty = text
	r.c.warn("the change is not taken: "+text, hint)
}

// tellFixed tells of changed words that have to wait. What is again as it was at the start is no news.
func (r *reload) tellFixed(before, now *config.Config) {
	since := config.Fixed(r.running, now)
	for _, change := range config.Fixed(before, now) {
		if slices.Contains(since, change) {
			r.c.warn(change.Where+": "+change.Key+" takes effect at the next start", "end devhook up and start it again; routes and secrets need none")
		}
	}
}

// take uses the routes of settings that were read anew, and judges by them what they may have come too late for.
func (a *agent) take(ctx context.Context, now *config.Config) error {
	taken := false
	for _, s := range a.sites {
		if its := now.Named(s.cfg.Tunnel); its != nil {
			taken = true
			if err := s.take(its); err != nil {
				return err
			}
		}
	}
	if !taken {
		return nil // they are other tunnels now, which is told elsewhere
	}
	a.tellTaken(now)
	a.tellUnserved(ctx)
	for _, s := range a.sites {
		s.recheckChanged(ctx)
	}
	return nil
}

// tellTaken tells that the routes are other ones now.
func (a *agent) tellTaken(now *config.Config) {
	a.picture()
	if a.c.json {
		_ = a.c.term.object(struct {
			Event  string `json:"event"`
			Config string `json:"config"`
			Routes int    `json:"routes"`
		}{"reloaded", now.File, len(now.Routes)})
		return
	}
	a.note("routes and secrets were read anew: " + count(len(now.Routes), "route", "routes"))
}

// changedWithin is how long before a secret changed here it may have been changed at its sender.
const changedWithin = 10 * time.Minute

// recheckChanged judges anew what came before a route or a secret was changed.
func (s *site) recheckChanged(ctx context.Context) {
	s.recheck(ctx)
	ctx, done := context.WithTimeout(ctx, recheckFor)
	defer done()
	n, err := s.in.RecheckInvalid(ctx, time.Now().Add(-changedWithin))
	switch {
	case err != nil:
		s.c.term.tell("warning: what was invalid before the secret changed can't be judged anew: %s", reason(err))
	case n > 0:
		s.c.term.tell("judged anew: %s that came before the secret was changed", count(n, "webhook", "webhooks"))
	}
}
