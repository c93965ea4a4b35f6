//go:build unix

package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a real Chromium that calls nothing but loopback.
func browser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is needed: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.WindowSize(1440, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err) // the first run starts the browser, which would live no longer than a time-out set on it
	}
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// page runs steps in one tab and stops the test at the first that fails.
type page struct {
	t   *testing.T
	ctx context.Context
	u   *up
}

// do takes steps in the page. One whose element is gone by then is taken again: what is about to be clicked may just
// have been drawn anew, and Chromium says so.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	for _, s := range steps {
		err := chromedp.Do(p.ctx, s)
		for err != nil && strings.Contains(err.Error(), "Could not find node") {
			err = chromedp.Do(p.ctx, s)
		}
		if err != nil {
			p.t.Fatalf("%v\n%s", err, p.u.stderr)
		}
	}
}

// text is what an element shows. It is found and read in one step, since the page may be about to replace it.
func (p *page) text(selector string) string {
	p.t.Helper()
	s, err := chromedp.Run(p.ctx, chromedp.Poll[string](fmt.Sprintf("document.querySelector(%q)?.innerText", selector)))
	if err != nil {
		p.t.Fatalf("text of %s: %v", selector, err)
	}
	return s
}

// shot keeps a screenshot in the folder SHOTS_DIR names, if it names one.
func (p *page) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("SHOTS_DIR")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// TestPageShowsWebhook opens the page of a running `up`, posts a webhook to the public address and waits for it to
// appear, without a reload; then opens it and replays it by a click.
func TestPageShowsWebhook(t *testing.T) {
	var calls atomic.Int32
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusNoContent) // which Telerivet doesn't take
	}))
	db := filepath.Join(t.TempDir(), "devhook.db")
	u := startUp(t, db, environ(t, "TELERIVET_SECRET=let me in"), nil,
		"--local", app, "--verify", "telerivet@/hooks/sms=env:TELERIVET_SECRET")
	p := &page{t, browser(t), u}
	p.do(chromedp.Navigate(u.page), chromedp.WaitVisible(chromedp.CSS("main")))
	if empty := p.text("main"); !strings.Contains(empty, u.public) {
		t.Errorf("the empty page does not name %s:\n%s", u.public, empty)
	}
	p.shot("up-empty")
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("window.mark = true")); err != nil {
		t.Fatal(err)
	}
	res, err := fresh.Post(u.public+"/hooks/sms", "application/x-www-form-urlencoded", strings.NewReader(seedForm("let me out")))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	const row = `a.row[data-verdict="invalid"]`
	p.do(chromedp.WaitVisible(chromedp.CSS(row)))
	for _, want := range []string{"/hooks/sms", "incoming_message", "Telerivet", "204", "invalid"} {
		if got := p.text(row); !strings.Contains(got, want) {
			t.Errorf("the row lacks %q:\n%s", want, got)
		}
	}
	if mark, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("window.mark === true")); err != nil || !mark {
		t.Errorf("the page was loaded anew before the webhook showed (%v)", err)
	}
	p.do(chromedp.Click(chromedp.CSS(row)), chromedp.WaitVisible(chromedp.CSS(`.callout[data-verdict="invalid"]`)))
	detail := p.text(".detail")
	if strings.Contains(detail, "let me out") || strings.Contains(detail, "let+me+out") {
		t.Error("the page shows the secret that came")
	}
	if want := "Telerivet will count this as failed: answered 204, wants 200"; !strings.Contains(detail, want) {
		t.Errorf("the detail lacks %q:\n%s", want, detail)
	}
	p.shot("up-detail")
	p.do(chromedp.Click(chromedp.CSS(".detail .btn-primary")))
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool](`document.querySelector(".detail").innerText.includes("Replay 1")`)); err != nil {
		t.Fatal(err)
	}
	p.shot("up-replayed")
	if n := calls.Load(); n != 2 {
		t.Errorf("the app was called %d times, want the live one and one replay", n)
	}
}
