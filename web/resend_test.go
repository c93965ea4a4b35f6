package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"devhook/store"
)

// progressOf follows a form's answer to the progress of the resend it started.
func (r *room) resendChosen(ids ...string) (progress string) {
	r.Helper()
	page := r.form("/resend", url.Values{"id": ids, "q": {"provider:telerivet"}}.Encode()).is(200)
	return r.form("/resend", "nonce="+nonceIn(r.T, page.body)).is(303).Header.Get("Location")
}

func TestResendSelected(t *testing.T) {
	r := newRoom(t)
	first, bad, second := r.add(500).ID, r.add(-1, func(c *store.Capture) { c.State = store.Malformed }).ID, r.add(200).ID
	page := r.form("/resend", url.Values{"id": {second, bad, first, second}, "q": {"provider:telerivet"}}.Encode()).is(200).
		has("Resend 3 selected requests?", "1 of them can’t be sent again", ">Resend 2<", `href="/?q=provider%3Atelerivet"`)
	r.get("/resend?" + url.Values{"id": {second}}.Encode()).is(200).has("Resend 1 selected request?")
	to := r.form("/resend", "nonce="+nonceIn(t, page.body)).is(303).Header.Get("Location")
	r.eventually("it is done", func() bool { return strings.Contains(r.get(to).is(200).body, "Resent 2 requests") })
	if got := r.app.sentIDs(); !slices.Equal(got, []string{first, second}) {
		t.Errorf("sent %v, want the two that can be, oldest first", got)
	}
	r.get(to).has(short(first), short(second), short(bad), "It was not understood as HTTP", `<b id="taken">2</b>`, "passed over", "/requests/"+first+"?done=").
		lacks("hx-get", "http-equiv")
	r.get("/requests/" + first + "?tab=deliveries").has("Replay 1")
}

func (a *app) sentIDs() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.ids)
}

func TestResendOfNothingThatCanBeSent(t *testing.T) {
	r := newRoom(t)
	bad := r.add(-1, func(c *store.Capture) { c.State = store.Incomplete }).ID
	r.form("/resend", "id="+bad).is(200).has("Nothing here can be sent again").lacks(`autofocus`)
	r.form("/resend", "id=01JDB7Q4M8T0Z5X2C9R1W6K3VN").is(404)
	r.form("/resend", "nonce=x").is(303)
	r.form("/resend", "").is(303)
	for _, path := range []string{"/resends/x", "/resends/x/progress"} {
		r.get(path).is(404)
	}
	r.form("/resends/x/cancel", "").is(404)
	r.get("/api/resends/x").is(404)
}

// steps is a Replayer that says when a delivery begins and waits until it may go on.
type steps struct {
	Replayer
	begun, on chan struct{}
}

func (s *steps) Replay(ctx context.Context, id string, e Edit) (*store.Delivery, error) {
	s.begun <- struct{}{}
	<-s.on
	return s.Replayer.Replay(ctx, id, e)
}

// TestResendCancelled stops after the delivery that is under way; that one is counted.
func TestResendCancelled(t *testing.T) {
	step := &steps{begun: make(chan struct{}), on: make(chan struct{})}
	r := newRoom(t, func(c *Config) { step.Replayer, c.Replayer = c.Replayer, step })
	var ids []string
	for range 5 {
		ids = append(ids, r.add(500).ID)
	}
	to := r.resendChosen(ids...)
	for range 2 {
		<-step.begun
		step.on <- struct{}{}
	}
	<-step.begun
	r.get(to).has("Resending 2 of 5", `<noscript><meta http-equiv="refresh"`, `hx-get="`+to+`/progress"`, `max="5" value="2"`, "It goes on when this page is closed.")
	r.get(to + "/progress").is(200).lacks("<html")
	r.call("POST", to+"/cancel", "", "Content-Type: application/x-www-form-urlencoded", "Origin: http://evil.example").is(403)
	r.form(to+"/cancel", "").is(303)
	step.on <- struct{}{}
	r.eventually("it is cancelled", func() bool {
		return strings.Contains(r.get(to).body, "Cancelled after 3 of 5")
	})
	r.get(to).has("2 requests not sent.").lacks(`id="cancel"`)
	if n := r.app.count(); n != 3 {
		t.Errorf("%d were sent, want 3", n)
	}
	r.form(to+"/cancel", "").is(303) // a second click
	next := r.resendChosen(ids...)
	for range ids {
		<-step.begun
		step.on <- struct{}{}
	}
	r.eventually("another can follow", func() bool { return strings.Contains(r.get(next).body, "Resent 5 requests") })
}

