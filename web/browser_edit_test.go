package web

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"devhook/store"
)

// TestBrowserShotsOfDoing draws what is done with captures as TestBrowserShots draws what is seen of them.
func TestBrowserShotsOfDoing(t *testing.T) {
	dir := os.Getenv("DEVHOOK_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	tab := newTab(newRoom(t, canSign))
	shown := tab.sample()
	if err := tab.db.SetNote(t.Context(), shown.ID, "Ana asked about this one; the proxy ends TLS."); err != nil {
		t.Fatal(err)
	}
	binary, _ := sms(func(c *store.Capture) {
		c.Head = []byte("POST /b HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nAuthorization: Bearer b3arer\r\nContent-Length: 3\r\n\r\n")
	})
	tab.addBody(200, binary, []byte("\x1f\x8b\x00"))
	list, err := tab.db.List(t.Context(), store.Filter{Limit: 8})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	to := tab.resendChosen(ids...)
	tab.eventually("it is done", func() bool { return strings.Contains(tab.get(to).body, `data-state="done"`) })
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 768, 1440} {
			for name, path := range map[string]string{
				"edit": "/requests/" + shown.ID + "/edit", "edit-binary": "/requests/" + binary.ID + "/edit", "noted": "/requests/" + shown.ID,
				"resent": to, "chosen": "/resend?" + url.Values{"id": ids}.Encode(),
			} {
				tab.shot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), path, theme, width)
			}
		}
	}
}

// text types into a field as a person does, in place of what it holds.
func (t *tab) text(selector, text string) {
	t.Helper()
	t.do(chromedp.Click(chromedp.CSS(selector)), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(text))
}

const sentAndMarked = "location.search.includes('done=') && !document.getElementById('deliveries').hidden && document.querySelector('#deliveries li:target')?.innerText.includes('200')"

func TestBrowserEditsByMouse(t *testing.T) {
	tab := newTab(newRoom(t, canSign))
	c, body := tab.seven()
	tab.addBody(401, c, body)
	tab.open("/requests/" + c.ID)
	tab.do(chromedp.Click(chromedp.CSS(`[data-key="e"]`)))
	tab.until("the edit page", "document.querySelector('[data-send]') !== null && document.readyState === 'complete'")
	tab.text("#body", `{"a": tru}`)
	tab.until("says where the JSON ends", "document.getElementById('body-check').textContent.includes('line 1, column')")
	tab.text("#body", `{"a": true}`)
	tab.until("and that it is whole again", "document.getElementById('body-check').textContent === 'well-formed JSON'")
	tab.until("what changed is told", "/Body\\s+11 B, was/.test(document.getElementById('changes').innerText)")
	tab.until("no warning while it is signed anew", "getComputedStyle(document.getElementById('unsigned')).display === 'none'")
	tab.do(chromedp.Click(chromedp.CSS("#resign")))
	tab.until("a warning when not", "getComputedStyle(document.getElementById('unsigned')).display !== 'none'")
	tab.do(chromedp.Click(chromedp.CSS("#resign")), chromedp.Click(chromedp.CSS("[data-add]")), chromedp.KeyEvent("X-Debug\t1"))
	tab.do(chromedp.Click(chromedp.CSS(`[aria-label="Remove Accept"]`)))
	tab.until("the row is gone", "document.querySelector('[aria-label=\"Remove Accept\"]') === null && document.getElementById('changes').innerText.includes('left out')")
	tab.do(chromedp.Click(chromedp.CSS("[data-send]")))
	tab.until("the delivery is shown and marked", sentAndMarked)
	want := Edit{Headers: [][2]string{{"X-Debug", "1"}}, DropHeaders: []string{"Accept"}, Body: []byte(`{"a": true}`), HasBody: true, Resign: true}
	if diff := cmp.Diff(want, tab.app.lastEdit()); diff != "" {
		t.Errorf("the edit (-want +got):\n%s", diff)
	}
}

