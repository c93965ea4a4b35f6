package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"devhook/store"
)

// shows waits until the list holds exactly these captures, in this order.
func (t *tab) shows(what string, list ...*store.Capture) {
	t.Helper()
	ids := ""
	for _, c := range list {
		ids += c.ID + " "
	}
	t.until(what, fmt.Sprintf("[...document.querySelectorAll('#rows li')].map(l => l.dataset.id + ' ').join('') === '%s'", ids))
}

func (t *tab) openLive(path string) {
	t.Helper()
	t.open(path)
	t.until("live", "!document.getElementById('live').hidden")
	t.do(run(stay))
}

func TestBrowserSearchesByKeys(t *testing.T) {
	tab := newTab(newRoom(t))
	good := tab.add(200)
	bad := tab.add(500, func(c *store.Capture) { c.Verdict, c.Provider, c.Event = store.Invalid, "stripe", "charge.refunded" })
	tab.openLive("/")
	tab.do(chromedp.KeyEvent("/"), chromedp.KeyEvent("ver"))
	tab.until("a filter is offered", "document.querySelectorAll('#completion-list [role=option]').length === 1 && document.getElementById('q').ariaExpanded === 'true'")
	tab.do(chromedp.KeyEvent(kb.ArrowDown)) // down
	tab.until("it is pointed at", "document.getElementById(document.getElementById('q').getAttribute('aria-activedescendant')).ariaSelected === 'true'")
	tab.do(chromedp.KeyEvent("\t"))
	tab.until("and taken, and its values offered", "document.getElementById('q').value === 'verdict:' && document.querySelectorAll('#completion-list [role=option]').length === 4")
	tab.do(chromedp.KeyEvent("i"))
	tab.until("those that begin so", "document.getElementById('completion-list').textContent.includes('invalid')")
	tab.do(chromedp.KeyEvent(kb.ArrowDown + "\r"))
	tab.until("a value is taken", "document.getElementById('q').value.startsWith('verdict:')")
	tab.do(run("document.getElementById('q').value = 'verdict:invalid '; document.getElementById('q').dispatchEvent(new Event('input', {bubbles: true}))"))
	tab.shows("the list follows", bad)
	tab.until("so does the address", "location.search === '?q=verdict%3Ainvalid+'")
	tab.until("and the chip", "document.querySelector('#chips .chip-on').textContent.includes('invalid')")
	tab.do(chromedp.KeyEvent("status:of"))
	tab.until("what isn't understood is said", "document.getElementById('search-fault').textContent.startsWith('Status takes 404') && document.getElementById('q').ariaInvalid === 'true'")
	tab.shows("what is shown stays", bad)
	tab.until("and its address", "location.search === '?q=verdict%3Ainvalid+' && document.getElementById('toast').textContent === ''")
	tab.do(run("document.getElementById('q').select()"), chromedp.KeyEvent("hello\r"))
	tab.shows("words are found", bad, good)
	tab.until("and nothing is wrong", "document.getElementById('search-fault').textContent === '' && !document.getElementById('q').ariaInvalid")
	tab.until("without loading the page, the focus where it was", "window.stays === 1 && document.activeElement.id === 'q'")
	tab.quiet("400")
}

func TestBrowserSearchesByMouse(t *testing.T) {
	tab := newTab(newRoom(t))
	good := tab.add(200)
	bad := tab.add(500, func(c *store.Capture) { c.Provider = "stripe" })
	tab.openLive("/")
	tab.do(chromedp.Click(chromedp.CSS("#q")))
	tab.until("an empty box offers all filters", "document.querySelectorAll('#completion-list [role=option]').length > 10")
	tab.do(chromedp.Click(chromedp.CSS("#completion-1")))
	tab.until("one is taken, the focus stays", "document.getElementById('q').value === 'provider:' && document.activeElement.id === 'q'")
	tab.until("its values are offered", "document.getElementById('completion-list').textContent.includes('Stripe')")
	tab.do(run("[...document.querySelectorAll('#completion-list li')].find(l => l.textContent.includes('Stripe')).dispatchEvent(new MouseEvent('mousedown', {bubbles: true}))"))
	tab.shows("the list follows", bad)
	tab.do(chromedp.Click(chromedp.CSS("#chips .chip-on")))
	tab.shows("the chip takes the filter away", bad, good)
	tab.until("from the box, too", "document.getElementById('q').value === '' && location.search === ''")
	tab.do(chromedp.Click(chromedp.CSS("#failed-chip")))
	tab.shows("failed ones", bad)
	tab.until("are a word in the box", "document.getElementById('q').value === 'is:failed'")
	tab.do(chromedp.NavigateBack())
	tab.shows("back is the list before", bad, good)
	tab.do(chromedp.Click(chromedp.CSS("[popovertarget=search-help]")))
	tab.until("a card explains", "document.getElementById('search-help').matches(':popover-open') && document.getElementById('search-help').innerText.includes('body:\"order 17\"')")
	tab.until("without loading the page", "window.stays === 1")
	tab.quiet("400") // a slow hand searches for "provider:" on the way
}

func TestBrowserChipsKeepTheFocus(t *testing.T) {
	tab := newTab(newRoom(t))
	bad := tab.add(500, func(c *store.Capture) { c.Verdict = store.Invalid })
	good := tab.add(200)
	tab.openLive("/")
	tab.do(chromedp.Focus(chromedp.CSS("#chips details summary")))
	tab.keys(kb.Enter, "\t", "\t", kb.Enter)
	tab.shows("a verdict is chosen", bad)
	tab.until("its chip has the focus", "document.activeElement.matches('#chips > a.chip-on')")
	tab.keys(kb.Enter)
	tab.shows("it is taken away", good, bad)
	tab.until("the menu that stands there again has it", "document.activeElement.matches('#chips > details:first-of-type > summary')")
	tab.keys("f")
	tab.shows("f shows what failed", bad)
	tab.keys("\x1b", "f")
	tab.shows("and all again", good, bad)
}

func TestBrowserEscapeLeavesTheSearch(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.add(200)
	bad := tab.add(500)
	tab.openLive("/?q=is:failed")
	tab.keys("/")
	tab.until("the box has the focus", "document.activeElement.id === 'q'")
	tab.keys("\x1b")
	tab.until("Esc leaves it", "document.activeElement.id !== 'q' && document.getElementById('q').value === 'is:failed'")
	tab.shows("the list is the same", bad)
}
