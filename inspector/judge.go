package inspector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// judgeInto asks the provider whether a request is proven and what it is, and writes that into the capture. What it
// returns is nil unless the request is a handshake.
func (i *Inspector) judgeInto(c *store.Capture, q *provider.Request, route *Route, p *provider.Provider) *provider.Handshake {
	var secrets, others []provider.Secret
	if route != nil {
		secrets, others = route.Secrets, i.elsewhere(route)
	}
	res := p.Check(q, secrets, others...)
	ev := p.Describe(q)
	c.Provider, c.Event, c.EventID, c.DedupeKey = p.Name, ev.Name, ev.ID, ev.DedupeKey
	c.Verdict, c.Reason, c.Hints, c.Checks = store.Verdict(res.Verdict), res.Reason, res.Hints, nil
	for _, k := range res.Checks {
		c.Checks = append(c.Checks, store.Check(k))
	}
	if ev.Retry > 0 {
		c.Checks = append(c.Checks, store.Check{OK: true, Text: fmt.Sprintf("%s says this is its retry %d", p.Title, ev.Retry)})
	}
	h := p.Handshake(q, secrets)
	if h != nil {
		markHandshake(c, p, h)
	}
	return h
}

// markHandshake says that a request is a handshake. One with a token of its own is judged by that.
func markHandshake(c *store.Capture, p *provider.Provider, h *provider.Handshake) {
	switch {
	case h.Proof != "":
		c.Verdict, c.Reason, c.Hints = store.Valid, h.Proof, nil
	case h.Wrong != "" && c.Verdict == store.Missing:
		c.Verdict, c.Reason = store.Invalid, h.Wrong
	}
	text := "a handshake: " + p.Title + " tries the address before it trusts it"
	c.Checks = append(slices.Clip(c.Checks), store.Check{OK: h.Wrong == "", Text: text})
	if h.Reply == nil && h.Why != "" {
		c.Hints = append(c.Hints, "devhook can't answer it for the app: "+h.Why)
	}
}

// A Recheck says how a recorded request is to be looked at anew. The zero value takes everything as it was recorded.
type Recheck struct {
	URL    string     // the public address it was sent to
	At     time.Time  // the moment at which it is judged
	Remote netip.Addr // who sent it
}

// Recheck concludes anew about a recorded request with the routes and secrets that are set now: what it returns is the
// capture with other conclusions, which are stored nowhere. Its duplicates and its facts stay.
func (i *Inspector) Recheck(ctx context.Context, id string, r Recheck) (*store.Capture, error) {
	c, err := i.cfg.Store.Capture(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.State == store.Malformed || c.State == store.Incomplete {
		return nil, fmt.Errorf("inspector: check %s: %w", id, ErrNotWhole)
	}
	q, err := http1.ParseRequest(c.Head)
	if err != nil {
		return nil, fmt.Errorf("inspector: check %s: %w", id, err)
	}
	body, truncated, err := i.recorded(ctx, c)
	if err != nil {
		return nil, err
	}
	return i.Look(c, &q.Head, body, truncated, r), nil
}

// Look concludes about a request that is at hand: a capture's arrival facts, its head and its body.
func (i *Inspector) Look(c *store.Capture, h *http1.Head, body []byte, truncated bool, r Recheck) *store.Capture {
	again := *c
	q := asked(&again, h)
	q.Body, q.BodyTruncated = body, truncated
	if r.URL != "" {
		q.URL = r.URL
	}
	if !r.At.IsZero() {
		q.At = r.At
	}
	if r.Remote.IsValid() {
		q.Remote = r.Remote
	}
	route, p := i.pick(q)
	i.judgeInto(&again, q, route, p)
	again.DedupeKey = c.DedupeKey
	return &again
}

// recorded is a capture's body, unless it is too long to be checked.
func (i *Inspector) recorded(ctx context.Context, c *store.Capture) (body []byte, truncated bool, err error) {
	if c.BodySize > i.cfg.Limits.Verify {
		return nil, true, nil
	}
	r, err := i.cfg.Store.Body(ctx, c.ID)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	body, err = io.ReadAll(r)
	return body, false, err
}

// rechecked bounds how many captures are looked at anew at a start.
const rechecked = 500

// RecheckUnchecked judges anew what came before its secret was set: of the newest captures for this app those that were
// not checked and are claimed by a route with a secret now, unless they are long. It returns how many have another verdict
// since. When ctx ends it stops where it is, which is no error.
func (i *Inspector) RecheckUnchecked(ctx context.Context) (changed int, err error) {
	return i.recheckAll(ctx, store.Filter{Verdict: store.Unchecked, Limit: rechecked})
}

// RecheckInvalid judges anew what was found invalid since a moment: a secret may have been changed at its sender before
// it was changed here. Only a better verdict is kept.
func (i *Inspector) RecheckInvalid(ctx context.Context, since time.Time) (changed int, err error) {
	return i.recheckAll(ctx, store.Filter{Verdict: store.Invalid, Since: since, Limit: rechecked})
}

func (i *Inspector) recheckAll(ctx context.Context, which store.Filter) (changed int, err error) {
	captures, err := i.cfg.Store.List(ctx, which)
	for _, c := range captures {
		if !i.mayRecheck(c) {
			continue
		}
		again, err := i.Recheck(ctx, c.ID, Recheck{})
		if err == nil && !concludes(c, again) {
			continue
		}
		if err == nil {
			err = i.cfg.Store.Conclude(ctx, again)
		}
		switch {
		case err == nil:
			changed++
		case ctx.Err() != nil:
			return changed, nil
		case !errors.Is(err, store.ErrNotFound): // else it was deleted meanwhile
			return changed, err
		}
	}
	if ctx.Err() != nil {
		err = nil
	}
	return changed, err
}

// concludes reports whether a new verdict is one to keep. What nobody recognised and does not fit may be somebody else's.
func concludes(c, again *store.Capture) bool {
	if c.Verdict != store.Unchecked {
		return again.Verdict == store.Valid
	}
	return again.Verdict == store.Valid || again.Verdict != store.Unchecked && again.Provider == c.Provider
}

// mayRecheck reports whether a capture is one that a secret was set for. Other apps have their requests in the same
// database, and routes that may be written alike. A capture of a sender that was recognised belongs to no other's route.
func (i *Inspector) mayRecheck(c *store.Capture) bool {
	if c.State != store.Complete && c.State != store.Held || c.BodySize > shortBody || i.appAt(c.App) == nil {
		return false
	}
	paths := routedPaths(c.Target)
	return slices.ContainsFunc(*i.routes.Load(), func(r Route) bool {
		return len(r.Secrets) > 0 && slices.ContainsFunc(paths, r.matches) && (c.Provider == "" || c.Provider == r.Provider.Name)
	})
}
