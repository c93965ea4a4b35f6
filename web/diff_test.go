package web

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

// said is the page's text alone: what is marked in brackets.
func (a *answered) said() *answered {
	page := a.body[strings.Index(a.body, "<main"):]
	page = strings.NewReplacer("<mark>", "[", "</mark>", "]").Replace(page)
	return &answered{t: a.t, what: a.what, Response: a.Response, body: html.UnescapeString(element.ReplaceAllString(page, ""))}
}

// posted is a capture with a body of a kind, and more header lines.
func (r *room) posted(kind, body string, header ...string) *store.Capture {
	r.Helper()
	c, _ := sms(func(c *store.Capture) {
		c.Head = fmt.Appendf(nil, "POST /d HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n%s\r\n", kind, strings.Join(append(header, ""), "\r\n"))
		c.Target = "/d"
	})
	return r.addBody(200, c, []byte(body))
}

func diffOf(a, b string) string { return "/diff?a=" + url.QueryEscape(a) + "&b=" + url.QueryEscape(b) }

func TestDiffOfEveryKindOfBody(t *testing.T) {
	r := newRoom(t)
	const form, jsonKind = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		name, kind, a, b string
		want, lacks      []string
	}{
		{
			"JSON", jsonKind, `{"b":[1,2],"a":"x y"}`, `{"a":"x z","b":[1,2]}`,
			[]string{"JSON with its keys in order", "1 line differs", `[y]`, `[z]`},
			[]string{"Only the bytes"},
		},
		{
			"JSON written in another order", jsonKind, `{"a":1,"b":2}`, `{"b":2,"a":1}`,
			[]string{"Only the bytes differ: the order of keys. Both say the same, but a signature made over A"},
			[]string{"white space"},
		},
		{"JSON with white space", jsonKind, `{"a":1}`, `{"a": 1}`, []string{"Only the bytes differ: white space."}, nil},
		{"JSON with escapes", jsonKind, `{"a":"é/"}`, `{"a":"\u00e9\/"}`, []string{"Only the bytes differ: how characters are escaped."}, nil},
		{"JSON with other numbers", jsonKind, `[1.0,100,-0.5e3]`, `[1,1E2,-500]`, []string{"Only the bytes differ: how numbers are written."}, nil},
		{
			"JSON with all of it", jsonKind, `{"a":1.0,"b":"\n"}`, "{\"b\": \"\\u000a\",\"a\": 1}",
			[]string{"Only the bytes differ: the order of keys, white space, how characters are escaped and how numbers are written."},
			nil,
		},
		{"numbers that are not the same", jsonKind, `[10000000000000001]`, `[10000000000000002]`, []string{"1 line differs"}, []string{"Only the bytes"}},
		{"JSON with a credential", jsonKind, `{"token":"s3cr3t-one","n":1}`, `{"token":"s3cr3t-two","n":1}`, []string{"••••••••", "differs"}, []string{"s3cr3t"}},
		{"JSON with the same credential", jsonKind, `{"token":"s3cr3t-one","n":1}`, `{"token":"s3cr3t-one","n":2}`, []string{"•••••••• same", "1 line differs"}, []string{"s3cr3t"}},
		{"JSON with something behind it", jsonKind, `{"a":1}`, `{"a":1}]`, []string{"B can’t be compared as JSON: something follows the value"}, []string{"Only the bytes"}},
		{"broken JSON", jsonKind, `{"a":1}`, `{"a":`, []string{"B can’t be compared as JSON: unexpected EOF"}, nil},
		{
			"form", form, "a=1&b=2&c=x+y&secret=s3cr3t-a", "a=1&b=3&d=4&c=x+y&secret=s3cr3t-a",
			[]string{"Body, form fields", "2 of 5 differ", "[2]", "[3]", "not there", "•••••••• same"},
			[]string{"s3cr3t"},
		},
		{"form with another credential", form, "secret=s3cr3t-a", "secret=s3cr3t-b", []string{"•••••••• differs"}, []string{"s3cr3t"}},
		{"form in another order", form, "a=1&b=2", "b=2&a=1", []string{"Only the bytes differ: the order of fields."}, nil},
		{"form encoded differently", form, "a=x+y", "a=x%20y", []string{"Only the bytes differ: how characters are encoded."}, nil},
		{"text", "text/plain", "one\ntwo\nthree\n", "one\n2\nthree\n", []string{"1 line differs", "[two]", "[2]"}, nil},
		{"line ends", "text/plain", "one\r\ntwo", "one\ntwo", []string{"1 line differs", "one[CRLF]", "one[LF]"}, nil},
		{"binary", "application/octet-stream", "\x00\x01\x02" + strings.Repeat("z", 40), "\x00\x01\x03" + strings.Repeat("z", 40), []string{"1 line differs", "[02]", "[03]"}, nil},
		{"text and binary", "text/plain", `{"token":"s3cr3t-a"}`, "\x00", []string{"lines differ"}, []string{"s3cr3t"}},
		{
			"parts", "multipart/form-data; boundary=b",
			partsBody("b", "Content-Disposition: form-data; name=a\r\n\r\none", "Content-Disposition: form-data; name=token\r\n\r\ns3cr3t-a", "Content-Disposition: form-data; name=f; filename=x.bin\r\n\r\n\x00"),
			partsBody("b", "Content-Disposition: form-data; name=a\r\n\r\ntwo", "Content-Disposition: form-data; name=token\r\n\r\ns3cr3t-b", "Content-Disposition: form-data; name=f; filename=x.bin\r\n\r\n\x01"),
			[]string{"Body, parts", "3 of 3 differ", "[one]", "[two]", "•••••••• differs", "x.bin text/plain: [1 B, sha256 "},
			nil,
		},
		{"XML", "text/xml", "<a>\n<token>s3cr3t-a</token>\n<b>1</b></a>", "<a>\n<token>s3cr3t-b</token>\n<b>2</b></a>", []string{"2 lines differ", "••••••••</token> differs", "[1]", "[2]"}, nil},
		{"the same", "text/plain", "x", "x", []string{"the same 1 B, byte for byte"}, nil},
		{"characters that hide", "text/plain", "a\u202eb", "ab", []string{`\u202e`}, []string{"\u202e"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := r.posted(c.kind, c.a), r.posted(c.kind, c.b)
			page := r.get(diffOf(a.ID, b.ID)).is(200).lacks("s3cr3t").lacks(c.lacks...)
			inert(t, c.name, page.body)
			page.said().has(c.want...)
			page = r.get(diffOf(a.ID, b.ID) + "&raw=1&all=1").is(200).lacks("s3cr3t")
			inert(t, c.name, page.body)
		})
	}
}

