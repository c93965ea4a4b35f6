package relay

import (
	"sync"
	"time"
)

// noise limits how often something is said that scanners would have said all the time.
type noise struct {
	mu   sync.Mutex
	last map[int]time.Time // by public port
}

// allow reports whether so much time has passed since it last did for this port.
func (n *noise) allow(port int, now time.Time, pause time.Duration) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.last[port]; ok && now.Sub(last) < pause && now.After(last) {
		return false
	}
	if n.last == nil {
		n.last = make(map[int]time.Time)
	}
	n.last[port] = now
	return true
}

// isHTTP reports whether what came begins like a request: a word and a space.
func isHTTP(raw []byte) bool {
	for len(raw) > 1 && raw[0] == '\r' && raw[1] == '\n' {
		raw = raw[2:]
	}
	for n, b := range raw {
		if b == ' ' {
			return n > 0
		}
		if n == 32 || !(b|0x20 >= 'a' && b|0x20 <= 'z' || b == '-' || b == '_') {
			return false
		}
	}
	return len(raw) > 0
}
