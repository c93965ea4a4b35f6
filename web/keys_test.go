package web

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	wantedKey = regexp.MustCompile(`data-key="([^"]+)"`)
	drawnKey  = regexp.MustCompile(`<kbd[^>]*>([^<]+)</kbd>`)
	keyNames  = strings.NewReplacer("Escape", "Esc", "Ctrl+Enter", "Ctrl Enter", "1–5", "1 2 3 4 5")
)

// Whatever key a page listens to, or names somewhere, is in the card that ? shows.
func TestCardHasAllKeys(t *testing.T) {
	r := newRoom(t, canSign)
	s := r.full()
	_, card, _ := strings.Cut(r.get("/").is(200).body, `id="keys"`)
	card, _, _ = strings.Cut(card, "</dl>")
	var known []string
	for _, m := range drawnKey.FindAllStringSubmatch(card, -1) {
		known = append(known, m[1])
	}
	seen := 0
	for _, p := range places() {
		path, there := p.is(r, s)
		if !there || p.empty {
			continue
		}
		page := r.get(path).body
		for _, m := range append(wantedKey.FindAllStringSubmatch(page, -1), drawnKey.FindAllStringSubmatch(page, -1)...) {
			for _, key := range strings.Fields(keyNames.Replace(m[1])) {
				if seen++; !slices.Contains(known, key) {
					t.Errorf("%s: %q is not in the card", path, key)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d keys were seen", seen)
	}
}
