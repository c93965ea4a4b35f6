package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

func TestOldFiltersBecomeOneSearch(t *testing.T) {
	for given, want := range map[string]string{
		"":                               "",
		"q=+":                            "",
		"q=hello+is:pinned":              "hello is:pinned",
		"failed=1":                       "is:failed",
		"failed=0&verdict=":              "",
		"failed":                         "is:failed",
		"verdict=invalid&status=5xx&q=a": "verdict:invalid status:5xx a",
		"path=/a+b&method=PUT&since=1h":  `path:"/a b" method:PUT since:1h`,
		`provider=stripe&q="open`:        `provider:stripe "open`,
	} {
		q, err := url.ParseQuery(given)
		if err != nil {
			t.Fatal(err)
		}
		if got := search(q).Get("q"); got != want {
			t.Errorf("%s: %q, want %q", given, got, want)
		}
	}
}

func TestQuickFiltersEditTheSearch(t *testing.T) {
	for _, c := range []struct{ text, key, value, now, want string }{
		{"", "is", "failed", "", "is:failed"},
		{"is:failed is:pinned x", "is", "", "failed", "is:pinned x"},
		{"is:pinned", "is", "failed", "", "is:pinned is:failed"},
		{`a verdict:valid "b c"`, "verdict", "invalid", "valid", `a "b c" verdict:invalid`},
		{"-status:200 status:4xx,5xx", "status", "none", "", "-status:200 status:4xx,5xx status:none"},
		{"status:often", "status", "2xx", "", "status:2xx"}, // not understood: nothing of it can be kept
	} {
		list := terms(searched(c.text), time.Now())
		if got := quick(list, c.key); got != c.now {
			t.Errorf("%s: %s is %q, want %q", c.text, c.key, got, c.now)
		}
		if got := withQuick(list, c.key, c.value).Get("q"); got != c.want {
			t.Errorf("%s with %s %s: %q, want %q", c.text, c.key, c.value, got, c.want)
		}
	}
}

func TestCompletions(t *testing.T) {
	r := newRoom(t)
	r.add(204)
	r.add(500, func(c *store.Capture) { c.Event, c.Target, c.Method = "two words", "/a,b?x=1", "PUT" })
	for _, c := range []struct{ before, after, want, lacks string }{
		{"", "", "", "role="},
		{"ver", "", `data-before="verdict:" data-after=""`, "provider"},
		{"fail", "", `data-before="is:failed " data-after=""`, ""},
		{"str", "", `data-before="provider:stripe "`, ""},
		{"x -is:f", " y", `data-before="x -is:failed " data-after="y"`, "held"},
		{"verdict:", "alid z", `data-before="verdict:valid " data-after="z"`, ""},
		{"status:4xx,", "", `data-before="status:4xx,5xx "`, ""},
		{"status:2", "", `data-before="status:204 "`, "500"},
		{"event:", "", `data-before="event:&#34;two words&#34; "`, ""},
		{`event:"two`, "", `data-before="event:&#34;two words&#34; "`, "incoming"},
		{"event:word", "", "two words", "incoming"},
		{"path:", "", `data-before="path:&#34;/a,b&#34; "`, "x=1"},
		{"method:", "", "PUT", ""},
		{"provider:seven.", "", "seven.io", "Stripe"},
		{"since:", "", "since takes an age", ""},
		{"body:x", "", "body takes text", "role="},
		{"http://a", "", "", "role="},
		{`"is:`, "", "", "role="},
		{strings.Repeat("a", filterBytes), "b", "", "role="},
	} {
		a := r.get("/complete?" + url.Values{"before": {c.before}, "after": {c.after}}.Encode()).is(200).has(c.want)
		if c.lacks != "" {
			a.lacks(c.lacks)
		}
	}
	r.add(200, func(c *store.Capture) { c.Target = "http://shop:s3cr3t@h/hooks?token=s3cr3t" })
	r.get("/complete?before=path:").is(200).has("/hooks/sms").lacks("s3cr3t")
	r.get("/complete?asked=1").is(200).has(`data-before="since:"`, "as in is:failed")
}

func TestSearchThatIsNotUnderstoodIsSaidWithThePage(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	for _, path := range []string{"/", "/requests/" + c.ID} {
		r.get(path+"?q=status:often").is(400).has("<!doctype html>", "This search can’t be understood", "Status takes 404", `value="status:often"`, `aria-invalid="true"`)
	}
	r.get("/?q=status:often", "HX-Target: section#list-pane").is(400).has(`<p class="search-fault" id="search-fault" role="status">Status takes 404`).lacks("<html", "list-pane")
	r.get("/?q=is:failed", "HX-Target: section#list-pane").is(200).has(`id="list-pane"`, `id="chips"`, "0 requests").lacks("<html", `id="request"`)
}
