package web

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"devhook/store"
)

func (t *tab) keys(list ...string) {
	t.Helper()
	for _, k := range list {
		t.do(chromedp.KeyEvent(k))
	}
}

func TestBrowserKeysWalkTheList(t *testing.T) {
	tab := newTab(newRoom(t))
	var list []*store.Capture
	for range 60 {
		list = append([]*store.Capture{tab.add(-1)}, list...)
	}
	tab.openLive("/")
	for _, k := range []struct {
		key string
		at  int
	}{
		{kb.ArrowDown, 1}, {"j", 2}, {kb.PageDown, 12}, {kb.ArrowUp, 11}, {kb.PageUp, 1}, {"k", 0}, {"k", 0}, {kb.PageUp, 0}, {kb.PageDown, 10}, {kb.Home, 0},
	} {
		tab.keys(k.key)
		tab.until("key "+k.key, "document.activeElement.closest('li')?.dataset.id === '"+list[k.at].ID+"'")
	}
	tab.keys(kb.End)
	tab.until("the end of the page is focused, and older ones come", "document.activeElement.closest('li') === document.querySelectorAll('#rows li')[49] && document.querySelectorAll('#rows li').length === 60")
	tab.keys(kb.End)
	tab.until("then the oldest", "document.activeElement.closest('li').dataset.id === '"+list[59].ID+"'")
	tab.until("it is open", "document.getElementById('request').dataset.id === '"+list[59].ID+"'")
	tab.until("without loading the page", "window.stays === 1")
}

func TestBrowserKeysPressWhatCanBeSeen(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(500)
	tab.openLive("/")
	tab.keys("p")
	tab.until("p pins", "document.querySelector('[data-key=p]').ariaPressed === 'true'")
	tab.keys("f")
	tab.until("f shows failed ones", "document.getElementById('q').value === 'is:failed'")
	for i, name := range []string{"summary", "headers", "body", "raw", "deliveries"} {
		tab.keys(string(rune('1' + i)))
		tab.until(name, "!document.getElementById('"+name+"').hidden && document.querySelectorAll('[role=tabpanel]:not([hidden])').length === 1")
	}
	tab.keys("?")
	tab.until("? lists them", "document.getElementById('keys').matches(':popover-open')")
	tab.keys("?")
	tab.until("and puts the list away", "!document.getElementById('keys').matches(':popover-open')")
	// A page gives keys to its own buttons, sequences and those of fields among them.
	tab.do(run("document.body.insertAdjacentHTML('beforeend', '<button data-key=\"z\" id=k1>Z</button><button data-key=\"g x\" id=k2>X</button><button data-key=\"Ctrl+Enter\" id=k3>S</button><textarea id=k4></textarea>')," +
		"window.pressed = '', document.addEventListener('click', e => { pressed += e.target.id })"))
	tab.keys("z", "g", "x")
	tab.do(chromedp.Focus(chromedp.CSS("#k4")))
	tab.keys("z")
	tab.do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(2)))
	tab.until("each once, and none while one types", "pressed === 'k1k2k3' && document.getElementById('k4').value === 'z'")
	tab.keys(kb.Escape, "?")
	tab.do(chromedp.Click(chromedp.CSS("[data-keys-switch]")))
	tab.keys(kb.Escape, "z", "r", "j")
	tab.until("switched off, single keys rest", "pressed.endsWith('k3')")
	if n := tab.app.count(); n != 0 {
		t.Errorf("%d replays of %s, want none", n, c.ID)
	}
	tab.do(run("localStorage.clear()"))
	tab.keys("g", "r")
	tab.until("g r goes to the list", "window.stays !== 1 && document.readyState === 'complete' && location.pathname === '/' && location.search === ''")
}

func TestBrowserKeysPressNothingHidden(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(500)
	tab.media(360, "light")
	tab.openLive("/")
	tab.keys("r", "p", "e")
	tab.until("still there", "window.stays === 1 && location.pathname === '/'")
	now, err := tab.db.Capture(t.Context(), c.ID)
	if n := tab.app.count(); n != 0 || err != nil || now.Pinned {
		t.Errorf("%d replays, pinned %v, %v", n, now.Pinned, err)
	}
	tab.keys("j", kb.Enter)
	tab.until("opened", "document.body.dataset.view === 'detail'")
	tab.keys("p")
	tab.until("its keys work", "document.querySelector('[data-key=p]').ariaPressed === 'true'")
	tab.keys("\x1b")
	tab.until("Esc leads back", "document.body.dataset.view === 'list'")
	tab.keys("?")
	tab.until("? works where its button isn't drawn", "document.getElementById('keys').matches(':popover-open')")
}

func TestBrowserEscapeCancels(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.add(500)
	for _, path := range []string{"/requests/" + c.ID + "/delete", "/clear", "/resend"} {
		tab.open(path)
		tab.until("keys work", "document.readyState === 'complete'")
		tab.keys("\x1b")
		tab.until("Esc leads back", "location.pathname !== '"+path+"' && document.getElementById('rows') !== null")
	}
}
