package main

import (
	"context"
	"runtime/debug"
	"time"

	"devhook/tunnel/relay"
)

// restAfter is how long nobody must have come before a relay gives back what memory it can do without.
const restAfter = 30 * time.Second

// rest gives memory back to the system once there is nothing to do. Logins and webhooks make stacks and the heap grow; the
// runtime keeps twice what is in use, and a relay with a thousand tunnels that wait is at rest most of the time. It
// costs one collection for each time of work.
func rest(ctx context.Context, every time.Duration, stats func() relay.Stats, giveBack func()) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var seen, done int64
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s := stats()
		now := s.Exchanges + s.Logins + s.ChannelsOpened
		if s.Busy == 0 && s.Handshakes == 0 && now == seen && now != done {
			giveBack()
			done = now
		}
		seen = now
	}
}

func giveBack() { debug.FreeOSMemory() }
