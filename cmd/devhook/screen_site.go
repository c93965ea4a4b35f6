package main

import (
	"cmp"
	"strings"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/tunnel"
)

// openScreen makes the picture ready, where there is a terminal for it; it is
// drawn once an address works. What comes before that is on it then.
func (a *agent) openScreen() {
	if a.c.json {
		return
	}
	v := newView(a.c.term, a.feed.mask, a.c.known, a.screenFacts)
	if a.shown = newScreen(a.c.term, v); a.shown == nil {
		return
	}
	a.feed.picture = func(kind string, c *store.Capture) {
		v.note(kind, c)
		a.shown.touch()
	}
}

// drawScreen draws the first picture.
func (a *agent) drawScreen() {
	a.picture()
	a.drawn.Do(a.shown.start)
}

// screenFacts are the upper lines of the picture.
func (a *agent) screenFacts() [][2]string {
	page := a.pageURL()
	if page == "" {
		page = config.Off
	}
	if len(a.sites) == 1 {
		s := a.sites[0]
		facts := [][2]string{{"public", s.shownAddress()}, {"inspector", page}, {"app", s.cfg.Local}}
		return append(facts, s.shownChecks()...)
	}
	var facts [][2]string
	for _, s := range a.sites {
		facts = append(facts, [2]string{"public", s.shownAddress()})
		facts = append(facts, s.shownChecks()...)
	}
	return append(facts, [2]string{"inspector", page})
}

// shownAddress is the public address. Of several tunnels it tells where it leads, and how this one is where it is not
// online.
func (s *site) shownAddress() string {
	public := quote(s.publicURL())
	if s.cfg.Tunnel != "" {
		public = cmp.Or(public, s.label("")) + s.c.term.paint(dim, "  to  ") + s.cfg.Local
		if phase := s.pub.tunnel.State().Phase; phase != tunnel.Online {
			public += "    " + s.c.term.paint(yellow, string(phase))
		}
	}
	if s.pub.private(s.cfg) {
		public += "    " + s.c.term.paint(dim, "only this machine; see --relay")
	}
	return public
}

// shownChecks is a line that says who calls which path.
func (s *site) shownChecks() [][2]string {
	var checks []string
	for _, r := range s.routes() {
		checks = append(checks, strings.TrimSpace(r.Provider+" "+quote(strings.TrimSuffix(r.Path, "/"))))
	}
	if len(checks) == 0 {
		return nil
	}
	return [][2]string{{"checks", strings.Join(checks, "   ")}}
}

// picture shows how the tunnels are: as the first that is not online, if there is one.
func (a *agent) picture() {
	if a.shown == nil {
		return
	}
	state, probed := a.sites[0].pub.tunnel.State(), true
	for _, s := range a.sites {
		if now := s.pub.tunnel.State(); state.Phase == tunnel.Online && now.Phase != tunnel.Online {
			state = now
		}
		probed = probed && s.probed.Load()
	}
	a.shown.view.set(probed, a.closing.Load())
	a.shown.view.tunnel(state)
	a.shown.touch()
}

// closeScreen leaves lines in the picture's place, as without a terminal: they
// can be scrolled back to and copied.
func (a *agent) closeScreen() {
	if a.shown == nil {
		return
	}
	if a.shown.end() {
		for _, s := range a.sites {
			_ = a.c.term.line("%s", s.addresses())
		}
	}
	a.feed.picture, a.feed.oneLine = nil, true
	for _, c := range a.shown.view.latest() {
		kind := store.ChangeRequest
		if c.Last != nil {
			kind = store.ChangeDelivery
		}
		_ = a.feed.say(kind, c, c.Last)
	}
	_ = a.feed.print()
}
