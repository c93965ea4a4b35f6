package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"devhook/store"
)

// tab is a page in a real browser. What it complains of, a broken content policy among it, fails the test at its end.
type tab struct {
	*room
	ctx      context.Context
	mu       sync.Mutex
	problems []string
}

// newTab starts a browser. It must be there: without it nothing says that the pages work.
func newTab(r *room) *tab {
	r.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		r.Fatalf("no browser: install chromium (%v)", err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(r.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(time.Minute))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, leave := chromedp.NewContext(alloc)
	t := &tab{room: r, ctx: ctx}
	if err := chromedp.Listen(ctx, t.listen); err != nil { // starts the browser
		r.Fatal(err)
	}
	r.Cleanup(func() {
		leave()
		stop()
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, p := range t.problems {
			r.Errorf("the browser says: %s", p)
		}
	})
	t.do(func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, p, cdplog.Enable, cdp.Empty{})
		return chromedp.Void{}, err
	})
	return t
}

func (t *tab) listen(ev any) {
	said := ""
	switch e := ev.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			said = e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventExceptionThrown:
		said = (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error()
	case *runtime.EventConsoleAPICalled:
		said = fmt.Sprintf("console.%s", e.Type)
		for _, a := range e.Args {
			said = strings.TrimRight(said+" "+strings.Trim(string(a.Value), `"`), " ")
		}
	}
	if said != "" {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.problems = append(t.problems, said)
	}
}

