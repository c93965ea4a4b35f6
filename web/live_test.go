package web

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/chromedp"

	"devhook/store"
)

// watchRows notes when each row is first seen in the page, by the clock that the test goes by, too.
const watchRows = `window.rowSeen = {};
	new MutationObserver(() => {
		const now = Date.now();
		for (const li of document.querySelectorAll("#rows > li")) rowSeen[li.dataset.id] ??= now;
	}).observe(document.body, {childList: true, subtree: true, attributes: true, attributeFilter: ["data-id"]})`

// TestLiveRows sends fifty webhooks a second and measures in the browser how long after it was recorded each is a row.
// In full, nineteen of twenty must be there within 200 ms.
func TestLiveRows(t *testing.T) {
	n := 100
	if inFull() {
		n = 500
	}
	tab := newTab(newRoom(t))
	tab.add(200)
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	tab.do(run(watchRows))
	recorded := map[string]time.Time{}
	var last *store.Capture
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for range n {
		<-beat.C
		c, body := sms()
		c.Delivering = true
		if err := tab.db.Add(t.Context(), c, body); err != nil {
			t.Fatal(err)
		}
		recorded[c.ID] = time.Now()
		if err := tab.db.AddDelivery(t.Context(), delivery(c, 200), []byte(`{"ok":true}`), true); err != nil {
			t.Fatal(err)
		}
		last = c
	}
	tab.until("the last one is there", "rowSeen['"+last.ID+"'] !== undefined")
	text, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("JSON.stringify(rowSeen)"))
	if err != nil {
		t.Fatal(err)
	}
	var seen map[string]int64
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		t.Fatal(err)
	}
	var took []time.Duration
	for id, at := range recorded {
		if seen[id] == 0 {
			t.Errorf("%s was no row at any time", id)
			continue
		}
		took = append(took, time.UnixMilli(seen[id]).Sub(at.Truncate(time.Millisecond)))
	}
	slices.Sort(took)
	p95 := percentile(took, .95)
	t.Logf("%d rows at 50 a second: p50 %s, p95 %s, most %s", len(took), percentile(took, .50), p95, took[len(took)-1])
	if inFull() && p95 > 200*time.Millisecond {
		t.Errorf("p95 is %s, at most 200ms is wanted", p95)
	}
}

// TestPageStaysBounded lets thousands of requests come and holds the page to what four hundred rows take (KEEP in rows.js): rows, elements,
// and what the browser keeps of those that are gone.
func TestPageStaysBounded(t *testing.T) {
	rounds := 3
	if inFull() {
		rounds = 15
	}
	const each, most = 300, 400
	tab := newTab(newRoom(t))
	tab.add(200)
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	around := tab.eval("document.querySelectorAll('*').length - document.querySelectorAll('#rows *').length")
	for range rounds {
		var last *store.Capture
		for range each {
			last = tab.add(200)
			time.Sleep(2 * time.Millisecond) // a burst without a pause would be shown at once, and little of it
		}
		tab.until("the newest is on top", "document.querySelector('#rows li').dataset.id === '"+last.ID+"'")
		row := tab.eval("Math.max(...[...document.querySelectorAll('#rows li')].map((li) => li.querySelectorAll('*').length + 1))")
		rows, elements, nodes := tab.eval("document.querySelectorAll('#rows li').length"), tab.eval("document.querySelectorAll('*').length"), tab.nodes()
		limit := around + most*row
		t.Logf("%d rows, %d elements, %d nodes; %d elements are the limit", rows, elements, nodes, limit)
		if rows > most || elements > limit || nodes > int64(5*limit) {
			t.Errorf("the page grows: %d rows, %d elements, %d nodes", rows, elements, nodes)
		}
	}
}

// nodes are those the browser keeps for the page, shown or not, once it has had the time to let go of the others.
func (t *tab) nodes() int64 {
	t.Helper()
	least := t.nodesNow()
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		least = min(least, t.nodesNow())
	}
	return least
}

func (t *tab) nodesNow() (n int64) {
	t.Helper()
	t.do(func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, p, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return chromedp.Void{}, err
		}
		counted, err := cdp.Call(ctx, p, memory.GetDOMCounters, cdp.Empty{})
		n = counted.Nodes
		return chromedp.Void{}, err
	})
	return n
}
