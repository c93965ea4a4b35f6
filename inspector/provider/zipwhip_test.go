package provider

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestZipwhipByAddress(t *testing.T) {
	for _, tt := range []struct {
		remote  string
		field   Field
		verdict Verdict
		reason  string
		hint    string // how one begins, "" for none at all
	}{
		{"69.46.44.7", Field{}, Valid, "69.46.44.7 is one of Zipwhip's addresses", ""},
		{"::ffff:208.69.95.64", Field{}, Valid, "208.69.95.64 is one of Zipwhip's addresses", ""},
		{"", Field{}, Unchecked, "Zipwhip has no secret, and which address called is not known", ""},
		{"203.0.113.9", Field{}, Invalid, "203.0.113.9 is none of Zipwhip's addresses, 69.46.44.0/24 and 208.69.95.64/26", "the list is of 2015"},
		{"2001:db8::1", Field{}, Invalid, "2001:db8::1 is none", "the list is of 2015"},
		{"127.0.0.1", Field{}, Invalid, "127.0.0.1 is none", "127.0.0.1 is this machine itself"},
		{"::1", Field{}, Invalid, "::1 is none", "::1 is this machine itself"},
		{"10.1.2.3", Field{}, Invalid, "10.1.2.3 is none", "10.1.2.3 is an address of a private network"},
		{"fe80::1%eth0", Field{}, Invalid, "fe80::1 is none", "fe80::1 is an address of a private network"},
		{"100.64.3.2", Field{}, Invalid, "100.64.3.2 is none", "100.64.3.2 is an address of a private network"},
		{"127.0.0.1", Field{"X-Forwarded-For", "203.0.113.1, 69.46.44.9"}, Invalid, "127.0.0.1 is none", "the header X-Forwarded-For names one of Zipwhip's addresses, but anybody can write that"},
		{"127.0.0.1", Field{"Forwarded", `for="69.46.44.9";proto=https`}, Invalid, "127.0.0.1 is none", "the header Forwarded names"},
	} {
		q := zipwhip().Samples()[0].Request
		q.Fields = append(q.Fields[:len(q.Fields):len(q.Fields)], tt.field)
		if tt.remote != "" {
			q.Remote = netip.MustParseAddr(tt.remote)
		}
		r := zipwhip().Check(&q, nil)
		hints := "\n" + strings.Join(r.Hints, "\n")
		if r.Verdict != tt.verdict || !strings.HasPrefix(r.Reason, tt.reason) || !strings.Contains(hints, "\n"+tt.hint) || tt.hint == "" && len(r.Hints) > 0 {
			t.Errorf("%q: %s, %q, hints %q", tt.remote, r.Verdict, r.Reason, r.Hints)
		}
		with := zipwhip().Check(&q, []Secret{{"env:ONE", "s3cret"}})
		if with.Verdict != r.Verdict || !strings.Contains(strings.Join(with.Hints, "\n"), "Zipwhip sends no secret: env:ONE is not looked at") {
			t.Errorf("%q with a secret: %s, hints %q", tt.remote, with.Verdict, with.Hints)
		}
	}
}

// TestZipwhipsEvents: by the path where it names one, else by the message; ids keep every digit.
func TestZipwhipsEvents(t *testing.T) {
	for _, tt := range []struct{ target, body, name, key string }{
		{"/hooks/zip/message/receive", `{"messageType":"ZO","id":634151298329219073,"statusCode":4}`, "receive", "zipwhip receive 634151298329219073 4"},
		{"/hooks/send/?x=/read", `{"messageType":"MO","id":9223372036854775807}`, "send", "zipwhip send 9223372036854775807 "},
		{"/optout/change", `{"id":"634151298329219073"}`, "optout", "zipwhip optout 634151298329219073 "},
		{"/", `{"messageType":"MO","id":634151298329219072,"statusCode":4,"read":false,"deleted":false}`, "receive", "zipwhip receive 634151298329219072 4"},
		{"/", `{"messageType":"MO","id":1,"read":true}`, "read", "zipwhip read 1 "},
		{"/", `{"messageType":"MO","id":1,"read":true,"deleted":true}`, "delete", "zipwhip delete 1 "},
		{"/", `{"messageType":"ZO","id":1,"statusCode":1}`, "send", "zipwhip send 1 1"},
		{"/", `{"messageType":"ZO","id":1,"statusCode":4}`, "progress", "zipwhip progress 1 4"},
		{"/", `{"messageType":"ZO","id":1,"statusCode":-1234}`, "progress", "zipwhip progress 1 -1234"},
		{"/", `{"hello":1}`, "", ""},
	} {
		e := zipwhip().Describe(&Request{Method: "POST", Target: tt.target, Body: []byte(tt.body)})
		if e.Name != tt.name || e.DedupeKey != tt.key {
			t.Errorf("%s %s: %+v", tt.target, tt.body, e)
		}
	}
	for _, s := range zipwhip().Samples() {
		e := zipwhip().Describe(&s.Request)
		want := map[string]time.Time{
			"read": time.Date(2026, 11, 21, 22, 15, 0, 0, time.UTC), "delete": time.Date(2026, 11, 21, 22, 20, 0, 0, time.UTC),
			"progress": time.Date(2026, 11, 21, 22, 13, 22, 0, time.UTC),
		}[s.Event]
		if want.IsZero() {
			want = time.Date(2026, 11, 21, 22, 13, 20, 0, time.UTC)
		}
		if !e.OccurredAt.Equal(want) {
			t.Errorf("%s %s happened %s, want %s", s.Request.Method, s.Event, e.OccurredAt, want)
		}
	}
}
