package tunnel

import "sync"

// A tally counts what goes on, so that one can wait for its end.
type tally struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when n gets 0; nil while nobody waits
}

func (t *tally) begin() {
	t.mu.Lock()
	t.n++
	t.mu.Unlock()
}

func (t *tally) end() {
	t.mu.Lock()
	t.n--
	if t.n == 0 && t.zero != nil {
		close(t.zero)
		t.zero = nil
	}
	t.mu.Unlock()
}

// done is closed when nothing goes on any more.
func (t *tally) done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.zero == nil {
		t.zero = make(chan struct{})
	}
	done := t.zero
	if t.n == 0 {
		close(t.zero)
		t.zero = nil
	}
	return done
}
