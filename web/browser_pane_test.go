package web

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestBrowserNoteStaysWhileNewsCome(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(500)
	tab.openLive("/requests/" + c.ID)
	tab.keys("t")
	tab.until("t opens the note", "document.activeElement.name === 'note'")
	tab.do(chromedp.KeyEvent("half a th"))
	tab.replayed(c, 200, "ok", nil)
	tab.until("the news are there", "document.querySelectorAll('#summary .deliveries > li').length === 2")
	tab.until("the note too", "document.activeElement.name === 'note' && document.activeElement.value === 'half a th'")
	tab.do(chromedp.Focus(chromedp.CSS("#request-title")))
	tab.replayed(c, 200, "ok", nil)
	tab.until("more news are there", "document.querySelectorAll('#summary .deliveries > li').length === 3")
	tab.until("the note stays without the focus, too", "document.querySelector('[data-note] textarea').value === 'half a th' && document.querySelector('[data-note]').open")
	tab.do(chromedp.Focus(chromedp.CSS("[data-note] textarea")), chromedp.KeyEvent("ought"))
	tab.do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tab.until("Ctrl Enter saves it", "document.querySelector('.usernote-text')?.textContent === 'half a thought'")
	tab.until("and nothing was replayed", "window.stays === 1")
	tab.do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	if n := tab.app.count(); n != 0 {
		t.Errorf("%d replays", n)
	}
}

func TestBrowserOpenRequestKeepsTheSearch(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.add(200)
	bad := tab.add(500)
	tab.openLive("/")
	tab.keys("f")
	tab.shows("what failed", bad)
	tab.until("its links have the search", "document.querySelector('[data-key=e]').href.includes('q=is%3Afailed')")
	tab.keys("2")
	tab.until("so has its address", "location.pathname === '/requests/"+bad.ID+"' && location.search.includes('q=is%3Afailed') && location.search.includes('tab=headers')")
	tab.until("without loading the page", "window.stays === 1")
	tab.do(chromedp.Reload())
	tab.shows("it stays when the page is loaded anew", bad)
	tab.keys("f")
	tab.until("and goes with it", "!document.querySelector('[data-key=e]').href.includes('q=')")
}

func TestBrowserResendThatIsNoMore(t *testing.T) {
	r := newRoom(t)
	r.app.gate = make(chan struct{})
	tab := newTab(r)
	to := tab.resendChosen(tab.add(500).ID, tab.add(500).ID)
	tab.open(to)
	tab.until("under way", "document.getElementById('resending')?.dataset.state === 'under way'")
	r.jobs.mu.Lock()
	gone := r.jobs.made
	r.jobs.made = nil
	r.jobs.mu.Unlock()
	tab.until("it is said", "document.querySelector('.dialog')?.innerText.includes('No such resend') && !document.getElementById('resending')")
	close(r.app.gate)
	<-gone[0].finish
	tab.quiet("404")
}

func TestBrowserStaysPutWhenItCatchesUp(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(500)
	d := tab.replayed(c, 200, "ok", nil)
	tab.openLive("/requests/" + c.ID + "?done=" + d.ID) // as a form leads to it
	tab.until("what it did is said", "document.getElementById('toast').textContent.startsWith('Replayed: 200')")
	tab.fetchedAgain(c)
	tab.do(run(`window.moves = 0; window.painted = 0
		new PerformanceObserver((l) => { moves += l.getEntries().filter(e => e.sources.some(s => s.node?.parentElement?.closest('#request'))).length }).observe({ type: "layout-shift", buffered: true })
		requestAnimationFrame(function again() { if (++painted < 20) requestAnimationFrame(again) })`))
	tab.until("some frames later", "painted === 20")
	if n := tab.eval("moves"); n != 0 {
		t.Errorf("what is read moved %d times", n)
	}
}