func TestDiffOfHeads(t *testing.T) {
	r := newRoom(t)
	a := r.posted("text/plain", "x", "X-One: 1", "X-Two: 2", "x-Three: 3", "Authorization: Basic s3cr3t-a")
	b := r.posted("text/plain", "x", "X-Two: 2", "X-One: 1", "X-Three: 4", "Authorization: Basic s3cr3t-b", "X-One: again")
	r.get(diffOf(a.ID, b.ID)).is(200).lacks("s3cr3t").said().has(
		"Request head", "The lines that both have stand in another order.", "x-Three in A, X-Three in B", "3 of 10 differ",
		"Basic •••••••• differs", "again",
	)
	same := r.posted("text/plain", "x", "X-One: 1", "X-Two: 2", "x-Three: 3", "Authorization: Basic s3cr3t-a")
	r.get(diffOf(a.ID, same.ID)).is(200).has("the same, byte for byte", "nothing differs but the time")
	spaced := r.posted("text/plain", "x", "X-One:  1", "X-Two: 2", "x-Three: 3", "Authorization: Basic s3cr3t-a")
	r.get(diffOf(a.ID, spaced.ID)).is(200).has("Only spaces or line ends differ.", "no value that is shown differs, but the bytes do").lacks("nothing differs")
}

// What is masked differs also where it is compared as bytes.
func TestDiffOfMaskedBytes(t *testing.T) {
	r := newRoom(t)
	a, b := r.posted("application/json", "{\"token\":\"s3cr3t-a\"}\xff\xff\xff\xff\xff"), r.posted("application/json", "{\"token\":\"s3cr3t-b\"}\xff\xff\xff\xff\xff")
	r.get(diffOf(a.ID, b.ID)).is(200).has("What differs is masked.", "no value that is shown differs, but the bytes do").lacks("s3cr3t", "nothing differs")
}

