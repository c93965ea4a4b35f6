package relay

import (
	"slices"
	"strings"

	"devhook/tunnel"
)

// ofKey is what is kept for a key, by address. h may be nil.
func (h *holdings) ofKey(key string) []tunnel.HeldAt {
	held := []tunnel.HeldAt{}
	if h == nil {
		return held
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, w := range h.waiting {
		if c.owner == key && w.count > 0 {
			held = append(held, tunnel.HeldAt{Address: c.address, Count: w.count, Bytes: w.bytes, Oldest: w.oldest.Unix()})
		}
	}
	slices.SortFunc(held, func(a, b tunnel.HeldAt) int { return strings.Compare(a.Address, b.Address) })
	return held
}

// count tells what is kept. h may be nil.
func (h *holdings) count(t *Stats) {
	if h == nil {
		return
	}
	t.HeldRefused, t.HeldExpired, t.HeldDropped, t.HandedOver = h.refused.Load(), h.expired.Load(), h.dropped.Load(), h.handed.Load()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.waiting {
		if w.count > 0 {
			t.Held += w.count
			t.HeldBytes += w.bytes
			t.HeldOldest = max(t.HeldOldest, h.s.cfg.Now().Sub(w.oldest))
		}
	}
}
