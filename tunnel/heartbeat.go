package tunnel

import (
	"fmt"
	"time"
)

const (
	maxJump      = 3 * time.Second // the clock moved further than its ticks: the machine slept
	afterSleep   = 2 * time.Second // how long the relay may be silent then, or when the connection's own address is gone
	slowestCheck = 500 * time.Millisecond
)

// A heart asks the relay for a sign of life now and then. x/crypto waits for the answer to a request for ever, and so
// would all later requests: so when nothing comes in time, the connection is closed.
type heart struct {
	*session
	tick     time.Duration // how often it is looked at; what falls due before the next look is due now
	every    time.Duration
	patience time.Duration // how long the relay may be silent after a ping
	asked    time.Time     // when the latest ping was sent
	asking   bool          // it has no answer yet
	answered chan error
}

func (s *session) heartbeat() {
	c := &s.l.cfg
	h := &heart{session: s, every: c.Ping, patience: c.PingTimeout, answered: make(chan error, 1)}
	h.tick = max(min(slowestCheck, c.Ping/10, c.PingTimeout/10), time.Millisecond)
	tick := time.NewTicker(h.tick)
	defer tick.Stop()
	last, moved := time.Now(), s.l.lookout.next()
	h.ping(last)
	for {
		select {
		case <-s.ended:
			return
		case err := <-h.answered:
			h.heard(err)
		case <-moved:
			moved = s.l.lookout.next()
			h.moved(time.Now())
		case <-tick.C:
			now := time.Now()
			if jump(last, now) > h.tick+maxJump {
				h.hurry(now, afterSleep)
			} else {
				h.beat(now)
			}
			last = now
		}
	}
}

func (h *heart) ping(now time.Time) {
	h.asking, h.asked = true, now
	go func() {
		_, _, err := h.conn.SendRequest(RequestPing, true, nil)
		h.answered <- err
	}()
}

func (h *heart) heard(err error) {
	h.asking, h.patience = false, h.l.cfg.PingTimeout
	if err == nil {
		h.l.measured(h.session, time.Since(h.asked))
	}
}

// hurry asks the relay at once and gives it little time: most likely it has given us up, or doesn't hear us.
func (h *heart) hurry(now time.Time, patience time.Duration) {
	h.patience = min(h.patience, patience)
	h.asked = now
	if !h.asking {
		h.ping(now)
	}
}

// moved asks whether the relay still hears us when this machine's addresses have changed.
func (h *heart) moved(now time.Time) {
	patience := h.l.cfg.PingTimeout
	if h.l.lookout.gone(h.line.LocalAddr()) {
		patience = afterSleep
	}
	h.hurry(now, patience)
}

// beat does what is due.
func (h *heart) beat(now time.Time) {
	switch waited := now.Sub(h.asked) + h.tick; {
	case h.asking && waited >= h.patience && h.line.Silence()+h.tick >= h.patience:
		h.cut(fmt.Errorf("tunnel: nothing heard of the relay for %s", h.patience))
	case !h.asking && waited >= h.every:
		h.ping(now)
	}
}

// jump is how far the clock went between two moments: the monotonic one stands still while a machine sleeps, the wall
// clock may be set back while a process is stopped; the larger one tells.
func jump(from, to time.Time) time.Duration {
	return max(to.Sub(from), to.Round(0).Sub(from.Round(0)))
}
