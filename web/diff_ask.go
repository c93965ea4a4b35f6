package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// nearMost is how many captures before and after one are looked through for its like.
const nearMost = 200

// askDiff asks what to compare ref with: what came before and after it, its own deliveries, its first coming, and if it
// is not valid the latest one that was.
func (s *Server) askDiff(w http.ResponseWriter, r *http.Request, ref string) error {
	page := s.page(r, "Diff")
	c := view.DiffChoice{Page: page, Back: "/"}
	if ref == "" {
		return render(r.Context(), w, http.StatusOK, view.DiffChoicePage(c))
	}
	one, err := s.side(r.Context(), "A", ref)
	if err != nil {
		return err
	}
	found, err := s.candidates(r.Context(), one)
	if err != nil {
		return err
	}
	d := &drawing{presenter: s.presenter(false)}
	shown := d.sideView(one)
	c.A, c.Ref, c.Back = &shown, one.ref, "/requests/"+one.capture.ID
	for _, f := range found {
		f.side.letter = "B"
		a, b := one.ref, f.side.ref
		if f.before {
			a, b = b, a // what came first stands left
		}
		c.Choices = append(c.Choices, view.DiffOption{Why: f.why, Href: diffHref(a, b, false, false), Side: d.sideView(f.side)})
	}
	return render(r.Context(), w, http.StatusOK, view.DiffChoicePage(c))
}

// candidate is something worth comparing with.
type candidate struct {
	why    string
	before bool // it came before what it is compared with
	side   side
}

// candidates finds them, each once.
func (s *Server) candidates(ctx context.Context, one side) (out []candidate, err error) {
	seen := map[string]bool{one.ref: true}
	add := func(why string, before bool, c *store.Capture, v *store.Delivery) {
		f := candidate{why: why, before: before, side: side{capture: c, answer: v, delivery: v != nil}}
		if f.side.ref = c.ID; v != nil {
			f.side.ref = v.ID
		} else {
			f.side.answer = c.Last
		}
		if !seen[f.side.ref] {
			seen[f.side.ref] = true
			out = append(out, f)
		}
	}
	if err := s.ownDeliveries(ctx, one, add); err != nil {
		return nil, err
	}
	if err := s.likeIt(ctx, one.capture, add); err != nil {
		return nil, err
	}
	return out, nil
}

// adder takes a candidate; v is the delivery if it is one.
type adder func(why string, before bool, c *store.Capture, v *store.Delivery)

// ownDeliveriesMost are offered at most, the latest ones.
const ownDeliveriesMost = 20

func (s *Server) ownDeliveries(ctx context.Context, one side, add adder) error {
	list, err := s.cfg.Store.Deliveries(ctx, one.capture.ID)
	if err != nil {
		return err
	}
	if one.delivery {
		if live := liveOf(list); live != nil {
			add("Its live delivery", live.N < one.answer.N, one.capture, live)
		}
		add("The request as it came", true, one.capture, nil)
	}
	slices.Reverse(list)
	for _, v := range list[:min(len(list), ownDeliveriesMost)] {
		before := one.delivery && v.N < one.answer.N
		why := "Its " + deliveryName(v)
		if v.Kind == store.Replay {
			why += " of " + clock(v.At)
		}
		add(why, before, one.capture, v)
	}
	return nil
}

// likeIt adds other captures that are like this one.
func (s *Server) likeIt(ctx context.Context, c *store.Capture, add adder) error {
	if c.DuplicateOf != "" {
		first, err := s.cfg.Store.Capture(ctx, c.DuplicateOf)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			add("The first coming of the same event", true, first, nil)
		}
	}
	path, _, _ := strings.Cut(c.Target, "?")
	f := store.Filter{Provider: c.Provider, PathPrefix: path, Before: c.ID, Limit: nearMost}
	for _, later := range []bool{false, true} {
		f.OldestFirst = later
		list, err := s.cfg.Store.List(ctx, f)
		if err != nil {
			return err
		}
		s.nearest(c, path, list, later, add)
	}
	if c.Verdict != store.Invalid && c.Verdict != store.Missing || unjudged(c) {
		return nil
	}
	list, err := s.cfg.Store.List(ctx, store.Filter{Provider: c.Provider, Verdict: store.Valid, Limit: 1})
	for _, valid := range list {
		add("The latest valid one of this sender", valid.Seq < c.Seq, valid, nil)
	}
	return err
}

// nearest adds the nearest of a list that has the same path and event, and the nearest retry of the same event.
func (s *Server) nearest(c *store.Capture, path string, list []*store.Capture, later bool, add adder) {
	word := map[bool]string{true: "The next", false: "The one before"}[later]
	for _, other := range list {
		if c.DedupeKey != "" && other.DedupeKey == c.DedupeKey {
			add(word+" of the same event", !later, other, nil)
			break
		}
	}
	for _, other := range list {
		at, _, _ := strings.Cut(other.Target, "?")
		if at != path || other.Event != c.Event || other.Method != c.Method {
			continue
		}
		what := " to the same path"
		if c.Event != "" {
			what = " with the same path and event"
		}
		add(word+what, !later, other, nil)
		return
	}
}
