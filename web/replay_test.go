package web

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"devhook/store"
)

func TestReplayRefusesWhatWouldNotBeSentAsWritten(t *testing.T) {
	r := newRoom(t)
	path := "/api/requests/" + r.add(500).ID + "/replay"
	for doc, said := range map[string]string{
		`{"headers":[["A"]]}`:                  "a header is a pair",
		`{"headers":[["A","b","c"]]}`:          "a header is a pair",
		`{"headers":[["A","\u0001"]]}`:         "one line without control characters",
		`{"headers":{"A":"b"}}`:                "headers is of the wrong kind, object",
		`{"body":5}`:                           "body is of the wrong kind, number",
		`[]`:                                   "the whole is of the wrong kind, array",
		"{\"body\":\"\xff\"}":                  "UTF-8",
		`{"method":"CONNECT"}`:                 "not CONNECT",
		`{"method":"` + long(33) + `"}`:        "at most 32 letters",
		`{"target":"hello"}`:                   "must start with /",
		`{"target":"http://169.254.169.254/"}`: "must start with /",
		`{"to":"http://localhost:99999"}`:      "http or https URL",
		`{"to":"http://localhost:0"}`:          "http or https URL",
		`{"to":"http://:80"}`:                  "http or https URL",
		`{"drop_headers":["Host\r\nA: b"]}`:    "one word",
	} {
		r.post(path, doc).is(400).has(said).lacks("Go struct", "json:", "web.")
	}
	if n := r.app.count(); n != 0 {
		t.Errorf("%d replays were sent", n)
	}
}

func long(n int) string { return strings.Repeat("M", n) }

func TestReplayOfWhatNeverWasWhole(t *testing.T) {
	r := newRoom(t)
	for _, state := range []store.State{store.Malformed, store.Incomplete} {
		c := r.add(-1, func(c *store.Capture) { c.State = state })
		r.post("/api/requests/"+c.ID+"/replay", `{}`).is(409).lacks("something went wrong")
		r.form("/requests/"+c.ID+"/replay", "nonce=x").is(409)
	}
	if n := r.app.count(); n != 0 {
		t.Errorf("%d replays were sent", n)
	}
}

// failing is a Replayer that can't.
type failing struct {
	delivery *store.Delivery
	err      error
	asked    int
}

func (f *failing) Replay(context.Context, string, Edit) (*store.Delivery, error) {
	f.asked++
	return f.delivery, f.err
}

func TestReplayThatIsRefusedSaysWhy(t *testing.T) {
	to := &failing{err: &Refusal{Reason: "only the app and addresses of this machine can be called from here"}}
	r := newRoom(t, func(c *Config) { c.Replayer = to })
	path := "/api/requests/" + r.add(500).ID + "/replay"
	for range 2 { // nothing was sent: the key may be used again
		r.post(path, `{"to":"http://example.com"}`, "Idempotency-Key: k").is(422).has("only the app and addresses of this machine")
	}
	if to.asked != 2 {
		t.Errorf("asked %d times, want twice", to.asked)
	}
}

func TestReplaySentButNotRecordedIsNotSentAgain(t *testing.T) {
	to := &failing{delivery: &store.Delivery{ID: "x"}, err: errors.Join(store.ErrFull)}
	r := newRoom(t, func(c *Config) { c.Replayer = to })
	path := "/api/requests/" + r.add(500).ID + "/replay"
	for range 2 {
		r.post(path, `{}`, "Idempotency-Key: k").is(507)
	}
	if to.asked != 1 {
		t.Errorf("sent %d times, want once", to.asked)
	}
}

// TestManyDeliveriesMakeNoHugePage: of a capture that was sent again and again only the latest answers are drawn in full,
// and the live one.
func TestManyDeliveriesMakeNoHugePage(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	for n := range 3 * answersShown {
		r.replayed(c, 200, strings.Repeat(strconv.Itoa(n)+" ", answerBytes/4), nil)
	}
	page := r.get("/requests/"+c.ID+"?tab=deliveries").is(200).has("Replay 60", "Replay 1<", "59 59 59", "40 40 40", `{&#34;ok&#34;:true}`, "only those of the latest").lacks("39 39 39", "0 0 0 0 0")
	if len(page.body) > 2*answersShown*answerBytes {
		t.Errorf("the page has %d bytes", len(page.body))
	}
}
