package tunnel

import (
	"math/rand/v2"
	"time"
)

// backoff spaces attempts: the longest wait doubles from first to limit, and the actual one is random below it, so that
// agents that were cut at the same moment don't come back at the same moment.
type backoff struct {
	first, limit time.Duration
	attempts     int
}

func (b *backoff) next() time.Duration {
	longest := b.first << min(b.attempts, 30)
	if longest <= 0 || longest > b.limit {
		longest = b.limit
	}
	b.attempts++
	return rand.N(longest + 1)
}

// done is how many attempts there were before the one that goes on, 8 at most.
func (b *backoff) done() int { return min(max(b.attempts-1, 0), 8) }

func (b *backoff) reset() { b.attempts = 0 }
