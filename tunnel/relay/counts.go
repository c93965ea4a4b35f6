package relay

import (
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// counts are what Stats tells, written where it happens: an atomic addition or two for each frame, and some for each
// exchange.
type counts struct {
	requests  [Outcomes]atomic.Int64
	malformed atomic.Int64
	durations [len(Bounds) + 1]atomic.Int64
	duration  atomic.Int64 // ns, of all together
	in, out   atomic.Int64 // bytes

	logins    atomic.Int64
	refused   [Refusals]atomic.Int64
	takeovers atomic.Int64
	dropped   [Drops]atomic.Int64

	sendersOpened, sendersRefused atomic.Int64
}

// Bounds are the upper bounds of a Histogram's buckets, in seconds. They tell a tunnel's own cost from an app's, and
// where senders give up: after 5, 10, 15 and 30 s.
var Bounds = [...]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30, 60}

// A Histogram counts durations.
type Histogram struct {
	Sum    time.Duration
	Counts [len(Bounds) + 1]int64 // those up to each of Bounds and above the one before; the last are longer than all
}

func (c *counts) ended(o Outcome) { c.requests[o].Add(1) }

// answered counts an exchange that has come to a clean end, and how long that took.
func (c *counts) answered(took time.Duration) {
	n := 0
	for n < len(Bounds) && took.Seconds() > Bounds[n] {
		n++
	}
	c.durations[n].Add(1)
	c.duration.Add(int64(took))
}

func (c *counts) read() (t Stats) {
	for n := range c.requests {
		t.Requests[n] = c.requests[n].Load()
	}
	for n := range c.refused {
		t.Refused[n] = c.refused[n].Load()
	}
	for n := range c.dropped {
		t.Dropped[n] = c.dropped[n].Load()
	}
	for n := range c.durations {
		t.Durations.Counts[n] = c.durations[n].Load()
	}
	t.Durations.Sum = time.Duration(c.duration.Load())
	t.Malformed, t.BytesIn, t.BytesOut = c.malformed.Load(), c.in.Load(), c.out.Load()
	t.Logins, t.Takeovers = c.logins.Load(), c.takeovers.Load()
	t.SendersOpened, t.SendersRefused = c.sendersOpened.Load(), c.sendersRefused.Load()
	return t
}

// handshakeEnd says why a handshake ended without a login.
func handshakeEnd(err error) Refusal {
	if _, no := errors.AsType[*ssh.ServerAuthError](err); no {
		return RefusedKey
	}
	if timedOut(err) {
		return RefusedLate
	}
	return RefusedProtocol
}

// crowd is how many handshakes go on, and how many connections found no room.
func (d *door) crowd() (inside int, refused int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.inside), d.refused
}

func (c *crowd) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.all)
}

// size is how many lanes there are, those that are being opened left out.
func (p *lanes) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all - p.opening
}
