package web

import (
	"bytes"
	"context"
	"sync"
	"time"

	"devhook/store"
)

// What is kept in memory of what is told.
const (
	queueMost  = 1000 // events that wait for one stream; one that is further behind reads for itself
	recentMost = 256  // events told last, by which a stream finds back
)

// feed tells all streams of what changes: the store is read once and each change written once, however many read. A
// stream that resumes, or can't keep up, follows a watch of its own until it has caught up.
type feed struct {
	s       *Server
	mu      sync.Mutex
	members map[*member]bool
	recent  []told
	stop    context.CancelFunc // nil while nobody listens
}

// told is one change as it goes over the wire.
type told struct {
	at   store.Position
	text []byte
}

// member is one stream's place in the feed.
type member struct {
	queue []told
	lost  bool           // more came than the queue takes: nothing is added any more
	at    store.Position // after what was sent last
	wake  chan struct{}
}

// join sends what is told from now on, or after a position, in pieces of one or more events. The channel closes when ctx
// ends or the store closes.
func (f *feed) join(ctx context.Context, from store.Position) (<-chan []byte, error) {
	m := &member{wake: make(chan struct{}, 1), at: from, lost: from != store.Position{}}
	if err := f.enter(m); err != nil {
		return nil, err
	}
	out := make(chan []byte)
	go func() {
		defer close(out)
		defer f.leave(m)
		f.follow(ctx, m, out)
	}()
	return out, nil
}

// enter adds a member; the first one starts the reading.
func (f *feed) enter(m *member) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop == nil {
		ctx, stop := context.WithCancel(f.s.quit)
		changes, err := f.s.cfg.Store.Watch(ctx, store.Position{})
		if err != nil {
			stop()
			return err
		}
		f.stop, f.recent = stop, nil
		go f.read(ctx, changes)
	}
	f.members[m] = true
	return nil
}

// leave takes a member out; the last one ends the reading.
func (f *feed) leave(m *member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.members, m)
	if len(f.members) == 0 && f.stop != nil {
		f.stop()
		f.stop = nil
	}
}

// read tells all members of all changes.
func (f *feed) read(ctx context.Context, changes <-chan store.Change) {
	p := pace{db: f.s.cfg.Store, looked: time.Now()}
	for {
		c, ok := nextChange(changes, f.ring)
		if !ok {
			break
		}
		if rest := p.step(ctx, f.tell(ctx, told{c.At, f.s.write(c)})); rest > 0 {
			f.ring()
			select {
			case <-time.After(rest):
			case <-ctx.Done():
			}
		}
	}
	f.end(ctx)
}

// nextChange is the next change; where none is at hand idle is called before it is waited for. So streams are woken once for all
// that came together.
func nextChange(changes <-chan store.Change, idle func()) (c store.Change, ok bool) {
	select {
	case c, ok = <-changes:
	default:
		idle()
		c, ok = <-changes
	}
	return c, ok
}

// end leaves all members to themselves when the store tells no more: they find out why.
func (f *feed) end(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil { // it was stopped, and there may be another reader
		return
	}
	f.stop()
	f.stop = nil
	for m := range f.members {
		m.lost = true
		m.ring()
	}
}

// write is a change as it goes over the wire.
func (s *Server) write(c store.Change) []byte {
	var b bytes.Buffer
	s.change(&stream{w: &b}, c)
	return b.Bytes()
}

// tell puts a change into all queues and says how many there are.
func (f *feed) tell(ctx context.Context, t told) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil { // all have left; who has come since has another reader
		return 0
	}
	if f.recent = append(f.recent, t); len(f.recent) > 2*recentMost {
		f.recent = append([]told(nil), f.recent[recentMost:]...)
	}
	for m := range f.members {
		if !m.lost {
			m.queue = append(m.queue, t)
			m.lost = len(m.queue) >= queueMost
		}
	}
	return len(f.members)
}

// ring wakes all members: there is something in their queues.
func (f *feed) ring() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for m := range f.members {
		m.ring()
	}
}

func (m *member) ring() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// follow sends what is in the member's queue, and after it, if the queue took no more, what a watch of its own finds.
func (f *feed) follow(ctx context.Context, m *member, out chan<- []byte) {
	for ctx.Err() == nil {
		queue, lost := f.take(m)
		switch {
		case len(queue) > 0:
			var text []byte
			for _, t := range queue {
				text = append(text, t.text...)
			}
			m.at = queue[len(queue)-1].at
			if !send(ctx, out, text) {
				return
			}
		case lost:
			if err := f.alone(ctx, m, out); err != nil {
				return
			}
		default:
			select {
			case <-m.wake:
			case <-f.s.quit.Done():
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

func (f *feed) take(m *member) (queue []told, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	queue, m.queue = m.queue, nil
	return queue, m.lost
}

func send(ctx context.Context, out chan<- []byte, text []byte) bool {
	select {
	case out <- text:
		return true
	case <-ctx.Done():
		return false
	}
}

// alone reads the store for one member until it is where the feed is.
func (f *feed) alone(ctx context.Context, m *member, out chan<- []byte) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changes, err := f.s.cfg.Store.Watch(ctx, m.at)
	if err != nil {
		return err
	}
	for !f.found(m) {
		select {
		case c, ok := <-changes:
			if !ok {
				return store.ErrClosed
			}
			m.at = c.At
			if !send(ctx, out, f.s.write(c)) {
				return ctx.Err()
			}
		case <-m.wake: // the feed may have come to where we are
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// found puts a member that has caught up back into the feed, with what was told since.
func (f *feed) found(m *member) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.recent) - 1; i >= 0; i-- {
		if f.recent[i].at == m.at {
			m.queue, m.lost = append([]told(nil), f.recent[i+1:]...), false
			return true
		}
	}
	return false
}

// Recording goes first: in a rush the feed takes a small part of the time and lags behind, and catches up after it. What a
// change costs is its writing to each stream, so it rests the longer the more there are.
const (
	paceEvery = 50                     // changes between two looks at how much comes
	paceRush  = 200                    // captures a second
	paceRest  = 16 * time.Millisecond  // for each stream, after that many changes in a rush,
	paceMost  = 500 * time.Millisecond // but no longer
)

// pace lets a feed rest while much is recorded.
type pace struct {
	db     *store.DB
	looked time.Time // when it was last asked what the newest capture is
	newest int64
	n      int
}

// step counts a change that was told to so many streams, and says how long to rest now.
func (p *pace) step(ctx context.Context, streams int) time.Duration {
	if p.n++; p.n%paceEvery != 0 {
		return 0
	}
	newest, err := p.db.Newest(ctx)
	if err != nil {
		return 0
	}
	came := float64(newest-p.newest) / time.Since(p.looked).Seconds()
	p.newest, p.looked = newest, time.Now()
	if came <= paceRush {
		return 0
	}
	return min(paceRest*time.Duration(streams), paceMost)
}
