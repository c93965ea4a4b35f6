package relay

import (
	"net"
	"sync"
)

// A door counts agents that have not proven themselves yet.
type door struct {
	most, mostPer int

	mu      sync.Mutex
	closed  bool
	inside  map[net.Conn]string // by IP address
	per     map[string]int
	refused int64
}

func (d *door) init(l Limits) {
	d.most, d.mostPer = l.Handshakes, l.HandshakesPer
	d.inside, d.per = make(map[net.Conn]string), make(map[string]int)
}

// enter lets a connection in, unless there are too many.
func (d *door) enter(c net.Conn) bool {
	from := host(c.RemoteAddr())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	if len(d.inside) >= d.most || d.per[from] >= d.mostPer {
		d.refused++
		return false
	}
	d.inside[c] = from
	d.per[from]++
	return true
}

func (d *door) leave(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, ok := d.inside[c]
	if !ok {
		return
	}
	delete(d.inside, c)
	if d.per[from]--; d.per[from] == 0 {
		delete(d.per, from)
	}
}

// close ends the handshakes that go on.
func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for c := range d.inside {
		_ = c.Close()
	}
}

func host(a net.Addr) string {
	h, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return h
}
