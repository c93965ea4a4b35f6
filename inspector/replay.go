package inspector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// Replay sends a recorded request to the app once more and records the delivery. The delivery is returned whether or
// not the app answered: an app that is down is a Delivery with an Error, not an error of Replay. A delivery that comes
// with an error was made and could not be recorded.
//
// What is held for its app is delivered by it, unless the request is changed or goes elsewhere: it leaves its queue, and is
// not delivered once more. Where no byte of it reached the app it goes on waiting.
//
// Errors: store.ErrNotFound, ErrNotReplayable, ErrBadEdit, ErrNoSecret, ErrUnsigned, ErrForbidden, ErrClosing, ErrJustLeft,
// and what the store says.
func (i *Inspector) Replay(ctx context.Context, id string, e Edit) (*store.Delivery, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	r, err := i.prepare(ctx, id, e)
	if err != nil {
		return nil, fmt.Errorf("inspector: replay %s: %w", id, err)
	}
	if !i.begin() {
		return nil, fmt.Errorf("inspector: replay %s: %w", id, ErrClosing)
	}
	defer i.work.Done()
	send := r.send
	if r.c.State == store.Held && !r.d.Edited && r.app.URL() == r.c.App {
		done, why, err := r.deliverHeld(ctx)
		if err != nil {
			return nil, fmt.Errorf("inspector: replay %s: %w", id, err)
		}
		if done {
			return r.d, nil
		}
		send = func(context.Context) []byte { return r.outcome(nil, why) }
	}
	if err := i.cfg.Store.StartReplay(ctx, r.d); err != nil {
		return nil, fmt.Errorf("inspector: replay %s: %w", id, err)
	}
	answer := send(ctx)
	// What happened is kept even if whoever asked has left.
	if err := i.cfg.Store.AddDelivery(context.WithoutCancel(ctx), r.d, answer, true); err != nil {
		return r.d, fmt.Errorf("inspector: record the replay of %s: %w", id, err)
	}
	return r.d, nil
}

// A replay is a recorded request made ready to go.
type replay struct {
	*Inspector
	c     *store.Capture
	d     *store.Delivery
	app   *App
	out   outgoing
	asked *provider.Request
	by    *provider.Provider
	held  bool // no replay but a first delivery, whose sender had its answer before
}

func (i *Inspector) prepare(ctx context.Context, id string, e Edit) (*replay, error) {
	c, err := i.cfg.Store.Capture(ctx, id)
	if err != nil {
		return nil, err
	}
	if !replayable(c) {
		return nil, ErrNotReplayable
	}
	if e.Target == c.Target {
		e.Target = "" // any recorded one will do
	} else if e.Target != "" && e.Target[0] != '/' && e.Target != "*" {
		return nil, fmt.Errorf("%w: path %q does not begin with a slash", ErrBadEdit, e.Target)
	}
	q, err := http1.ParseRequest(c.Head)
	if err != nil {
		return nil, errors.Join(ErrNotReplayable, err)
	}
	app, target, err := i.destination(e)
	if err != nil {
		return nil, err
	}
	if e.Target == "" {
		e.Target = target
	}
	r := &replay{Inspector: i, c: c, app: app}
	if err := r.compose(ctx, q, e); err != nil {
		return nil, err
	}
	return r, nil
}

// compose makes the request that goes out: recorded, edited, signed again, and only then changed as every request is.
func (r *replay) compose(ctx context.Context, q *http1.Request, e Edit) error {
	f, _ := q.Framing()
	edited := e.apply(q.Raw, q)
	r.out = outgoing{framing: f, upgrade: false}
	if err := r.loadBody(ctx, e); err != nil {
		return err
	}
	r.d = &store.Delivery{
		ID: store.NewID(r.cfg.Now()), CaptureID: r.c.ID, Kind: store.Replay, At: r.cfg.Now(), Edited: e.changes(),
	}
	if err := r.look(edited); err != nil {
		return err
	}
	if e.Resign {
		var err error
		if edited, err = r.sign(edited); err != nil {
			return err
		}
	}
	if e.HasBody || e.Resign {
		edited, r.out.framing = resized(edited, f, len(r.out.body))
	}
	return r.finish(edited, e)
}

func (r *replay) loadBody(ctx context.Context, e Edit) error {
	switch {
	case e.HasBody:
		r.out.body = e.Body
	case r.c.BodySize > shortBody && !e.Resign:
		r.out.long = func() (io.ReadCloser, error) { return r.cfg.Store.Body(context.Background(), r.c.ID) }
	case r.c.BodySize > r.cfg.Limits.Verify:
		return fmt.Errorf("%w: the body is too long to be signed", ErrBadEdit)
	default:
		b, err := r.cfg.Store.Body(ctx, r.c.ID)
		if err != nil {
			return err
		}
		defer b.Close()
		if r.out.body, err = io.ReadAll(b); err != nil {
			return err
		}
	}
	return nil
}

// look asks who the sender is, of the request as it now is.
func (r *replay) look(head []byte) error {
	q, err := http1.ParseRequest(head)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadEdit, err)
	}
	c := *r.c
	c.Method, c.Target = q.Method, q.Target
	if c.Target != r.c.Target {
		c.PublicURL = strings.TrimSuffix(r.c.PublicURL, r.c.Target) + c.Target
	}
	r.asked = asked(&c, &q.Head)
	r.asked.Body, r.asked.BodyTruncated = r.out.body, r.out.long != nil
	var route *Route
	if route, r.by = r.pick(r.asked); r.app == nil {
		r.app = r.goesTo(route)
	}
	if p, ok := r.known.ByName(r.c.Provider); ok {
		r.by = p
	}
	return nil
}

