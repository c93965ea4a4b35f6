package store

import "sync"

// hub wakes the watchers of one DB after its commits. Waking never waits: a
// watcher that has not looked since is woken already.
type hub struct {
	mu     sync.Mutex
	closed bool
	wakes  map[chan struct{}]func() // value: ends the watcher
	gone   sync.WaitGroup
}

// join adds a watcher. leave must be called when it ends.
func (h *hub) join(stop func()) (wake <-chan struct{}, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil, ErrClosed
	}
	if h.wakes == nil {
		h.wakes = map[chan struct{}]func(){}
	}
	c := make(chan struct{}, 1)
	h.wakes[c] = stop
	h.gone.Add(1)
	return c, func() {
		h.mu.Lock()
		delete(h.wakes, c)
		h.mu.Unlock()
		h.gone.Done()
	}, nil
}

func (h *hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.wakes {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// close ends all watchers and waits for them.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for _, stop := range h.wakes {
		stop()
	}
	h.mu.Unlock()
	h.gone.Wait()
}
