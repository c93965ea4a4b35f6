package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"devhook/store"
)

// wishes are instructions to htmx, and ways to make some.
var wishes = []string{
	`<p hx-get="/wish" hx-trigger="load">`, `" hx-get="/wish" hx-trigger="load" x="`, `<p data-hx-get="/wish" data-hx-trigger="load">`,
	`<p hx-on:click="window.wish=1" hx-on="load -> window.wish=1">`, `<hx-partial hx-target="body"><p id="wish">`, `<p id="wish" hx-swap-oob="beforeend:body">`,
	`' hx-on::load='window.wish=1`, `<form hx-boost="true" action="/wish"><button autofocus>`,
}

func TestBrowserTakesNoInstructionsFromCaptures(t *testing.T) {
	tab := newTab(newRoom(t))
	var last *store.Capture
	for _, wish := range wishes {
		c, _ := sms(func(c *store.Capture) {
			c.Method, c.Target, c.Event, c.Reason, c.Note = wish, "/"+wish, wish, wish, wish
			c.Hints, c.Checks = []string{wish, "$ " + wish}, []store.Check{{Text: wish}}
			c.Head = fmt.Appendf(nil, "POST / HTTP/1.1\r\n%s: %s\r\nX: %s\r\nContent-Type: text/html\r\n\r\n", wish, wish, wish)
		})
		tab.addEvil(c, []byte(wish), wish)
		last = c
	}
	tab.open("/")
	tab.until("live", "!document.getElementById('live').hidden")
	for range wishes { // each is opened, seen in every tab and touched
		for _, key := range []string{"1", "2", "3", "4", "5"} {
			tab.do(chromedp.KeyEvent(key), run("for (const e of document.querySelectorAll('#request [hx-ignore] *')) if (!e.closest('a, button, summary')) e.dispatchEvent(new MouseEvent('click', {bubbles: true}))"))
		}
		tab.do(chromedp.KeyEvent("j"))
		tab.until("the next is open", "document.activeElement.matches('[aria-current]')")
	}
	tab.do(run("document.querySelector('[data-key=p]').click()"))
	tab.until("a form of the page works beside it", row(last)+" && document.querySelector('[data-key=p]').ariaPressed === 'true'")
	if n := tab.eval("document.querySelectorAll('[hx-ignore] [data-htmx-powered], #wish').length + (window.wish ?? 0) + performance.getEntriesByType('resource').filter(e => e.name.includes('/wish')).length"); n != 0 {
		t.Errorf("%d instructions in captures were followed", n)
	}
	// Had they become attributes, hx-ignore would still stand before them; elsewhere the same would be followed.
	const put = "(() => { const e = document.createElement('p'); e.setAttribute('hx-get', '/rows?wish=%s'); e.setAttribute('hx-trigger', 'load'); e.setAttribute('hx-swap', 'none'); document.querySelector('%s').append(e); htmx.process(e); return 1 })()"
	tab.eval(fmt.Sprintf(put, "captured", "#rows"))
	tab.eval(fmt.Sprintf(put, "ours", "#request .detail-head"))
	tab.until("ours is followed", "performance.getEntriesByType('resource').some(e => e.name.includes('wish=ours'))")
	if n := tab.eval("performance.getEntriesByType('resource').filter(e => e.name.includes('wish=captured')).length"); n != 0 {
		t.Error("htmx follows what stands under hx-ignore")
	}
}
