package provider

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var sevenKey = Secret{"env:SEVEN", "sgk_5f1d8c0b7a6e4d3c2b1a"}

// sevenSigned is an sms_mo as seven.io would send it, signed for the URL.
func sevenSigned(t *testing.T, url string) *Request {
	t.Helper()
	q := sevenSamples()[0].Request
	q.Fields = slices.Clone(q.Fields)
	q.URL, q.Target, q.At = url, "/hooks/seven?shop=1", time.Unix(1795299300, 0)
	if _, err := seven().Resign(&q, sevenKey, q.At); err != nil {
		t.Fatal(err)
	}
	q.URL = "https://shop.example.com/hooks/seven?shop=1"
	return &q
}

func TestSevensAge(t *testing.T) {
	q := sevenSigned(t, "https://shop.example.com/hooks/seven?shop=1")
	signed := q.At
	for age, want := range map[time.Duration]struct {
		verdict Verdict
		noted   bool
	}{
		0: {Valid, false}, 30 * time.Second: {Valid, false}, 31 * time.Second: {Valid, true}, -31 * time.Second: {Valid, true},
		5 * time.Minute: {Valid, true}, -5 * time.Minute: {Valid, true}, 301 * time.Second: {Invalid, false}, -301 * time.Second: {Invalid, false},
	} {
		q.At = signed.Add(age)
		r := seven().Check(q, []Secret{sevenKey})
		noted := slices.ContainsFunc(r.Checks, func(c Check) bool { return c.OK && strings.Contains(c.Text, "asks receivers") })
		if r.Verdict != want.verdict || noted != want.noted {
			t.Errorf("%s old: %s, noted %t: %+v", age, r.Verdict, noted, r)
		}
	}
}

// TestSevensHints: what the sender may have signed instead of the whole address, and what a key may have suffered.
func TestSevensHints(t *testing.T) {
	for _, tt := range []struct {
		url    string
		secret Secret
		want   string
	}{
		{"/hooks/seven?shop=1", sevenKey, "env:SEVEN fits the path alone, and not the whole address: whoever signed this took the address from its own request line"},
		{"http://shop.example.com/hooks/seven?shop=1", sevenKey, "env:SEVEN fits the address with http:// in front, not https://: tell devhook the address that the sender calls, with --public-url"},
		{"https://shop.example.com:443/hooks/seven?shop=1", sevenKey, "env:SEVEN fits the address with port 443: tell devhook the address that the sender calls, with --public-url"},
		{"https://shop.example.com/hooks/seven", sevenKey, "env:SEVEN fits the address without its query: the query was changed on its way, or the sender knows another address"},
		{"https://shop.example.com/hooks/seven?shop=1", Secret{"env:SEVEN", `"` + sevenKey.Value + `"`}, "env:SEVEN without the quotation marks around it fits the signature: take them out of the secret's value"},
	} {
		r := seven().Check(sevenSigned(t, tt.url), []Secret{tt.secret})
		if r.Verdict != Invalid || !slices.Contains(r.Hints, tt.want) {
			t.Errorf("%s: %s, hints %q; want %q", tt.url, r.Verdict, r.Hints, tt.want)
		}
	}
}

// TestSevensKeyIsTrimmed as in seven.io's own verifier, and blank ones prove nothing.
func TestSevensKeyIsTrimmed(t *testing.T) {
	q := sevenSigned(t, "https://shop.example.com/hooks/seven?shop=1")
	if r := seven().Check(q, []Secret{{"env:SEVEN", "\t" + sevenKey.Value + " \r\n"}}); r.Verdict != Valid {
		t.Errorf("a key with white space around it: %+v", r)
	}
	if r := seven().Check(q, []Secret{{"env:SEVEN", " \n"}}); r.Verdict != Invalid {
		t.Errorf("a blank key: %+v", r)
	}
}

