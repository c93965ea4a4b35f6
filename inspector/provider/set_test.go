package provider

import (
	"errors"
	"testing"
)

func TestSet(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct{ kind, body, place, value, want string }{
		{form, "a=1&b[c]=2", "b[c]", "x y", "a=1&b[c]=x+y"},
		{form, "a=1", "new", "+1", "a=1&new=%2B1"},
		{"application/json", `{"id":"a", "data":{"n":1,"list":[{"x":null}]}}`, "data.n", "2", `{"id":"a", "data":{"n":2,"list":[{"x":null}]}}`},
		{"application/json", `{"id":"1"}`, "id", "2", `{"id":"2"}`},
		{"application/json", `{"n":1}`, "n", "two", `{"n":"two"}`},
		{"application/json", `{"data":{"list":[{"x":null}]}}`, "data.list.0.x", `{"y":1}`, `{"data":{"list":[{"x":{"y":1}}]}}`},
		{"application/json", `{"a":{}}`, "a.b", `"<&>`, `{"a":{"b":"\"<&>"}}`},
		{"application/json", `{ "a":1 }`, "b", "true", `{ "a":1,"b":true }`},
		{"application/json", `[{"id":1}]`, "0.id", "9007199254740993", `[{"id":9007199254740993}]`},
	} {
		q := Request{Target: "/", Fields: []Field{{"Content-Type", tt.kind}}, Body: []byte(tt.body)}
		if err := q.Set(tt.place, tt.value); err != nil || string(q.Body) != tt.want {
			t.Errorf("%s in %s: %s, %v; want %s", tt.place, tt.body, q.Body, err, tt.want)
		}
	}
	q := Request{Target: "/x?a=1&b=2", Body: []byte(`{"a":1}`)}
	if err := errors.Join(q.Set("h:X-A", "b"), q.Set("q:b", "3 4"), q.Set("q:c", "&")); err != nil || q.Target != "/x?a=1&b=3+4&c=%26" || header(q.Fields, "x-a") != "b" {
		t.Errorf("%+v, %v", q, err)
	}
	for _, place := range []string{"a.b", "x.y", "0"} {
		q := Request{Body: []byte(`{"a":1}`)}
		if err := q.Set(place, "1"); place != "0" && !errors.Is(err, ErrNoPlace) {
			t.Errorf("%s: %v, want %v", place, err, ErrNoPlace)
		}
	}
	q = Request{Body: []byte(`plain`)}
	if err := q.Set("a", "1"); !errors.Is(err, ErrNoPlace) {
		t.Errorf("in plain text: %v", err)
	}
}

// TestTelerivetNumbers holds the sequences that Telerivet documents for its test numbers.
func TestTelerivetNumbers(t *testing.T) {
	for number, want := range map[string][]string{
		"+15005550011": {"failed"}, "+15005550012": {"sent", "delivered"}, "+15005550013": {"sent", "not_delivered"},
		"+15005550014": {"failed_queued", "sent"}, "+16505550123": nil,
	} {
		q := telerivetSamples()[1].Request
		if err := q.Set("to_number", number); err != nil {
			t.Fatal(err)
		}
		steps := telerivet().Follow(&q)
		if len(steps) != len(want) {
			t.Fatalf("%s: %d requests, want %v", number, len(steps), want)
		}
		for n, fields := range steps {
			if fields[0] != (Field{"status", want[n]}) {
				t.Errorf("%s: request %d has %v, want %s", number, n, fields, want[n])
			}
		}
	}
}
