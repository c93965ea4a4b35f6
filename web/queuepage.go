package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"devhook/store"
	"devhook/web/view"
)

// queuePage tells what waits for its app, since when and why, and lets it be paused, cancelled and tried at once.
func (s *Server) queuePage(w http.ResponseWriter, r *http.Request) error {
	all, err := s.cfg.Store.Queues(r.Context())
	if err != nil {
		return err
	}
	p := view.QueuePage{Page: s.page(r, "Queue"), Lead: "Nothing waits for its app."}
	p.Section = "queue"
	p.Lost = "Senders were answered when their requests came: what the app answers now reaches none of them, and an autoreply in it is lost."
	draw, total := s.presenter(false), 0
	for n, q := range all {
		total += q.Count
		waiting, err := s.cfg.Store.Held(r.Context(), &q.Place, waitingShown)
		if err != nil {
			return err
		}
		card := draw.queue("queue"+strconv.Itoa(n), q)
		if card.Rows, err = s.waitingRows(r.Context(), draw, waiting); err != nil {
			return err
		}
		card.More = max(0, q.Count-len(waiting))
		p.Queues = append(p.Queues, card)
	}
	if total > 0 {
		p.Lead = view.Counted(total, "request") + " answered already " + verb(total, "waits", "wait") + " for the app."
	}
	return render(r.Context(), w, http.StatusOK, view.QueueView(p))
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// routeTitle is what a queue is called.
func routeTitle(route string) string {
	if route == "" {
		return "(no route)"
	}
	return label(route)
}

func (p presenter) queue(id string, q store.Queue) view.Queue {
	v := view.Queue{
		ID: id, Name: routeTitle(q.Route), App: visible(hostOf(q.App), false), Paused: !q.Paused.IsZero(), Idle: q.Count == 0,
		Fields: []view.Pair{{Name: "app", Value: q.App}, {Name: "route", Value: q.Route}},
		Cancel: "/queue/cancel" + query(url.Values{"app": {q.App}, "route": {q.Route}}),
	}
	add := func(name, text string) { v.Facts = append(v.Facts, view.Fact{Name: name, Text: text}) }
	if q.First == nil {
		add("Now", sentence(QueueSays(q, p.now)))
		return v
	}
	v.Stuck = q.Paused.IsZero() && (!q.Alive || q.First.Why != "")
	add("Waits", view.Counted(q.Count, "request")+", "+size(q.Bytes))
	add("Since", q.First.Since.Local().Format("2 Jan 15:04:05")+", for "+ago(p.now.Sub(q.First.Since)))
	add("Now", sentence(QueueSays(q, p.now)))
	if q.First.Tries > 0 {
		add("Tried", "The oldest "+often(q.First.Tries)+", in vain.")
	}
	return v
}

// waitingRows are what waits, as rows. One that was delivered meanwhile is left out.
func (s *Server) waitingRows(ctx context.Context, p presenter, waiting []*store.Waiting) ([]view.Waiting, error) {
	if len(waiting) == 0 {
		return nil, nil
	}
	var out []view.Waiting
	for _, w := range waiting {
		c, err := s.cfg.Store.Capture(ctx, w.ID)
		if err != nil {
			if asFault(err).status == http.StatusNotFound {
				continue
			}
			return nil, err
		}
		out = append(out, view.Waiting{
			Href: "/requests/" + w.ID, Short: short(w.ID), Method: cut(visible(c.Method, false), 20), Path: cut(p.target(c), 200),
			Sender: orWord(p.sender(c.Provider), "unknown"), At: w.Since.Local(), Ago: ago(p.now.Sub(w.Since)),
			Fields: []view.Pair{{Name: "id", Value: w.ID}},
		})
	}
	return out, nil
}

// formQueue does something to the queue that a form of the page names.
func (s *Server) formQueue(do func(context.Context, store.Place) (int, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := form(w, r)
		if err != nil {
			return err
		}
		at, err := placeOf(f)
		if err != nil {
			return err
		}
		if _, err := do(r.Context(), at); err != nil {
			return err
		}
		http.Redirect(w, r, "/queue", http.StatusSeeOther)
		return nil
	}
}

func placeOf(f url.Values) (store.Place, error) {
	if !f.Has("app") || !f.Has("route") {
		return store.Place{}, bad("this form is not complete; load the page again")
	}
	return store.Place{App: f.Get("app"), Route: f.Get("route")}, nil
}

// askQueueCancel asks before all that waits in a queue is cancelled.
func (s *Server) askQueueCancel(w http.ResponseWriter, r *http.Request) error {
	at, err := placeOf(r.URL.Query())
	if err != nil {
		return err
	}
	chosen, err := s.chosenQueues(r.Context(), queueChoice{App: &at.App, Route: &at.Route})
	if err != nil {
		return err
	}
	n := 0
	for _, q := range chosen {
		n = q.Count
	}
	page := s.page(r, "Cancel")
	page.Section = "queue"
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(view.Confirm{
		Page: page, Heading: "Cancel " + view.Counted(n, "request") + " of " + routeTitle(at.Route) + "?",
		Text:   "The app does not get them. They stay recorded as not delivered, with a note; a resend or a replay delivers them.",
		Action: "/queue/cancel", Button: "Don’t deliver " + strconv.Itoa(n), Cancel: "/queue", None: n == 0,
		Fields: []view.Pair{{Name: "app", Value: at.App}, {Name: "route", Value: at.Route}},
	}))
}

// formQueueCancel cancels one request, or all of a queue.
func (s *Server) formQueueCancel(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	if id := f.Get("id"); id != "" {
		err = s.cancelOne(r.Context(), id)
	} else {
		var at store.Place
		if at, err = placeOf(f); err == nil {
			_, err = s.cancelAt(r.Context(), at)
		}
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/queue", http.StatusSeeOther)
	return nil
}
