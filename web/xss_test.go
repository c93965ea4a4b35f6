package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

// corpus is what must reach a page as text only. Each has a mark of its own to look for.
var corpus = []string{
	`<script>XSS0</script>`, `"><img src=x onerror=XSS1>`, `' onmouseover='XSS2`, `</pre></textarea></title><svg onload=XSS3>`,
	`javascript:XSS4`, `<!--XSS5-->`, `]]><XSS6>`, "`${XSS7}`", `<a href="data:text/html,XSS8">`, `{{XSS9}}`, `<style>XSS10</style>`,
	`&lt;script&gt;XSS11`, "\u2028<script>XSS12", `<iframe srcdoc="XSS13">`, `" autofocus onfocus="XSS14`,
}

// Every tag of our pages is matched by element; what is left over is text and must hold no angle bracket.
var (
	element   = regexp.MustCompile(`(?i)<(/?)([a-z!][a-z0-9]*)((?:\s+[a-z0-9-]+(?:="[^"]*")?)*)\s*/?>`)
	attribute = regexp.MustCompile(`([a-zA-Z0-9-]+)(?:="([^"]*)")?`)
	elements  = strings.Fields("!doctype html head meta title link script body a header nav svg use div span button dl dt dd kbd h1 h2 h3 label input b code " +
		"form details summary ul ol li main section article p time table caption thead tbody tr th td pre br footer " +
		"path rect g small i")
	attributes = strings.Fields("lang charset name content rel href type src class id role title for value method action placeholder autocomplete spellcheck " +
		"tabindex hidden disabled open datetime popover popovertarget checked colspan scope target html autofocus " +
		"viewBox preserveAspectRatio shape-rendering d x y width height fill")
	addresses = regexp.MustCompile(`^(/|#|https?://|about:invalid)`)
)

// inert fails if a page holds anything but our own elements and attributes.
func inert(t *testing.T, path, page string) {
	t.Helper()
	for _, m := range element.FindAllStringSubmatch(page, -1) {
		if !slices.Contains(elements, strings.ToLower(m[2])) {
			t.Errorf("%.80s: element %q", path, m[0])
		}
		for _, a := range attribute.FindAllStringSubmatch(m[3], -1) {
			known := slices.Contains(attributes, a[1]) || strings.HasPrefix(a[1], "data-") || strings.HasPrefix(a[1], "aria-")
			if !known || strings.HasPrefix(a[1], "on") {
				t.Errorf("%.80s: attribute %q in %q", path, a[1], m[0])
			}
			if (a[1] == "href" || a[1] == "src" || a[1] == "action") && a[2] != "" && !addresses.MatchString(a[2]) {
				t.Errorf("%.80s: address %q", path, a[2])
			}
		}
		if strings.EqualFold(m[2], "script") && m[1] == "" && m[0] != `<script type="module" src="/static/app.js">` {
			t.Errorf("%.80s: script %q", path, m[0])
		}
	}
	if rest := element.ReplaceAllString(page, ""); strings.ContainsAny(rest, "<>\u2028") {
		i := strings.IndexAny(rest, "<>\u2028")
		t.Errorf("%.80s: not escaped: …%.80q…", path, rest[max(0, i-20):])
	}
}

// TestInertNotices makes sure that the check above can fail.
func TestInertNotices(t *testing.T) {
	for _, page := range []string{"<p>a < b</p>", "<img src=x>", `<p onclick="x">`, `<p style="x">`, "<script>x</script>", `<a href="javascript:x">`} {
		probe := &testing.T{}
		inert(probe, "", page)
		if !probe.Failed() {
			t.Errorf("%q passes for inert", page)
		}
	}
}

func TestCapturedDataIsInert(t *testing.T) {
	r := newRoom(t)
	for _, evil := range append(joined(t, 40), corpus...) {
		c, _ := sms(func(c *store.Capture) {
			c.Method, c.Target, c.Host, c.Proto = evil, "/"+evil, evil, evil
			c.PublicURL, c.RemoteAddr, c.App = "http://h/"+evil, evil, evil
			c.Event, c.EventID, c.Provider, c.Reason, c.Note = evil, evil, evil, evil, evil
			c.Verdict = store.Invalid
			c.Hints = []string{evil, "`" + evil + "`", "$ " + evil}
			c.Checks = []store.Check{{Text: evil}}
			c.Head = fmt.Appendf(nil, "POST /%s HTTP/1.1\r\n%s: %s\r\nContent-Type: %s\r\nCookie: %s\r\n\r\n", evil, evil, evil, evil, evil)
			c.Trailer = []byte(evil + ": " + evil + "\r\n")
		})
		jsonBody, err := json.Marshal(map[string]any{evil: evil, "list": []string{evil}})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{evil, string(jsonBody), url.QueryEscape(evil) + "=" + url.QueryEscape(evil)} {
			one := *c
			one.ID, one.Seq, one.ReceivedAt = "", 0, time.Now()
			if strings.Contains(body, "=%3C") {
				one.Head = []byte("POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n")
			}
			r.addEvil(&one, []byte(body), evil)
			for _, path := range []string{"/requests/" + one.ID, "/requests/" + one.ID + "?tab=raw&reveal=1", "/requests/" + one.ID + "/detail", "/rows?also=" + one.ID, "/requests/" + one.ID + "/delete"} {
				inert(t, path, r.get(path).is(200).body)
			}
		}
	}
	inert(t, "/", r.get("/").is(200).body)
}

func TestAddressesAreInert(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	for _, evil := range corpus {
		q := url.QueryEscape(evil)
		for _, path := range []string{"/?path=" + q, "/?provider=" + q, "/?method=" + q, "/?tab=" + q, "/?q=" + q, "/?verdict=" + q, "/requests/" + url.PathEscape(evil), "/?before=" + q, "/?since=" + q} {
			inert(t, path, r.get(path).body)
		}
	}
}

func (r *room) addEvil(c *store.Capture, body []byte, evil string) {
	r.Helper()
	r.addBody(-1, c, body)
	for _, status := range []int{0, 500} {
		d := delivery(c, status)
		d.Kind, d.Judgement, d.Target, d.Resigned = store.Replay, evil, "http://"+evil, []string{evil}
		if status == 0 {
			d.Error = evil
		} else {
			d.Head = []byte("HTTP/1.1 500 " + evil + "\r\n" + evil + ": " + evil + "\r\n\r\n")
			d.BodySize = int64(len(evil))
		}
		if err := r.db.AddDelivery(r.Context(), d, []byte(evil), false); err != nil {
			r.Fatal(err)
		}
	}
}
