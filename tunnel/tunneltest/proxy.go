package tunneltest

import (
	"net"
	"sync"
	"testing"
	"time"
)

// A Proxy stands between agent and relay. It carries bytes both ways, each Delay later.
type Proxy struct {
	Addr  string
	Delay time.Duration

	target string
	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	speech chan struct{} // closed while something is
	cut    bool
}

// NewProxy starts a proxy to target. It is closed with the test.
func NewProxy(t testing.TB, target string, delay time.Duration) *Proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: ln.Addr().String(), Delay: delay, target: target, conns: make(map[net.Conn]struct{})}
	p.speech = make(chan struct{})
	close(p.speech)
	t.Cleanup(func() {
		_ = ln.Close()
		p.Speak()
		p.Cut()
	})
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go p.carry(c)
		}
	}()
	return p
}

func (p *Proxy) carry(c net.Conn) {
	defer c.Close()
	if !p.add(c) {
		return
	}
	defer p.remove(c)
	d, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer d.Close()
	if !p.add(d) {
		return
	}
	defer p.remove(d)
	var both sync.WaitGroup
	both.Go(func() { p.pass(c, d) })
	both.Go(func() { p.pass(d, c) })
	both.Wait()
}

type parcel struct {
	bytes []byte
	due   time.Time
}

// pass reads at once and writes when the time has come, so that a delay costs no speed.
func (p *Proxy) pass(from, to net.Conn) {
	way := make(chan parcel, 4096)
	go func() {
		defer close(way)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if n > 0 {
				way <- parcel{b[:n], time.Now().Add(p.Delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	for parcel := range way {
		if p.Delay > 0 {
			time.Sleep(time.Until(parcel.due))
		}
		<-p.speaks()
		_, _ = to.Write(parcel.bytes)
	}
	_ = to.Close()
}

func (p *Proxy) speaks() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.speech
}

// Hush stops carrying; connections stay, as on a link that is dead.
func (p *Proxy) Hush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.speech = make(chan struct{})
}

// Speak carries again.
func (p *Proxy) Speak() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.speech:
	default:
		close(p.speech)
	}
}

// Cut closes every connection, and those to come until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		_ = c.Close()
	}
}

// Mend lets connections through again.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

func (p *Proxy) add(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) remove(c net.Conn) {
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
}