func TestBrowserEditsByKeysAlone(t *testing.T) {
	tab := newTab(newRoom(t, canSign))
	c, body := tab.seven()
	tab.addBody(401, c, body)
	tab.open("/requests/" + c.ID)
	tab.until("live", "!document.getElementById('live').hidden")
	tab.do(chromedp.KeyEvent("e"))
	tab.until("the edit page", "document.querySelector('[data-send]') !== null && document.readyState === 'complete'")
	tab.tabTo("the path", "document.activeElement?.name === 'target'")
	tab.do(chromedp.KeyEvent(kb.End + "?x=1" + kb.Enter)) // Enter alone sends nothing
	tab.tabTo("the body", "document.activeElement?.id === 'body'")
	tab.do(chromedp.KeyEvent(kb.Home, chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Enter))
	tab.tabTo("the switch", "document.activeElement?.id === 'resign'")
	tab.do(chromedp.KeyEvent(" "))
	tab.until("it warns", "!document.getElementById('resign').checked && getComputedStyle(document.getElementById('unsigned')).display !== 'none'")
	tab.do(chromedp.KeyEvent(" "))
	tab.until("it warns no more", "document.getElementById('resign').checked")
	if n := tab.app.count(); n != 0 {
		t.Fatalf("%d were sent before it was asked for", n)
	}
	tab.do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tab.until("the delivery is shown and marked", sentAndMarked)
	want := Edit{Target: "/hooks/seven?x=1", Body: append([]byte("\n"), body...), HasBody: true, Resign: true}
	if diff := cmp.Diff(want, tab.app.lastEdit()); diff != "" {
		t.Errorf("the edit (-want +got):\n%s", diff)
	}
	tab.do(chromedp.KeyEvent("e"))
	tab.until("edit once more", "document.getElementById('edit') !== null && document.getElementById('changes').innerText.includes('made anew')")
	tab.do(chromedp.KeyEvent(kb.Escape))
	tab.until("Escape goes back", "document.getElementById('live')?.hidden === false")
	tab.do(chromedp.KeyEvent("t"))
	tab.until("t opens the note", "document.activeElement?.name === 'note'")
	tab.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("ask Ana\t"), chromedp.KeyEvent(kb.Enter))
	tab.until("it is kept and shown", "document.querySelector('.usernote-text')?.textContent === 'ask Ana'")
}

// tabTo presses Tab until the page says that the focus is there.
func (t *tab) tabTo(what, js string) {
	t.Helper()
	for range 60 {
		t.do(chromedp.KeyEvent(kb.Tab))
		if t.eval("("+js+") ? 1 : 0") == 1 {
			return
		}
	}
	t.Fatalf("Tab never came to %s", what)
}

// TestBrowserLeavesBytesAlone: what a browser makes of a text on its way through the form is no edit, and an edit of
// one line leaves the others.
func TestBrowserLeavesBytesAlone(t *testing.T) {
	tab := newTab(newRoom(t))
	for name, body := range bodies {
		c, _ := sms(func(c *store.Capture) {
			c.Head = []byte("POST /hooks/sms?x=1 HTTP/1.1\r\nHost: h\r\nX-Bytes: caf\xe9\r\nX-T:a\tb\r\nContent-Length: 9\r\n\r\n")
		})
		tab.addBody(500, c, []byte(body))
		tab.open("/requests/" + c.ID + "/edit")
		tab.do(chromedp.Click(chromedp.CSS("[data-send]")))
		tab.until("sent", sentAndMarked)
		if got := tab.app.lastEdit(); !cmp.Equal(got, Edit{}) {
			t.Errorf("%s: sent with the edit %+.300v, want none", name, got)
		}
		if strings.ContainsRune(body, 0) || !utf8.ValidString(body) || len(body) > textMost {
			continue
		}
		tab.open("/requests/" + c.ID + "/edit")
		tab.until("the edit page", "document.querySelector('[data-send]') !== null && document.readyState === 'complete'")
		tab.do(chromedp.Focus(chromedp.CSS("#body")), chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("z"))
		tab.do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
		tab.until("sent", sentAndMarked)
		if got := tab.app.lastEdit(); !bytes.Equal(got.Body, []byte(body+"z")) {
			t.Errorf("%s: the app gets %q, want %q", name, got.Body, body+"z")
		}
	}
}

// resendOf starts a resend of n failed ones from the question page.
func (t *tab) resendOf(n int, step *steps) {
	t.Helper()
	for range n {
		t.add(500)
	}
	t.open("/resend")
	t.do(chromedp.Click(chromedp.CSS(".dialog .btn-primary")))
	for range n / 2 {
		select {
		case <-step.begun:
		case <-time.After(time.Minute):
			t.Fatal("the next delivery never began")
		}
		step.on <- struct{}{}
	}
	<-step.begun
}