// TestSevensCarriers: the form of a secret says whether it is a signing key or header lines.
func TestSevensCarriers(t *testing.T) {
	const url = "https://shop.example.com/hooks/seven?shop=1"
	line := Secret{"env:LINE", "Authorization: Basic dXNlcjpwYXNz"}
	two := Secret{"env:TWO", "Authorization: Basic dXNlcjpwYXNz\r\nX-Shop: 17 a\n"}
	with := func(fields ...Field) *Request {
		q := sevenSigned(t, url)
		q.Fields = append(q.Fields, fields...)
		return q
	}
	auth, shop := Field{"authorization", "Basic dXNlcjpwYXNz"}, Field{"X-Shop", "17 a"}
	wrong := Field{"Authorization", "Basic dXNlcjpwYXNT"}
	for n, tt := range []struct {
		q       *Request
		secrets []Secret
		verdict Verdict
		text    string // in the reason or a hint
	}{
		{with(auth), []Secret{line}, Valid, "the Authorization header fits env:LINE"},
		{with(wrong), []Secret{line}, Invalid, "the Authorization header differs from env:LINE"},
		{with(), []Secret{line}, Missing, "no Authorization header"},
		{with(Field{"X-Auth", "Basic dXNlcjpwYXNz"}), []Secret{line}, Missing, `in the header "X-Auth"; it is expected in the header Authorization`},
		{with(auth, shop), []Secret{two}, Valid, "fits env:TWO"},
		{with(auth), []Secret{two}, Invalid, "no X-Shop header, which env:TWO names too"},
		{with(shop), []Secret{two}, Invalid, "no Authorization header, which env:TWO names too"},
		{with(), []Secret{two}, Missing, "no Authorization header"},
		{with(auth, shop), []Secret{{"env:OLD", "X-Shop: 16"}, line}, Valid, "fits env:LINE"},
		{with(auth), []Secret{line, sevenKey}, Valid, "X-Signature fits env:SEVEN"},
		{with(), []Secret{line, sevenKey}, Valid, "X-Signature fits env:SEVEN"},
		{with(wrong), []Secret{line, sevenKey}, Invalid, "the Authorization header differs from env:LINE"},
		{with(auth), []Secret{line, {"env:BAD", "sgk_other"}}, Invalid, "X-Signature differs from what env:BAD gives"},
		{withoutSignature(with(auth)), []Secret{line, sevenKey}, Valid, "the Authorization header fits env:LINE"},
		{withoutSignature(with()), []Secret{line, sevenKey}, Missing, "no X-Signature header and no Authorization header"},
		{with(Field{"X-Shop", "17"}), []Secret{{"env:TIGHT", "X-Shop:17"}}, Invalid, "put a blank behind its colon"},
	} {
		r := seven().Check(tt.q, tt.secrets)
		if r.Verdict != tt.verdict || !strings.Contains(r.Reason+"\n"+strings.Join(r.Hints, "\n"), tt.text) {
			t.Errorf("%d: %s, %q, hints %q; want %s and %q", n, r.Verdict, r.Reason, r.Hints, tt.verdict, tt.text)
		}
	}
	q := withoutSignature(with(wrong))
	if changed, err := seven().Resign(q, two, q.At); err != nil || !slices.Equal(changed, []string{"Authorization", "X-Shop"}) {
		t.Errorf("changed %q, %v", changed, err)
	}
	if r := seven().Check(q, []Secret{two}); r.Verdict != Valid {
		t.Errorf("signed with header lines: %+v", r)
	}
}

func withoutSignature(q *Request) *Request {
	q.Fields = slices.DeleteFunc(q.Fields, func(f Field) bool { return f.Name == "X-Signature" })
	return q
}

func TestSevensEvents(t *testing.T) {
	at := time.Unix(1795299200, 0).UTC()
	json := func(body string) Request { return Request{Method: "POST", Target: "/", Body: []byte(body)} }
	for _, tt := range []struct {
		q    Request
		want Event
	}{
		{sevenSamples()[1].Request, Event{Name: "dlr", ID: "77149843739", DedupeKey: "seven dlr 77149843739 DELIVERED", OccurredAt: at}},
		{sevenSamples()[4].Request, Event{Name: "voice_dtmf", ID: "1384013", DedupeKey: "seven voice_dtmf 1384013 5 1795299200", OccurredAt: at}},
		{sevenSamples()[11].Request, Event{Name: "dlr", ID: "77149843739", DedupeKey: "seven dlr 77149843739 TRANSMITTED", OccurredAt: at.Add(time.Hour)}},
		{sevenSamples()[12].Request, Event{Name: "sms_mo", ID: "681590", DedupeKey: "seven sms_mo 681590", OccurredAt: at}},
		{json(`{"webhook_event":"tracking","webhook_timestamp":"2020-12-02 11:55:44","data":{"type":"click"}}`), Event{Name: "tracking", OccurredAt: time.Date(2020, 12, 2, 11, 55, 44, 0, time.UTC)}},
		{json(`{"webhook_event":"voice_call","webhook_timestamp":"2021-08-24T08:08:00+02:00","data":{"id":9007199254740993}}`), Event{Name: "voice_call", ID: "9007199254740993", DedupeKey: "seven voice_call 9007199254740993", OccurredAt: time.Date(2021, 8, 24, 6, 8, 0, 0, time.UTC)}},
		{Request{Method: "GET", Target: "/?webhook_event=dlr&msg_id=7&status=DELIVERED"}, Event{Name: "dlr", ID: "7", DedupeKey: "seven dlr 7 DELIVERED"}},
	} {
		if got := seven().Describe(&tt.q); got != tt.want {
			t.Errorf("%s%s: got %+v, want %+v", tt.q.Target, tt.q.Body, got, tt.want)
		}
	}
}

func TestSevensJudgement(t *testing.T) {
	for status, want := range map[int]Judgement{
		200: {Accepted: true}, 204: {Accepted: true}, 302: {Accepted: true}, 399: {Accepted: true},
		100: {Text: "answered 100, wants 2xx or 3xx", Next: sevenSilent}, 501: {Text: "answered 501, wants 2xx or 3xx", Next: sevenSilent},
		400: {Text: "answered 400, wants 2xx or 3xx", Next: sevenFinal}, 404: {Text: "answered 404, wants 2xx or 3xx", Next: sevenFinal},
		429: {Text: "answered 429, wants 2xx or 3xx", Next: sevenRetries}, 503: {Text: "answered 503, wants 2xx or 3xx", Next: sevenRetries},
	} {
		got := seven().Assess(nil, Answer{Status: status, Took: 4999 * time.Millisecond})
		if got.Accepted != want.Accepted || got.Text != want.Text || got.Next != want.Next {
			t.Errorf("%d: %+v, want %+v", status, got, want)
		}
	}
	if j := seven().Assess(nil, Answer{Status: 302, Took: 5 * time.Second}); j.Accepted || j.Text != "took 5.0 s, waits 5 s" {
		t.Errorf("after 5 s: %+v", j)
	}
}
