package tunnel

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"sync"
	"time"
)

const lookEvery = time.Second // how often a lookout looks

// A lookout sees this machine's addresses come and go: it went into another network, or a VPN came up. A connection from
// an address that is gone is dead, though nothing says so; and where the way to the relay has changed, an attempt that waits for
// an answer by the old one, or a pause, only takes time. Addresses of a link, which any container may bring, don't count.
type lookout struct {
	addresses func() ([]net.Addr, error)

	mu    sync.Mutex
	seen  map[netip.Addr]struct{} // nil: not known
	moved chan struct{}           // closed when they change, and replaced
}

func newLookout(addresses func() ([]net.Addr, error)) *lookout {
	o := &lookout{addresses: addresses, moved: make(chan struct{})}
	o.seen = o.look()
	return o
}

// run looks until ctx ends.
func (o *lookout) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			o.note(o.look())
		}
	}
}

// look reads the addresses; nil where the system doesn't tell.
func (o *lookout) look() map[netip.Addr]struct{} {
	all, err := o.addresses()
	if err != nil {
		return nil
	}
	seen := make(map[netip.Addr]struct{}, len(all))
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap().IsGlobalUnicast() {
			seen[ip.Unmap()] = struct{}{}
		}
	}
	return seen
}

func (o *lookout) note(now map[netip.Addr]struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now == nil || maps.Equal(o.seen, now) {
		return
	}
	o.seen = now
	close(o.moved)
	o.moved = make(chan struct{})
}

// next is closed when the addresses change.
func (o *lookout) next() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.moved
}

// gone reports whether a connection's own address is none of this machine's any more.
func (o *lookout) gone(own net.Addr) bool {
	at, err := netip.ParseAddrPort(own.String())
	ip := at.Addr().Unmap()
	if err != nil || !ip.IsGlobalUnicast() {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, here := o.seen[ip]
	return o.seen != nil && !here
}

// until ends a context when the addresses change.
func (o *lookout) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-o.next():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
