package relay

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"devhook/tunnel"
)

// holdings is what the relay keeps for agents that are away: how much of it there is, and for whom. What it is lies in the
// spool. Its lock may be taken under the Server's, not the other way round.
type holdings struct {
	s *Server
	Holding

	mu        sync.Mutex
	waiting   map[claimed]*waiting
	byAddress map[string]int           // requests that are kept
	empty     map[string]chan struct{} // is closed when there are none any more, where somebody waits for that
	byKey     map[string]int64         // bytes that are kept, or promised to requests that are being read
	bytes     int64                    // of all together

	refused, expired, dropped, handed atomic.Int64
}

// claimed is an address of an owner. What is kept for it is no other owner's.
type claimed struct{ address, owner string }

// waiting is what is kept for one address of an owner.
type waiting struct {
	count    int
	bytes    int64
	oldest   time.Time
	told     time.Time // that something was refused
	arriving int       // requests that are being read
	draining bool      // a goroutine hands over
}

func newHoldings(s *Server, h *Holding) *holdings {
	if h == nil {
		return nil
	}
	return &holdings{s: s, Holding: *h, waiting: make(map[claimed]*waiting), byAddress: make(map[string]int), empty: make(map[string]chan struct{}), byKey: make(map[string]int64)}
}

// of is what is kept for an address. The lock is held.
func (h *holdings) of(c claimed) *waiting {
	w := h.waiting[c]
	if w == nil {
		w = &waiting{}
		h.waiting[c] = w
	}
	return w
}

// tidy forgets an address of which nothing is known any more. The lock is held.
func (h *holdings) tidy(c claimed, w *waiting) {
	if *w == (waiting{oldest: w.oldest, told: w.told}) {
		delete(h.waiting, c)
	}
}

// some reports whether something is kept for an address. h may be nil.
func (h *holdings) some(c claimed) bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.waiting[c]
	return w != nil && w.count > 0
}

// emptied is closed when nothing more is kept for an address, whoever owned it then; nil if that is so already. It is asked for
// each request, and so takes no lock of the Server.
func (h *holdings) emptied(address string) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byAddress[address] == 0 {
		return nil
	}
	if h.empty[address] == nil {
		h.empty[address] = make(chan struct{})
	}
	return h.empty[address]
}

// counted notes that so many more are kept. The lock is held.
func (h *holdings) counted(c claimed, w *waiting, more int) {
	w.count += more
	if h.byAddress[c.address] += more; h.byAddress[c.address] <= 0 {
		delete(h.byAddress, c.address)
		if empty := h.empty[c.address]; empty != nil {
			close(empty)
			delete(h.empty, c.address)
		}
	}
}

// begin counts a request that is being read.
func (h *holdings) begin(c claimed) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.of(c)
	if w.arriving >= h.s.cfg.Limits.Exchanges {
		return false
	}
	w.arriving++
	return true
}

// end is the end of begin.
func (h *holdings) end(c claimed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.of(c)
	w.arriving--
	h.tidy(c, w)
}

// A fullError says why nothing more is kept, in numbers.
type fullError struct{ text string }

func (e *fullError) Error() string { return e.text }

// promise sets room aside for bytes that are about to be kept.
func (h *holdings) promise(c claimed, bytes int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if used := h.byKey[c.owner]; used+bytes > h.Size {
		return &fullError{fmt.Sprintf("%d bytes more than the %d that are kept would be over the limit of %d for one key", bytes, used, h.Size)}
	}
	if h.Free != nil {
		if free, ok := h.Free(); ok && h.bytes+bytes > int64(min(free, 1<<62)) {
			return &fullError{fmt.Sprintf("%d bytes more than the %d that are kept would be over half of the disk's room, of which %d bytes are free", bytes, h.bytes, free)}
		}
	}
	h.byKey[c.owner] += bytes
	h.bytes += bytes
	return nil
}

// refuses counts a request that is not kept, and reports whether that is to be told: once a minute for each address.
func (h *holdings) refuses(c claimed) bool {
	h.refused.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.of(c)
	if time.Since(w.told) < time.Minute {
		return false
	}
	w.told = time.Now()
	return true
}

// giveBack takes a promise back, or room that is free again.
func (h *holdings) giveBack(c claimed, bytes int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free(c, bytes)
}

// free is giveBack. The lock is held.
func (h *holdings) free(c claimed, bytes int64) {
	h.bytes -= bytes
	if h.byKey[c.owner] -= bytes; h.byKey[c.owner] <= 0 {
		delete(h.byKey, c.owner)
	}
}

// kept takes note of a request that is on disk now. Its room was promised.
func (h *holdings) kept(c claimed, k *Held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.of(c)
	if w.count == 0 {
		w.oldest = k.Arrived
	}
	h.counted(c, w, 1)
	w.bytes += Quota(k.Size)
}

// gone takes note of requests that are kept no more.
func (h *holdings) gone(sums []HeldSum) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sum := range sums {
		c := claimed{sum.Address, sum.Owner}
		w := h.of(c)
		h.counted(c, w, -sum.Count)
		w.bytes -= sum.Bytes
		h.free(c, sum.Bytes)
		h.tidy(c, w)
	}
}

// claim is an address with who has it now. The Server's lock is held.
func (d *address) claim() claimed { return claimed{d.place.String(), d.owner} }

