package main

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
	"devhook/web"
)

// sendSettings are the words that replay and resend act on.
var sendSettings = []string{"local", "host-header", "insecure", "timeout", "verify", "db"}

// courier sends captures again, one after another, and tells each outcome.
type courier struct {
	c    *cli
	db   *store.DB
	cfg  *config.Config
	log  *slog.Logger
	by   map[string]*inspector.Inspector // by the app's base URL
	only bool                            // one capture is all there is to send
	sent int
	bad  int   // not accepted
	last error // what to say when only one was sent
}

// send replays one capture. What the app did is told and counted; an error is
// something that stops the whole command.
func (s *courier) send(ctx context.Context, capture *store.Capture, edit inspector.Edit) error {
	app := s.app(ctx, capture)
	if app == "" && edit.To == "" {
		return usage("name one: --to http://localhost:3000", "it isn't recorded which app %s was for", shortID(capture.ID))
	}
	if app == "" {
		app = edit.To // what it has behind the host is the edit's business
		if u, err := url.Parse(edit.To); err == nil && u.Host != "" {
			app = u.Scheme + "://" + u.Host
		}
	}
	in, err := s.inspector(app)
	if err != nil {
		return err
	}
	d, err := in.Replay(ctx, capture.ID, edit)
	if err != nil {
		return replayFault(capture, edit, err)
	}
	s.sent++
	if !d.Accepted {
		s.bad++
		s.last = rejection(s.c.known, capture, d, edit.To, s.app(ctx, capture))
	}
	s.warn(capture, d)
	return s.tell(capture, d, edit)
}

func (s *courier) tell(capture *store.Capture, d *store.Delivery, edit inspector.Edit) error {
	if s.c.json {
		return s.c.term.object(web.DeliveryJSON(d, masks(s.c.known)))
	}
	if s.only && d.Status == 0 {
		return nil // the error says it all
	}
	return s.c.term.told(8, "%s", resultLine(s.c.known, capture, d, edit.Method))
}

// verdict is the error of the whole: nil when every answer was a success.
func (s *courier) verdict() error {
	switch {
	case s.bad == 0:
		return nil
	case s.sent == 1:
		return s.last
	}
	verb := "were"
	if s.bad == 1 {
		verb = "was"
	}
	return failed(nil, "devhook requests --failed lists what is left", "%d of %d %s not accepted", s.bad, s.sent, verb)
}

// rejection says why one delivery was no success.
func rejection(known provider.List, capture *store.Capture, d *store.Delivery, to, app string) error {
	switch {
	case d.Status == 0:
		return failed(nil, startHint(to, app), "%s", quote(tried(d.Error)))
	case fault(known, capture, d) != "":
		return failed(nil, "devhook show "+shortID(capture.ID)+" has the answer", "%s", quote(fault(known, capture, d)))
	}
	return failed(nil, "devhook show "+shortID(capture.ID)+" has the answer", "the app answered %d", d.Status)
}

// app is the base URL a capture goes to: the one it was for, else the one the
// settings name, else that of a devhook up that runs.
func (s *courier) app(ctx context.Context, capture *store.Capture) string {
	if capture.App != "" {
		return capture.App
	}
	if s.cfg.Local != "" {
		return s.cfg.Local
	}
	instances, err := s.db.Instances(ctx)
	if err != nil {
		return ""
	}
	for _, i := range instances {
		if i.Alive && i.LocalURL != "" {
			return i.LocalURL
		}
	}
	return ""
}

func (s *courier) inspector(app string) (*inspector.Inspector, error) {
	if in, ok := s.by[app]; ok {
		return in, nil
	}
	target, err := newApp(s.cfg, app)
	if err != nil {
		return nil, usage("write scheme, host and port: --to http://localhost:3000", "%q can't be called", bareURL(app))
	}
	in := inspector.New(inspector.Config{
		Store: s.db, App: target, Routes: routes(s.c.known, s.cfg.Routes), AnyTarget: true, Log: s.log, Known: s.c.known,
	})
	if s.by == nil {
		s.by = map[string]*inspector.Inspector{}
	}
	s.by[app] = in
	return in, nil
}

// newApp turns the settings into the inspector's: there a zero timeout is the
// default and a negative one none.
func newApp(cfg *config.Config, base string) (*inspector.App, error) {
	timeout := cfg.Timeout
	if timeout == 0 {
		timeout = -1
	}
	return inspector.NewApp(base, inspector.AppOptions{HostHeader: cfg.HostHeader, Insecure: cfg.Insecure, Timeout: timeout})
}