func TestBrowserCancelsAResendOfFifty(t *testing.T) {
	step := &steps{begun: make(chan struct{}), on: make(chan struct{})}
	tab := newTab(newRoom(t, func(c *Config) { step.Replayer, c.Replayer = c.Replayer, step }))
	tab.resendOf(50, step)
	tab.until("progress comes by itself", "document.getElementById('resend-title')?.textContent === 'Resending 25 of 50' && document.querySelector('progress').value === 25")
	tab.do(run(stay))
	step.on <- struct{}{}
	<-step.begun
	tab.until("and goes on without loading the page", "document.getElementById('resend-title').textContent === 'Resending 26 of 50' && window.stays === 1")
	at := tab.path()
	tab.open("/") // the tab is left and comes back
	tab.open(at)
	tab.do(chromedp.Focus(chromedp.CSS("#cancel")))
	step.on <- struct{}{}
	<-step.begun
	tab.until("the focus stays on Cancel", "document.getElementById('resend-title').textContent === 'Resending 27 of 50' && document.activeElement?.id === 'cancel'")
	tab.do(chromedp.KeyEvent(kb.Enter))
	tab.until("it was loaded anew", "performance.getEntriesByType('navigation').length === 1 && document.readyState === 'complete'")
	tab.eventually("it is told to stop", func() bool { return tab.stopping() })
	step.on <- struct{}{}
	tab.until("it says where it stopped", "document.getElementById('resend-title').textContent === 'Cancelled after 28 of 50' && document.getElementById('cancel') === null")
	if n := tab.app.count(); n != 28 {
		t.Errorf("%d were sent, want 28", n)
	}
	tab.do(chromedp.Click(chromedp.CSS(".sendings a")))
	tab.until("a result leads to its delivery", sentAndMarked)
}

func (t *tab) path() string {
	t.Helper()
	p, err := chromedp.Run(t.ctx, chromedp.Evaluate[string]("location.pathname"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stopping says that the latest resend was cancelled, if it still delivers.
func (r *room) stopping() bool {
	r.jobs.mu.Lock()
	defer r.jobs.mu.Unlock()
	return r.jobs.made[len(r.jobs.made)-1].ctx.Err() != nil
}

func TestBrowserWithoutScript(t *testing.T) {
	step := &steps{begun: make(chan struct{}, 1), on: make(chan struct{}, 100)}
	tab := newTab(newRoom(t, canSign, func(c *Config) { step.Replayer, c.Replayer = c.Replayer, step }))
	tab.do(func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	c := tab.add(401)
	tab.open("/requests/" + c.ID)
	tab.do(chromedp.Click(chromedp.CSS(`[data-key="e"]`)), chromedp.WaitVisible(chromedp.CSS("#edit")))
	tab.until("no script ran", "[...document.querySelectorAll('[data-script]')].every(e => !e.checkVisibility())")
	tab.text(`[name="target"]`, "/typed")
	tab.do(chromedp.Click(chromedp.CSS("[data-add]")))
	tab.until("there is a row more and nothing is lost", "document.querySelectorAll('#pairs .pair').length === 5 && document.querySelector('[name=target]').value === '/typed'")
	tab.text("#pairs .pair:nth-of-type(5) [name=name]", "X-New")
	tab.text("#pairs .pair:nth-of-type(5) [name=value]", "v")
	tab.do(chromedp.Click(chromedp.CSS(`[name="do"][value="check"]:not(.sr)`)))
	tab.until("the changes are told", "document.getElementById('changes')?.innerText.includes('X-New')")
	tab.do(chromedp.Click(chromedp.CSS("#resign")))
	tab.until("the warning shows", "getComputedStyle(document.getElementById('unsigned')).display !== 'none'")
	step.on <- struct{}{}
	tab.do(chromedp.Click(chromedp.CSS("[data-send]")))
	<-step.begun
	tab.until("the delivery is shown and marked", sentAndMarked)
	if diff := cmp.Diff(Edit{Target: "/typed", Headers: [][2]string{{"X-New", "v"}}}, tab.app.lastEdit()); diff != "" {
		t.Errorf("the edit (-want +got):\n%s", diff)
	}
	tab.resendOf(6, step)
	tab.until("progress comes by loading anew", "document.getElementById('resend-title')?.textContent === 'Resending 3 of 6'")
	step.on <- struct{}{}
	<-step.begun
	tab.until("again", "document.getElementById('resend-title')?.textContent === 'Resending 4 of 6'")
	tab.do(chromedp.Click(chromedp.CSS("#cancel")))
	tab.eventually("it is told to stop", func() bool { return tab.stopping() })
	step.on <- struct{}{}
	tab.until("it is cancelled", "document.getElementById('resend-title')?.textContent === 'Cancelled after 5 of 6'")
}