// replayed adds a replay of c that was sent and answered as change says.
func (r *room) replayed(c *store.Capture, status int, answer string, change func(*store.Delivery)) *store.Delivery {
	r.Helper()
	d := delivery(c, status)
	d.Kind, d.At = store.Replay, time.Now()
	if change != nil {
		change(d)
	}
	d.BodySize = int64(len(answer))
	if err := r.db.AddDelivery(r.Context(), d, []byte(answer), false); err != nil {
		r.Fatal(err)
	}
	return d
}

func TestDiffOfDeliveries(t *testing.T) {
	r := newRoom(t)
	c := r.add(500)
	list, err := r.db.Deliveries(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	live := list[0]
	plain := r.replayed(c, 200, `{"ok":false}`, nil)
	edited := r.replayed(c, 200, `{"ok":true}`, func(d *store.Delivery) {
		d.Edited, d.Resigned = true, []string{"X-Signature"}
		d.Request = []byte(strings.Replace(string(c.Head), "POST /hooks/sms?x=1", "PUT /hooks/other", 1))
		d.RequestBody = []byte("event=incoming_message&content=Goodbye&secret=s3cr3t-other")
	})
	r.get(diffOf(live.ID, plain.ID)).is(200).lacks("s3cr3t").said().has(
		"Two deliveries of one request", "Telerivet takes the answer to B; it counts A as failed: answered 500, wants 200.",
		"[500 Internal Server Error]", "[200 OK]", "Your app’s answer", "the same, byte for byte",
		`[true]`, `[false]`, "live delivery", "replay",
	)
	r.get(diffOf(live.ID, edited.ID)).is(200).lacks("s3cr3t").said().has(
		"[POST] [PUT]", "edited replay, re-signed", "[Goodbye]", "•••••••• differs", "not there",
	)
	r.get(diffOf(short(c.ID), short(edited.ID))).is(200).has("A request and one of its deliveries")
	r.get(diffOf(live.ID, live.ID)).is(200).has("Both sides are the same delivery.")
	r.get("/requests/"+c.ID+"?tab=deliveries").is(200).has("Compare with live", "/diff?a="+live.ID+"&amp;b="+plain.ID)
	r.get(diffOf(live.ID, "ZZZZZZ")).is(404)
}

func TestDiffAsksWithWhat(t *testing.T) {
	r := newRoom(t)
	r.get("/diff").is(200).has("Compare with what?", `name="a"`, `name="b"`)
	dup := func(c *store.Capture) { c.DedupeKey = "k" }
	first := r.add(200, dup)
	r.add(200, func(c *store.Capture) { c.Target = "/elsewhere"; c.Event = "other" })
	bad := r.add(500, dup, func(c *store.Capture) { c.Verdict = store.Invalid })
	other := r.add(200, func(c *store.Capture) { c.Event = "other" })
	next := r.add(200)
	page := r.get("/diff?a="+bad.ID).is(200).has(
		"The first coming of the same event", "/diff?a="+first.ID+"&amp;b="+bad.ID,
		"The next with the same path and event", "/diff?a="+bad.ID+"&amp;b="+next.ID, "Its live delivery",
	).lacks(other.ID)
	inert(t, "/diff?a", page.body)
	r.get("/diff?a="+other.ID).is(200).lacks("The latest valid one", next.ID)
	r.get("/diff?a=nothing").is(404)
	odd := r.add(200, func(c *store.Capture) { c.Verdict = store.Missing; c.Target = "/odd"; c.Event = "odd" })
	r.get("/diff?a="+odd.ID).is(200).has("The latest valid one of this sender", "/diff?a="+next.ID+"&amp;b="+odd.ID)
	var live *store.Delivery
	if list, err := r.db.Deliveries(t.Context(), bad.ID); err != nil {
		t.Fatal(err)
	} else {
		live = list[0]
	}
	r.get("/diff?a="+live.ID).is(200).has("The request as it came", "/diff?a="+bad.ID+"&amp;b="+live.ID)
}
