package relay

import (
	"errors"
	"os"
	"time"

	"devhook/tunnel"
)

// answered passes a piece of the answer on, or its end, or both. It is called by the lane and waits only a moment.
func (e *exchange) answered(p []byte, last *ending) {
	e.mu.Lock()
	if e.over || e.last != nil {
		e.mu.Unlock()
		return
	}
	e.last = last
	if e.slow {
		e.waiting = append(e.waiting, p...)
		e.waking.Signal()
		e.mu.Unlock()
		return
	}
	e.begun = e.begun || len(p) > 0
	e.mu.Unlock()
	n, err := e.write(p, promptly)
	if last == nil {
		e.repay(e.in.Used(n))
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.goSlow(p[n:])
	case err != nil:
		e.senderGone()
	case last != nil:
		e.finish(last)
	}
}

func (e *exchange) write(p []byte, limit time.Duration) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := e.sender.write(p, limit)
	e.agent.s.counts.out.Add(int64(n))
	return n, err
}

// goSlow leaves the answer to a goroutine that has the time to wait for its sender.
func (e *exchange) goSlow(rest []byte) {
	e.mu.Lock()
	e.slow = true
	e.waiting = append([]byte(nil), rest...)
	e.mu.Unlock()
	e.agent.s.running.Go(e.pour)
}

// pour writes what waits, until the answer's end.
func (e *exchange) pour() {
	defer e.agent.s.contain(func() { e.reset(Cut) })
	if e.sender.flush() != nil {
		e.senderGone()
		return
	}
	for {
		e.mu.Lock()
		for len(e.waiting) == 0 && e.last == nil && !e.over {
			e.waking.Wait()
		}
		p, last, over := e.waiting, e.last, e.over
		e.waiting = nil
		e.mu.Unlock()
		if over {
			return
		}
		if err := e.pourOut(p); err != nil {
			e.senderGone()
			return
		}
		if last != nil {
			e.finish(last)
			return
		}
	}
}

// pourOut writes in pieces, so that credit goes back as they are taken and silence is judged for each.
func (e *exchange) pourOut(p []byte) error {
	for len(p) > 0 {
		n, err := e.write(p[:min(len(p), tunnel.MaxData)], e.agent.s.cfg.Limits.AnswerSilence)
		if err != nil {
			return err
		}
		p = p[n:]
		e.repay(e.in.Used(n))
	}
	return nil
}
