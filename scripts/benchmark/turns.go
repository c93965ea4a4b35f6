package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// warm is how long each peer is called before anything counts.
const warm = 300 * time.Millisecond

// turns lets the peers take turns. Each round begins with another peer, so that none always runs on a machine that the
// one before it has warmed or tired.
func (m *measurement) turns(ctx context.Context, h *house) error {
	var names []string
	for _, name := range m.s.peers {
		if h.peers[name] != nil {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if r := measure(ctx, h.peers[name], cell{callers: 1, size: kib}, warm); r.err != nil {
			return fmt.Errorf("%s: %w", name, r.err)
		}
	}
	for n := range m.rounds {
		var err error
		if m.rounds[n].fsync, err = fsyncTime(h.dir); err != nil {
			return err
		}
		for _, c := range m.s.cells {
			if c.delay != h.delay {
				continue
			}
			if err := m.turn(ctx, h, rotated(names, n), c, &m.rounds[n]); err != nil {
				return fmt.Errorf("round %d: %w", n+1, err)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done\n", n+1, len(m.rounds))
	}
	return nil
}

// turn is one cell of one round.
func (m *measurement) turn(ctx context.Context, h *house, names []string, c cell, now *round) (err error) {
	if c.delay > 0 {
		if now.roundTrip[c], err = roundTrip(c.delay); err != nil {
			return err
		}
	}
	for _, name := range names {
		r := measure(ctx, h.peers[name], c, m.s.duration)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case r.err != nil && isOurs(name):
			return fmt.Errorf("%s, %s: %w", name, c, r.err)
		case r.err != nil: // another's fault is told and does not end the run
			m.faults = append(m.faults, fmt.Sprintf("%s, %s: %v", title(name), c, r.err))
		default:
			now.results[key{name, c}] = r
		}
	}
	return nil
}

func rotated(names []string, n int) []string {
	n %= len(names)
	return slices.Concat(names[n:], names[:n])
}
