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
	if err := tab.db.Delete(tab.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	tab.do(chromedp.Click(chromedp.CSS(`[data-key="r"]`)))
	tab.until("a replay of it says why not", "document.getElementById('toast').textContent.includes('it may have been deleted')")
	newest := tab.add(200)
	tab.until("its row goes with the next news", fmt.Sprintf("[...document.querySelectorAll('#rows li')].map(l => l.dataset.id).join() === '%s,%s'", newest.ID, stays.ID))
	tab.mu.Lock()
	tab.problems = nil // the browser reports the 404
	tab.mu.Unlock()
}
