package web

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"

	"devhook/store"
)

// before is a capture that came so long ago.
func before(d time.Duration) func(*store.Capture) {
	return func(c *store.Capture) { c.ReceivedAt = time.Now().Add(-d) }
}

func from(provider string, v store.Verdict) func(*store.Capture) {
	return func(c *store.Capture) { c.Provider, c.Verdict = provider, v }
}

func TestStatusPage(t *testing.T) {
	newRoom(t).get("/status").is(200).has("It answered nothing in the last hour.", "Nothing came in the last hour.", "Nothing is deleted by itself.", "0 requests",
		`aria-label="QR code of the public URL"`, "Only this machine reaches it.")
	r := newRoom(t)
	r.add(200, from("stripe", store.Valid))
	r.add(500, from("stripe", store.Invalid))
	r.add(200, from("seven", store.Missing))
	r.add(-1, from("", store.Unchecked))
	r.add(200, from("github", store.Valid), before(3*time.Hour))
	r.add(200, from("telerivet", store.Valid), before(-10*time.Minute)) // the clock was set back meanwhile
	for path, want := range map[string][]string{
		"/status": {
			`href="/status?range=1h" aria-current="true"`, "Requests a minute in the last hour: 5 in all, at most 5, 2 failed", ": 5 requests, 2 failed",
			"<b>Stripe</b>", "1 valid, 1 invalid", "<b>seven.io</b>", "<b>unknown</b>", "1 unchecked", "Of 5 answers in the last hour", "6 requests since",
		},
		"/status?range=24h": {`href="/status?range=24h" aria-current="true"`, "<b>GitHub</b>", "6 in all", "Requests in half an hour"},
		"/status?range=7d":  {"<b>GitHub</b>", "6 in all"},
		"/status?range=15m": {"5 in all"},
	} {
		page := r.get(path).is(200)
		page.has(want...)
		inert(t, path, page.body)
	}
	for _, wrong := range []string{"/status?range=2h", "/api/status?range="} {
		if got := r.get(wrong).StatusCode; (got == 400) != strings.Contains(wrong, "2h") {
			t.Errorf("%s: %d", wrong, got)
		}
	}
}

