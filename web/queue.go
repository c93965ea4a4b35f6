package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"devhook/store"
)

// queueObject is what waits for one app on one route.
type queueObject struct {
	App        string  `json:"app"`
	Route      string  `json:"route"` // "" is that of requests no route claims
	Count      int     `json:"count"`
	Bytes      int64   `json:"bytes"`
	Paused     bool    `json:"paused"`
	PausedAt   *string `json:"paused_at"`
	Delivering bool    `json:"delivering"` // a devhook up that runs sees to it
	OldestAt   *string `json:"oldest_at"`
	OldestID   *string `json:"oldest_id"`
	Tries      int     `json:"tries"` // in vain, of the oldest
	NextTry    *string `json:"next_try"`
	Why        *string `json:"why"`
}

// QueueJSON is a queue as the API and --json tell it.
func QueueJSON(q store.Queue) any { return queueJSON(q) }

func queueJSON(q store.Queue) queueObject {
	o := queueObject{
		App: q.App, Route: q.Route, Count: q.Count, Bytes: q.Bytes,
		Paused: !q.Paused.IsZero(), PausedAt: stampOrNull(q.Paused), Delivering: q.Alive,
	}
	if w := q.First; w != nil {
		at := stamp(w.Since)
		o.OldestAt, o.OldestID, o.Tries, o.NextTry, o.Why = &at, &w.ID, w.Tries, stampOrNull(w.Next), orNull(w.Why)
	}
	return o
}

// waitingObject is one request that waits.
type waitingObject struct {
	ID         string  `json:"id"`
	ReceivedAt string  `json:"received_at"`
	App        string  `json:"app"`
	Route      string  `json:"route"`
	Size       int64   `json:"size"`
	Tries      int     `json:"tries"`
	NextTry    *string `json:"next_try"`
	Why        *string `json:"why"`
}

// QueueSays says how it stands with a queue, in a fragment of a sentence.
func QueueSays(q store.Queue, now time.Time) string {
	switch w := q.First; {
	case w == nil:
		return "paused, nothing waits"
	case !q.Paused.IsZero():
		return "paused since " + clock(q.Paused)
	case !q.Alive:
		return "no devhook up runs for this app"
	case w.Why == "":
		return "on its way"
	case w.Next.After(now):
		return fmt.Sprintf("tried again in %d s: %s", int(w.Next.Sub(now)/time.Second)+1, visible(w.Why, false))
	default:
		return "tried again now: " + visible(w.Why, false)
	}
}

// waitingShown is how many of a queue are listed where no number is given.
const waitingShown = 50

// apiQueue lists the queues, and the oldest of what waits in them.
func (s *Server) apiQueue(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := limitOf(q, waitingShown, maxRows)
	if err != nil {
		return err
	}
	chosen := queueChoice{}
	if q.Has("app") {
		app := q.Get("app")
		chosen.App = &app
	}
	if q.Has("route") {
		route := q.Get("route")
		chosen.Route = &route
	}
	all, err := s.chosenQueues(r.Context(), chosen)
	if err != nil {
		return err
	}
	out := struct {
		Queues  []queueObject   `json:"queues"`
		Waiting []waitingObject `json:"waiting"`
	}{[]queueObject{}, []waitingObject{}}
	for _, one := range all {
		out.Queues = append(out.Queues, queueJSON(one))
		waiting, err := s.cfg.Store.Held(r.Context(), &one.Place, limit)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			out.Waiting = append(out.Waiting, waitingObject{
				w.ID, stamp(w.Since), w.App, w.Route, w.Size, w.Tries, stampOrNull(w.Next), orNull(w.Why),
			})
		}
	}
	return reply(w, http.StatusOK, out)
}

// queueChoice says which queues are meant: those with this app and this route, or all.
type queueChoice struct {
	App   *string  `json:"app"`
	Route *string  `json:"route"`
	All   bool     `json:"all"`
	IDs   []string `json:"ids"` // only where something is cancelled
}

