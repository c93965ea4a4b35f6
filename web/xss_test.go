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
	element   = regexp.MustCompile(`(?i)<(/?)([a-z!][a-z0-9]*)((?:\s+[a-z0-9:-]+(?:="[^"]*")?)*)\s*/?>`)
	attribute = regexp.MustCompile(`([a-zA-Z0-9:-]+)(?:="([^"]*)")?`)
	elements  = strings.Fields("!doctype html head meta title link script body a header nav svg use div span button dl dt dd kbd h1 h2 h3 label input b code " +
		"form details summary ul ol li main section article p time table caption thead tbody tr th td pre br footer " +
		"textarea select option datalist template noscript aside mark progress colgroup col path rect g small i")
	attributes = strings.Fields("lang charset name content rel href type src class id role title for value method action placeholder autocomplete spellcheck " +
		"tabindex hidden disabled open datetime popover popovertarget formaction form autocapitalize enterkeyhint checked colspan scope target html autofocus " +
		"rows maxlength enctype selected list max formnovalidate http-equiv " +
		"viewBox preserveAspectRatio shape-rendering d x y width height fill")
	ownImage  = regexp.MustCompile(`<img class="picture" src="/requests/[0-9A-Z]{26}/image" alt="[A-Za-z0-9×, ]*" width="\d+" height="\d+" loading="lazy">`)
	addresses = regexp.MustCompile(`^(/|#|https?://|about:invalid)`)
)

// ours are all instructions to htmx that a page may hold, word for word; those of them that make a request name an address.
var ours = []string{
	"hx-ignore=", "hx-morph-skip=", "hx-boost=true", "hx-boost:inherited=true", "hx-push-url:inherited=false", "hx-replace-url=true",
	"hx-sync=replace", "hx-sync:inherited=drop", "hx-trigger=revealed", "hx-trigger=every 500ms", "hx-swap=outerMorph", "hx-trigger=submit, input delay:300ms",
	"hx-target=this", "hx-target=#rows", "hx-target=#list-pane", "hx-target:inherited=#list-pane", "hx-target:inherited=#request",
	"hx-select=#body", "hx-select=#raw", "hx-select=#rows > li", "hx-select=#list-pane", "hx-select:inherited=#list-pane",
	"hx-select-oob=#pager", "hx-select-oob=#chips:outerMorph,#toolbar-end:outerMorph,#search-fault:outerMorph",
	"hx-select-oob:inherited=#chips:outerMorph,#toolbar-end:outerMorph,#search-fault:outerMorph,#q:outerMorph",
	"hx-trigger=every 500ms", "hx-swap=outerMorph", "hx-swap=outerHTML", "hx-swap=beforeend ignoreTitle:true", "hx-swap=outerHTML ignoreTitle:true show:none",
	"hx-swap:inherited=outerHTML ignoreTitle:true show:none", "hx-swap:inherited=outerMorph ignoreTitle:true show:none",
	"hx-status:404=swap:innerHTML select:.dialog", "hx-status:404=swap:outerHTML select:.dialog", "hx-status:400=swap:none replace:false",
}

var hxAddress = regexp.MustCompile(`^(|/|/rows\?[^"]*|/requests/[0-9A-Z]{26}\?[^"]*|/resends/[0-9A-Z]+/progress)$`)

func instruction(name, value string) bool {
	return slices.Contains(ours, name+"="+value) || name == "hx-get" && hxAddress.MatchString(value)
}

