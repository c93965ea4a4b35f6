package web

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"devhook/store"
)

func TestEmptyPage(t *testing.T) {
	r := newRoom(t)
	r.get("/").is(200).has("Nothing has come yet", "http://127.0.0.1:8080", "-d event=incoming_message", "Only this machine reaches")
}

func TestEmptyPageWithoutAnAddress(t *testing.T) {
	r := newRoom(t, func(c *Config) {
		c.Status = func() Status { return Status{Phase: "connecting", Problem: "the relay does not answer"} }
	})
	r.get("/").is(200).has("There is no public address yet", "Connecting again.", "The relay does not answer.").lacks("<code>curl", "Ready.", "Listening")
}

func TestListShowsEveryState(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	r.add(204)
	r.add(0, func(c *store.Capture) { c.Provider = "github"; c.Event = "push" })
	r.add(-1, func(c *store.Capture) {
		c.State = store.Malformed
		c.Reason = "two different Content-Length values"
	})
	r.add(-1, func(c *store.Capture) { c.State = store.Incomplete })
	r.add(-1, func(c *store.Capture) {
		c.State = store.Refused
		c.Verdict = store.Invalid
		c.Reason = "The signature is wrong"
	})
	r.add(404, func(c *store.Capture) {
		c.Provider, c.Event, c.Verdict, c.Reason = "", "", store.Unchecked, "no provider set for this path"
	})
	r.get("/").is(200).has(
		"7 requests, newest first",
		"Telerivet will count this as failed: answered 204, wants 200",
		"GitHub will count this as failed: nothing listens on localhost:3000",
		"Malformed: two different Content-Length values; the app was not called",
		"Cut off after", "Refused: the signature is wrong; the app was not called",
		"unknown sender", "no provider set for this path", `data-verdict="unchecked"`, `data-taken="no"`,
	).lacks("the app was not called; the app was not called")
}

