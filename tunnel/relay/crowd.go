package relay

import (
	"net/netip"
	"sync"
)

// crowd is all senders' connections.
type crowd struct {
	mostPer int // from one network, see origin

	mu     sync.Mutex
	closed bool
	all    map[*sender]struct{}
	per    map[netip.Prefix]int
}

func (c *crowd) init(l Limits) {
	c.mostPer = l.SendersPer
	c.all, c.per = make(map[*sender]struct{}), make(map[netip.Prefix]int)
}

// add takes a connection in. full says that it was refused because its network has too many.
func (c *crowd) add(x *sender) (ok, full bool) {
	from := origin(x.name)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return false, false
	case from.IsValid() && c.per[from] >= c.mostPer:
		return false, true
	}
	c.all[x] = struct{}{}
	c.per[from]++
	return true, false
}

func (c *crowd) remove(x *sender) {
	from := origin(x.name)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, x)
	if c.per[from]--; c.per[from] <= 0 {
		delete(c.per, from)
	}
}

// origin is the network that an address counts for: an IPv4 address, or an IPv6 network of 64 bits, which is the least
// that one customer has. It is none for this machine's own addresses: a proxy in front speaks for everybody.
func origin(name string) netip.Prefix {
	from, err := netip.ParseAddrPort(name)
	a := from.Addr().Unmap().WithZone("")
	if err != nil || a.IsLoopback() {
		return netip.Prefix{}
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	network, _ := a.Prefix(bits) // fails for lengths that an address doesn't have
	return network
}

func (c *crowd) each(do func(*sender)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for x := range c.all {
		do(x)
	}
}

// close closes every connection, and those to come. Answers that are under way are cut.
func (c *crowd) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.each((*sender).cut)
}
