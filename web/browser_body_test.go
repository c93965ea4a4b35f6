package web

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"devhook/store"
)

// bodiesOfEveryKind fills a room with one of each, for the eye; the keys are what they are called.
func (r *room) bodiesOfEveryKind() map[string]*store.Capture {
	r.Helper()
	return map[string]*store.Capture{
		"json": r.bodied("application/json", "", `{"event":"paid","token":"s3cr3t-one","data":{"id":7,"time":1795299061,"api_key":{"id":"k1","secret":"s3cr3t-two"}},`+
			`"jws":"eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3OTUyOTkwNjF9.c2ln"}`),
		"mistake": r.bodied("application/json", "", "{\n  \"event\": \"paid\",\n  \"amount\": 12,50\n}"),
		"xml":     r.bodied("application/xml", "", `<?xml version="1.0"?><order id="7"><customer><name>Ana</name><password>s3cr3t</password></customer><items><item sku="a"/><item sku="b"/></items></order>`),
		"parts": r.bodied("multipart/form-data; boundary=b", "", partsBody("b",
			"Content-Disposition: form-data; name=\"from\"\r\n\r\nana@example.com",
			"Content-Disposition: form-data; name=\"token\"\r\n\r\ns3cr3t",
			"Content-Disposition: form-data; name=\"envelope\"\r\nContent-Type: application/json\r\n\r\n{\"to\":[\"hooks@example.com\"],\"spam\":false}",
			"Content-Disposition: form-data; name=\"attachment1\"; filename=\"receipt.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n\x00\x01\x02receipt")),
		"image": r.bodied("image/png", "", string(drawnImage(r.T, "png", 320, 200))),
		"form":  r.bodied("application/x-www-form-urlencoded", "", "event=send_status&secret=s3cr3t&content=50%+off&contact%5Bname%5D=Ana"),
	}
}

func TestBrowserRevealsOneValue(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.bodiesOfEveryKind()["json"]
	tab.open("/requests/" + c.ID + "?tab=body")
	tab.until("the script runs", "!document.querySelector('[data-theme-switch]').hidden")
	tab.do(run(stay))
	link := `document.querySelector('#body a[data-value$="body%3A1"]')`
	tab.until("it is masked", "!document.documentElement.outerHTML.includes('s3cr3t')")
	tab.do(chromedp.Click(chromedp.CSS(`#body a[data-value$="body%3A1"]`)))
	tab.until("its value is shown", link+`.previousElementSibling.textContent === '"s3cr3t-one"'`)
	tab.until("and no other", "!document.documentElement.outerHTML.includes('s3cr3t-two')")
	tab.until("the link says what it does now", link+".ariaLabel === 'Mask token' && "+link+".innerText.trim() === 'mask'")
	tab.do(chromedp.Click(chromedp.CSS(`#body a[data-value$="body%3A1"]`)))
	tab.until("it is masked again", "!document.documentElement.outerHTML.includes('s3cr3t') && "+link+".innerText.trim() === 'reveal'")
	tab.until("without loading the page", "window.stays === 1")
}

func TestBrowserShowsImages(t *testing.T) {
	tab := newTab(newRoom(t))
	c := tab.bodiesOfEveryKind()["image"]
	tab.open("/requests/" + c.ID + "?tab=body")
	tab.until("the picture is drawn", "(i => i.complete && i.naturalWidth === 320 && i.naturalHeight === 200)(document.querySelector('#body img.picture'))")
}

func TestBrowserBodyShots(t *testing.T) {
	dir := os.Getenv("DEVHOOK_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	tab := newTab(newRoom(t))
	paths := map[string]string{}
	for name, c := range tab.bodiesOfEveryKind() {
		paths["body-"+name] = "/requests/" + c.ID + "?tab=body"
	}
	query := tab.add(200, func(c *store.Capture) { c.Target = "/hooks/sms?token=s3cr3t&x=1" })
	paths["headers-query"] = "/requests/" + query.ID + "?tab=headers&reveal=query:1"
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1440} {
			for name, path := range paths {
				tab.shot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), path, theme, width)
			}
		}
	}
}

// A key and its value that are both written from right to left stay in their order.
func TestBrowserKeepsKeysBeforeValues(t *testing.T) {
	tab := newTab(newRoom(t))
	c, _ := sms(func(c *store.Capture) {
		c.Head = []byte("POST / HTTP/1.1\r\nContent-Type: application/json\r\n\r\n")
	})
	tab.addBody(200, c, []byte(`{"اسم":"سلام عليكم"}`))
	tab.open("/requests/" + c.ID + "?tab=body")
	tab.until("the key stands left", "(r => r('#body .tree .k').right <= r('#body .tree .s').left + 1)(s => document.querySelector(s).getBoundingClientRect())")
}
