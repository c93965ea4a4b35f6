package provider

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRicloudsAge(t *testing.T) {
	secret := []Secret{{"env:RICLOUD", "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d"}}
	q := ricloud().Samples()[0].Request
	signed := time.Unix(1795299300, 0)
	if _, err := ricloud().Resign(&q, secret[0], signed); err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]Verdict{
		0: Valid, 600 * time.Second: Valid, 601 * time.Second: Invalid, -601 * time.Second: Valid, -1000 * time.Hour: Valid,
	} {
		q.At = signed.Add(age)
		if r := ricloud().Check(&q, secret); r.Verdict != want {
			t.Errorf("%s old: %s, want %s: %+v", age, r.Verdict, want, r)
		}
	}
}

// TestRicloudsHeader: only the form that the sender's own code reads.
func TestRicloudsHeader(t *testing.T) {
	for value, want := range map[string]bool{
		"t=1,s=ab": true, "s=ab,t=1": false, "t=1, s=ab": false, "t=1": false, "t=,s=ab": false, "t=1,s=": false, "": false, "t=1,v=2,s=ab": false,
	} {
		sigs, at, fault := inOrder{"t", "s"}.read(value)
		if got := fault == ""; got != want || want && (at != "1" || !slices.Equal(sigs, []string{"ab"})) {
			t.Errorf("%q: %q at %q, fault %q", value, sigs, at, fault)
		}
	}
}

func TestRicloudsEvents(t *testing.T) {
	const id = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	for _, tt := range []struct {
		target, body string
		want         Event
	}{
		{"/webhooks/" + id, `{"id":"` + id + `","type":"webhook_config","action":"test","retries":2,"date_created":"2020-02-25T13:04:00Z"}`, Event{Name: "webhook_config.test", ID: id, DedupeKey: "ricloud " + id, Retry: 2, OccurredAt: time.Date(2020, 2, 25, 13, 4, 0, 0, time.UTC)}},
		{"/webhooks/" + id + "?a=/b", `{"type":"task","action":"failed"}`, Event{Name: "task.failed", ID: id, DedupeKey: "ricloud " + id}},
		{"/webhooks/other", `{"type":"task"}`, Event{}},
		{"*", "", Event{}},
	} {
		if got := ricloud().Describe(&Request{Method: "POST", Target: tt.target, Body: []byte(tt.body)}); got != tt.want {
			t.Errorf("%s %s: got %+v, want %+v", tt.target, tt.body, got, tt.want)
		}
	}
}

func TestRicloudsJudgement(t *testing.T) {
	for status, want := range map[int]bool{200: true, 201: true, 204: true, 302: false, 400: false, 500: false} {
		j := ricloud().Assess(nil, Answer{Status: status})
		if j.Accepted != want || !want && !strings.Contains(j.Next, "five attempts") {
			t.Errorf("%d: %+v", status, j)
		}
	}
}

// TestRicloudsSamples has one for each slug that the sender's code names.
func TestRicloudsSamples(t *testing.T) {
	var names []string
	for _, s := range ricloud().Samples() {
		names = append(names, s.Event)
	}
	for _, slug := range []string{"session.expired", "poll.created", "poll.completed", "task.created", "task.succeeded", "task.failed", "webhook_config.test"} {
		if !slices.Contains(names, slug) {
			t.Errorf("no sample of %s", slug)
		}
	}
}