// inert fails if a page holds anything but our own elements and attributes.
func inert(t *testing.T, path, page string) {
	t.Helper()
	page = ownImage.ReplaceAllString(page, "")
	for _, m := range element.FindAllStringSubmatch(page, -1) {
		if !slices.Contains(elements, strings.ToLower(m[2])) {
			t.Errorf("%.80s: element %q", path, m[0])
		}
		for _, a := range attribute.FindAllStringSubmatch(m[3], -1) {
			known := slices.Contains(attributes, a[1]) || strings.HasPrefix(a[1], "data-") || strings.HasPrefix(a[1], "aria-")
			if a[1] == "data-script" && strings.Contains(m[3]+" ", " hidden ") {
				t.Errorf("%.80s: %q is hidden for ever: what needs script is shown by the style sheet", path, m[0])
			}
			if !(known || instruction(a[1], a[2])) || strings.HasPrefix(a[1], "on") || strings.HasPrefix(a[1], "data-hx") {
				t.Errorf("%.80s: attribute %q in %q", path, a[1], m[0])
			}
			if (a[1] == "href" || a[1] == "src" || a[1] == "action" || a[1] == "formaction") && a[2] != "" && !addresses.MatchString(a[2]) {
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
	for _, page := range []string{"<p>a < b</p>", "<img src=x>", `<p onclick="x">`, `<p style="x">`, "<script>x</script>", `<a href="javascript:x">`, `<p hx-get="/requests/x?">`, `<p data-hx-get="/">`, `<p hx-on:click="x">`} {
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
			for _, path := range []string{"/requests/" + one.ID, "/requests/" + one.ID + "?tab=raw&reveal=1", "/rows?also=" + one.ID, "/requests/" + one.ID + "/delete"} {
				inert(t, path, r.get(path).is(200).body)
			}
			for _, path := range []string{"/requests/" + one.ID + "/edit", "/requests/" + one.ID + "/edit?reveal=1"} { // its text areas hold what is edited as it is
				inert(t, path, strings.ReplaceAll(r.get(path).is(200).body, "\u2028", ""))
			}
		}
	}
	inert(t, "/", r.get("/").is(200).body)
}

// TestBodiesAreInert puts the corpus into every kind of body, and into what a diff and a reveal make of it.
func TestBodiesAreInert(t *testing.T) {
	r := newRoom(t)
	const form = "application/x-www-form-urlencoded"
	for _, evil := range corpus {
		clean := strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(evil)
		quoted, err := json.Marshal(evil)
		if err != nil {
			t.Fatal(err)
		}
		var before *store.Capture
		for _, b := range []struct{ kind, lines, body string }{
			{"application/json", "", `{"token":` + string(quoted) + `,` + string(quoted) + `:{"secret":{` + string(quoted) + `:1}}}`},
			{"application/json", "", `{"a":` + evil},
			{"application/xml", "", "<a><!--" + clean + "--><token>" + clean + "</token></a>"},
			{"image/svg+xml", "", `<svg xmlns="http://www.w3.org/2000/svg"><desc>` + clean + "</desc></svg>"},
			{form, "", url.QueryEscape(evil) + "=" + url.QueryEscape(evil) + "&token=" + url.QueryEscape(evil) + "&a=%" + clean},
			{"multipart/form-data; boundary=b", "", partsBody("b", "Content-Disposition: form-data; name=\""+url.PathEscape(clean)+"\"; filename*=utf-8''"+url.PathEscape(clean)+
				"\r\n"+clean+": "+clean+"\r\nContent-Type: "+clean+"\r\n\r\n"+evil, "Content-Disposition: form-data; name=token\r\n\r\n"+evil)},
			{"multipart/mixed; boundary=\"" + clean + "\"", "", evil},
			{"text/plain; charset=\"" + clean + "\"", "Content-Encoding: " + clean + "\r\n", evil},
			{clean, "Content-Encoding: gzip\r\n", evil},
		} {
			one := r.bodied(b.kind, b.lines, b.body)
			page := "/requests/" + one.ID
			paths := []string{page + "?tab=body", page + "?tab=body&reveal=1", page + "?tab=body&reveal=body:1&reveal=body:2&reveal=" + url.QueryEscape(evil), "/diff?a=" + one.ID}
			if before != nil {
				paths = append(paths, diffOf(before.ID, one.ID), diffOf(before.ID, one.ID)+"&raw=1&all=1")
			}
			for _, path := range paths {
				inert(t, b.kind+" "+path, r.get(path).is(200).body)
			}
			if alone := r.get(page + "/value?of=body:1"); alone.StatusCode == 200 && alone.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("a value is served as %s", alone.Header.Get("Content-Type"))
			}
			before = one
		}
	}
}

func TestAddressesAreInert(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	for _, evil := range corpus {
		q := url.QueryEscape(evil)
		for _, path := range []string{"/?path=" + q, "/?provider=" + q, "/?method=" + q, "/?tab=" + q, "/?q=" + q, "/?verdict=" + q, "/requests/" + url.PathEscape(evil), "/?before=" + q, "/?since=" + q, "/diff?a=" + q, "/diff?a=" + q + "&b=" + q} {
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
