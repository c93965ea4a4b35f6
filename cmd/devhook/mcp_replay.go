package main

import (
	"context"
	"encoding/base64"
	"errors"

	"devhook/inspector"
	"devhook/store"
	"devhook/web"
)

type replayInput struct {
	ID          string   `json:"id" jsonschema:"an ID, its six last letters, or latest"`
	To          string   `json:"to,omitempty" jsonschema:"another port or URL of this machine instead of the app"`
	Method      string   `json:"method,omitempty" jsonschema:"another method"`
	Path        string   `json:"path,omitempty" jsonschema:"another path and query"`
	Headers     []string `json:"headers,omitempty" jsonschema:"lines to set: Name: value"`
	DropHeaders []string `json:"drop_headers,omitempty" jsonschema:"names of headers to leave out"`
	Body        *string  `json:"body,omitempty" jsonschema:"another body, as text"`
	BodyBase64  *string  `json:"body_base64,omitempty" jsonschema:"another body, as bytes"`
	Resign      bool     `json:"resign,omitempty" jsonschema:"compute a fresh signature and time with the configured secret"`
}

// edit is what devhook replay makes of the same words. A body is only ever what the agent wrote: it names no file.
func (in *replayInput) edit(ctx context.Context) (inspector.Edit, error) {
	f := replayFlags{to: in.To, method: in.Method, path: in.Path, headers: in.Headers, drop: in.DropHeaders, resign: in.Resign}
	e, err := f.edit(ctx, nil)
	if err != nil {
		return e, err
	}
	e.HasBody = in.Body != nil || in.BodyBase64 != nil
	switch {
	case in.Body != nil && in.BodyBase64 != nil:
		return e, usage("give one of them", "body and body_base64 exclude each other")
	case in.Body != nil:
		e.Body = []byte(*in.Body)
	case in.BodyBase64 != nil:
		if e.Body, err = base64.StdEncoding.DecodeString(*in.BodyBase64); err != nil {
			return e, usage("write standard base64", "body_base64 can't be read")
		}
	}
	return e, nil
}

// replayTool goes straight to the app, as devhook replay does, but nowhere else than to this machine: the request has
// credentials in it, and who asks may have been talked into it by what it read.
func replayTool(ctx context.Context, k *call, in replayInput) (_ any, err error) {
	edit, err := in.edit(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := k.load(in.Resign, sendSettings...)
	if err != nil {
		return nil, err
	}
	db, err := k.mustRecorded(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer closing(db, &err)
	capture, err := find(ctx, db, in.ID)
	if err != nil {
		return nil, err
	}
	s := &courier{c: k.cli, db: db, cfg: cfg, log: k.term.logger()}
	d, err := s.sendHere(ctx, capture, edit)
	if err != nil {
		return nil, err
	}
	s.warn(capture, d)
	if d.BodySize > agentBody {
		k.term.tell("note: the first %d of %d bytes of the answer are here", agentBody, d.BodySize)
	}
	return web.DeliveryBrief(ctx, db, d, masks(k.known), agentBody)
}

// sendHere replays one capture to its app, or to an address of this machine.
func (s *courier) sendHere(ctx context.Context, capture *store.Capture, edit inspector.Edit) (*store.Delivery, error) {
	app := s.app(ctx, capture)
	if app == "" {
		return nil, usage("start devhook up, or name the app in devhook.yaml: local: 3000", "it isn't recorded which app %s was for", shortID(capture.ID))
	}
	target, err := newApp(s.cfg, app)
	if err != nil {
		return nil, err
	}
	in := inspector.New(inspector.Config{Store: s.db, App: target, Routes: routes(s.c.known, s.cfg.Routes), Log: s.log, Known: s.c.known})
	d, err := in.Replay(ctx, capture.ID, edit)
	if errors.Is(err, inspector.ErrForbidden) {
		return nil, failed(err, "leave out to", "%s", inspector.ErrForbidden)
	}
	if err != nil {
		return nil, replayFault(capture, edit, err)
	}
	return d, nil
}