// routes are the settings' without their apps: who says what to send where needs none.
func routes(known provider.List, from []config.Route) []inspector.Route {
	var all []inspector.Route
	for _, r := range from {
		p, _ := known.ByName(r.Provider) // config has checked the name
		route := inspector.Route{Path: r.Path, Provider: p, Events: r.Events, RejectInvalid: r.RejectInvalid, Hold: heldAnswer(r.Hold)}
		for _, secret := range r.Secrets {
			route.Secrets = append(route.Secrets, provider.Secret(secret))
		}
		all = append(all, route)
	}
	return all
}

// routesTo are routes with their apps, which are called as cfg says.
func routesTo(known provider.List, cfg *config.Config, from []config.Route) ([]inspector.Route, error) {
	all, apps := routes(known, from), map[string]*inspector.App{}
	for n, r := range from {
		if r.Local == "" {
			continue
		}
		if apps[r.Local] == nil {
			app, err := newApp(cfg, r.Local)
			if err != nil {
				return nil, err
			}
			apps[r.Local] = app
		}
		all[n].App = apps[r.Local]
	}
	return all, nil
}

// replayFault says why a request could not be sent again at all.
func replayFault(capture *store.Capture, edit inspector.Edit, err error) error {
	id := shortID(capture.ID)
	switch {
	case errors.Is(err, inspector.ErrNotReplayable):
		return failed(err, "devhook show "+id+" has what came", "%s is %s, so it can't be sent again", id, capture.State)
	case errors.Is(err, inspector.ErrBadEdit):
		return usage("see devhook replay --help", "this edit can't be sent: %s", reason(err))
	case errors.Is(err, inspector.ErrUnsigned):
		return failed(err, "leave out --resign", "%s signs nothing, so there is nothing to sign anew", capture.Provider)
	case errors.Is(err, inspector.ErrNoSecret):
		name := capture.Provider
		if name == "" {
			return failed(err, "leave out --resign", "%s is of no known sender, so it can't be signed", id)
		}
		return usage("name it: --verify "+name+"=env:NAME", "no secret is configured for %s", name)
	case errors.Is(err, inspector.ErrJustLeft):
		return failed(err, "devhook show "+id+" tells what became of it", "%s has left its queue in this moment, so it was not sent again", id)
	case errors.Is(err, store.ErrNotFound):
		return idFault(id, err)
	}
	return err
}

// warn tells when an edit broke the proof in a request. With a secret at hand
// it is checked; without one it is assumed of senders that prove anything.
func (s *courier) warn(capture *store.Capture, d *store.Delivery) {
	if capture.Reason == importedMasked && len(d.Resigned) == 0 {
		s.c.term.tell("warning: credentials in %s are masked: this is not what its sender sent\nhint: --resign signs it anew, where the sender signs", shortID(capture.ID))
		return
	}
	p, ok := s.c.known.ByName(capture.Provider)
	if !ok || !d.Edited || len(d.Resigned) > 0 || p.Sign == nil || capture.Verdict == store.Missing {
		return
	}
	if capture.Verdict == store.Valid && s.stillFits(p, capture, d) {
		return
	}
	s.c.term.tell("warning: what proves %s no longer fits the edited request\nhint: --resign computes it anew", p.Title)
}

// stillFits checks what was sent with the configured secrets.
func (s *courier) stillFits(p *provider.Provider, capture *store.Capture, d *store.Delivery) bool {
	var secrets []provider.Secret
	for _, r := range routes(s.c.known, s.cfg.Routes) {
		if r.Provider.Name == p.Name {
			secrets = append(secrets, r.Secrets...)
		}
	}
	head := d.Request
	if head == nil {
		head = capture.Head
	}
	q, err := http1.ParseRequest(head)
	if err != nil || d.RequestBody == nil && capture.BodySize > 0 {
		return false
	}
	asked := &provider.Request{Method: q.Method, Target: q.Target, URL: capture.PublicURL, Body: d.RequestBody, At: time.Now()}
	for _, f := range q.Fields {
		asked.Fields = append(asked.Fields, provider.Field(f))
	}
	return p.Check(asked, secrets).Verdict == provider.Valid
}
