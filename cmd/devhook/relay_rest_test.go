package main

import (
	"context"
	"runtime/debug"
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
			{func() { s.Handshakes = 0 }, 2, restTimes + 3, 3},
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
		mu.Lock()
		s.Exchanges++
		mu.Unlock()
		time.Sleep(time.Second / restLooks)
		synctest.Wait()
		if stirred != 4 {
			t.Error("work was not seen soon")
		}
	})
}

// TestSaver: garbage is kept small and as it was in turn, and never allowed more than GOGC says.
func TestSaver(t *testing.T) {
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	before := percent()
	defer debug.SetGCPercent(before)
	for usual, calm := range map[int]int{100: restShare, restShare: restShare, 10: 10, -1: -1} {
		debug.SetGCPercent(usual)
		var s saver
		for range 2 {
			s.calm()
			if got := percent(); got != calm {
				t.Errorf("at rest with GOGC=%d: %d, want %d", usual, got, calm)
			}
		}
		s.stir()
		if got := percent(); got != usual {
			t.Errorf("at work with GOGC=%d: %d", usual, got)
		}
	}
}
