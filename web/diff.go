package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"devhook/store"
	"devhook/web/view"
)

// diff sets two captures or deliveries side by side, or asks which ones are meant.
func (s *Server) diff(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	refA, refB := q.Get("a"), q.Get("b")
	if refA == "" || refB == "" {
		return s.askDiff(w, r, refA+refB)
	}
	a, err := s.side(r.Context(), "A", refA)
	if err != nil {
		return err
	}
	b, err := s.side(r.Context(), "B", refB)
	if err != nil {
		return err
	}
	page := s.page(r, "Diff")
	d := &drawing{presenter: s.presenter(false), differ: differ{left: diffWork}}
	v := d.page(a, b, q.Get("raw") == "1", q.Get("all") == "1")
	v.Page = page
	return render(r.Context(), w, http.StatusOK, view.DiffPage(v))
}

// side reads what an ID means: a capture, or else a delivery.
func (s *Server) side(ctx context.Context, letter, ref string) (side, error) {
	one := side{letter: letter}
	id, err := s.cfg.Store.Resolve(ctx, ref)
	if errors.Is(err, store.ErrNotFound) {
		if id, err = s.cfg.Store.ResolveDelivery(ctx, ref); err != nil {
			return one, err
		}
		if one.answer, err = s.cfg.Store.Delivery(ctx, id); err != nil {
			return one, err
		}
		one.delivery, one.ref = true, id
		id = one.answer.CaptureID
	}
	if err != nil {
		return one, err
	}
	if one.capture, err = s.cfg.Store.Capture(ctx, id); err != nil {
		return one, err
	}
	if !one.delivery {
		one.ref = id
		if err := s.ownAnswer(ctx, &one); err != nil {
			return one, err
		}
	}
	return one, s.sideBodies(ctx, &one)
}

// ownAnswer is a capture's live delivery, or else its latest.
func (s *Server) ownAnswer(ctx context.Context, one *side) error {
	list, err := s.cfg.Store.Deliveries(ctx, one.capture.ID)
	if err != nil {
		return err
	}
	if one.answer = liveOf(list); one.answer == nil && len(list) > 0 {
		one.answer = list[len(list)-1]
	}
	return nil
}

// sideBodies reads the bodies: of a delivery the ones that were sent, which are stored where they differ from what came.
func (s *Server) sideBodies(ctx context.Context, one *side) error {
	one.head = one.capture.Head
	if one.delivery && one.answer.Request != nil {
		one.head = one.answer.Request
	}
	if one.delivery && one.answer.RequestBody != nil {
		b := one.answer.RequestBody
		one.body = payloadOf(one.head, b[:min(len(b), previewBytes)], int64(len(b)), len(b) > previewBytes)
	} else {
		b, more, err := readBody(ctx, s.cfg.Store, one.capture.ID, previewBytes)
		if err != nil {
			return err
		}
		one.body = payloadOf(one.head, b, one.capture.BodySize, more)
	}
	if one.answer == nil || one.answer.BodySize == 0 {
		return nil
	}
	b, more, err := readBody(ctx, s.cfg.Store, one.answer.ID, previewBytes)
	if err != nil {
		return err
	}
	one.answered = payloadOf(one.answer.Head, b, one.answer.BodySize, more || one.answer.Truncated)
	return nil
}

// page is the whole of it.
func (d *drawing) page(a, b side, raw, all bool) view.Diff {
	v := view.Diff{
		A: d.sideView(a), B: d.sideView(b), Raw: raw, All: all,
		Back: "/requests/" + a.capture.ID, BackTo: short(a.capture.ID),
		Swap: diffHref(b.ref, a.ref, raw, all), AllHref: diffHref(a.ref, b.ref, raw, !all),
	}
	if len(a.body.data)+len(b.body.data)+len(a.answered.data)+len(b.answered.data) > 0 {
		v.RawHref = diffHref(a.ref, b.ref, !raw, all)
	}
	v.Sections = d.sections(a, b, raw)
	v.Stops = d.stops
	v.Lead = d.lead(a, b)
	return v
}

// diffHref is the address of a diff.
func diffHref(a, b string, raw, all bool) string {
	q := url.Values{"a": {a}, "b": {b}}
	if raw {
		q.Set("raw", "1")
	}
	if all {
		q.Set("all", "1")
	}
	return "/diff?" + q.Encode()
}