// TestStatusPageAgreesWithTheAPI compares the figures that both show.
func TestStatusPageAgreesWithTheAPI(t *testing.T) {
	r := newRoom(t)
	for i := range 150 {
		c := r.add(-1, before(time.Duration(i)*time.Minute))
		d := delivery(c, 200)
		d.At, d.Duration = c.ReceivedAt.Add(time.Millisecond), time.Duration(1+i*7%100)*time.Millisecond
		if err := r.db.AddDelivery(t.Context(), d, nil, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"", "15m", "1h", "24h", "7d"} {
		var api struct {
			Answers int                `json:"answers"`
			Range   string             `json:"range"`
			Latency map[string]float64 `json:"latency_ms"`
		}
		r.get("/api/status?range=" + name).is(200).json(&api)
		if name != "" && api.Range != name || api.Answers == 0 {
			t.Errorf("range %q: %+v", name, api)
		}
		page := r.get("/status?range=" + name).is(200)
		for _, p := range percentiles {
			value, unit := figure(time.Duration(api.Latency[p.name] * float64(time.Millisecond)))
			page.has(fmt.Sprintf("<dt>%s</dt><dd>%s <small>%s</small></dd>", p.name, value, unit))
		}
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		list []time.Duration
		part float64
		want time.Duration
	}{
		{[]time.Duration{7}, .50, 7},
		{[]time.Duration{7}, .99, 7},
		{[]time.Duration{1, 2}, .50, 1},
		{[]time.Duration{1, 2}, .90, 2},
		{hundred, .50, 50},
		{hundred, .90, 90},
		{hundred, .99, 99},
		{hundred[:3], .99, 3},
	} {
		if got := percentile(c.list, c.part); got != c.want {
			t.Errorf("%g of %d: %d, want %d", c.part, len(c.list), got, c.want)
		}
	}
}

func TestChart(t *testing.T) {
	for most, want := range map[int]int{0: 1, 1: 1, 4: 1, 5: 2, 8: 2, 9: 5, 20: 5, 21: 10, 400: 100, 401: 200, 99_999: 50_000} {
		if got := gridStep(most); got != want {
			t.Errorf("lines for %d: each %d, want %d", most, got, want)
		}
	}
	for _, sp := range windows {
		now := time.Date(2026, 11, 21, 22, 14, 45, 0, time.UTC)
		start := sp.from(now)
		if last := start.Add(sp.step * time.Duration(sp.n)); !last.After(now) || last.Sub(now) > sp.step {
			t.Errorf("%s: ends at %s, now is %s", sp.name, last, now)
		}
	}
}

func TestStatusPageTellsOfTheTunnel(t *testing.T) {
	at := time.Now().Add(-90 * time.Minute)
	s := Status{
		Phase: "offline", Since: at, PublicURL: "https://shop.relay.example.com", App: "http://localhost:3000", Relay: "relay.example.com over wss",
		RTT: 18 * time.Millisecond, Problem: "no answer\x1b[31m", Reconnects: 3, Keep: 30 * 24 * time.Hour, KeepSize: 2e9, DiskFree: 61e9,
		History: []Moment{{at, "offline", "no heartbeat"}, {at.Add(-time.Hour), "online", "online"}},
	}
	r := newRoom(t, func(c *Config) { c.Status = func() Status { return s } })
	r.get("/status").is(200).has("18 <small>ms</small>", "for 1 h", `no answer\x1b[31m`, "3 times", "no heartbeat", "https://shop.relay.example.com",
		"The oldest go first, after 30 days, and when all takes more than 2.0 GB.", "61 GB", " of 2.0 GB")
	r.get("/api/status").is(200).has(`"reconnects":3`)
	s = Status{}
	r.get("/status").is(200).has("unknown").lacks("QR code")
}

var square = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)

// TestQRCode reads the page's code with another's decoder.
func TestQRCode(t *testing.T) {
	for _, text := range []string{
		"http://127.0.0.1:8080", "https://shop.relay.example.com", "https://xn--bcher-kva.example/" + strings.Repeat("long-path/", 60),
	} {
		code := qrOf(text)
		const scale = 4
		img := image.NewGray(image.Rect(0, 0, code.Size*scale, code.Size*scale))
		for i := range img.Pix {
			img.Pix[i] = 255
		}
		for _, m := range square.FindAllStringSubmatch(code.Path, -1) {
			x, y, n := number(t, m[1]), number(t, m[2]), number(t, m[3])
			for dy := range scale {
				for dx := range n * scale {
					img.SetGray(x*scale+dx, y*scale+dy, color.Gray{})
				}
			}
		}
		if got := decode(t, img); got != text {
			t.Errorf("reads %q, want %q", got, text)
		}
	}
	if q := qrOf(strings.Repeat("x", 4000)); q.Path != "" {
		t.Error("a code of more than a code can hold")
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func decode(t *testing.T, img image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	found, err := zxing.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetText()
}

// TestBrowserStatusPage looks at the page as people do: the code can be read in the dark, and the figures move on.
func TestBrowserStatusPage(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.add(200)
	tab.media(360, "dark")
	tab.open("/status")
	shot, err := chromedp.Run(tab.ctx, chromedp.Screenshot(chromedp.CSS("#now-qr svg")))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, img); got != "http://127.0.0.1:8080" {
		t.Errorf("the code on the screen reads %q", got)
	}
	tab.do(run(stay), run("document.querySelector('.as-table').open = true"))
	tab.add(500)
	tab.until("what comes is counted without loading the page", "document.getElementById('now-legend').innerText.includes('1 failed') && window.stays === 1")
	tab.until("what was open stays so", "document.querySelector('.as-table').open && document.getElementById('now-rates').innerText.length > 0")
}
