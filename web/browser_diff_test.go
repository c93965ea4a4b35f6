package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"devhook/store"
)

// compared fills a room with two requests of one event and the deliveries of the second, for the eye.
func (r *room) compared() (a, b *store.Capture, edited *store.Delivery) {
	r.Helper()
	report := func(status, at, text string, ago time.Duration, change ...func(*store.Capture)) (*store.Capture, []byte) {
		body := fmt.Sprintf(`{"event":"send_status","id":"SM7c0e41b29d5a38f6","status":%q,"time_sent":%s,"secret":"s3cr3t-field",`+
			`"content":"Your order 4711 is on its way.","contact":{"name":"Ana","vars":{"city":"Recife","zip":"50030"}},`+
			`"from_number":"+5581999990000","to_number":"+5581988880000","phone_id":"PN1","project_id":"PJ1","message_type":"sms","source":"api"%s}`, status, at, text)
		c, _ := sms(append(change, func(c *store.Capture) {
			c.Event, c.EventID, c.ReceivedAt = "send_status", "SM7c0e41b29d5a38f6", time.Now().Add(-ago)
			c.Head = fmt.Appendf(nil, "POST /hooks/sms HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Telerivet\r\nAccept: */*\r\nContent-Type: application/json\r\n"+
				"Content-Length: %d\r\nX-Request-Id: %s-%s\r\nAuthorization: Basic czNjcjN0OmhlYWRlcg==\r\n\r\n", len(body), status, at)
		})...)
		return c, []byte(body)
	}
	c, body := report("sent", "1795299061", "", 74*time.Second)
	a = r.addBody(200, c, body)
	c, body = report("delivered", "1795299075", `,"delivery_report":{"code":"000"}`, time.Minute)
	b = r.addBody(204, c, body)
	edited = r.replayed(b, 200, `{"ok":true,"stored":1}`, func(d *store.Delivery) {
		d.Edited, d.RequestBody = true, []byte(strings.Replace(string(body), "Recife", "Olinda", 1))
	})
	return a, b, edited
}

func TestBrowserWalksADiffByKeys(t *testing.T) {
	tab := newTab(newRoom(t))
	a, b, edited := tab.compared()
	list, err := tab.db.Deliveries(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	tab.open("/requests/" + b.ID + "?tab=deliveries")
	tab.do(chromedp.Click(chromedp.CSS(`#deliveries a[href^="/diff"]`)))
	tab.until("a replay is compared with the live delivery", fmt.Sprintf("location.search === '?a=%s&b=%s'", list[0].ID, edited.ID))
	tab.open(diffOf(a.ID, b.ID))
	tab.until("the keys work", "document.readyState === 'complete'")
	stops := tab.eval("document.querySelectorAll('tr[id^=change-]').length")
	if stops < 5 {
		t.Fatalf("%d differences", stops)
	}
	tab.do(run(stay))
	at := func(n int) string { return fmt.Sprintf("document.activeElement.id === 'change-%d'", n) }
	tab.do(chromedp.KeyEvent("n"))
	tab.until("n goes to the first", at(1))
	tab.do(chromedp.KeyEvent("n"))
	tab.until("and to the next", at(2)+" && document.querySelectorAll('tr[aria-current]').length === 1")
	tab.do(chromedp.KeyEvent("N"), chromedp.KeyEvent("N"))
	tab.until("N goes back, round at the end", at(stops))
	tab.until("it is in sight", "(r => r.top > 0 && r.bottom < innerHeight)(document.activeElement.getBoundingClientRect())")
	tab.do(chromedp.KeyEvent("o"))
	tab.until("o unfolds what is the same", "[...document.querySelectorAll('details.same')].every(d => d.open) && location.search.includes('all=1')")
	tab.do(chromedp.KeyEvent("o"))
	tab.until("and folds it", "![...document.querySelectorAll('details.same')].some(d => d.open) && !location.search.includes('all=1')")
	tab.do(chromedp.KeyEvent("o"))
	tab.until("without loading the page", "window.stays === 1")
	tab.do(chromedp.KeyEvent("s"))
	tab.until("s swaps the sides and keeps what is unfolded", fmt.Sprintf("location.search.startsWith('?a=%s') && location.search.includes('all=1') && document.querySelector('details.same').open", b.ID))
	tab.until("the keys work again", "document.readyState === 'complete'")
	tab.do(chromedp.KeyEvent("\x1b"))
	tab.until("Escape leads back", "location.pathname === '/requests/"+b.ID+"'")
}

func TestBrowserDiffWithoutScript(t *testing.T) {
	r := newRoom(t)
	a, b, _ := r.compared()
	page := r.get(diffOf(a.ID, b.ID)).is(200).has(`href="#change-1"`, `id="change-1"`, "all=1", `<details class="more same">`)
	if strings.Contains(page.body, "<details class=\"more same\" open") {
		t.Error("what is the same is unfolded from the start")
	}
	r.get(diffOf(a.ID, b.ID) + "&all=1").has(`<details class="more same" open>`)
}

func TestBrowserDiffShots(t *testing.T) {
	dir := os.Getenv("DEVHOOK_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	tab := newTab(newRoom(t))
	a, b, edited := tab.compared()
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1440} {
			for name, path := range map[string]string{
				"diff": diffOf(a.ID, b.ID), "diff-raw": diffOf(a.ID, b.ID) + "&raw=1&all=1#d-body", "diff-deliveries": diffOf(b.ID, edited.ID), "diff-ask": "/diff?a=" + b.ID,
				"diff-body": diffOf(a.ID, b.ID) + "#d-body", "deliveries-compare": "/requests/" + b.ID + "?tab=deliveries",
			} {
				tab.shot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), path, theme, width)
			}
		}
	}
}
