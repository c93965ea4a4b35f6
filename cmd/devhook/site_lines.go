package main

import (
	"context"
	"time"

	"devhook/tunnel"
)

// tunnelLines tells when the tunnel goes and when it comes back, not of each
// attempt in between.
func (s *site) tunnelLines(ctx context.Context) {
	online := true
	for state := range s.pub.tunnel.Watch(ctx) {
		s.a.picture()
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
		if s.a.shown != nil {
			continue
		}
		if s.c.json {
			_ = s.c.term.object(s.tunnelEvent(state))
			continue
		}
		text := string(state.Phase)
		if state.Err != nil && !online {
			text += ": " + quote(state.Err.Error())
		}
		_ = s.c.term.line("%s  tunnel  %s%s", time.Now().Format(stamp), s.label("  "), text)
	}
}

// label is the tunnel's name with what parts it from the rest, "" where there is one tunnel.
func (s *site) label(gap string) string {
	if s.cfg.Tunnel == "" {
		return ""
	}
	return quote(s.cfg.Tunnel) + gap
}

// tellAddress notes the public address and tells of one that is not what it was: a relay that gives the old one no more
// gives another, where any will do.
func (s *site) tellAddress(ctx context.Context) {
	now := s.publicURL()
	if now == s.me.PublicURL {
		return
	}
	if err := s.noteAddress(ctx); err != nil {
		s.note("other devhook commands don't know of it: " + quote(err.Error()))
	}
	s.pub.keep(s.c, s.cfg)
	s.warn("the relay gave another address: the public one is "+quote(now)+" now", "tell it to whoever calls you; --port or --name asks for one and no other")
	s.registerAgain(ctx)
}

// tunnelEvent is a change of the tunnel as a line of events.
func (s *site) tunnelEvent(state tunnel.State) any {
	o := struct {
		Event   string       `json:"event"`
		Tunnel  string       `json:"tunnel,omitempty"`
		Phase   tunnel.Phase `json:"phase"`
		Attempt int          `json:"attempt"`
		RTT     float64      `json:"rtt_ms"`
		Error   *string      `json:"error"`
		Next    string       `json:"next,omitempty"`
	}{Event: "tunnel", Tunnel: s.cfg.Tunnel, Phase: state.Phase, Attempt: state.Attempt, RTT: float64(state.RTT.Microseconds()) / 1e3}
	if state.Err != nil {
		text := state.Err.Error()
		o.Error = &text
	}
	if !state.Next.IsZero() {
		o.Next = state.Next.UTC().Format(time.RFC3339)
	}
	return o
}