func (s *Server) chosenQueues(ctx context.Context, c queueChoice) ([]store.Queue, error) {
	all, err := s.cfg.Store.Queues(ctx)
	var out []store.Queue
	for _, q := range all {
		if (c.App == nil || *c.App == q.App) && (c.Route == nil || *c.Route == q.Route) {
			out = append(out, q)
		}
	}
	return out, err
}

// readQueueChoice reads which queues are meant. Nothing said is no choice: all must be asked for.
func readQueueChoice(w http.ResponseWriter, r *http.Request) (queueChoice, error) {
	var c queueChoice
	if _, err := readJSON(w, r, 1<<20, &c); err != nil {
		return c, err
	}
	if places := c.App != nil || c.Route != nil; !places && !c.All && len(c.IDs) == 0 || places && c.All {
		return c, bad(`say which queue: {"app":"…","route":"…"}, one of them, or {"all":true}`)
	}
	return c, nil
}

// apiQueueDo does something to each queue that is chosen, and says how many requests or queues it was done to.
func (s *Server) apiQueueDo(done string, do func(context.Context, store.Place) (int, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := readQueueChoice(w, r)
		if err == nil && len(c.IDs) > 0 {
			err = bad("only cancel takes ids: what waits on a route goes in order")
		}
		if err != nil {
			return err
		}
		n, err := s.eachQueue(r.Context(), c, do)
		if err != nil {
			return err
		}
		return reply(w, http.StatusOK, map[string]int{done: n})
	}
}

func (s *Server) eachQueue(ctx context.Context, c queueChoice, do func(context.Context, store.Place) (int, error)) (total int, err error) {
	places := []store.Place{}
	if c.App != nil && c.Route != nil { // also one where nothing waits yet
		places = append(places, store.Place{App: *c.App, Route: *c.Route})
	} else {
		all, err := s.chosenQueues(ctx, c)
		if err != nil {
			return 0, err
		}
		for _, q := range all {
			places = append(places, q.Place)
		}
	}
	for _, at := range places {
		n, err := do(ctx, at)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

func (s *Server) pauseAt(ctx context.Context, at store.Place) (int, error) {
	return 1, s.cfg.Store.Pause(ctx, at)
}

func (s *Server) resumeAt(ctx context.Context, at store.Place) (int, error) {
	return 1, s.cfg.Store.Resume(ctx, at)
}

func (s *Server) hurryAt(ctx context.Context, at store.Place) (int, error) {
	return s.cfg.Store.Hurry(ctx, &at)
}

func (s *Server) cancelAt(ctx context.Context, at store.Place) (int, error) {
	return s.cfg.Store.CancelAll(ctx, &at)
}

// apiQueueCancel ends the waiting of the requests that are named, or of all in the queues that are chosen.
func (s *Server) apiQueueCancel(w http.ResponseWriter, r *http.Request) error {
	c, err := readQueueChoice(w, r)
	if err == nil && len(c.IDs) > 0 && (c.All || c.App != nil || c.Route != nil) {
		err = bad("say either which requests or which queues")
	}
	if err != nil {
		return err
	}
	n := 0
	for _, ref := range c.IDs {
		if err := s.cancelOne(r.Context(), ref); err != nil {
			return err
		}
		n++
	}
	if len(c.IDs) == 0 {
		if n, err = s.eachQueue(r.Context(), c, s.cancelAt); err != nil {
			return err
		}
	}
	return reply(w, http.StatusOK, map[string]int{"cancelled": n})
}

// cancelOne ends the waiting of one request.
func (s *Server) cancelOne(ctx context.Context, ref string) error {
	id, err := s.cfg.Store.Resolve(ctx, ref)
	if err != nil {
		return err
	}
	err = s.cfg.Store.Cancel(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return fault{http.StatusConflict, short(id) + " does not wait for its app any more", err}
	}
	return err
}
