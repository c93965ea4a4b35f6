//go:build unix

package main_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A stripeApp takes what is signed with its secret, as Stripe documents it, and nothing else.
type stripeApp struct {
	secret string
	mu     sync.Mutex
	bodies []string // those it took
}

func (a *stripeApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var at, v1 string
	_, scan := fmt.Sscanf(strings.NewReplacer(",", " ", "t=", "", "v1=", "").Replace(r.Header.Get("Stripe-Signature")), "%s %s", &at, &v1)
	sum := hmac.New(sha256.New, []byte(a.secret))
	_, _ = fmt.Fprintf(sum, "%s.%s", at, body)
	if err != nil || scan != nil || v1 != hex.EncodeToString(sum.Sum(nil)) {
		http.Error(w, "the signature does not fit", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	a.bodies = append(a.bodies, string(body))
	a.mu.Unlock()
	_, _ = io.WriteString(w, "ok")
}

// TestPageEditsAndSigns edits a webhook with an old signature in the page of a running `up`, by mouse and by keys alone:
// without a new signature the app refuses it, with one it takes what was typed.
func TestPageEditsAndSigns(t *testing.T) {
	app := &stripeApp{secret: "whsec_the-secret-of-the-test"}
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), environ(t, "STRIPE_SECRET="+app.secret), nil,
		"--local", serveApp(t, app), "--verify", "stripe@/hooks/pay=env:STRIPE_SECRET")
	const body = "{\r\n \"id\": \"evt_1\",\n \"type\": \"charge.refunded\"}"
	req, err := http.NewRequestWithContext(t.Context(), "POST", u.public+"/hooks/pay", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Stripe-Signature", "t=1,v1=00")
	req.Header.Set("Content-Type", "application/json")
	res, err := fresh.Do(req)
	if err != nil || res.StatusCode != http.StatusBadRequest {
		t.Fatalf("the live webhook: %v, %v", res, err)
	}
	_ = res.Body.Close()
	p := &page{t, browser(t), u}
	p.do(chromedp.Navigate(u.page), chromedp.WaitVisible(chromedp.CSS(`[data-key="e"]`)), chromedp.Click(chromedp.CSS(`[data-key="e"]`)))
	p.await(`document.querySelector("[data-send] kbd")?.hidden === false`)
	for _, want := range []string{"env:STRIPE_SECRET", "HMAC-SHA256", "Stripe-Signature"} {
		if got := p.text(".send"); !strings.Contains(got, want) || strings.Contains(got, app.secret) {
			t.Errorf("the switch lacks %q, or says too much:\n%s", want, got)
		}
	}
	p.do(chromedp.Click(chromedp.CSS("#resign")), chromedp.Click(chromedp.CSS("[data-send]")))
	p.await(`document.querySelector("#deliveries li:target")?.innerText.includes("400")`)

	p.await(`document.getElementById("live")?.hidden === false`)
	p.do(chromedp.KeyEvent("e"))
	p.await(`document.querySelector("[data-send] kbd")?.hidden === false && document.getElementById("resign").checked`)
	for range 60 {
		p.do(chromedp.KeyEvent(kb.Tab))
		if at, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.activeElement?.id === "body"`)); err == nil && at {
			break
		}
	}
	p.do(chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.await(`document.querySelector("#deliveries li:target")?.innerText.includes("200")`)
	if got := p.text("#deliveries li:target"); !strings.Contains(got, "edited, re-signed") || !strings.Contains(got, "Stripe would take this answer") {
		t.Errorf("the delivery says\n%s", got)
	}
	app.mu.Lock()
	defer app.mu.Unlock()
	if len(app.bodies) != 1 || app.bodies[0] != body+" " {
		t.Errorf("the app took %q, want what was typed once, each line end as it was", app.bodies)
	}
}

// await waits until an expression of the page is true; in between the page may load another.
func (p *page) await(js string) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](js)); err == nil && ok {
			return
		}
	}
	p.t.Fatalf("never true: %s\n%s", js, p.text("body"))
}
