package web

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"devhook/store"
)

// inFull says that a proof is asked for in full, with its figures:
//
//	PROOF=full go test -timeout 60m -v ./web -run 'Accessible|Quick|LiveRows|Bounded|Readers|Payloads|Inert'
//
// Otherwise it runs in a short form, of seconds.
func inFull() bool { return os.Getenv("PROOF") == "full" }

// shown is what a room holds when the proofs look at its pages.
type shown struct {
	one, other *store.Capture // with several deliveries
}

// place is a page in a state. The proofs that speak of every page go through places.
type place struct {
	name  string
	empty bool                          // in a room where nothing has come
	at    func(r *room, s shown) string // its address; "" if there is no such page
	set   func(t *tab)                  // brings it into the state; nil: as it comes
}

func fixed(path string) func(*room, shown) string { return func(*room, shown) string { return path } }

// ofOne is a page of the first capture.
func ofOne(rest string) func(*room, shown) string {
	return func(_ *room, s shown) string { return "/requests/" + s.one.ID + rest }
}

func places() []place {
	list := []place{
		{name: "first run", empty: true, at: fixed("/")},
		{name: "list", at: fixed("/")},
		{name: "list, nothing found", at: fixed("/?path=/nowhere")},
		{name: "list, filtered", at: fixed("/?verdict=valid&method=POST")},
		{name: "list, a menu open", at: fixed("/"), set: func(t *tab) { t.do(run("document.querySelector('details.menu').open = true")) }},
		{name: "list, completing", at: fixed("/"), set: func(t *tab) {
			t.do(chromedp.Click(chromedp.CSS(`input[type="search"]`)), chromedp.KeyEvent("ver"))
		}},
		{name: "keys", at: fixed("/"), set: func(t *tab) {
			t.do(chromedp.KeyEvent("?"))
			t.until("the keys are listed", "document.getElementById('keys').matches(':popover-open')")
		}},
		{name: "edit", at: ofOne("/edit")},
		{name: "diff", at: func(_ *room, s shown) string { return "/diff?a=" + s.one.ID + "&b=" + s.other.ID }},
		{name: "diff, all of it", at: func(_ *room, s shown) string { return "/diff?all=1&raw=1&a=" + s.one.ID + "&b=" + s.other.ID }},
		{name: "diff of deliveries", at: twoDeliveries},
		{name: "diff, of what", at: fixed("/diff")},
		{name: "delete", at: ofOne("/delete")},
		{name: "resend", at: fixed("/resend")},
		{name: "resending", at: resendingPage},
		{name: "clear", at: fixed("/clear")},
		{name: "queue", at: fixed("/queue")},
		{name: "queue, nothing waits", empty: true, at: fixed("/queue")},
		{name: "queue, cancel", at: fixed("/queue/cancel?app=http%3A%2F%2Flocalhost%3A3000&route=%2Fhooks%2Fpay")},
		{name: "status", at: fixed("/status")},
		{name: "status, nothing came", empty: true, at: fixed("/status?range=7d")},
		{name: "status, as a table", at: fixed("/status"), set: func(t *tab) { t.do(run("document.querySelector('.as-table').open = true")) }},
		{name: "an error", at: fixed("/nothing")},
		{name: "no such request", at: fixed("/requests/01ARZ3NDEKTSV4RRFFQ69G5FAV")},
	}
	for _, t := range tabNames {
		list = append(list, place{name: t.Name, at: ofOne("?tab=" + t.Name)})
	}
	return list
}

// twoDeliveries sets a capture's first delivery beside its last one.
func twoDeliveries(r *room, s shown) string {
	list, err := r.db.Deliveries(r.Context(), s.one.ID)
	if err != nil || len(list) < 2 {
		return ""
	}
	return "/diff?a=" + list[0].ID + "&b=" + list[len(list)-1].ID
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// resendingPage is where the form that resends all failed ones leads.
func resendingPage(r *room, _ shown) string {
	r.add(500)
	var fields []string
	for _, m := range hiddenField.FindAllStringSubmatch(r.get("/resend").body, -1) {
		fields = append(fields, m[1]+"="+m[2])
	}
	if to := r.form("/resend", strings.Join(fields, "&")).Header.Get("Location"); strings.HasPrefix(to, "/resends/") {
		return to
	}
	return ""
}

// is says that the room has the page.
func (p place) is(r *room, s shown) (path string, there bool) {
	path = p.at(r, s)
	route, _, _ := strings.Cut(path, "?")
	return path, path != "" && (len(r.allow(route)) > 0 || path == "/nothing")
}

// fragments are parts of pages, fetched by the script.
var fragments = []string{"/rows", "/tunnel", "/complete", "/requests/{id}/value", "/requests/{id}/image", "/resends/{id}/progress", "/static/{file}"}

// TestPlacesAreAll holds the table of pages to the routes: no page is left out of the proofs.
func TestPlacesAreAll(t *testing.T) {
	r := newRoom(t)
	s := r.full()
	var visited []string
	for _, p := range places() {
		if path, there := p.is(r, s); there {
			path, _, _ = strings.Cut(path, "?")
			visited = append(visited, path)
		}
	}
	for _, rt := range r.routes() {
		if rt.method != "GET" || strings.HasPrefix(rt.path, "/api/") || slices.Contains(fragments, rt.path) {
			continue
		}
		if !slices.ContainsFunc(visited, func(path string) bool { return matches(rt.path, path) }) {
			t.Errorf("%s is no place of the proofs", rt.path)
		}
	}
}

// full fills a room with one of everything.
func (r *room) full() shown {
	r.Helper()
	one := r.sample()
	other := r.add(500)
	d := delivery(other, 200)
	d.Kind = store.Replay
	if err := r.db.AddDelivery(r.Context(), d, []byte(`{"ok":true}`), false); err != nil {
		r.Fatal(err)
	}
	r.hold("http://localhost:3000", "/hooks/pay")
	paused := r.hold("http://localhost:3000", "")
	if err := r.db.Pause(r.Context(), store.Place{App: paused.App}); err != nil {
		r.Fatal(err)
	}
	return shown{one, other}
}
