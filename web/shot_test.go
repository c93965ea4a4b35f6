package web

import (
	"context"
	"os"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// media makes the screen so wide, and the system prefer that theme and no motion.
func (t *tab) media(width int64, theme string) {
	t.Helper()
	height := int64(900)
	if width < 768 {
		height = 780
	}
	t.do(chromedp.EmulateViewport(width, height), func(ctx context.Context, p *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return chromedp.Void{}, err
	})
}

// shot draws a page into a file and fails when the page is wider than its screen.
func (t *tab) shot(file, path, theme string, width int64) {
	t.Helper()
	t.media(width, theme)
	t.open(path)
	t.until("the icons are there", "document.readyState === 'complete'")
	if n := t.eval("document.documentElement.scrollWidth - innerWidth"); n > 0 {
		t.Errorf("%s at %d: %d px wider than the screen", path, width, n)
	}
	if n := t.eval("(() => { const r = (s) => document.querySelector(s)?.getBoundingClientRect(), a = r('.chips > :last-child'), b = r('.toolbar-end'); return a && b && a.right > b.left && a.bottom > b.top && b.bottom > a.top ? 1 : 0 })()"); n != 0 {
		t.Errorf("%s at %d: the filters lie under the buttons beside them", path, width)
	}
	png, err := chromedp.Run(t.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o600); err != nil {
		t.Fatal(err)
	}
}
