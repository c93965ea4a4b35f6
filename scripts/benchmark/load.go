package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A peer is one way to the app.
type peer struct {
	name string
	addr string       // where senders connect to
	host string       // what they write into the Host line
	sent atomic.Int64 // requests so far; the last one's number
	good atomic.Int64 // answers that were right

	relay, agent []*process                  // what runs for it at either end
	owes         func(context.Context) error // waits until it has done what it puts off; nil: it puts nothing off
}

// A result is what one measurement gave.
type result struct {
	count    int     // answers
	refused  int     // answers that asked to come again, and what asked did
	rate     float64 // of them, a second
	p50, p99 float64 // milliseconds
	cpu      ends    // seconds for 1,000 requests
	after    float64 // of cpu, what was used when all answers were there
	peak     ends    // MiB
	err      error   // the first wrong answer; the rest then means nothing
}

// ends are figures of the two ends of a tunnel. What is one process is the relay for nginx and mitmproxy, and the agent for
// an embedded relay.
type ends struct{ relay, agent float64 }

func (e ends) sum() float64 { return e.relay + e.agent }

// measure has a number of callers post one request after another for a while. What the peer's processes take is
// counted until they rest.
func measure(ctx context.Context, p *peer, c cell, d time.Duration) result {
	resetPeaks(p)
	before := p.cpuTime()
	r := drive(ctx, p, c, d)
	if r.err != nil {
		return r
	}
	answered := p.cpuTime()
	if err := p.settle(ctx); err != nil {
		return result{err: err}
	}
	now, each := p.cpuTime(), 1000/float64(r.count)
	r.cpu = ends{(now.relay - before.relay) * each, (now.agent - before.agent) * each}
	r.after = (now.sum() - answered.sum()) * each
	r.peak = p.peaks()
	return r
}

// drive is the calling alone.
func drive(ctx context.Context, p *peer, c cell, d time.Duration) result {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	callers := make([]*caller, c.callers)
	for i := range callers {
		callers[i] = newCaller(p, c)
	}
	times := make([][]time.Duration, c.callers)
	start := time.Now()
	var wg sync.WaitGroup
	for i, one := range callers {
		wg.Go(func() {
			defer one.hangUp()
			for ctx.Err() == nil && time.Since(start) < d {
				took, err := one.post()
				if err != nil {
					cancel(err)
					return
				}
				times[i] = append(times[i], took)
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	all := slices.Concat(times...)
	if err := context.Cause(ctx); err != nil {
		return result{err: err}
	}
	if len(all) == 0 {
		return result{err: fmt.Errorf("no answer within %v", d)}
	}
	slices.Sort(all)
	refused := 0
	for _, one := range callers {
		refused += one.refused
	}
	return result{
		count: len(all), refused: refused,
		rate: float64(len(all)) / elapsed.Seconds(),
		p50:  milliseconds(all[len(all)/2]),
		p99:  milliseconds(all[len(all)*99/100]),
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// settle waits until the peer's processes have done what the requests left them to do, so that it burdens no other peer and
// is counted with this one.
func (p *peer) settle(ctx context.Context) error {
	if p.owes != nil {
		if err := p.owes(ctx); err != nil {
			return err
		}
	}
	const pause, most, idle = 100 * time.Millisecond, 10 * time.Second, 0.01 // seconds of CPU in a pause
	for began := time.Now(); time.Since(began) < most; {
		before := p.cpuTime().sum()
		if err := wait(ctx, pause); err != nil {
			return err
		}
		if p.cpuTime().sum()-before <= idle {
			return nil
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