func TestOutcomeUnknownIsNoVerdictOfTheSender(t *testing.T) {
	r := newRoom(t)
	c, body := sms()
	c.Delivering = true
	if err := r.db.Add(t.Context(), c, body); err != nil {
		t.Fatal(err)
	}
	d := delivery(c, 0)
	d.Error = store.OutcomeUnknown
	if err := r.db.AddDelivery(t.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	r.get("/").is(200).has("Outcome unknown: devhook stopped while the app was answering", `data-class="wait"`).lacks("counted as failed", "will count")
}

func TestDetailSaysThingsOnce(t *testing.T) {
	r := newRoom(t)
	bad := r.add(-1, func(c *store.Capture) {
		c.State, c.Reason = store.Malformed, "a folded header line"
	})
	r.get("/requests/"+bad.ID).is(200).has("Malformed: a folded header line</h3>", "The app was not called.")
	waiting, body := sms()
	waiting.Delivering = true
	if err := r.db.Add(t.Context(), waiting, body); err != nil {
		t.Fatal(err)
	}
	r.get("/requests/" + waiting.ID).is(200).has("The app is still answering.").lacks("The app was not called")
	r.get("/requests/" + r.add(204).ID + "?tab=deliveries").is(200).has("To <code>http://localhost:3000/hooks/sms?x=1</code>. ")
	far := r.add(200, func(c *store.Capture) { c.Target = "/" + strings.Repeat("a", 16000) })
	r.get("/requests/" + far.ID).is(200).has(strings.Repeat("a", titleMost-2) + "…</span></h2>")
}

var rowID = regexp.MustCompile(`<li id="row-([0-9A-Z]{26})"`)

func rowIDs(body string) []string {
	var out []string
	for _, m := range rowID.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestListPagesByKeyset(t *testing.T) {
	r := newRoom(t)
	var want []string
	for i := range pageRows*2 + 7 {
		c := r.add(-1, func(c *store.Capture) { c.Target = fmt.Sprintf("/n/%d", i) })
		want = append([]string{c.ID}, want...)
	}
	older := regexp.MustCompile(`id="older" href="([^"]*)"`)
	var got []string
	for next, pages := "/", 0; next != "" && pages < 10; pages++ {
		page := r.get(next).is(200).body
		got = append(got, rowIDs(page)...)
		m := older.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no link to older requests in\n%s", page)
		}
		next = strings.ReplaceAll(m[1], "&amp;", "&")
		if pages == 0 {
			r.add(-1) // what comes meanwhile moves no page
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("paging gave %d captures, want the %d there were, each once and newest first", len(got), len(want))
	}
}

func TestListFilters(t *testing.T) {
	r := newRoom(t)
	good := r.add(200).ID
	bad := r.add(500, func(c *store.Capture) { c.Provider = "github"; c.Target = "/hooks/github"; c.Verdict = store.Invalid }).ID
	none := r.add(0, func(c *store.Capture) { c.Target = "/hooks/none" }).ID
	for query, want := range map[string][]string{
		"":                             {none, bad, good},
		"?failed=1":                    {none, bad},
		"?verdict=invalid":             {bad},
		"?provider=telerivet":          {none, good},
		"?status=5xx":                  {bad},
		"?status=none":                 {none},
		"?status=200":                  {good},
		"?path=/hooks/gi":              {bad},
		"?failed=1&provider=telerivet": {none},
		"?path=/nowhere":               nil,
	} {
		page := r.get("/" + query).is(200)
		if got := rowIDs(page.body); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q: rows %v, want %v", query, got, want)
		}
		if want == nil {
			page.has("No request fits this search", "3 requests are recorded")
		}
	}
	for _, q := range []string{"?verdict=fine", "?status=9xx", "?status=abc", "?failed=maybe"} {
		r.get("/" + q).is(400).has("must be")
	}
	r.get("/?since=yesterday").is(400).has("Since takes an age such as 1h")
	r.get("/requests/" + good + "?failed=1").has(`href="/requests/` + bad + `?q=is%3Afailed"`)
}

func TestDetailTabs(t *testing.T) {
	r := newRoom(t)
	c := r.add(204)
	page := "/requests/" + c.ID
	r.get(page).is(200).has(
		"Valid: the secret fits", "field secret equals env:TELERIVET_SECRET", "<b>Telerivet</b>", "203.0.113.9", "http, port 8080",
		"204 in 12 ms", "counts it as failed", "SM1a", c.BodySHA256, "<b>Live</b>", `data-view="detail"`,
	)
	for tab, want := range map[string][]string{
		"headers":    {"user-agent", "Basic ••••••••", "proves the sender"},
		"body":       {"contact[vars][city]", "Recife", "form fields, decoded", "2026-11-21"},
		"raw":        {"POST /hooks/sms?x=1 HTTP/1.1", "user-agent: Telerivet", "content=Hello"},
		"deliveries": {"To <code>http://localhost:3000/hooks/sms?x=1</code>", "HTTP/1.1 204 No Content"},
	} {
		r.get(page+"?tab="+tab).is(200).has(want...).has(`id="tab-`+tab+`"`).
			lacks("czNjcjN0OmhlYWRlcg", "s3cr3t-field", "s3cr3t-cookie")
	}
	r.get(page+"?tab=raw&reveal=1").has("czNjcjN0OmhlYWRlcg", "secret=s3cr3t-field").has("s3cr3t-cookie")
	r.get("/requests/" + short(c.ID)).is(200).has(c.ID)
}

func TestDetailOfWhatIsGone(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	r.add(200)
	r.get("/requests/0").is(409).has("More than one request")
	for _, id := range []string{"-1", "18446744073709551616", "01JDB7Q4M8T0Z5X2C9R1W6K3VN", "'%20OR%201=1--", "%2e%2e%2f", "a%00b", strings.Repeat("9", 4000)} {
		for _, path := range []string{"/requests/" + id, "/api/requests/" + id, "/api/requests/" + id + "/body"} {
			if a := r.get(path); a.StatusCode != 404 {
				t.Errorf("%.60s: answered %d, want 404", path, a.StatusCode)
			}
		}
	}
}

func TestBodiesInEveryForm(t *testing.T) {
	r := newRoom(t)
	for _, b := range []struct {
		kind, body string
		want       []string
	}{
		{"application/json", `{"b":1,"a":{"x":[true,null,"<i>"]},"b":1e400,"time":1795299248}`, []string{"well-formed JSON", "1e400", "{1}", "[3]", "&lt;i&gt;", "2026-11-21"}},
		{"application/json", `{"password":"hunter2"}`, []string{"••••••••"}},
		{"application/json", `{"a":`, []string{"not well-formed JSON", "{&#34;a&#34;:"}},
		{"application/json", strings.Repeat("[", 100000), []string{"nested deeper than 200 levels"}},
		{"application/json", "[" + strings.Repeat("1,", 6000) + "1]", []string{"Shown are the first 5000 of"}},
		{"", "plain \u202Eevil\x1b[31m", []string{`\u202e`, `\x1b[31m`}},
		{"application/octet-stream", "\x00\x01\xff", []string{"00000000  00 01 ff", "not text"}},
		{"text/html", "<script>alert(1)</script>", []string{"&lt;script&gt;alert(1)"}},
		{"text/plain", strings.Repeat("x", previewBytes+10), []string{"Shown are the first 1.0 MB of 1.0 MB"}},
	} {
		c, _ := sms(func(c *store.Capture) {
			c.Head = []byte("POST /b HTTP/1.1\r\nHost: a\r\nContent-Type: " + b.kind + "\r\n\r\n")
		})
		r.addBody(-1, c, []byte(b.body))
		r.get("/requests/"+c.ID+"?tab=body").is(200).has(b.want...).lacks("hunter2", "<script>", "<i>")
	}
}
