package provider

import (
	"testing"
	"time"
)

// TestMoments: where a row says that its requests tell when it happened, its sample does, in the right unit; and no sample
// is a second try.
func TestMoments(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for _, r := range rows() {
		for _, s := range r.provider().Samples() {
			signSample(t, r, &s.Request)
			e := r.told.event(r.name, &s.Request)
			if r.told.at != "" && (e.OccurredAt.Before(day) || e.OccurredAt.After(day.Add(24*time.Hour))) {
				t.Errorf("%s: %s happened at %v", r.name, s.Event, e.OccurredAt)
			}
			if e.Retry != 0 {
				t.Errorf("%s: %s is try %d", r.name, s.Event, e.Retry)
			}
		}
	}
}

func TestTold(t *testing.T) {
	where := told{
		name: "j:type+j:action h:X-Kind k:message k:poll", id: "j:id", at: "j:at", retry: "h:X-Attempt j:again", firstTry: 1,
	}
	for _, c := range []struct {
		body  string
		field Field
		want  Event
	}{
		{`{"type":"Issue","action":"create","id":7}`, Field{"X-Attempt", "1"}, Event{Name: "Issue.create", ID: "7", DedupeKey: "p 7"}},
		{`{"type":"Issue"}`, Field{"X-Kind", "issue"}, Event{Name: "issue"}},
		{`{"poll":{}}`, Field{"X-Attempt", "3"}, Event{Name: "poll", Retry: 2}},
		{`{"poll":{},"message":null}`, Field{"X-Attempt", "0"}, Event{Name: "message"}},
		{`["message"]`, Field{"X-Attempt", "-4"}, Event{}},
		{`{"again":true}`, Field{}, Event{Retry: 1}},
		{`{"again":false}`, Field{}, Event{}},
		{`{"again":1000}`, Field{}, Event{}},
		{`{"at":"2026-11-21T22:13:20.123"}`, Field{}, Event{OccurredAt: time.Date(2026, 11, 21, 22, 13, 20, 123e6, time.UTC)}},
		{`{"at":"2026-11-21 22:13:20"}`, Field{}, Event{OccurredAt: time.Date(2026, 11, 21, 22, 13, 20, 0, time.UTC)}},
		{`{"at":"2026-11-21T22:13:20+02:00"}`, Field{}, Event{OccurredAt: time.Date(2026, 11, 21, 20, 13, 20, 0, time.UTC)}},
		{`{"at":1795299200}`, Field{}, Event{OccurredAt: time.Date(2026, 11, 21, 22, 13, 20, 0, time.UTC)}},
		{`{"at":1795299200500}`, Field{}, Event{OccurredAt: time.Date(2026, 11, 21, 22, 13, 20, 5e8, time.UTC)}},
		{`{"at":-1}`, Field{}, Event{}},
		{`{"at":"yesterday"}`, Field{}, Event{}},
	} {
		got := where.event("p", &Request{Fields: []Field{c.field}, Body: []byte(c.body)})
		if !got.OccurredAt.Equal(c.want.OccurredAt) {
			t.Errorf("%s happened at %v, want %v", c.body, got.OccurredAt, c.want.OccurredAt)
		}
		got.OccurredAt, c.want.OccurredAt = time.Time{}, time.Time{}
		if got != c.want {
			t.Errorf("%s with %v tells %+v, want %+v", c.body, c.field, got, c.want)
		}
	}
}

func TestMarksInTheBody(t *testing.T) {
	r := row{marks: []string{"X-Id", "j:urls.get: https://api.example.com/", "j:n"}}
	for body, want := range map[string]bool{
		`{"urls":{"get":"https://api.example.com/1"},"n":0}`:                   true,
		`{"urls":{"get":"HTTPS://API.EXAMPLE.COM/1"},"n":false}`:               true,
		`{"urls":{"get":"https://api.example.com"},"n":1}`:                     false,
		`{"urls":{"get":"https://evil.example.com/https://api.example.com/"}}`: false,
		`{"urls":"get","n":1}`:                                false,
		`{"urls":{"get":"https://api.example.com/1"},"n":{}}`: false,
		`{"urls":{"get":"https://api.example.com/1"},"n":1`:   false,
		``: false,
	} {
		q := &Request{Fields: []Field{{"X-Id", "1"}}, Body: []byte(body)}
		if got := r.knows(q); got != want {
			t.Errorf("%s: known %t, want %t", body, got, want)
		}
		q.Fields = nil
		if r.knows(q) {
			t.Errorf("%s: known without its header", body)
		}
	}
}
