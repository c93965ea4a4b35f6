package relay

import (
	"errors"
	"slices"
	"sync"
	"time"

	"devhook/tunnel"
)

const (
	maxReady  = 16               // lanes an agent may have held ready
	spareFor  = 10 * time.Second // how long a lane beyond those is kept for the next rush
	laneWait  = 10 * time.Second // how long a request waits for a lane
	largeFrom = 256 << 10        // bytes; x/crypto keeps a channel's largest packet, so a lane that carried this much is closed
)

var errNoLane = errors.New("relay: no channel to the agent")

// lanes are an agent's exchange channels. Some are held ready, so that a request need not wait a round trip for one to
// be opened.
type lanes struct {
	agent *agent

	mu      sync.Mutex
	closed  bool
	ready   int          // how many are to be free
	free    []*lane      // the one that was used last is the last
	waiting []chan *lane // requests that found none, the oldest first
	all     int          // free, in use, and being opened
	opening int
}

// open begins to hold lanes ready.
func (p *lanes) open(ready int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = min(max(ready, 1), maxReady)
	p.refill()
}

// take gets a free lane, or waits for one.
func (p *lanes) take() (*lane, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errNoLane
	}
	if n := len(p.free); n > 0 {
		l := p.free[n-1]
		p.free = p.free[:n-1]
		p.refill()
		p.mu.Unlock()
		return l, nil
	}
	w := make(chan *lane, 1)
	p.waiting = append(p.waiting, w)
	p.refill()
	p.mu.Unlock()
	return p.await(w)
}

func (p *lanes) await(w chan *lane) (*lane, error) {
	late := time.NewTimer(laneWait)
	defer late.Stop()
	select {
	case l := <-w:
		if l == nil {
			return nil, errNoLane
		}
		return l, nil
	case <-late.C:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := slices.Index(p.waiting, w); n >= 0 {
		p.waiting = slices.Delete(p.waiting, n, n+1)
		return nil, errNoLane
	}
	if l := <-w; l != nil { // it came just now
		p.put(l)
	}
	return nil, errNoLane
}

// refill opens as many lanes as are missing. The lock is held.
func (p *lanes) refill() {
	missing := p.ready + len(p.waiting) - len(p.free) - p.opening
	room := p.agent.s.cfg.Limits.Exchanges + p.ready - p.all
	for range min(missing, room) {
		p.all++
		p.opening++
		p.agent.s.running.Go(p.openOne)
	}
}

func (p *lanes) openOne() {
	c, err := openChannel(p.agent, tunnel.ChannelType, nil, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opening--
	if err != nil {
		p.all--
		p.agent.s.cfg.Log.Debug("no channel opened", "key", p.agent.key, "err", err)
		p.give(nil)
		return
	}
	p.agent.s.opened.Add(1)
	l := &lane{pool: p, ch: tunnel.NewChannel(c)}
	p.agent.s.running.Go(l.run)
	p.put(l)
}

// put makes a lane free. The lock is held.
func (p *lanes) put(l *lane) {
	if p.closed {
		l.ch.Close()
		return
	}
	if !p.give(l) {
		l.since = time.Now()
		p.free = append(p.free, l)
	}
}

// give hands a lane, or the news that there is none, to the oldest who waits.
func (p *lanes) give(l *lane) bool {
	if len(p.waiting) == 0 {
		return false
	}
	w := p.waiting[0]
	p.waiting = p.waiting[1:]
	w <- l
	return true
}

// release makes a lane free for the next exchange.
func (p *lanes) release(l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(l)
}

// remove takes a lane that has ended off those that are free, and reports whether it was one.
func (p *lanes) remove(l *lane) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := slices.Index(p.free, l)
	if n >= 0 {
		p.free = slices.Delete(p.free, n, n+1)
	}
	return n >= 0
}

// lost takes note that a lane's channel is closed. If the lane was free, the agent closed it, which it must not, or the
// connection has ended: none is opened in its place before a request wants one.
func (p *lanes) lost(free bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if !free && !p.closed {
		p.refill()
	}
}

// trim closes lanes that a rush left behind, the one unused for longest first.
func (p *lanes) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.free) > p.ready && time.Since(p.free[0].since) > spareFor {
		p.free[0].ch.Close()
		p.free = p.free[1:]
	}
}

// close ends the waiting. The lanes themselves end with the connection.
func (p *lanes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.free = nil
	for p.give(nil) {
	}
}
