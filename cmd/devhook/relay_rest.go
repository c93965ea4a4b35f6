package main

import (
	"context"
	"runtime/debug"
	"time"

	"devhook/tunnel/relay"
)

const (
	// restAfter is how long nobody must have come before a relay does with less memory.
	restAfter = 20 * time.Second
	// restTimes is how often it gives memory back then, after that time each: every collection halves what stacks have grown to.
	restTimes = 4
	// restLooks is how often work is looked for in that time: what comes must not go on with little garbage for long.
	restLooks = 20
	// restShare is what garbage may take at rest, in percent of what is in use. Heartbeats make little of it, and the runtime
	// would let it become as much as is in use.
	restShare = 20
)

// rest calls calm once there is nothing to do, restTimes times, and stir when there is again. Logins and webhooks make
// stacks and the heap grow, and the runtime keeps twice what is in use; but a relay with a thousand tunnels that wait is
// at rest most of the time.
func rest(ctx context.Context, every time.Duration, stats func() relay.Stats, calm, stir func()) {
	tick := time.NewTicker(every / restLooks)
	defer tick.Stop()
	var seen int64
	quiet, calmed := 0, restTimes // nothing was done yet
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s := stats()
		now := s.Exchanges + s.Logins + s.ChannelsOpened
		switch {
		case now != seen || s.Busy > 0 || s.Handshakes > 0:
			if calmed > 0 {
				stir()
			}
			quiet, calmed = 0, 0
		case calmed < restTimes:
			if quiet++; quiet == restLooks {
				calm()
				quiet, calmed = 0, calmed+1
			}
		}
		seen = now
	}
}

// saver makes the runtime save memory, and use what it likes again. What GOGC says stays where it is less, or off.
type saver struct{ usual int }

func (s *saver) calm() {
	switch before := debug.SetGCPercent(restShare); {
	case before > restShare:
		s.usual = before
	case before < restShare:
		debug.SetGCPercent(before)
	}
	debug.FreeOSMemory()
}

func (s *saver) stir() {
	if s.usual != 0 {
		debug.SetGCPercent(s.usual)
	}
}
