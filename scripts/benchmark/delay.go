package main

import (
	"io"
	"net"
	"sync"
	"time"
)

// A delayer stands between relay and agent and carries bytes both ways, each a fixed time later and as many as come: what
// the kernel's netem would do, which is not in every kernel.
type delayer struct {
	ln     net.Listener
	target string
	delay  time.Duration

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil once it is closed
}

// newDelayer listens on loopback and leads to target.
func newDelayer(target string, delay time.Duration) (*delayer, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &delayer{ln: ln, target: target, delay: delay, conns: map[net.Conn]struct{}{}}
	go d.serve()
	return d, nil
}

func (d *delayer) addr() string { return d.ln.Addr().String() }

func (d *delayer) serve() {
	for {
		a, err := d.ln.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", d.target)
		if err != nil {
			_ = a.Close()
			continue
		}
		if d.keep(a, b) {
			go d.carry(a, b)
			go d.carry(b, a)
		}
	}
}

func (d *delayer) keep(a, b net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conns == nil {
		_, _ = a.Close(), b.Close()
		return false
	}
	d.conns[a], d.conns[b] = struct{}{}, struct{}{}
	return true
}

// close cuts what it carries.
func (d *delayer) close() {
	_ = d.ln.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		_ = c.Close()
	}
	d.conns = nil
}

// A parcel is some bytes and when they may go on.
type parcel struct {
	due   time.Time
	bytes []byte
}

// underway is how many parcels may be on their way in one direction: enough that the sender never waits for us.
const underway = 1 << 16

// carry takes bytes off from and gives them to to, later.
func (d *delayer) carry(from, to net.Conn) {
	road := make(chan parcel, underway)
	go deliver(to, road)
	defer close(road)
	buf := make([]byte, 256*kib)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			road <- parcel{time.Now().Add(d.delay), append([]byte(nil), buf[:n]...)}
		}
		if err != nil {
			return
		}
	}
}

// deliver writes each parcel when it is due. An end of the road is passed on as one.
func deliver(to net.Conn, road <-chan parcel) {
	var failed bool
	for p := range road {
		if failed {
			continue
		}
		<-time.After(time.Until(p.due))
		_, err := to.Write(p.bytes)
		failed = err != nil
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
}

// roundTrip is how long one byte takes there and back over a delay, the median of some tries, in milliseconds: the
// delay as it comes out on this machine, with what timers add.
func roundTrip(delay time.Duration) (float64, error) {
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer echo.Close()
	go func() {
		if c, err := echo.Accept(); err == nil {
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	d, err := newDelayer(echo.Addr().String(), delay)
	if err != nil {
		return 0, err
	}
	defer d.close()
	c, err := net.Dial("tcp", d.addr())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var times []float64
	for range 9 {
		start := time.Now()
		if _, err := c.Write([]byte{1}); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			return 0, err
		}
		times = append(times, milliseconds(time.Since(start)))
	}
	return median(times), nil
}
