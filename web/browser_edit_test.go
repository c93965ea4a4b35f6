package web

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"devhook/store"
)

// TestBrowserShotsOfDoing draws what is done with captures as TestBrowserShots draws what is seen of them.
func TestBrowserShotsOfDoing(t *testing.T) {
	dir := os.Getenv("DEVHOOK_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	tab := newTab(newRoom(t, canSign))
	shown := tab.sample()
	if err := tab.db.SetNote(t.Context(), shown.ID, "Ana asked about this one; the proxy ends TLS."); err != nil {
		t.Fatal(err)
	}
	binary, _ := sms(func(c *store.Capture) {
		c.Head = []byte("POST /b HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nAuthorization: Bearer b3arer\r\nContent-Length: 3\r\n\r\n")
	})
	tab.addBody(200, binary, []byte("\x1f\x8b\x00"))
	list, err := tab.db.List(t.Context(), store.Filter{Limit: 8})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	to := tab.resendChosen(ids...)
	tab.eventually("it is done", func() bool { return strings.Contains(tab.get(to).body, "Resent 8") })
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 768, 1440} {
			for name, path := range map[string]string{
				"edit": "/requests/" + shown.ID + "/edit", "edit-binary": "/requests/" + binary.ID + "/edit", "noted": "/requests/" + shown.ID,
				"resent": to, "chosen": "/resend?" + url.Values{"id": ids}.Encode(),
			} {
				tab.shot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), path, theme, width)
			}
		}
	}
}
