package main

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"devhook/tunnel/relay"
)

// TestRest has a relay work, rest, and work again.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex
		var s relay.Stats
		var calm, stirred int
		stats := func() relay.Stats {
			mu.Lock()
			defer mu.Unlock()
			return s
		}
		go rest(ctx, time.Second, stats, func() { calm++ }, func() { stirred++ })
		for i, step := range []struct {
			change        func()
			seconds       time.Duration
			calm, stirred int
		}{
			{func() {}, 1, 0, 0},                         // nothing was done yet
			{func() { s.Logins = 5 }, 1, 0, 1},           // work
			{func() {}, 1, 1, 1},                         // rest
			{func() {}, restTimes - 1, restTimes, 1},     // and more
			{func() {}, 9, restTimes, 1},                 // until there is no more to give
			{func() { s.Exchanges++ }, 1, restTimes, 2},  // work
			{func() { s.Busy = 1 }, 3, restTimes, 2},     // still going on
			{func() { s.Busy = 0 }, 1, restTimes + 1, 2}, // rest
			{func() { s.Handshakes++ }, 1, restTimes + 1, 3},
		} {
			mu.Lock()
			step.change()
			mu.Unlock()
			time.Sleep(step.seconds * time.Second)
			synctest.Wait()
			if calm != step.calm || stirred != step.stirred {
				t.Errorf("step %d: calm %d times and stirred %d, want %d and %d", i, calm, stirred, step.calm, step.stirred)
			}
		}
	})
}