func (d *drawing) sideView(s side) view.DiffSide {
	c := s.capture
	v := view.DiffSide{
		Letter: s.letter, Href: "/requests/" + c.ID, Verdict: verdict(c), Answer: outcome(c),
		At: c.ReceivedAt.Local(), Clock: clock(c.ReceivedAt), Short: short(s.ref),
	}
	v.Title = label(c.Event)
	if v.Title == "" {
		v.Title = cut(orWord(visible(c.Method, false), "?")+" "+d.target(c), 80)
	}
	if s.answer != nil {
		v.Answer = answer(s.answer, unjudged(c))
		if s.answer.Status != 0 {
			v.Took = took(s.answer.Duration)
		}
	}
	if s.delivery {
		v.Title += ", " + deliveryName(s.answer)
		v.Href += "?tab=deliveries#delivery-" + s.ref
		v.At, v.Clock = s.answer.At.Local(), clock(s.answer.At)
		if s.answer.Edited || len(s.answer.Resigned) > 0 {
			v.Verdict = "" // it was on what came, and something else was sent
		}
	}
	return v
}

// deliveryName says which delivery of its capture one is.
func deliveryName(v *store.Delivery) string {
	if v.Kind == store.Live {
		return "live delivery"
	}
	t := "replay"
	if v.Edited {
		t = "edited replay"
	}
	if len(v.Resigned) > 0 {
		t += ", re-signed"
	}
	return t
}

// lead says how the two belong together, how much differs, and what became of each.
func (d *drawing) lead(a, b side) string {
	what := "Two requests"
	name := d.sender(a.capture.Provider)
	switch {
	case a.ref == b.ref:
		return "Both sides are the same " + map[bool]string{true: "delivery", false: "request"}[a.delivery] + "."
	case a.capture.ID == b.capture.ID && a.delivery && b.delivery:
		what = "Two deliveries of one request"
	case a.capture.ID == b.capture.ID:
		what = "A request and one of its deliveries"
	case name != "" && a.capture.Provider == b.capture.Provider && a.capture.DedupeKey != "" && a.capture.DedupeKey == b.capture.DedupeKey:
		what = "The same event of " + name + " twice"
	case name != "" && a.capture.Provider == b.capture.Provider:
		what = "Two requests of " + name
	}
	out := what + ", " + apart(a.at(), b.at()) + ": "
	switch {
	case d.stops == 0 && sameBytes(a, b):
		out += "nothing differs but the time."
	case d.stops == 0:
		out += "no value that is shown differs, but the bytes do."
	case d.stops == 1:
		out += "one difference."
	default:
		out += strconv.Itoa(d.stops) + " differences."
	}
	return out + d.fates(a, b)
}

// sameBytes says that two sides are the same, as far as they were read.
func sameBytes(a, b side) bool {
	same := bytes.Equal(a.head, b.head) && a.body.size == b.body.size && bytes.Equal(a.body.data, b.body.data) &&
		a.answered.size == b.answered.size && bytes.Equal(a.answered.data, b.answered.data)
	if a.answer != nil && b.answer != nil {
		same = same && bytes.Equal(a.answer.Head, b.answer.Head)
	}
	return same
}

func (s side) at() time.Time {
	if s.delivery {
		return s.answer.At
	}
	return s.capture.ReceivedAt
}

// apart is how long lies between two moments.
func apart(a, b time.Time) string {
	between := b.Sub(a).Abs()
	if between < 2*time.Minute {
		return took(between) + " apart"
	}
	return ago(between) + " apart"
}

// fates says whom the sender believes to have taken it, where the two differ in that.
func (d *drawing) fates(a, b side) string {
	name := d.sender(a.capture.Provider)
	if name == "" || a.answer == nil || b.answer == nil || a.answer.Accepted == b.answer.Accepted {
		return ""
	}
	good, bad := a, b
	if b.answer.Accepted {
		good, bad = b, a
	}
	return " " + name + " takes the answer to " + good.letter + "; it counts " + bad.letter + " as failed: " + strings.TrimSuffix(uncapital(why(bad.answer)), ".") + "."
}