func TestResendStopsWhenNothingCanBeRecorded(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Replayer = &failing{err: errors.New("store: add delivery: disk I/O error")} })
	to := r.resendChosen(r.add(500).ID, r.add(500).ID)
	r.eventually("it is stopped", func() bool { return strings.Contains(r.get(to).body, "Stopped after 0 of 2") })
	r.get(to).has("Something went wrong; the log of devhook says what.").lacks("disk I/O")
	r.post("/api/resend", `{"failed":true}`).is(500)
}

func TestResendPassesOverWhatIsRefusedOrGone(t *testing.T) {
	to := &failing{err: &Refusal{Reason: "only the app and addresses of this machine can be called from here"}}
	r := newRoom(t, func(c *Config) { c.Replayer = to })
	gone := r.add(500).ID
	page := r.form("/resend", url.Values{"id": {gone, r.add(500).ID}}.Encode()).is(200)
	if err := r.db.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	at := r.form("/resend", "nonce="+nonceIn(t, page.body)).is(303).Header.Get("Location")
	r.eventually("it is done", func() bool { return strings.Contains(r.get(at).body, "Nothing was resent") })
	r.get(at).has("It was deleted meanwhile.", "Only the app and addresses of this machine")
	if to.asked != 1 {
		t.Errorf("asked %d times, want once", to.asked)
	}
}

func TestResendsAreForgotten(t *testing.T) {
	r := newRoom(t)
	id := r.add(200).ID
	first := r.resendChosen(id)
	for range jobMost {
		r.eventually("the one before is done", func() bool {
			r.jobs.mu.Lock()
			defer r.jobs.mu.Unlock()
			return r.jobs.made[len(r.jobs.made)-1].now() == finished
		})
		r.resendChosen(id)
	}
	r.get(first).is(404).has("No such resend")
}

func TestAPIResendOfChosenOnes(t *testing.T) {
	r := newRoom(t)
	one, two := r.add(500).ID, r.add(200).ID
	var got resendObject
	r.post("/api/resend", `{"ids":["`+two+`","`+short(one)+`"]}`).is(200).json(&got)
	if got.State != finished || got.Total != 2 || len(got.Deliveries) != 2 || !slices.Equal(r.app.sentIDs(), []string{one, two}) {
		t.Errorf("answered %+v, sent %v", got, r.app.sentIDs())
	}
	r.get("/api/resends/"+got.ID).is(200).has(`"state":"done"`, `"total":2`)
	r.call("DELETE", "/api/resends/"+got.ID, "").is(200).has(`"state":"done"`)
	r.post("/api/resend", `{"ids":["`+one+`"],"failed":true}`).is(400)
	r.post("/api/resend", `{"ids":[]}`).is(400)
	r.post("/api/resend", `{"ids":["nothing"]}`).is(404)
}

func TestAPICancelsAResend(t *testing.T) {
	r := newRoom(t)
	r.app.gate = make(chan struct{})
	to := r.resendChosen(r.add(500).ID, r.add(500).ID, r.add(500).ID)
	id := strings.TrimPrefix(to, "/resends/")
	r.post("/api/resend", `{"failed":true}`).is(409)
	r.app.gate <- struct{}{}
	cancelled := make(chan *answered, 1)
	go func() { cancelled <- r.call("DELETE", "/api/resends/"+id, "") }()
	j, err := r.jobs.find(id)
	if err != nil {
		t.Fatal(err)
	}
	for ended := false; !ended; { // the one that is under way goes on, and who cancels waits for it
		select {
		case r.app.gate <- struct{}{}:
		case <-j.finish:
			ended = true
		}
	}
	(<-cancelled).is(200).has(`"total":3`)
}
