//go:build unix

package main_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPageJourney goes the way of somebody whose webhook fails, from end to end: list, search, detail, edit, sign, send, and
// at last the two deliveries side by side. By mouse, and again without one.
func TestPageJourney(t *testing.T) {
	app := &stripeApp{secret: "whsec_the-secret-of-the-test"}
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), environ(t, "STRIPE_SECRET="+app.secret), nil,
		"--local", serveApp(t, app), "--verify", "stripe@/hooks/pay=env:STRIPE_SECRET")
	p := &page{t, browser(t), u}
	p.fails("evt_1", 3)
	p.do(chromedp.Navigate(u.page))
	p.await(`document.getElementById("live")?.hidden === false && document.querySelectorAll(".row").length === 3`)
	for name, way := range map[string]journey{"by mouse": byMouse{p}, "by keys": byKeys{p}} {
		// The last of the list is looked for: what is opened from the start is the first.
		way.search("verdict:invalid evt_1_0")
		p.await(`document.querySelectorAll(".row").length === 1`)
		way.open()
		p.await(`location.pathname.startsWith("/requests/") && document.getElementById("verdict-title")?.innerText.startsWith("Invalid")`)
		way.edit()
		p.await(`document.querySelector("[data-send] kbd")?.hidden === false && document.getElementById("resign").checked`)
		way.typeBody(" ")
		p.await(`document.getElementById("changes").innerText.includes("Body")`)
		way.send()
		p.await(`document.querySelector("#deliveries li:target")?.innerText.includes("200")`)
		p.await(`document.getElementById("live")?.hidden === false`)
		way.compare()
		p.await(`document.readyState === "complete" && document.querySelector("main[data-diff]") !== null`)
		said := p.text("main")
		for _, want := range []string{"Stripe takes the answer to B; it counts A as failed", "400", "200", "Stripe-Signature"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the comparison lacks %q:\n%s", name, want, said)
			}
		}
		p.shot("journey " + name)
		p.do(chromedp.Navigate(u.page))
		p.await(`document.getElementById("live")?.hidden === false`)
	}
	if app.mu.Lock(); len(app.bodies) != 2 {
		t.Errorf("the app took %q, want one of each way", app.bodies)
	}
	app.mu.Unlock()
}

// fails sends webhooks whose signature does not fit; the app refuses them.
func (p *page) fails(id string, count int) {
	p.t.Helper()
	for n := range count {
		body := `{"id":"` + id + "_" + string(rune('0'+n)) + `","type":"charge.refunded"}`
		req, err := http.NewRequestWithContext(p.t.Context(), "POST", p.u.public+"/hooks/pay", strings.NewReader(body))
		if err != nil {
			p.t.Fatal(err)
		}
		req.Header.Set("Stripe-Signature", "t=1,v1=00")
		req.Header.Set("Content-Type", "application/json")
		res, err := fresh.Do(req)
		if err != nil || res.StatusCode != http.StatusBadRequest {
			p.t.Fatalf("%v, %v", res, err)
		}
		_ = res.Body.Close()
	}
}

// journey is how a person does each of the steps.
type journey interface {
	search(text string)
	open()
	edit()
	typeBody(text string)
	send()
	compare()
}

type byMouse struct{ *page }

func (m byMouse) click(selector string) {
	m.t.Helper()
	m.do(chromedp.Click(chromedp.CSS(selector)))
}

func (m byMouse) search(text string) {
	m.click("#q")
	m.do(chromedp.KeyEvent(text))
}

func (m byMouse) open() { m.click(".row") }
func (m byMouse) edit() { m.click(`[data-key="e"]`) }

func (m byMouse) typeBody(text string) {
	m.click("#body")
	m.do(chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(text))
}

func (m byMouse) send()    { m.click("[data-send]") }
func (m byMouse) compare() { m.click(`#deliveries a[href^="/diff"]`) }

type byKeys struct{ *page }

func (k byKeys) press(keys ...string) {
	k.t.Helper()
	for _, key := range keys {
		k.do(chromedp.KeyEvent(key))
	}
}

// tabTo presses Tab until the focus is there.
func (k byKeys) tabTo(selector string) {
	k.t.Helper()
	for range 80 {
		k.press(kb.Tab)
		if at, err := chromedp.Run(k.ctx, chromedp.Evaluate[bool](`document.activeElement?.matches('`+selector+`')`)); err == nil && at {
			return
		}
	}
	k.t.Fatalf("Tab never came to %s", selector)
}

func (k byKeys) search(text string) { k.press("/", text) }

func (k byKeys) open() {
	k.press(kb.Escape, kb.Escape, "j") // the first puts completions away, the second leaves the field
	k.await(`document.activeElement?.matches(".row")`)
	k.press(kb.Enter)
}

func (k byKeys) edit() { k.press("e") }

func (k byKeys) typeBody(text string) {
	k.tabTo("#body")
	k.do(chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(text))
}

func (k byKeys) send() {
	k.do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
}

func (k byKeys) compare() {
	k.tabTo(`#deliveries a[href^="/diff"]`)
	k.press(kb.Enter)
}