// load finds what an earlier relay has kept. h may be nil.
func (h *holdings) load() {
	if h == nil {
		return
	}
	sums, err := h.Spool.Sums(context.Background())
	if err != nil {
		h.s.cfg.Log.Error("what is held can't be read", "err", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sum := range sums {
		c := claimed{sum.Address, sum.Owner}
		w := h.of(c)
		h.counted(c, w, sum.Count)
		w.bytes, w.oldest = w.bytes+sum.Bytes, sum.Oldest
		h.byKey[c.owner] += sum.Bytes
		h.bytes += sum.Bytes
		h.s.cfg.Log.Info("held webhooks wait for their agent", "address", sum.Address, "key", sum.Owner,
			"count", sum.Count, "bytes", sum.Bytes, "oldest", sum.Oldest.UTC().Format(time.RFC3339))
	}
}

// settle gives up what is kept for an address that another key has by now, and begins to look for what is too old. What is
// kept for an address that nobody has waits for its owner. The Server's lock is held; h may be nil.
func (h *holdings) settle() {
	if h == nil {
		return
	}
	for _, d := range h.s.addresses {
		if d.owner != "" {
			h.forgetOthers(d.claim())
		}
	}
	h.s.running.Go(h.run)
}

// forget gives up what is kept for an address of an owner, beside everything else: the disk may take its time, and nobody else
// is given it meanwhile.
func (h *holdings) forget(c claimed, why string) {
	if !h.some(c) {
		return
	}
	h.s.running.Go(func() {
		sums, err := h.Spool.Drop(context.Background(), Choice{Address: c.address, Owner: c.owner})
		if err != nil {
			h.s.cfg.Log.Error("held webhooks could not be forgotten", "address", c.address, "key", c.owner, "err", err)
			return
		}
		h.gone(sums)
		h.tell("held webhooks were forgotten: "+why, sums, &h.dropped)
	})
}

// forgetOthers gives up what is kept for other owners of an address than the one that has it now. h may be nil.
func (h *holdings) forgetOthers(c claimed) {
	if h == nil {
		return
	}
	var others []claimed
	h.mu.Lock()
	for other := range h.waiting {
		if other.address == c.address && other.owner != c.owner {
			others = append(others, other)
		}
	}
	h.mu.Unlock()
	for _, other := range others {
		h.forget(other, "the address belongs to another key now")
	}
}

// expire gives up what is too old.
func (h *holdings) expire() {
	sums, err := h.Spool.Drop(context.Background(), Choice{Before: h.s.cfg.Now().Add(-h.Age)})
	if err != nil {
		h.s.cfg.Log.Error("held webhooks that are too old could not be forgotten", "err", err)
		return
	}
	h.gone(sums)
	h.tell("held webhooks were forgotten: too old", sums, &h.expired)
	for _, sum := range sums {
		h.age(claimed{sum.Address, sum.Owner})
	}
}

// age finds out when the oldest came that is still kept.
func (h *holdings) age(c claimed) {
	k, err := h.Spool.Next(context.Background(), c.address, c.owner)
	if err != nil || k == nil {
		return // what can't be read is told when it is handed over
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if w := h.waiting[c]; w != nil {
		w.oldest = k.Arrived
	}
}

func (h *holdings) tell(what string, sums []HeldSum, counter *atomic.Int64) {
	for _, sum := range sums {
		counter.Add(int64(sum.Count))
		h.s.cfg.Log.Warn(what, "address", sum.Address, "key", sum.Owner, "count", sum.Count, "bytes", sum.Bytes,
			"oldest", sum.Oldest.UTC().Format(time.RFC3339), "limit", h.Age.String())
	}
}

// run gives up what is too old until the Server ends.
func (h *holdings) run() {
	tick := time.NewTicker(min(max(h.Age/20, 100*time.Millisecond), time.Minute))
	defer tick.Stop()
	for {
		h.expire()
		select {
		case <-h.s.stopping:
			return
		case <-tick.C:
		}
	}
}

// wish takes note of what an agent wants done while it is away. A trial leaves all as it is. It reports whether that is
// news. The Server's lock is held.
func (s *Server) wish(a *agent, d *address) (news bool) {
	if a.trial {
		return false
	}
	old, now := d.hold.Load(), a.hold
	d.hold.Store(now)
	return !sameHold(old, now)
}

func sameHold(a, b *tunnel.Hold) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.HoldAnswer != b.HoldAnswer || len(a.Routes) != len(b.Routes) {
		return false
	}
	for n := range a.Routes {
		if a.Routes[n] != b.Routes[n] {
			return false
		}
	}
	return true
}

// keeps reports whether an address's agent wants requests kept, or some are: then it waits longer. The Server's lock is held.
func (d *address) keeps() bool {
	return d.s.holdings != nil && (d.hold.Load() != nil || d.s.holdings.some(d.claim()))
}

// answerHold answers an agent that says what is to be done while it is away.
func (s *Server) answerHold(a *agent, payload []byte) (terms *tunnel.HoldTerms) {
	wish, err := tunnel.DecodeHold(payload)
	defer s.kept() // without the lock
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.cfg.Log.Info("refused", "what", "hold", "which", err.Error(), "key", a.key)
		return nil
	case s.holdings == nil || a.stock.Load():
		return nil
	}
	a.takes.Store(true)
	a.hold = wish
	if d := a.address; d != nil {
		if s.wish(a, d) {
			s.keep()
		}
		s.holdings.begun(d, d.claim())
	}
	return &tunnel.HoldTerms{Seconds: uint64(s.holdings.Age / time.Second), Bytes: uint64(s.holdings.Size)}
}
