//go:build unix

package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// foreignTries is what a page of another origin can do about the inspector: read it in every way that tells something, and
// change it in those that need no permission. What it could read comes back, by the way it was read.
const foreignTries = `(async (base, id) => {
	const got = {}
	for (const path of ["/", "/status", "/requests/" + id, "/api/requests", "/api/requests/" + id + "/body", "/api/status"]) {
		for (const mode of ["cors", "no-cors"]) {
			await fetch(base + path, {mode, credentials: "include"}).then(r => r.text()).then(t => { if (t) got[mode + " " + path] = t }, () => {})
		}
	}
	await new Promise(done => { const e = new EventSource(base + "/api/events"); e.onopen = () => { got.events = "open"; done() }; e.onerror = () => { e.close(); done() } })
	await new Promise(done => { const i = new Image(); i.onload = () => { got.image = "loaded"; done() }; i.onerror = done; i.src = base + "/requests/" + id + "/image" })
	await new Promise(done => { const s = document.createElement("script"); s.onload = () => { got.script = "ran"; done() }; s.onerror = done; s.src = base + "/static/htmx.js"; document.head.append(s) })
	await new Promise(done => { const f = document.createElement("iframe"); f.onload = () => { if (f.contentDocument?.body?.innerText) got.frame = f.contentDocument.body.innerText; done() }; f.src = base + "/"; document.body.append(f) })
	const post = (path, body) => fetch(base + path, {method: "POST", mode: "no-cors", body, headers: {"Content-Type": "text/plain"}}).catch(() => {})
	await post("/api/requests/" + id + "/replay", "{}")
	await post("/api/resend", '{"failed":true}')
	await post("/requests/" + id + "/replay", "")
	await post("/clear", "")
	await fetch(base + "/api/requests", {method: "DELETE"}).catch(() => {})
	document.title = JSON.stringify(got) || "nothing"
})(%q, %q); true`

// TestBrowserForeignPages: pages of other origins get nothing of the inspector and change nothing in it, and under a name
// that was rebound to this machine there is no page at all.
func TestBrowserForeignPages(t *testing.T) {
	calls := make(chan string, 100)
	app := serveApp(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path }))
	evil := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>wait</title><body>evil</body>")
	}))
	db := filepath.Join(t.TempDir(), "devhook.db")
	u := startUp(t, db, nil, nil, "--local", app, "--inspect", "127.0.0.1:0")
	const body = "what only the developer may read"
	res, err := fresh.Post(u.public+"/hook", "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	id := captured(t, db)[0]["id"].(string)
	_, port, _ := strings.Cut(strings.TrimPrefix(u.page, "http://"), ":")
	p := &page{t, browser(t, chromedp.Flag("host-resolver-rules", "MAP evil.test 127.0.0.1, MAP rebound.test 127.0.0.1")), u}

	run := func(js string) chromedp.Action[bool] { return chromedp.Evaluate[bool](js) }
	pages := []string{"http://evil.test:" + evil, "http://localhost:" + evil, "http://127.0.0.1:" + evil}
	bases := []string{u.page, "http://localhost:" + port, "http://rebound.test:" + port}
	for _, from := range pages {
		for _, base := range bases {
			p.do(chromedp.Navigate(from + "/"))
			if _, err := chromedp.Run(p.ctx, run(fmt.Sprintf(foreignTries, base, id))); err != nil {
				t.Fatal(err)
			}
			title, err := chromedp.Run(p.ctx, chromedp.Poll[string](`document.title.startsWith("{") && document.title`))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			if err := json.Unmarshal([]byte(title), &got); err != nil || len(got) > 0 {
				t.Errorf("a page at %s got of %s: %.500q, %v", from, base, got, err)
			}
		}
	}
	_ = chromedp.Do(p.ctx, chromedp.Navigate("http://rebound.test:"+port+"/requests/"+id)) // an empty 421 is an error of the browser's
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	if err != nil || strings.Contains(text, body) || strings.Contains(text, id[len(id)-6:]+"]") || strings.Contains(text, "app.css") || !strings.Contains(text, "421") {
		t.Errorf("under a rebound name: %.1000q, %v", text, err)
	}
	all := captured(t, db)
	if len(all) != 1 || all[0]["deliveries_count"] != 1.0 || len(calls) != 1 {
		t.Errorf("foreign pages changed something: %d captures, %v, %d calls of the app", len(all), all, len(calls))
	}
	// A page of its own gets all this.
	p.do(chromedp.Navigate(u.page + "/requests/" + id))
	own, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	if err != nil || !strings.Contains(own, body) {
		t.Errorf("its own page lacks it: %v", err)
	}
	t.Logf("%d foreign pages got nothing of %d addresses", len(pages), len(bases))
}
