package web

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"devhook/store"
)

// goes clicks and waits for the page that follows.
func (t *tab) goes(selector, what, js string) {
	t.Helper()
	t.do(run("window.stays = 1"), chromedp.Click(chromedp.CSS(selector)))
	t.until(what, "window.stays !== 1 && document.readyState === 'complete' && "+js)
}

func TestBrowserNeedsNoScript(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.do(func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	for range pageRows {
		tab.add(-1)
	}
	good := tab.add(200)
	bad := tab.add(500, func(c *store.Capture) { c.Provider = "stripe" })
	tab.open("/")
	tab.until("nothing is shown that needs script", "[...document.querySelectorAll('[data-script]')].every(e => !e.checkVisibility())")
	tab.until("what can be chosen is", "document.querySelector('.pick').checkVisibility() && getComputedStyle(document.querySelector('.pick')).opacity === '1' && document.getElementById('selection').checkVisibility()")
	tab.goes("#row-"+good.ID+" .row", "a row is a link", "location.pathname === '/requests/"+good.ID+"' && document.getElementById('request').dataset.id === '"+good.ID+"'")
	tab.goes("#tab-body", "a tab is a link", "!document.getElementById('body').hidden")
	tab.goes("[data-key=p]", "pinning is a form", "document.querySelector('[data-key=p]').ariaPressed === 'true'")
	tab.goes("[data-key=r]", "so is a replay", "document.getElementById('notice').innerText.includes('Replayed: 200')")
	tab.do(chromedp.Click(chromedp.CSS(".chips details:nth-of-type(2) summary")))
	tab.goes(".chips details:nth-of-type(2) li:nth-child(3) a", "filters are links", "document.getElementById('q').value === 'provider:stripe'")
	tab.shows("of what they choose", bad)
	tab.do(run("document.getElementById('q').value = ''"), chromedp.Focus(chromedp.CSS("#q")))
	tab.do(run("window.stays = 1"), chromedp.KeyEvent("-provider:stripe is:pinned\r"))
	tab.until("the search is a form", "window.stays !== 1 && location.search.includes('is%3Apinned')")
	tab.shows("which finds", good)
	tab.open("/")
	tab.goes("#older", "older ones are a page", fmt.Sprintf("document.querySelectorAll('#rows li').length === %d", 2))
}