// do takes steps in the page. One whose element is gone by then is taken again: on a live page what is about to be
// clicked may just have been drawn anew.
func (t *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, time.Minute)
	defer cancel()
	for _, a := range actions {
		err := chromedp.Do(ctx, a)
		for err != nil && strings.Contains(err.Error(), redrawn) {
			err = chromedp.Do(ctx, a)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const redrawn = "Could not find node" // what Chromium says of an element that was there a moment ago

func (t *tab) open(path string) {
	t.Helper()
	t.do(chromedp.Navigate(t.url+path), chromedp.WaitVisible(chromedp.CSS("#main")))
}

// until waits for an expression of the page to become true.
func (t *tab) until(what, js string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok, err := chromedp.Run(t.ctx, chromedp.Evaluate[bool](js)); err == nil && ok {
			return
		}
	}
	page, _ := chromedp.Run(t.ctx, chromedp.Evaluate[string]("document.body.innerText")) // said beside the failure only
	t.Fatalf("%s: never became true: %s\n%s", what, js, page)
}

// fetchedAgain waits until the page has asked once more for the request that is open, as it does when its stream stands.
func (t *tab) fetchedAgain(c *store.Capture) {
	t.Helper()
	t.until("what is open was fetched again", fmt.Sprintf("performance.getEntriesByType('resource').some(e => e.name.includes('/requests/%s') && e.responseEnd > 0)", c.ID))
}

// quiet forgets complaints of the browser about answers that were asked for, as "404".
func (t *tab) quiet(status string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problems = slices.DeleteFunc(t.problems, func(p string) bool { return strings.Contains(p, "status of "+status) })
}

func (t *tab) eval(js string) int {
	t.Helper()
	n, err := chromedp.Run(t.ctx, chromedp.Evaluate[int](js))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func run(js string) chromedp.Action[chromedp.Void] { return chromedp.Evaluate[chromedp.Void](js) }

const stay = "window.stays = 1" // gone as soon as the page is loaded anew

func row(c *store.Capture) string { return fmt.Sprintf("document.getElementById('row-%s')", c.ID) }

func TestBrowserShowsRequestsLive(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.open("/")
	tab.until("the first page", "document.body.innerText.includes('Nothing has come yet')")
	first := tab.add(200)
	tab.until("the first request opens by itself", row(first)+" !== null")
	tab.until("live", "!document.getElementById('live').hidden")
	tab.do(run(stay))
	second := tab.add(204)
	tab.until("a new row stands on top", "document.querySelector('#rows li').dataset.id === '"+second.ID+"'")
	tab.until("with its answer", row(second)+".innerText.includes('204')")
	tab.until("and the count", "document.getElementById('list-title').textContent.startsWith('2 requests')")
	tab.until("the page was not loaded anew", "window.stays === 1")
	tab.until("what was open is still open", "document.getElementById('request').dataset.id === '"+first.ID+"'")
}

func TestBrowserLetsNewOnesWaitWhileSomethingHasTheFocus(t *testing.T) {
	tab := newTab(newRoom(t))
	first := tab.add(200)
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	tab.do(run(stay), chromedp.Focus(chromedp.CSS(".row")))
	tab.add(200)
	tab.add(200)
	tab.until("they wait behind a count", "document.getElementById('new-count').textContent === 'Show 2 new'")
	if n := tab.eval("document.querySelectorAll('#rows li').length"); n != 1 {
		t.Errorf("%d rows, want only %s", n, first.ID)
	}
	tab.do(chromedp.KeyEvent("."))
	tab.until("they are shown", "document.querySelectorAll('#rows li').length === 3 && document.getElementById('new-rows').hidden")
	tab.until("without loading the page", "window.stays === 1")
}

func TestBrowserReplaysByClick(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(500)
	tab.open("/requests/" + c.ID)
	tab.until("live", "!document.getElementById('live').hidden")
	tab.do(run(stay))
	tab.do(chromedp.Click(chromedp.CSS(`[data-key="r"]`)))
	tab.until("the delivery is listed", "document.querySelectorAll('#summary .deliveries > li').length === 2")
	tab.until("and said", "document.getElementById('toast').textContent === 'Replayed: 200 in 12 ms'")
	tab.until("the row has the new answer", row(c)+".innerText.includes('200')")
	tab.do(chromedp.KeyEvent("r"))
	tab.until("a key replays once more", "document.querySelectorAll('#summary .deliveries > li').length === 3")
	tab.do(chromedp.Click(chromedp.CSS("#tab-deliveries")))
	tab.until("the tab has them all", "document.querySelectorAll('#deliveries > ol > li').length === 3 && !document.getElementById('deliveries').hidden")
	tab.until("the page was not loaded anew", "window.stays === 1")
	if n := tab.app.count(); n != 2 {
		t.Errorf("%d replays, want 2", n)
	}
}

func TestBrowserKeepsUpWithABurst(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.add(200)
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	var last *store.Capture
	const many = 400
	for range many {
		last = tab.add(200)
	}
	tab.until("the newest is on top", "document.querySelector('#rows li').dataset.id === '"+last.ID+"'")
	tab.until("the count is right", fmt.Sprintf("document.getElementById('list-title').textContent.startsWith('%d requests')", many+1))
	if n := tab.eval("performance.getEntriesByType('resource').filter(e => e.name.includes('/rows')).length"); n > many/4 {
		t.Errorf("%d fetches for %d requests", n, many)
	}
	tab.until("there is a way to older ones", "!document.getElementById('older').hidden")
	if n := tab.eval("document.querySelectorAll('#rows li').length"); n > 200 {
		t.Errorf("%d rows are kept in the page", n)
	}
	if n := tab.eval("(() => { const s = [...document.querySelectorAll('#rows li')].map(l => +l.dataset.seq); return s.filter((v, i) => i && s[i-1] - v !== 1).length })()"); n != 0 {
		t.Errorf("%d gaps between the rows", n)
	}
}

func TestBrowserOpensAndWalksByKeys(t *testing.T) {
	tab := newTab(newRoom(t))
	older, newer := tab.add(200), tab.add(500)
	tab.open("/")
	tab.until("the newest is open", "document.getElementById('request').dataset.id === '"+newer.ID+"'")
	tab.do(run(stay), chromedp.KeyEvent("j"))
	tab.until("j opens the next", "document.getElementById('request').dataset.id === '"+older.ID+"' && location.pathname === '/requests/"+older.ID+"'")
	tab.do(chromedp.KeyEvent("3"))
	tab.until("3 opens its body", "!document.getElementById('body').hidden && location.search.includes('tab=body')")
	tab.do(chromedp.NavigateBack())
	tab.until("back goes back", "document.body.dataset.view === 'list'")
	tab.do(chromedp.KeyEvent("?"))
	tab.until("? lists the keys", "document.getElementById('keys').matches(':popover-open')")
	tab.until("without loading the page", "window.stays === 1")
}

func TestBrowserSaysWhenTheAgentIsGone(t *testing.T) {
	r := newRoom(t)
	tab := newTab(r)
	tab.add(200)
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	for range streamMost {
		select {
		case r.streams <- struct{}{}: // every other place is taken: the stream can't come back
		default:
		}
	}
	tab.do(run("document.dispatchEvent(new Event('visibilitychange'))"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	tab.until("it says so", "!document.getElementById('gone').hidden && document.getElementById('live').hidden")
	tab.until("and no longer online", "document.querySelector('.pill').innerText.trim() === 'offline'")
	tab.gone()
}

func TestBrowserGoesOnWhenTheAgentIsBack(t *testing.T) {
	r := newRoom(t)
	tab := newTab(r)
	first := tab.add(200)
	tab.openLive("/")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	tab.until("it is gone", "!document.getElementById('gone').hidden")
	tab.do(run("document.querySelector('[data-key=p]').click()"))
	tab.until("what is tried then says why not", "document.getElementById('toast').textContent.includes('Is devhook still running?')")
	missed := tab.add(204) // another process wrote it
	if err := tab.db.Delete(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := New(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- again.Serve(ln) }()
	t.Cleanup(func() {
		if err := errors.Join(again.Shutdown(context.Background()), <-done); err != nil {
			t.Error(err)
		}
	})
	tab.until("it is back, and said so", "document.getElementById('gone').hidden && !document.getElementById('live').hidden && document.querySelector('.pill').innerText.trim() === 'online'")
	tab.shows("with what was missed, without what was deleted", missed)
	tab.until("the page was not loaded anew", "window.stays === 1")
	tab.do(run("document.querySelector('#rows .row').click()"))
	tab.until("it works again", "document.getElementById('request').dataset.id === '"+missed.ID+"'")
	tab.quiet("404")
	tab.gone()
}

// gone forgets what the browser and htmx say of connections that couldn't be made.
func (t *tab) gone() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problems = slices.DeleteFunc(t.problems, func(p string) bool {
		return strings.Contains(p, "ERR_") || p == "console.error htmx: htmx:error: Failed to fetch"
	})
}

// TestBrowserComplains makes sure that a page that breaks the content policy would be noticed.
func TestBrowserComplains(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.open("/")
	tab.do(run("document.body.append(Object.assign(document.createElement('script'), {text: 'window.bad = 1'}))"))
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		tab.mu.Lock()
		n := len(tab.problems)
		tab.problems = nil
		tab.mu.Unlock()
		if n > 0 {
			tab.until("the script did not run", "window.bad === undefined")
			return
		}
	}
	t.Error("a script in the page was not refused, or nobody said so")
}

// TestBrowserShots draws the pages in both themes and at both ends of the widths, and checks that nothing is wider
// than the screen. DEVHOOK_SHOTS keeps the pictures.
func TestBrowserShots(t *testing.T) {
	dir := os.Getenv("DEVHOOK_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	empty, full := newTab(newRoom(t)), newTab(newRoom(t))
	shown := full.sample()
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 768, 1440} {
			for name, path := range map[string]string{
				"list": "/", "detail": "/requests/" + shown.ID, "headers": "/requests/" + shown.ID + "?tab=headers", "body": "/requests/" + shown.ID + "?tab=body",
				"raw": "/requests/" + shown.ID + "?tab=raw", "deliveries": "/requests/" + shown.ID + "?tab=deliveries", "resend": "/resend", "none": "/?path=/nowhere", "lost": "/nothing", "status": "/status",
				"filtered": "/?verdict=valid&method=POST&since=1h&q=" + strings.Repeat("a", 500), "fault": "/?q=status:often",
			} {
				full.shot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), path, theme, width)
			}
			empty.shot(filepath.Join(dir, fmt.Sprintf("empty-%d-%s.png", width, theme)), "/", theme, width)
		}
	}
	full.quiet("404")
	full.quiet("400")
}
