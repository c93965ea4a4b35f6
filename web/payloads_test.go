package web

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"devhook/store"
)

var escape = regexp.MustCompile(`\\(n|r|t|x[0-9a-f]{2}|u2028)`)

// payloads are the lines of testdata/xss.txt, each another.
func payloads(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/xss.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "# ") {
			continue
		}
		line = escape.ReplaceAllStringFunc(line, func(e string) string {
			plain, err := strconv.Unquote(`"` + e + `"`)
			if err != nil {
				t.Fatalf("%s: %v", e, err)
			}
			return plain
		})
		if known[line] {
			t.Errorf("%q is there twice", line)
		}
		known[line] = true
		out = append(out, line)
	}
	if len(out) < 200 {
		t.Fatalf("only %d payloads", len(out))
	}
	return out
}

// joined are the payloads, so many in one text; each by itself when the whole proof is asked for.
func joined(t *testing.T, share int) []string {
	t.Helper()
	list := payloads(t)
	if inFull() {
		return list
	}
	var out []string
	for i := 0; i < len(list); i += share {
		out = append(out, strings.Join(list[i:min(len(list), i+share)], " "))
	}
	return out
}

// carriers put a text into each kind of body that a page reads. The kind is the Content-Type.
var carriers = []struct {
	kind string
	make func(evil string) string
}{
	{"application/json", func(evil string) string {
		b, _ := json.Marshal(map[string]any{evil: evil, "list": []any{evil, map[string]any{evil: nil}}}) // strings can't fail
		return string(b)
	}},
	{"application/x-www-form-urlencoded", func(evil string) string {
		return url.QueryEscape(evil) + "=" + url.QueryEscape(evil) + "&a[" + url.QueryEscape(evil) + "]=1"
	}},
	{"text/plain", func(evil string) string { return evil }},
	{"text/html", func(evil string) string { return "<!doctype html><body>" + evil }},
	{"application/xml", func(evil string) string { return "<a b=\"" + html.EscapeString(evil) + "\">" + evil + "</a>" }},
	{"image/svg+xml", func(evil string) string {
		return `<svg xmlns="http://www.w3.org/2000/svg" onload="xss()">` + evil + "</svg>"
	}},
	{"multipart/form-data; boundary=cut", func(evil string) string {
		return "--cut\r\nContent-Disposition: form-data; name=\"" + evil + "\"; filename=\"" + evil + ".html\"\r\nContent-Type: text/html\r\n\r\n" + evil + "\r\n--cut--\r\n"
	}},
}

// addPayload stores a capture with a text in every field that a sender, an app or a verification can fill, and two
// deliveries likewise.
func (r *room) addPayload(evil, kind string, body []byte) *store.Capture {
	r.Helper()
	inLine := strings.NewReplacer("\r", "%0d", "\n", "%0a").Replace(evil) // the rest of the head would be other lines
	c, _ := sms(func(c *store.Capture) {
		c.Method, c.Target, c.Host, c.Proto = evil, "/"+evil+"?"+evil+"="+evil, evil, evil
		c.PublicURL, c.RemoteAddr, c.App = "http://h/"+evil, evil, evil
		c.Provider, c.Event, c.EventID, c.DedupeKey, c.Reason, c.Note = evil, evil, evil, evil, evil, evil
		c.Verdict = store.Invalid
		c.Hints = []string{evil, "`" + evil + "`", "devhook verify " + evil}
		c.Checks = []store.Check{{OK: true, Text: evil}, {Text: evil}}
		c.Head = fmt.Appendf(nil, "POST /%s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nContent-Type: %s\r\nCookie: a=%s\r\nX-Signature: %s\r\n\r\n", inLine, inLine, inLine, inLine, kind, inLine, inLine)
		c.Trailer = []byte(inLine + ": " + inLine + "\r\n")
	})
	r.addBody(-1, c, body)
	for _, status := range []int{0, 500} {
		d := delivery(c, status)
		d.Kind, d.Judgement, d.Target, d.Resigned, d.Notes = store.Replay, evil, "http://"+evil, []string{evil}, []string{evil}
		d.Edited, d.Request, d.RequestBody = true, c.Head, body
		if status == 0 {
			d.Error = evil
		} else {
			d.Head = []byte("HTTP/1.1 500 " + inLine + "\r\n" + inLine + ": " + inLine + "\r\nContent-Type: " + kind + "\r\n\r\n")
			d.BodySize = int64(len(body))
		}
		if err := r.db.AddDelivery(r.Context(), d, body, false); err != nil {
			r.Fatal(err)
		}
	}
	return c
}

// trap makes everything that runs, and everything that is held back by the content policy, a complaint of the browser.
const trap = `for (const f of ["xss", "alert", "prompt", "confirm", "open", "print"]) window[f] = () => console.error("payload ran: " + f);
	addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI))`

