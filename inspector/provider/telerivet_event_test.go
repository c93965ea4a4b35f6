package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func event(body string) Event {
	return telerivet().Describe(&Request{Method: "POST", Fields: []Field{{"Content-Type", formType}}, Body: []byte(body)})
}

func TestTelerivetEvent(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	for _, c := range []struct {
		body string
		want Event
	}{
		{"event=incoming_message&id=SM1&time_created=100&time_sent=90", Event{Name: "incoming_message", ID: "SM1", DedupeKey: "telerivet incoming_message SM1", OccurredAt: at(100)}},
		{"event=send_status&id=SM1&status=sent&time_created=100&time_sent=110", Event{Name: "send_status", ID: "SM1", DedupeKey: "telerivet send_status SM1 sent ", OccurredAt: at(110)}},
		{"event=send_status&id=SM1&status=sent&time_sent=110&time_clicked=120", Event{Name: "send_status", ID: "SM1", DedupeKey: "telerivet send_status SM1 sent 120", OccurredAt: at(120)}},
		{"event=send_broadcast&id=BR1&time_created=x", Event{Name: "send_broadcast", ID: "BR1", DedupeKey: "telerivet send_broadcast BR1"}},
		{"event=incoming_message&time_created=-1", Event{Name: "incoming_message"}},
		{"event=incoming_message&time_created=9999999999999999", Event{Name: "incoming_message"}},
		{"", Event{}},
	} {
		if diff := cmp.Diff(c.want, event(c.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.body, diff)
		}
	}
}

// The same contact may be updated twice in a row: only the same content is the same happening.
func TestTelerivetUpdatesAreTold(t *testing.T) {
	for _, name := range []string{"contact_update", "message_metadata", "an_event_of_tomorrow"} {
		first := event("event=" + name + "&id=CT1&update_type=update_field&vars%5Ba%5D=1&secret=old")
		retry := event("event=" + name + "&id=CT1&update_type=update_field&vars%5Ba%5D=1&secret=new")
		second := event("event=" + name + "&id=CT1&update_type=update_field&vars%5Ba%5D=2&secret=old")
		if first.DedupeKey != retry.DedupeKey {
			t.Errorf("%s: a retry with a rotated secret is another happening", name)
		}
		if first.DedupeKey == second.DedupeKey {
			t.Errorf("%s: another change of the same contact is the same happening", name)
		}
	}
}

func TestTelerivetEventIsBounded(t *testing.T) {
	long := strings.Repeat("é", 1<<19)
	e := event("event=" + long + "&id=" + long + "&update_type=" + long)
	if len(e.Name) > 200 || len(e.ID) > 200 || len(e.DedupeKey) > 1000 {
		t.Errorf("lengths %d, %d, %d", len(e.Name), len(e.ID), len(e.DedupeKey))
	}
}

func TestTelerivetRecognise(t *testing.T) {
	form := func(method, body string) *Request {
		return &Request{Method: method, Fields: []Field{{"Content-Type", formType + "; charset=UTF-8"}}, Body: []byte(body)}
	}
	for _, c := range []struct {
		name string
		q    *Request
		want bool
	}{
		{"event and id", form("POST", "event=incoming_message&id=SM1"), true},
		{"event and project", form("POST", "project_id=PJ1&event=send_broadcast"), true},
		{"basic user", &Request{Method: "POST", Fields: []Field{{"Authorization", "Basic dGVsZXJpdmV0Ong="}}}, true},
		{"event alone", form("POST", "event=contact_update"), false},
		{"another event", form("POST", "event=push&id=1"), false},
		{"an empty id", form("POST", "event=send_status&id="), false},
		{"an id too long for Telerivet", form("POST", "event=send_status&id="+strings.Repeat("1", 35)), false},
		{"login form", form("POST", "user=a&password=b&id=1"), false},
		{"GET", form("GET", "event=incoming_message&id=SM1"), false},
		{"JSON of the same words", &Request{Method: "POST", Fields: []Field{{"Content-Type", "application/json"}}, Body: []byte(`{"event":"incoming_message","id":"SM1"}`)}, false},
		{"form of no declared type", &Request{Method: "POST", Body: []byte("event=incoming_message&id=SM1")}, false},
		{"another basic user", &Request{Method: "POST", Fields: []Field{{"Authorization", "Basic dGVsZTp4"}}}, false},
		{"payload field of another sender", form("POST", "payload=%7B%22event%22%3A%22incoming_message%22%7D"), false},
	} {
		if got := telerivet().Knows(c.q); got != c.want {
			t.Errorf("%s: recognised %v, want %v", c.name, got, c.want)
		}
	}
}
