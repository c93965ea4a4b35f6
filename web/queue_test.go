package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

// hold adds a capture that waits for an app on a route.
func (r *room) hold(app, route string, change ...func(*store.Capture)) *store.Capture {
	r.Helper()
	c, body := sms(append([]func(*store.Capture){func(c *store.Capture) {
		c.State, c.Delivering, c.App, c.Queue, c.Instance = store.Held, false, app, route, "I1"
	}}, change...)...)
	if err := r.db.Add(r.Context(), c, body); err != nil {
		r.Fatal(err)
	}
	return c
}

const shopApp = "http://localhost:3000"

func queueForm(app, route string) string {
	return url.Values{"app": {app}, "route": {route}}.Encode()
}

func TestQueuePage(t *testing.T) {
	r := newRoom(t)
	r.get("/queue").is(200).has("Nothing waits for its app.")
	const link = `data-key="g q" hidden`
	r.get("/").is(200).has(link)
	r.get("/tunnel").is(200).has(link)
	first := r.hold(shopApp, "/hooks/pay")
	r.hold(shopApp, "/hooks/pay")
	other := r.hold("http://localhost:4000", "")
	if err := r.db.Postpone(t.Context(), first.ID, time.Now().Add(time.Hour), "nothing listens on <localhost:3000>"); err != nil {
		t.Fatal(err)
	}
	r.get("/").is(200).has(`href="/queue"`, `<span class="count">3</span>`, "held").lacks(link)
	r.get("/tunnel").is(200).has(`<span class="count">3</span>`)
	r.get("/status").is(200).has("3 requests answered already")
	page := r.get("/queue").is(200).has("3 requests answered already wait for the app.", "/hooks/pay", "(no route)", "localhost:4000",
		"No devhook up runs for this app.", short(first.ID), "/queue/cancel?"+strings.ReplaceAll(queueForm(shopApp, "/hooks/pay"), "&", "&amp;"))
	page.lacks("<localhost:3000>")

	r.form("/queue/pause", queueForm(shopApp, "/hooks/pay")).is(303)
	r.get("/queue").is(200).has("Paused since", "Resume")
	r.form("/queue/deliver", queueForm(shopApp, "/hooks/pay")).is(303)
	if w, err := r.db.NextHeld(t.Context(), "I1", store.Place{App: shopApp, Route: "/hooks/pay"}); err != nil || !w.Urgent || w.ID != first.ID {
		t.Errorf("to be tried now: %+v, %v", w, err)
	}
	r.form("/queue/resume", queueForm(shopApp, "/hooks/pay")).is(303)
	r.get("/queue").is(200).lacks("Paused since")

	r.form("/queue/cancel", "id="+other.ID).is(303)
	r.form("/queue/cancel", "id="+other.ID).is(409).has("does not wait for its app any more")
	r.get("/requests/"+other.ID).is(200).has(store.Cancelled, "The app was not called.")
	r.get("/queue/cancel?" + queueForm(shopApp, "/hooks/pay")).is(200).has("Cancel 2 requests of /hooks/pay?")
	r.form("/queue/cancel", queueForm(shopApp, "/hooks/pay")).is(303)
	r.get("/queue").is(200).has("Nothing waits")
	r.get("/queue/cancel?" + queueForm(shopApp, "/hooks/pay")).is(200).has("Back").lacks("<button class=\"btn btn-primary\"")
	for _, path := range []string{"/queue/pause", "/queue/resume", "/queue/deliver", "/queue/cancel"} {
		r.form(path, "app=x").is(400)
	}
	r.get("/queue/cancel?app=x").is(400)
}

func TestQueueAPI(t *testing.T) {
	r := newRoom(t)
	pay, sms := r.hold(shopApp, "/hooks/pay"), r.hold(shopApp, "/hooks/sms")
	r.hold(shopApp, "/hooks/sms")
	post := func(path, body string) *answered { return r.call("POST", path, body, "Content-Type: application/json") }
	var o struct {
		Queues  []queueObject
		Waiting []waitingObject
	}
	r.get("/api/queue?limit=1").is(200).json(&o)
	if len(o.Queues) != 2 || len(o.Waiting) != 2 || o.Queues[1].Count != 2 || *o.Queues[0].OldestID != pay.ID || o.Queues[0].Delivering {
		t.Errorf("got %+v", o)
	}
	r.get("/api/queue?route=/hooks/sms").is(200).json(&o)
	if len(o.Queues) != 1 || len(o.Waiting) != 2 || o.Waiting[0].ID != sms.ID {
		t.Errorf("of one route: %+v", o)
	}
	r.get("/api/queue?app=http://localhost:1").is(200).has(`{"queues":[],"waiting":[]}`)
	for _, c := range []struct {
		path, body, want string
		status           int
	}{
		{"pause", `{"route":"/hooks/sms"}`, `{"paused":1}`, 200},
		{"pause", `{"app":"` + shopApp + `","route":"/later"}`, `{"paused":1}`, 200},
		{"pause", `{"route":"/nowhere"}`, `{"paused":0}`, 200},
		{"deliver", `{"all":true}`, `{"tried":2}`, 200},
		{"resume", `{"all":true}`, `{"resumed":3}`, 200},
		{"cancel", `{"ids":["` + short(pay.ID) + `"]}`, `{"cancelled":1}`, 200},
		{"cancel", `{"ids":["` + pay.ID + `"]}`, "does not wait", 409},
		{"cancel", `{"ids":["nothing"]}`, "no such request", 404},
		{"cancel", `{"app":"` + shopApp + `"}`, `{"cancelled":2}`, 200},
		{"cancel", `{"all":true,"ids":["x"]}`, "either which requests or which queues", 400},
		{"deliver", `{"ids":["x"]}`, "only cancel takes ids", 400},
		{"pause", `{}`, "say which queue", 400},
		{"pause", `{"all":true,"route":"x"}`, "say which queue", 400},
	} {
		if a := post("/api/queue/"+c.path, c.body).is(c.status); !strings.Contains(a.body, c.want) {
			t.Errorf("%s %s: %s", c.path, c.body, a.body)
		}
	}
	if n, err := r.db.CountAllHeld(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are held in the end, %v", n, err)
	}
}

func TestHeldSentences(t *testing.T) {
	r := newRoom(t)
	c := r.hold(shopApp, "")
	r.get("/requests/"+c.ID).is(200).has("held until it is there", "was answered already", "The app gets it when it is there.")
	w, err := r.db.NextHeld(t.Context(), "I1", store.Place{App: shopApp})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.db.BeginHeld(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	d := delivery(c, 500)
	d.Notes = []string{store.HeldNote}
	if err := r.db.AddDelivery(t.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	r.get("/requests/"+c.ID).is(200).has("was answered before", "Telerivet would count this as failed").lacks("will count this as failed")

	c = r.add(-1)
	d = delivery(c, 0)
	d.Error, d.Judgement = store.OutcomeUnknown, "no answer within 5s"
	if err := r.db.AddDelivery(t.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	r.get("/").is(200).has("Outcome unknown: no answer within 5s")
}