// foreign counts elements that could run something or lead to a payload's address, if they were pressed.
const foreign = `[...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) =>
	/^on|^(data-)?hx-on|^srcdoc$/.test(a.name) || /^(javascript|vbscript|data|blob):/i.test(a.value.trim()) && /^(href|src|action|formaction|data)$/.test(a.name)
	|| /^(href|src|srcset|action|formaction|data|poster|background)$/.test(a.name) && /^(https?:)?[\\/]{2}evil/.test(a.value))).length`

// guarded makes a tab complain of what runs and of what is fetched from elsewhere.
func guarded(r *room) *tab {
	r.Helper()
	t := newTab(r)
	if err := chromedp.Listen(t.ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok && !strings.HasPrefix(e.Request.URL, r.url+"/") && !strings.HasPrefix(e.Request.URL, "about:") {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.problems = append(t.problems, "asks for "+e.Request.URL)
		}
	}); err != nil {
		r.Fatal(err)
	}
	t.do(func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, p, network.Enable, network.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: trap})
		return chromedp.Void{}, err
	})
	return t
}

// TestPayloadsRunNothing puts payloads into every field and opens every page that shows them in a browser: nothing runs,
// nothing is fetched, and the content policy has nothing to hold back. In full each payload has its own captures; in the
// short form two dozen share one.
func TestPayloadsRunNothing(t *testing.T) {
	tab := guarded(newRoom(t))
	tab.add(200)
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	var made []*store.Capture
	for i, evil := range joined(t, 24) {
		b := carriers[i%len(carriers)]
		made = append(made, tab.addPayload(evil, b.kind, []byte(b.make(evil))))
	}
	last := made[len(made)-1]
	tab.until("what comes while the page is open is a row", "document.querySelector('#rows li').dataset.id === '"+last.ID+"'")
	tab.look("/ live")
	pages := 0
	for i, c := range made {
		for _, p := range places() {
			path, there := p.is(tab.room, shown{c, made[(i+1)%len(made)]})
			if !there || p.empty || i > 0 && !strings.Contains(path, c.ID) && !strings.HasPrefix(path, "/diff?") {
				continue
			}
			tab.open(path)
			tab.look(p.name)
			pages++
		}
		for _, path := range []string{"/?before=" + c.ID, "/requests/" + c.ID + "?tab=raw&reveal=1", "/requests/" + c.ID + "?tab=body&reveal=1"} {
			tab.open(path)
			tab.look(path)
			pages++
		}
	}
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	for range min(20, len(made)-1) { // opened by the script, not by loading
		was := tab.eval("performance.now()|0")
		tab.do(chromedp.KeyEvent("j"))
		time.Sleep(150 * time.Millisecond)
		tab.look(fmt.Sprintf("walking, %d ms", was))
	}
	forgive(tab, "404 (Not Found)")
	t.Logf("%d payloads in %d captures, %d pages", len(payloads(t)), len(made), pages)
}

// look fails if there is anything on the page that a payload made, and if the browser complained.
func (t *tab) look(where string) {
	t.Helper()
	if n := t.eval(foreign); n > 0 {
		what, _ := chromedp.Run(t.ctx, chromedp.Evaluate[string](strings.Replace(foreign, ").length", ").map((e) => e.outerHTML.slice(0, 200)).join('\\n')", 1))) // said beside the failure only
		t.Errorf("%s: %d elements of a payload: %s", where, n, what)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.problems {
		if !strings.Contains(p, "404 (Not Found)") {
			t.Errorf("%s: the browser says: %s", where, p)
		}
	}
	t.problems = nil
}

// TestTrapNotices makes sure that the test above can fail: by what runs, what is fetched and what the policy refuses.
func TestTrapNotices(t *testing.T) {
	tab := guarded(newRoom(t))
	tab.add(200)
	tab.open("/")
	for js, want := range map[string]string{
		"xss()": "payload ran: xss",
		"document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=xss()>')":             "policy: script-src-attr",
		"document.body.insertAdjacentHTML('beforeend', '<img src=//evil.test/i>')":               "policy: img-src",
		"document.body.insertAdjacentHTML('beforeend', '<p style=color:red>')":                   "policy: style-src-attr",
		"document.head.append(Object.assign(document.createElement('script'), {text: 'xss()'}))": "policy: script-src-elem",
	} {
		tab.do(run(js))
		tab.eventually(js+" is noticed", func() bool {
			tab.mu.Lock()
			defer tab.mu.Unlock()
			for _, p := range tab.problems {
				if strings.Contains(p, want) {
					tab.problems = nil
					return true
				}
			}
			return false
		})
	}
	tab.do(run("document.body.insertAdjacentHTML('beforeend', '<a href=javascript:xss()>x</a>')"))
	if tab.eval(foreign) == 0 {
		t.Error("a link that runs something was not noticed")
	}
	time.Sleep(200 * time.Millisecond) // what the browser still has to say of the above
	tab.mu.Lock()
	tab.problems = nil
	tab.mu.Unlock()
}
