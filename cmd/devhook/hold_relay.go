package main

import (
	"fmt"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
)

// askedHold is what a relay is asked to do while we are away: what we do when we are here. nil: nothing is to be held. Which
// event a request tells the relay doesn't know: of several routes for one path the first that holds counts.
func askedHold(hold *config.Hold, routes []config.Route) *tunnel.Hold {
	h, some := &tunnel.Hold{HoldAnswer: askedAnswer(hold)}, hold != nil
	seen := map[string]int{}
	for _, r := range routes {
		some = some || r.Hold != nil
		n, ok := seen[r.Path]
		if !ok {
			seen[r.Path] = len(h.Routes)
			h.Routes = append(h.Routes, tunnel.HoldRoute{Path: r.Path, HoldAnswer: askedAnswer(r.Hold)})
		} else if h.Routes[n].Status == 0 {
			h.Routes[n].HoldAnswer = askedAnswer(r.Hold)
		}
	}
	if !some {
		return nil
	}
	return h
}

func askedAnswer(h *config.Hold) tunnel.HoldAnswer {
	if h == nil {
		return tunnel.HoldAnswer{}
	}
	a := tunnel.HoldAnswer{Status: h.Status, Body: h.Body}
	if a.Body != "" {
		a.Type = heldAnswer(h).Type()
	}
	return a
}

// soundHold is what a relay is asked, unless it is too much for one.
func (c *cli) soundHold(cfg *config.Config, routes []config.Route) *tunnel.Hold {
	h := askedHold(cfg.Hold, routes)
	if h == nil {
		return nil
	}
	if err := h.Check(); err != nil {
		c.warnOf(cfg.Tunnel, "the relay is not asked to hold webhooks while devhook is away: "+reason(err), "write shorter answers for fewer routes")
		return nil
	}
	return h
}

// heldNews passes on what the relay says of what it held. It may come before there is anybody to tell.
type heldNews chan tunnel.HeldNews

func (n heldNews) put(news tunnel.HeldNews) {
	select {
	case n <- news:
	default: // nobody listens any more
	}
}

// tellRelayHold tells whether the relay holds webhooks while we are away.
func (s *site) tellRelayHold() {
	if s.pub.outside == nil || askedHold(s.cfg.Hold, s.routes()) == nil {
		return
	}
	terms := s.pub.tunnel.Holds()
	if terms == nil {
		s.warn("this relay holds no webhooks while devhook is away: senders get 503 then", "a devhook relay does that with --hold 24h")
		return
	}
	if s.a.shown == nil {
		s.note(fmt.Sprintf("while devhook is away the relay holds webhooks for %s, %s of them at most",
			ageText(time.Duration(terms.Seconds)*time.Second), sizeText(int64(terms.Bytes))))
	}
}

// heldLines tells what the relay has held for us, each time it begins to hand that over.
func (s *site) heldLines(news <-chan tunnel.HeldNews, end <-chan struct{}) {
	for {
		select {
		case <-end:
			return
		case n := <-news:
			s.tellHeld(n)
		}
	}
}

func (s *site) tellHeld(n tunnel.HeldNews) {
	if s.c.json {
		_ = s.c.term.object(struct {
			Event  string `json:"event"`
			Tunnel string `json:"tunnel,omitempty"`
			Count  uint32 `json:"count"`
			Bytes  uint64 `json:"bytes"`
			Oldest string `json:"oldest"`
		}{"held", s.cfg.Tunnel, n.Count, n.Bytes, n.Since().UTC().Format(time.RFC3339)})
		return
	}
	s.note(fmt.Sprintf("the relay held %s while devhook was away, the oldest since %s: they come now",
		count(int(n.Count), "webhook", "webhooks"), n.Since().Local().Format(stamp)))
}
