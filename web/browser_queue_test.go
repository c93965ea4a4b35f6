package web

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"devhook/store"
)

// TestBrowserQueue looks after a queue by keys and buttons, with a script and without.
func TestBrowserQueue(t *testing.T) {
	for name, script := range map[string]bool{"with a script": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			tab := newTab(newRoom(t))
			if !script {
				tab.do(func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
					_, err := cdp.Call(ctx, p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
					return chromedp.Void{}, err
				})
			}
			tab.add(200)
			tab.open("/")
			tab.until("there is no queue", "!document.getElementById('queue-link').checkVisibility()")
			one := tab.hold(shopApp, "/hooks/pay")
			tab.hold(shopApp, "/hooks/pay")
			if script {
				tab.until("it is told of by itself", "document.getElementById('queue-link').innerText.includes('2')")
				tab.keys("g", "q")
				tab.until("keys lead there", "location.pathname === '/queue' && document.readyState === 'complete'")
			} else {
				tab.open("/")
				tab.goes("#queue-link", "a link leads there", "location.pathname === '/queue'")
			}
			const buttons = "[...document.querySelectorAll('.queue .actions .btn')].map(b => b.innerText.trim().split('\\n')[0]).join()"
			tab.until("what can be done", buttons+".includes('Pause')")
			tab.goes(`form[action="/queue/pause"] .btn`, "it is paused", buttons+".includes('Resume')")
			tab.goes(`form[action="/queue/deliver"] .btn`, "one is tried", "location.pathname === '/queue'")
			if w, err := tab.db.NextHeld(t.Context(), "I1", store.Place{App: shopApp, Route: "/hooks/pay"}); err != nil || !w.Urgent || w.ID != one.ID {
				t.Errorf("tried is %+v, %v", w, err)
			}
			tab.goes(`form[action="/queue/resume"] .btn`, "it goes on", buttons+".includes('Pause')")
			tab.goes(`.held-rows tbody tr:first-child .btn`, "one is cancelled", "document.querySelectorAll('.held-rows tbody tr').length === 1")
			tab.goes(`.queue a.btn`, "all: it asks", "location.pathname === '/queue/cancel'")
			tab.goes(`.dialog .btn-primary`, "and does", "document.querySelectorAll('.queue').length === 0")
			if n, err := tab.db.CountAllHeld(t.Context()); n != 0 || err != nil {
				t.Errorf("%d are held, %v", n, err)
			}
		})
	}
}
