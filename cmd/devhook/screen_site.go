package main

import (
	"strings"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/tunnel"
)

// openScreen makes the picture ready, where there is a terminal for it; it is
// drawn once the address works. What comes before that is on it then.
func (s *site) openScreen() {
	if s.c.json {
		return
	}
	v := newView(s.c.term, s.feed.mask, s.c.known, s.screenFacts)
	if s.shown = newScreen(s.c.term, v); s.shown == nil {
		return
	}
	s.feed.picture = func(kind string, c *store.Capture) {
		v.note(kind, c)
		s.shown.touch()
	}
}

// screenFacts are the upper lines of the picture.
func (s *site) screenFacts() [][2]string {
	public, page := quote(s.publicURL()), s.pageURL()
	if s.pub.private(s.cfg) {
		public += "    " + s.c.term.paint(dim, "only this machine; see --relay")
	}
	if page == "" {
		page = config.Off
	}
	facts := [][2]string{{"public", public}, {"inspector", page}, {"app", s.cfg.Local}}
	var checks []string
	for _, r := range s.routes() {
		checks = append(checks, strings.TrimSpace(r.Provider+" "+quote(strings.TrimSuffix(r.Path, "/"))))
	}
	if len(checks) > 0 {
		facts = append(facts, [2]string{"checks", strings.Join(checks, "   ")})
	}
	return facts
}

// picture shows how the tunnel is.
func (s *site) picture(state tunnel.State) {
	if s.shown != nil {
		s.shown.view.tunnel(state)
		s.shown.touch()
	}
}

// closeScreen leaves lines in the picture's place, as without a terminal: they
// can be scrolled back to and copied.
func (s *site) closeScreen() {
	if s.shown == nil {
		return
	}
	if s.shown.end() {
		_ = s.c.term.line("%s", s.addresses())
	}
	s.feed.picture, s.feed.oneLine = nil, true
	for _, c := range s.shown.view.latest() {
		kind := store.ChangeRequest
		if c.Last != nil {
			kind = store.ChangeDelivery
		}
		_ = s.feed.print(kind, c, c.Last)
	}
}
