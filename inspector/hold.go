package inspector

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"devhook/inspector/provider"
	"devhook/store"
)

// A HeldAnswer is what a sender is told at once whose request is held for the app.
type HeldAnswer struct {
	Status int    // 200 to 299
	Body   string // "" for none; its type is told from how it begins
}

// SetHold replaces Config.Hold. Routes say for themselves.
func (i *Inspector) SetHold(a *HeldAnswer) { i.holds.Store(a) }

// held is how the sender is answered if its request is to be held; nil hands it to the app at once. That is done with what
// asks for something rather than tells it: nobody could answer a page, a handshake or an upgrade in the app's place. What a
// relay has held was answered already, so it waits for its app whatever is set by now.
func (x *exchange) held() *HeldAnswer {
	if x.late {
		return &HeldAnswer{Status: http.StatusOK}
	}
	if x.shake != nil || x.q.Asks() {
		return nil
	}
	if x.route != nil {
		return x.route.Hold
	}
	return x.holds.Load()
}

// hold stores a request in its queue, on disk, and answers it. The app gets it from there.
func (x *exchange) hold(a *HeldAnswer) bool {
	x.c.State, x.c.Queue = store.Held, x.route.queue()
	if err := x.record(); err != nil {
		return x.unstored(err)
	}
	x.s.recorded()
	x.waiting.add(store.Place{App: x.c.App, Route: x.c.Queue})
	return x.respond(x.heldAnswer(a), x.keeps())
}

// queue is what the route's queue is called; "" is that of requests that no route claims.
func (r *Route) queue() string {
	if r == nil {
		return ""
	}
	name := r.Path
	if name == "" {
		name = "/"
	}
	if len(r.Events) > 0 {
		name += " " + strings.Join(r.Events, ",")
	}
	return name
}

// heldAnswer writes the answer out.
func (x *exchange) heldAnswer(a *HeldAnswer) []byte {
	r := provider.Reply{Status: a.Status}
	if a.Body != "" && a.Status != http.StatusNoContent {
		r.Fields, r.Body = []provider.Field{{Name: "Content-Type", Value: typeOf(a.Body)}}, []byte(a.Body)
	}
	return x.wholeAnswer(&r)
}

// typeOf is the media type of a body that its user wrote.
func typeOf(body string) string {
	switch text := strings.TrimSpace(body); {
	case strings.HasPrefix(text, "{") || strings.HasPrefix(text, "["):
		if json.Valid([]byte(text)) {
			return "application/json"
		}
	case strings.HasPrefix(text, "<?xml"), strings.HasPrefix(text, "<Response"):
		return "text/xml; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// Type is the media type of the body.
func (a *HeldAnswer) Type() string { return typeOf(a.Body) }

// Suits is what a sender would make of an answer that it gets at once: "" if it counts it as success.
func (a *HeldAnswer) Suits(p *provider.Provider) string {
	fields := []provider.Field{{Name: "Content-Type", Value: typeOf(a.Body)}}
	j := p.Assess(&provider.Request{Method: "POST", Target: "/", URL: "http://localhost/"}, provider.Answer{
		Status: a.Status, Fields: fields, Body: bytes.Clone([]byte(a.Body)),
	})
	if j.Accepted {
		return ""
	}
	return j.Text
}
