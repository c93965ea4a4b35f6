package web

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"devhook/store"
	"devhook/web/view"
)

func (s *Server) presenter(reveal bool) presenter {
	p := presenter{titles: s.cfg.Titles, mask: s.mask, now: s.now()}
	if reveal {
		p.mask = nil
	}
	return p
}

// page is what every page has around it.
func (s *Server) page(r *http.Request, title string) view.Page {
	t := s.status()
	p := view.Page{
		Title: "devhook", View: "list", Section: "requests", Tunnel: tunnelView(t, s.now()), DB: t.DB, Version: t.Version,
	}
	// A count that can't be read is not worth a page: whatever else is asked for says why.
	p.Held, _ = s.cfg.Store.CountAllHeld(r.Context())
	if title != "" {
		p.Title = title + " · devhook"
	}
	if c, err := r.Cookie("devhook_theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		p.Theme = c.Value
	}
	return p
}

// tunnelView is the address line and, when the tunnel is in trouble, the banner.
func tunnelView(t Status, now time.Time) view.Tunnel {
	v := view.Tunnel{PublicURL: t.PublicURL, Relay: t.Relay}
	if slices.Contains([]string{"online", "connecting", "offline"}, t.Phase) {
		v.State, v.Word = t.Phase, t.Phase
	}
	if t.Phase == "online" && !t.Probed { // nobody has seen a request come through yet
		v.State, v.Word = "connecting", "unprobed"
	}
	if t.App != "" {
		v.App = hostOf(t.App)
	}
	if n := len(t.Others); n > 0 {
		v.More = strconv.Itoa(n) + " more"
	}
	if t.RTT > 0 {
		v.Relay += ", " + took(t.RTT)
	}
	problem := sentence(visible(t.Problem, false))
	switch t.Phase {
	case "connecting":
		text := "The address stays the same."
		if wait := t.Next.Sub(now); wait > time.Second {
			text = "The next attempt is in " + took(wait) + ". " + text
		}
		v.Banner = &view.Banner{Tone: "missing", Icon: "connecting", Title: "Connecting again.", Text: strings.TrimSpace(problem + " " + text)}
	case "offline":
		v.Banner = &view.Banner{
			Tone: "invalid", Icon: "offline", Title: "The tunnel is down.", Alert: true,
			Text: orWord(problem, "Senders don’t reach this machine; what is recorded can still be replayed."),
		}
	}
	return v
}

// home is the list with the newest capture opened beside it.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	all, err := s.count(r.Context(), store.Filter{})
	if err != nil {
		return err
	}
	if wants(r, "section#list-pane") {
		return s.listPart(w, r, all)
	}
	if all == 0 {
		return render(r.Context(), w, http.StatusOK, view.FirstPage(s.first(r)))
	}
	h, list, err := s.list(r, all)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		c, err := s.cfg.Store.Capture(r.Context(), list[0].ID)
		if err != nil {
			return err
		}
		if err := s.open(r, &h, c); err != nil {
			return err
		}
	}
	return render(r.Context(), w, status(h), view.HomePage(h))
}

// wants says that htmx asks for one part of a page, to put it in the place of the one that is there.
func wants(r *http.Request, part string) bool { return r.Header.Get("HX-Target") == part }

// request is the same page, opened at one capture; htmx, which has the rest of it, gets the right pane alone.
func (s *Server) request(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if target := r.Header.Get("HX-Target"); target != "" && !strings.HasPrefix(target, "body") {
		return s.pane(w, r, c)
	}
	all, err := s.count(r.Context(), store.Filter{})
	if err != nil {
		return err
	}
	h, _, err := s.list(r, all)
	if err != nil {
		return err
	}
	if err := s.open(r, &h, c); err != nil {
		return err
	}
	h.View = "detail"
	h.Title = h.Detail.Title()
	return render(r.Context(), w, status(h), view.HomePage(h))
}

func (s *Server) open(r *http.Request, h *view.Home, c *store.Capture) error {
	d, err := s.detail(r, c)
	if err != nil {
		return err
	}
	h.Detail = &d
	for i := range h.List.Rows.Rows {
		h.List.Rows.Rows[i].Current = h.List.Rows.Rows[i].ID == c.ID
	}
	return nil
}

func (s *Server) pane(w http.ResponseWriter, r *http.Request, c *store.Capture) error {
	d, err := s.detail(r, c)
	if err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.DetailFragment(d))
}

