package main

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"devhook/tunnel/relay"
)

// TestRestGivesMemoryBackOnce has a relay work, rest, and work again.
func TestRestGivesMemoryBackOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex
		var s relay.Stats
		given := 0
		stats := func() relay.Stats {
			mu.Lock()
			defer mu.Unlock()
			return s
		}
		go rest(ctx, time.Second, stats, func() { given++ })
		for i, step := range []struct {
			change func()
			want   int
		}{
			{func() {}, 0},                 // nothing was done yet
			{func() { s.Logins = 5 }, 0},   // work
			{func() {}, 1},                 // rest
			{func() {}, 1},                 // and no more to give
			{func() { s.Exchanges++ }, 1},  // work
			{func() { s.Busy = 1 }, 1},     // still going on
			{func() { s.Busy = 0 }, 2},     // rest
			{func() { s.Handshakes++ }, 2}, // somebody comes
		} {
			mu.Lock()
			step.change()
			mu.Unlock()
			time.Sleep(time.Second)
			synctest.Wait()
			if given != step.want {
				t.Errorf("step %d: %d times, want %d", i, given, step.want)
			}
		}
	})
}
