package relay

import "sync"

// crowd is all senders' connections.
type crowd struct {
	mu     sync.Mutex
	closed bool
	all    map[*sender]struct{}
}

func (c *crowd) add(x *sender) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if c.all == nil {
		c.all = make(map[*sender]struct{})
	}
	c.all[x] = struct{}{}
	return true
}

func (c *crowd) remove(x *sender) {
	c.mu.Lock()
	delete(c.all, x)
	c.mu.Unlock()
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
