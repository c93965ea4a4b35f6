package relay

import (
	"sync"
	"time"

	"devhook/tunnel"
)

const maxLate = 3 * time.Second // a timer that is later than this tells that the process was stopped

// A pulse drops an agent that is silent for too long. One that sends no pings of its own is asked for a sign of life
// before that, but late: where only the way to the relay is cut, our ping would tell the agent that all is well. It takes
// a timer and no goroutine: most agents are idle, and there may be many.
type pulse struct {
	*agent
	asking chan struct{} // x/crypto waits for an answer for ever: one ping at a time

	mu    sync.Mutex
	timer *time.Timer // nil when the agent is gone
	due   time.Time
	awake time.Time // silence counts from here
}

// watch begins to watch the agent; stop ends that.
func (a *agent) watch() (stop func()) {
	p := &pulse{agent: a, asking: make(chan struct{}, 1), awake: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(p.pause(), p.beat)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.timer.Stop()
		p.timer = nil
	}
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	if time.Since(p.due) > maxLate {
		p.awake = time.Now() // it was we who were stopped: the agent gets its time anew
	}
	p.lanes.trim()
	if next := p.pause(); next > 0 {
		p.timer.Reset(next)
	}
}

// pause is the time to the next look, 0 if the agent was dropped. The lock is held.
func (p *pulse) pause() time.Duration {
	limit := p.s.cfg.Limits.Silence
	silence := min(p.line.Silence(), time.Since(p.awake))
	if silence >= limit {
		p.s.counts.dropped[DroppedSilent].Add(1)
		p.s.cfg.Log.Info("agent dropped: silent", "key", p.key, "for", silence.String())
		_ = p.line.Close()
		return 0
	}
	next := limit - silence
	if late := limit / 3; next > late { // an answer over a slow line may take that long
		next -= late
	} else {
		p.ping()
	}
	next = max(next, time.Millisecond)
	p.due = time.Now().Add(next)
	return next
}

func (p *pulse) ping() {
	select {
	case p.asking <- struct{}{}:
		go func() {
			_, _, _ = p.conn.SendRequest(tunnel.RequestPing, true, nil)
			<-p.asking
		}()
	default:
	}
}
