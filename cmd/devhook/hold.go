package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
)

// heldAnswer is what the settings have senders told at once; nil lets the app answer.
func heldAnswer(h *config.Hold) *inspector.HeldAnswer {
	if h == nil {
		return nil
	}
	return &inspector.HeldAnswer{Status: h.Status, Body: h.Body}
}

// drain hands what is held to the app, also what an earlier run left, and says what waits from before. That goes on without
// --hold: who answered a webhook has to deliver it.
func (s *site) drain(ctx context.Context) {
	s.tellWaiting(ctx)
	go s.in.Drain(ctx)
	s.tellHold()
}

// tellWaiting tells how many wait from an earlier run.
func (s *site) tellWaiting(ctx context.Context) {
	all, err := s.a.db.Queues(ctx)
	n := 0
	for _, q := range all {
		if s.in.DeliversTo(q.App) && !q.Alive {
			n += q.Count
		}
	}
	if err == nil && n > 0 {
		s.note(count(n, "request waits", "requests wait") + " from an earlier run; the app gets what is not paused before what comes now")
	}
}

// tellUnserved tells what waits for apps that no devhook up delivers to, or none from here on: it would wait for ever unseen.
func (a *agent) tellUnserved(ctx context.Context) {
	all, err := a.db.Queues(ctx)
	if err != nil {
		return
	}
	for _, q := range all {
		others := q.Alive && !slices.ContainsFunc(a.sites, func(s *site) bool { return s.me.ID == q.First.Owner })
		served := slices.ContainsFunc(a.sites, func(s *site) bool { return s.in.DeliversTo(q.App) })
		if q.Count > 0 && !others && !served {
			a.note(fmt.Sprintf("%s for %s, which no devhook up delivers to now: devhook queue", count(q.Count, "request waits", "requests wait"), quote(q.App)))
		}
	}
}

// tellHold tells what is different for senders that are answered at once.
func (s *site) tellHold() {
	told := []string{}
	tell := func(provider string, h *config.Hold) {
		p, ok := s.c.known.ByName(provider)
		if h == nil || !ok || slices.Contains(told, provider) {
			return
		}
		told = append(told, provider)
		if text := heldAnswer(h).Suits(p); text != "" {
			s.warn(fmt.Sprintf("%s will count what is held as failed: %s", p.Title, text), "set its route another status: hold: 200")
		}
		if p.Asks != "" && h.Body == "" {
			s.warn(fmt.Sprintf("%s takes %s from an answer; of what is held it gets none", p.Title, p.Asks), "hold: off on its route lets the app answer")
		}
	}
	for _, r := range s.routes() {
		tell(r.Provider, r.Hold)
	}
	if h := s.cfg.Hold; h != nil && s.a.shown == nil {
		s.note(fmt.Sprintf("senders are answered %d at once, and the app gets their requests when it is there: devhook queue", h.Status))
	}
}

// heldBy is how many requests wait for our apps.
func (a *agent) held(ctx context.Context) (total int) {
	for _, s := range a.sites {
		n, err := a.db.CountHeld(ctx, s.me.ID)
		if err != nil {
			return total
		}
		total += n
	}
	return total
}

// heldEvery is how often the picture looks how many wait.
const heldEvery = time.Second

// pictureHeld keeps that number in the picture.
func (a *agent) pictureHeld(ctx context.Context) {
	tick := time.NewTicker(heldEvery)
	defer tick.Stop()
	for a.shown != nil {
		if a.shown.view.setHeld(a.held(ctx)) {
			a.shown.touch()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