// goesTo is the app that a capture was for, where that is one of ours still, or else the one its route has now.
func (r *replay) goesTo(route *Route) *App {
	if a := r.appAt(r.c.App); a != nil {
		return a
	}
	return r.appFor(route)
}

// sign computes what proves the sender anew and puts it into the head, or the body where the sender has it there.
func (r *replay) sign(head []byte) ([]byte, error) {
	if r.by.Name != "" && r.by.Sign == nil {
		return nil, ErrUnsigned
	}
	secret, ok := r.secret()
	if !ok {
		return nil, ErrNoSecret
	}
	before, target := slices.Clone(r.asked.Fields), r.asked.Target
	changed, err := r.by.Resign(r.asked, secret, r.cfg.Now())
	if err != nil {
		return nil, err
	}
	r.d.Resigned = changed
	r.out.body = r.asked.Body
	e := differing(before, r.asked.Fields)
	e.Target = r.asked.Target // some have their secret in the query
	return e.apply(head, &http1.Request{Method: r.asked.Method, Target: target, Proto: r.c.Proto}), nil
}

// secret is the first one configured for the request's route or, failing that, for its sender.
func (r *replay) secret() (provider.Secret, bool) {
	if route, _ := r.pick(r.asked); route != nil && route.Provider.Name == r.by.Name && len(route.Secrets) > 0 {
		return route.Secrets[0], true
	}
	for _, route := range *r.routes.Load() {
		if route.Provider.Name == r.by.Name && len(route.Secrets) > 0 {
			return route.Secrets[0], true
		}
	}
	return provider.Secret{}, false
}

// differing is the edit that turns the header lines before into those after: of a name with any change all lines, so
// that each keeps its place.
func differing(before, after []provider.Field) Edit {
	var e Edit
	for _, f := range after {
		if !slices.Equal(valuesOf(before, f.Name), valuesOf(after, f.Name)) {
			e.Headers = append(e.Headers, [2]string{f.Name, f.Value})
		}
	}
	return e
}

func valuesOf(fields []provider.Field, name string) (values []string) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// finish changes the head as every head to the app is changed, and says in the delivery what was sent if it isn't what
// was recorded.
func (r *replay) finish(edited []byte, e Edit) error {
	q, err := http1.ParseRequest(edited)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadEdit, err)
	}
	scheme := "http"
	if strings.HasPrefix(r.c.PublicURL, "https:") {
		scheme = "https"
	}
	add := forwardLines(r.c.RemoteAddr, r.c.Host, scheme, r.c.ID)
	r.out.method = q.Method
	r.out.head = withHost(rewrite(edited, fromSender(false), add), r.app.hostLine())
	r.out.trailer = passedTrailer(&q.Head, trailerFields(r.c.Trailer))
	r.d.Target = r.app.at(q)
	if !bytes.Equal(edited, r.c.Head) {
		r.d.Request = edited
	}
	if e.HasBody || len(r.d.Resigned) > 0 {
		r.d.RequestBody = r.out.body
	}
	return nil
}

// trailerFields reads a recorded trailer.
func trailerFields(raw []byte) []http1.Field {
	var fields []http1.Field
	for line := range bytes.Lines(raw) {
		name, value, ok := strings.Cut(strings.TrimRight(string(line), "\r\n"), ":")
		if ok {
			fields = append(fields, http1.Field{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	return fields
}

// send hands the request to the app, fills in the outcome and returns the recorded part of the answer.
func (r *replay) send(ctx context.Context) []byte {
	return r.outcome(r.app.call(ctx, r.out, nil))
}

// outcome reads what the app answered, if it did.
func (r *replay) outcome(p *reply, err error) []byte {
	if err != nil {
		r.d.Error = err.Error()
		r.conclude(provider.Answer{Err: r.d.Error})
		return nil
	}
	defer p.close()
	r.d.Status, r.d.Head = p.Status, p.Raw
	body, err := r.read(p)
	if err != nil {
		r.d.Error = cutText(err)
		r.conclude(provider.Answer{Err: r.d.Error})
		return body
	}
	r.conclude(provider.Answer{Status: p.Status, Fields: providerFields(&p.Head), Body: body})
	return body
}

func (r *replay) conclude(a provider.Answer) {
	r.d.Duration = r.cfg.Now().Sub(r.d.At)
	a.Took = r.d.Duration
	j := judge(r.d, r.by, r.asked, a)
	if r.held {
		r.d.Notes = append(r.heldNotes(a), j.Notes...) // what the sender would do next it doesn't
	}
}

// maxReplayed bounds how long an answer is read whose end nobody waits for, such as an event stream's.
const maxReplayed = 30 * time.Second

// read reads the answer. One without an end is left after a while: what a replay wants to know is how the app takes
// the request.
func (r *replay) read(p *reply) ([]byte, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(maxReplayed))
	var kept buffer
	n, err := io.Copy(&kept, io.LimitReader(p, r.cfg.Limits.Answer))
	r.d.BodySize = n
	if isTimeout(err) {
		r.d.Truncated, err = true, nil
	}
	if n == r.cfg.Limits.Answer {
		r.d.Truncated = true
	}
	return kept.bytes, err
}
