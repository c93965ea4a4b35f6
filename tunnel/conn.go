package tunnel

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Why an exchange broke, as Read and Write say it.
var (
	ErrGone = errors.New("tunnel: the sender is gone")
	ErrLost = errors.New("tunnel: the connection to the relay is lost")
)

// Conn is one exchange: Read gives the request's bytes and then io.EOF, Write takes the answer's. It ends by Finish, or
// by Close as an abort. Its methods may be called at the same time.
//
// Writes are gathered for a moment, so that a small answer and its end are one packet: see Flush.
type Conn struct {
	lane *lane
	turn uint64
	info *Open

	mu      sync.Mutex // guards what follows
	changed sync.Cond  // what Read waits for
	in      queue      // came and was not read
	ended   bool       // the request's end came
	fault   error      // why the exchange broke
	over    bool       // by Finish, or by Close
	raw     bool       // by Upgrade
	shut    bool       // by CloseWrite
	stored  bool       // by Recorded
	limit   deadline   // for Read
	gone    chan struct{}
	goneAt  time.Time

	inflow  Inflow
	outflow Outflow
	out     output
}

func newConn(l *lane, o *Open, b *Budget) *Conn {
	c := &Conn{lane: l, info: o, gone: make(chan struct{})}
	c.changed.L = &c.mu
	c.inflow.Open(b)
	c.outflow.Open()
	c.turn = l.ch.Begin()
	return c
}

// ArrivalID names this arrival; no other of the same relay has it.
func (c *Conn) ArrivalID() string { return c.info.ID }

// Scheme is how the sender called: "http" or "https".
func (c *Conn) Scheme() string { return c.info.Scheme }

// PublicHost is the host[:port] that callers use.
func (c *Conn) PublicHost() string {
	if c.info.Host != "" {
		return c.info.Host
	}
	return c.lane.session.publicHost()
}

// LocalPort is the public port that was called.
func (c *Conn) LocalPort() int { return c.info.LocalPort }

// Malformed says why the relay could not read the request's head. Its bytes are there all the same. "" for a sound one.
func (c *Conn) Malformed() string { return c.info.Malformed }

// Repeated is the ArrivalID of a request that the relay may hand over again, because it holds it, or would hold it if this
// exchange broke; "" for any other.
func (c *Conn) Repeated() string {
	if c.info.Held.IsZero() && (c.lane.session.terms.Load() == nil || c.info.Upgrade) {
		return ""
	}
	return c.info.ID
}

// Held tells when a request came that the relay has held since. Its sender was answered then; the zero time says that it
// came just now and its sender waits.
func (c *Conn) Held() time.Time { return c.info.Held }

// Recorded says that the request is on disk here, or was before by its ArrivalID: Finish tells the relay, which then forgets
// what it has held.
func (c *Conn) Recorded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stored = true
}

// RemoteAddr is the sender's address.
func (c *Conn) RemoteAddr() net.Addr {
	ap, err := netip.ParseAddrPort(c.info.Sender)
	if err != nil {
		return addr(c.info.Sender)
	}
	return net.TCPAddrFromAddrPort(ap)
}

// LocalAddr is the public address.
func (c *Conn) LocalAddr() net.Addr { return addr(c.PublicHost()) }

type addr string

func (a addr) Network() string { return "tcp" }
func (a addr) String() string  { return string(a) }

// Gone is closed when the answer has nowhere to go any more: the sender's connection was reset, or the tunnel lost.
func (c *Conn) Gone() <-chan struct{} { return c.gone }

// GoneAt tells when that was.
func (c *Conn) GoneAt() (at time.Time, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.goneAt, !c.goneAt.IsZero()
}

// Read reads bytes of the request. After an upgrade they are whatever the sender sends. The errors: io.EOF at the
// request's end, ErrGone, ErrLost, os.ErrDeadlineExceeded, net.ErrClosed.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	if len(p) > 0 && c.waits() {
		c.mu.Unlock()
		c.flushNow() // what was written may be what the sender waits for
		c.mu.Lock()
	}
	for len(p) > 0 && c.waits() {
		c.changed.Wait()
	}
	if c.over || c.limit.over || c.in.size == 0 {
		defer c.mu.Unlock()
		return 0, c.readFault(len(p))
	}
	n := c.in.read(p)
	more := !c.ended && c.fault == nil
	c.mu.Unlock()
	if credit := c.inflow.Used(n); credit > 0 && more {
		_ = c.lane.ch.Send(c.turn, AppendCredit(nil, credit))
	}
	return n, nil
}

// waits reports whether Read has nothing to say yet.
func (c *Conn) waits() bool {
	return !c.over && !c.limit.over && c.in.size == 0 && c.fault == nil && !c.ended
}

func (c *Conn) readFault(wanted int) error {
	switch {
	case c.over:
		return net.ErrClosed
	case c.limit.over:
		return errTimeout
	case wanted == 0:
		return nil
	case c.fault != nil:
		return c.fault
	}
	return io.EOF
}

// arrived takes a data frame in.
func (c *Conn) arrived(p []byte) error {
	if err := c.inflow.Arrived(len(p)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return violation("data behind the end")
	}
	if c.over {
		return nil
	}
	c.in.write(p)
	c.changed.Broadcast()
	return nil
}

// end takes the request's end frame in.
func (c *Conn) end() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return violation("two ends")
	}
	c.ended = true
	c.changed.Broadcast()
	return nil
}

// fail ends an exchange that broke. What came before can still be read.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || c.fault != nil {
		return
	}
	c.fault, c.goneAt = err, c.lane.session.l.cfg.Now()
	close(c.gone)
	c.changed.Broadcast()
	c.outflow.Fail(err)
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets when Read gives up, also one that waits already. The zero time means never.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return net.ErrClosed
	}
	c.limit.set(t, &c.mu, &c.changed)
	return nil
}

// SetWriteDeadline sets when Write, Flush and Finish give up, also those that wait for the sender already. If the time
// runs out while bytes are on their way into the tunnel, all further ones fail.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return net.ErrClosed
	}
	c.outflow.ExpireAt(t)
	c.out.expire(t)
	return nil
}