func (s *Server) detail(r *http.Request, c *store.Capture) (view.Detail, error) {
	q := r.URL.Query()
	o := opened{capture: c, filters: search(q), tab: q.Get("tab"), reveal: revealed(r), nonce: newNonce(), done: q.Get("done")}
	if !slices.ContainsFunc(tabNames, func(t view.Tab) bool { return t.Name == o.tab }) {
		o.tab = "summary"
	}
	var err error
	if o.deliveries, err = s.cfg.Store.Deliveries(r.Context(), c.ID); err != nil {
		return view.Detail{}, err
	}
	slices.SortStableFunc(o.deliveries, func(a, b *store.Delivery) int { return b.N - a.N })
	if o.answers, err = s.answers(r.Context(), o.deliveries); err != nil {
		return view.Detail{}, err
	}
	if o.body, o.more, err = readBody(r.Context(), s.cfg.Store, c.ID, previewBytes); err != nil {
		return view.Detail{}, err
	}
	p := s.presenter(o.reveal)
	p.lifts = liftsOf(r)
	return p.detail(o), nil
}

// answers are the bodies that are drawn, of deliveries that stand newest first.
func (s *Server) answers(ctx context.Context, list []*store.Delivery) (map[string][]byte, error) {
	out := map[string][]byte{}
	for i, d := range list {
		if d.Status == 0 || d.BodySize == 0 || i >= answersShown && d.Kind != store.Live {
			continue
		}
		b, _, err := readBody(ctx, s.cfg.Store, d.ID, answerBytes)
		if err != nil {
			return nil, err
		}
		out[d.ID] = b
	}
	return out, nil
}

// rows is a stretch of the list, as the address of the page chose it, and the captures in ?also= that it may lack.
func (s *Server) rows(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	list, _, err := s.listRows(r, pageRows)
	if err != nil {
		return err
	}
	also, err := s.also(r.Context(), q.Get("also"), search(q))
	if err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.RowsUpdate(list, also))
}

// alsoMost bounds how many single rows one fetch may ask for: all that a page holds.
const alsoMost = 400

func (s *Server) also(ctx context.Context, ids string, kept url.Values) ([]view.Row, error) {
	var out []view.Row
	p := s.presenter(false)
	for id := range strings.SplitSeq(ids, ",") {
		if id == "" || len(out) >= alsoMost {
			continue
		}
		c, err := s.cfg.Store.Capture(ctx, id)
		if err != nil {
			continue // deleted meanwhile: that it is missing says so
		}
		out = append(out, p.row(c, kept))
	}
	return out, nil
}

// tunnel is the address line and the banners anew.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request) error {
	held, err := s.cfg.Store.CountAllHeld(r.Context())
	if err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.TunnelUpdate(tunnelView(s.status(), s.now()), held, r.URL.Query().Has("queue")))
}

// first is the page before anything has come.
func (s *Server) first(r *http.Request) view.First {
	p := s.page(r, "")
	f := view.First{Page: p, Lead: parts("Whatever is sent to this address is written to disk, checked, and handed to your app at `" + p.Tunnel.App + "`.")}
	port := "3000"
	if u, err := url.Parse(s.status().App); err == nil && u.Port() != "" {
		port = u.Port()
	}
	f.Verify = "devhook up " + port + " --verify telerivet@/hooks/sms=env:TELERIVET_SECRET"
	f.From = reach(s.status())
	if p.Tunnel.PublicURL == "" {
		f.Reach = "It is what the sender calls; it stays the same when devhook starts again."
		return f
	}
	f.Curl = "curl " + p.Tunnel.PublicURL + "/hooks/sms -d event=incoming_message -d content=Hello"
	switch f.From {
	case "machine":
		f.Reach = "Only this machine reaches " + p.Tunnel.PublicURL + ". For a sender on the internet, start devhook with a relay that it can call:"
		f.ReachHint = "devhook up " + port + " --relay ssh://you@your-server"
	case "network":
		f.Reach = "Machines in this network reach " + p.Tunnel.PublicURL + ". For a sender on the internet, start devhook with a relay that it can call:"
		f.ReachHint = "devhook up " + port + " --relay ssh://you@your-server"
	default:
		f.Reach = "Anyone who knows " + p.Tunnel.PublicURL + " can call it. Paste it where the sender asks for a webhook address."
	}
	return f
}

// reach says who can call the public address: "machine", "network" or "internet".
func reach(t Status) string {
	if t.Reach != "" {
		return t.Reach
	}
	u, err := url.Parse(t.PublicURL)
	if err != nil {
		return "internet"
	}
	a, err := netip.ParseAddr(u.Hostname())
	switch {
	case u.Hostname() == "localhost", err == nil && a.IsLoopback():
		return "machine"
	case err == nil && (a.IsPrivate() || a.IsLinkLocalUnicast()):
		return "network"
	}
	return "internet"
}
