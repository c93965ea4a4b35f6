package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"devhook/store"
)

func TestBrowserPutsWhatComesToFitInItsPlace(t *testing.T) {
	tab := newTab(newRoom(t))
	older := tab.add(200)
	newer := tab.add(500)
	tab.open("/?status=5xx")
	tab.until("live", "!document.getElementById('live').hidden")
	tab.until("one fits", "document.querySelectorAll('#rows li').length === 1")
	d := delivery(older, 500)
	d.Kind, d.At = store.Replay, time.Now()
	if err := tab.db.AddDelivery(tab.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	tab.until("the older one fits now and stands below", fmt.Sprintf("[...document.querySelectorAll('#rows li')].map(l => l.dataset.id).join() === '%s,%s'", newer.ID, older.ID))
}

func TestBrowserDropsRowsThatWereDeleted(t *testing.T) {
	tab := newTab(newRoom(t))
	gone := tab.add(200)
	stays := tab.add(200)
	tab.open("/requests/" + gone.ID)
	tab.until("live", "!document.getElementById('live').hidden")
	// As soon as the stream stands the page asks once more for what is open: after that only for what it is told of.
	tab.fetchedAgain(gone)
	if err := tab.db.Delete(tab.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	tab.do(run(`document.querySelector('[data-key="r"]').click()`)) // in one step: the page may be putting in what it fetched
	tab.until("a replay of it says why not", "document.getElementById('toast').textContent.includes('it may have been deleted')")
	newest := tab.add(200)
	tab.do(run("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow'))"))
	tab.until("its row goes when the page catches up", fmt.Sprintf("[...document.querySelectorAll('#rows li')].map(l => l.dataset.id).join() === '%s,%s'", newest.ID, stays.ID))
	tab.mu.Lock()
	tab.problems = nil // the browser reports the 404
	tab.mu.Unlock()
}

func TestBrowserBringsOlderOnesByScrolling(t *testing.T) {
	tab := newTab(newRoom(t))
	var first, last *store.Capture
	const many = 600
	for i := range many {
		last = tab.add(-1)
		if i == 0 {
			first = last
		}
	}
	tab.openLive("/")
	if n := tab.eval("document.querySelectorAll('#rows li').length"); n != pageRows {
		t.Errorf("%d rows at first, want %d", n, pageRows)
	}
	// Far down, again and again, until no more come by themselves.
	tab.until("a page holds its most", "document.getElementById('list-scroll').scrollTo(0, 1e6), document.querySelectorAll('#rows li').length === 400")
	if n := tab.eval(gaps); n != 0 {
		t.Errorf("%d gaps between the rows", n)
	}
	// Those that nobody looked at yet are not laid out, and take the room they will take.
	if n := tab.eval("new Set([...document.querySelectorAll('#rows li')].map(l => l.getBoundingClientRect().height)).size"); n != 1 {
		t.Errorf("rows of %d heights", n)
	}
	tab.until("the page was not loaded anew", "window.stays === 1")
	read := "[...document.querySelectorAll('#rows li')].find(l => l.getBoundingClientRect().top > 200)"
	tab.do(run("window.read = " + read + "; window.at = read.getBoundingClientRect().top"))
	newer := tab.add(200)
	tab.until("a new one waits", "document.getElementById('new-count').textContent === 'Show 1 new'")
	tab.until("what is read did not move", "read.isConnected && read.getBoundingClientRect().top === at")
	tab.do(chromedp.KeyEvent("."))
	tab.until("it is shown when asked for", fmt.Sprintf("document.querySelector('#rows li').dataset.id === '%s' && document.querySelectorAll('#rows li').length === 400", newer.ID))
	tab.do(run("document.getElementById('older').click()"))
	tab.until("the rest is a page of its own", fmt.Sprintf("window.stays !== 1 && document.getElementById('list-pane')?.textContent.includes('Newest') && document.querySelectorAll('#rows li').length >= %d", pageRows))
	tab.until("which follows without a gap", fmt.Sprintf("+document.querySelector('#rows li').dataset.seq === %d", newer.Seq-400))
	tab.until("and goes to the end", fmt.Sprintf("document.getElementById('list-scroll').scrollTo(0, 1e6), %s !== null && document.getElementById('older').hidden", row(first)))
	tab.until("on a page of the past nothing is put in", row(newer)+" === null")
}

const gaps = "(() => { const s = [...document.querySelectorAll('#rows li')].map(l => +l.dataset.seq); return s.filter((v, i) => i && s[i-1] - v !== 1).length })()"

func TestBrowserHoldsNoMoreThanItCanShow(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.add(-1)
	tab.openLive("/")
	before := tab.eval("document.querySelectorAll('*').length")
	var last *store.Capture
	for range 1000 {
		last = tab.add(-1)
	}
	tab.until("the newest is on top", "document.querySelector('#rows li').dataset.id === '"+last.ID+"'")
	if n := tab.eval("document.querySelectorAll('#rows li').length"); n > 400 {
		t.Errorf("%d rows are kept in the page", n)
	}
	if n := tab.eval(gaps); n != 0 {
		t.Errorf("%d gaps between the rows", n)
	}
	if n := tab.eval("document.querySelectorAll('*').length"); n > before+400*25 {
		t.Errorf("%d elements after 1000 requests, %d before", n, before)
	}
	if n := tab.eval("performance.getEntriesByType('resource').filter(e => e.name.includes('/api/events')).length"); n > 1 {
		t.Errorf("%d event streams, want one", n)
	}
}

func TestBrowserSeesWhatIsDoneElsewhere(t *testing.T) {
	tab := newTab(newRoom(t))
	first, second, third := tab.add(200), tab.add(500), tab.add(200)
	tab.openLive("/requests/" + second.ID + "?q=hello")
	tab.do(chromedp.Focus(chromedp.CSS("#row-" + second.ID + " .row")))
	tab.form("/requests/"+first.ID+"/pin", "pinned=1").is(303)
	tab.until("a pin is shown", row(first)+".querySelector('[aria-label=pinned]') !== null")
	tab.call("DELETE", "/api/requests/"+second.ID, "").is(204)
	tab.shows("what was deleted goes", third, first)
	tab.until("the focus stays near", "document.activeElement.closest('li').dataset.id === '"+first.ID+"'")
	tab.until("the pane says so", "document.getElementById('request').innerText.includes('may have been deleted')")
	tab.do(chromedp.KeyEvent("k"))
	tab.until("another can be opened", "document.getElementById('request').dataset.id === '"+third.ID+"'")
	judged := *third
	judged.Verdict, judged.Reason = store.Invalid, "The secret is another"
	if err := tab.db.Conclude(tab.Context(), &judged); err != nil {
		t.Fatal(err)
	}
	tab.until("another verdict is shown, in the row and in the pane", row(third)+".innerText.includes('invalid') && document.getElementById('verdict-title').textContent.includes('the secret is another')")
	tab.form("/clear", "").is(303)
	tab.shows("pinned ones stay", first)
	tab.until("without loading the page", "window.stays === 1")
	tab.quiet("404")
}

func TestBrowserChoosesSeveral(t *testing.T) {
	tab := newTab(newRoom(t))
	first, second, third := tab.add(200), tab.add(500), tab.add(200)
	tab.openLive("/")
	tab.until("nothing is chosen, so nothing can be done", "!document.getElementById('selection').checkVisibility()")
	tab.do(chromedp.KeyEvent("x"), chromedp.KeyEvent("j"), chromedp.KeyEvent(" "))
	tab.until("keys choose", "document.getElementById('chosen-count').textContent === '2 selected' && document.getElementById('selection').checkVisibility()")
	d := delivery(third, 500)
	d.Kind, d.At = store.Replay, time.Now()
	if err := tab.db.AddDelivery(tab.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	tab.until("news leave them chosen", row(third)+".innerText.includes('500') && "+row(third)+".querySelector('.pick').checked")
	tab.do(chromedp.Click(chromedp.CSS("#row-" + first.ID + " .pick")))
	tab.until("so does the mouse", "document.getElementById('chosen-count').textContent === '3 selected'")
	want := fmt.Sprintf("%s,%s,%s", third.ID, second.ID, first.ID)
	tab.until("the form holds them", "new FormData(document.getElementById('selection')).getAll('id').join() === '"+want+"'")
	tab.add(200)
	tab.until("new ones wait while some are chosen", "document.getElementById('new-count').textContent === 'Show 1 new'")
	tab.do(chromedp.Click(chromedp.CSS("#selection [type=reset]")))
	tab.until("none is chosen", "document.querySelectorAll('.pick:checked').length === 0 && document.getElementById('chosen-count').textContent === ''")
	tab.do(chromedp.Click(chromedp.CSS("[data-choose]")))
	tab.until("the boxes show where there is no pointer", "getComputedStyle(document.querySelector('.pick')).opacity === '1' && document.querySelector('[data-choose]').ariaPressed === 'true'")
}

func TestBrowserWhenAllIsCleared(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(200)
	tab.add(200)
	tab.openLive("/requests/" + c.ID)
	tab.form("/clear", "").is(303)
	tab.until("the first page", "document.body.innerText.includes('Nothing has come yet') && location.pathname === '/'")
	next := tab.add(200)
	tab.shows("which becomes the list again", next)
	tab.quiet("404")
}

func TestBrowserOlderOnesComeAfterADeletedRow(t *testing.T) {
	tab := newTab(newRoom(t))
	var list []*store.Capture
	for range pageRows + 10 {
		list = append([]*store.Capture{tab.add(-1)}, list...)
	}
	tab.openLive("/")
	tab.call("DELETE", "/api/requests/"+list[pageRows-1].ID, "").is(204)
	tab.until("its row goes", row(list[pageRows-1])+" === null")
	tab.until("older ones come", "document.getElementById('list-scroll').scrollTo(0, 1e6), "+row(list[pageRows+9])+" !== null")
	tab.until("all of them", "document.querySelectorAll('#rows li').length === 59")
}
