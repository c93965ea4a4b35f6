package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Listener is a public address. Accept yields one *Conn for each exchange, or one *Stream for each connection of a sender
// where a stock sshd forwards the port; between two connections to the relay it just waits. All methods may be called at
// the same time.
type Listener struct {
	cfg      Config
	accepted chan net.Conn
	budget   *Budget
	secure   *tls.Config // for callers of a stock server; nil where TLS doesn't end here
	odd      seldom      // what is told of callers that come to nothing
	state    stateBox
	lookout  *lookout
	hold     atomic.Pointer[Hold] // Config.Hold as it is now

	ctx  context.Context // ends with the Listener: it is the life of its attempts to come back
	stop context.CancelFunc

	mu      sync.Mutex
	session *session // the latest
	err     error    // why it ended; nil while it lives
	deaf    bool     // Accept gives no more than what it was handed
}

// Listen registers at the relay. It returns when the address is ours, or why it is not: after the first attempt, which
// ctx bounds. From then on the Listener comes back by itself until Close.
func Listen(ctx context.Context, c Config) (*Listener, error) {
	c, err := c.check()
	if err != nil {
		return nil, err
	}
	l := &Listener{
		cfg: c, accepted: make(chan net.Conn, backlog), budget: NewBudget(growth), secure: secureConfig(c.Certificate),
		lookout: newLookout(c.Addresses),
	}
	l.hold.Store(c.Hold)
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.state.update(c.Now(), func(s *State) { s.Phase, s.Attempt = Connecting, 1 })
	s, err := l.connect(ctx, l.firstClaim(), c.DialTimeout)
	if unreached := (*unreachedError)(nil); c.Patient && ctx.Err() == nil && errors.As(err, &unreached) {
		go l.begin(err)
		go l.lookout.run(l.ctx)
		return l, nil
	}
	if err != nil {
		l.stop()
		return nil, err
	}
	if !l.online(s) {
		s.cut(net.ErrClosed)
		return nil, l.err
	}
	go l.run(s)
	go l.lookout.run(l.ctx)
	return l, nil
}

func (l *Listener) claim(kind Claim, name string, port int) ListenRequest {
	return ListenRequest{
		Version: Version, Claim: uint32(kind), Port: uint32(port), Name: name,
		Instance: l.cfg.Instance, Ready: uint32(l.cfg.Ready),
	}
}

func (l *Listener) firstClaim() ListenRequest {
	switch {
	case l.cfg.Spare:
		return l.claim(ClaimSpare, l.cfg.Name, l.cfg.Port)
	case !l.cfg.anywhere():
		return l.claim(ClaimThis, l.cfg.Name, l.cfg.Port)
	}
	return l.claim(ClaimAny, l.cfg.PreferName, l.cfg.Prefer)
}

// begin tries until there is an address for the first time. err is why the first attempt failed.
func (l *Listener) begin(err error) {
	tries := backoff{first: l.cfg.Backoff, limit: l.cfg.BackoffMax}
	s := l.comeBack(&tries, l.firstClaim(), err)
	switch {
	case s == nil:
	case l.online(s):
		l.run(s)
	default:
		s.leave(true)
	}
}

// run keeps the Listener registered until it ends.
func (l *Listener) run(s *session) {
	tries := backoff{first: l.cfg.Backoff, limit: l.cfg.BackoffMax}
	for {
		began := time.Now()
		err := s.wait()
		if time.Since(began) > l.cfg.BackoffMax {
			tries.reset()
		}
		if l.alive() {
			l.cfg.Log.Warn("tunnel lost", "err", err)
		}
		if s = l.comeBack(&tries, l.claim(ClaimResume, s.name, s.port), err); s == nil {
			return
		}
		if !l.online(s) {
			s.leave(true)
			return
		}
		l.cfg.Log.Info("tunnel is back", "url", l.PublicURL())
	}
}

// firstDial is how long the first dial after a loss may take; it doubles with each further one, up to Config.DialTimeout.
// The relay may be elsewhere by now, and the name is looked up anew for each.
const firstDial = 2500 * time.Millisecond

// comeBack tries until it is registered again; q asks for the address it had. It returns nil when the Listener ended.
func (l *Listener) comeBack(tries *backoff, q ListenRequest, err error) *session {
	for l.alive() {
		pause := tries.next()
		l.state.update(l.cfg.Now(), func(s *State) {
			s.Phase, s.Err, s.Next = Offline, err, l.cfg.Now().Add(pause)
		})
		if !l.rest(tries, pause) {
			return nil
		}
		l.state.update(l.cfg.Now(), func(s *State) { s.Phase, s.Attempt, s.Next = Connecting, s.Attempt+1, time.Time{} })
		var s *session
		if s, err = l.connect(l.ctx, q, min(firstDial<<tries.done(), l.cfg.DialTimeout)); err == nil {
			return s
		}
		if l.cfg.anywhere() && (errors.Is(err, ErrPortTaken) || errors.Is(err, ErrPortRefused) && Claim(q.Claim) == ClaimResume) {
			q = l.firstClaim() // we were away too long, or the relay gives it no more: any other one will do
			continue
		}
		if final(err) {
			l.end(err)
			return nil
		}
	}
	return nil
}

func (l *Listener) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err == nil
}

// rest is the pause before another attempt. In another network there is nothing to wait for. It returns false when the
// Listener ended.
func (l *Listener) rest(tries *backoff, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.lookout.next():
		tries.reset()
	case <-l.ctx.Done():
	}
	return l.ctx.Err() == nil
}

// online makes s the session that counts. It returns false if the Listener ended in the meantime.
func (l *Listener) online(s *session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return false
	}
	l.session = s
	l.state.update(l.cfg.Now(), func(st *State) {
		st.Phase, st.Attempt, st.Err, st.Next = Online, 0, nil, time.Time{}
	})
	return true
}

// measured takes note of a ping's round trip.
func (l *Listener) measured(s *session, rtt time.Duration) {
	if l.current() == s {
		l.state.update(l.cfg.Now(), func(st *State) { st.RTT = rtt })
	}
}

func (l *Listener) current() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == nil {
		return &session{} // a patient one has none at first
	}
	return l.session
}

// end ends the Listener for good. Exchanges that go on may still be finished.
func (l *Listener) end(why error) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.err = why
	s := l.session
	l.mu.Unlock()
	if s != nil {
		s.leave(errors.Is(why, net.ErrClosed))
	}
	l.state.close(l.cfg.Now(), func(st *State) { st.Phase, st.Err, st.Next = Offline, why, time.Time{} })
	l.mu.Lock()
	l.deaf = true
	l.mu.Unlock()
	l.stop()
}

// hand gives a new exchange to Accept. It returns false if nobody would take it.
func (l *Listener) hand(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deaf {
		return false
	}
	select {
	case l.accepted <- c:
		return true
	default:
		return false
	}
}

// Accept waits for the next exchange and returns its *Conn, or the next *Stream. When the Listener has ended, the error says why:
// net.ErrClosed, ErrTakenOver, ErrKeyRefused or another of this package's.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.ctx.Done():
	}
	select {
	case c := <-l.accepted: // it came before the end
		return c, nil
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, net.ErrClosed) {
		return nil, &net.OpError{Op: "accept", Net: "tunnel", Err: net.ErrClosed}
	}
	return nil, l.err
}

// Close gives the address up. It waits for the relay to say so, a second at most. Exchanges that go on may be finished
// within Config.Drain.
func (l *Listener) Close() error {
	l.end(net.ErrClosed)
	return nil
}

// Addr is the public address, host:port as callers use it.
func (l *Listener) Addr() net.Addr { return addr(l.current().host) }

// Name is the name that was given on the relay, "" for a whole port.
func (l *Listener) Name() string { return l.current().name }

// Port is the public port that PublicURL speaks of.
func (l *Listener) Port() int { return l.current().port }

// PublicURL is the public address as a URL without a path, such as http://127.0.0.1:8080; "" as long as a patient Listener has
// none.
func (l *Listener) PublicURL() string {
	s := l.current()
	if s.host == "" {
		return ""
	}
	return fmt.Sprintf("%s://%s", s.scheme, s.host)
}

// Forwarded reports whether the server is no devhook relay but a stock one that forwards a port.
func (l *Listener) Forwarded() bool { return l.current().forwarded.Load() != 0 }

// State tells how things are.
func (l *Listener) State() State { return l.state.get() }

// Watch tells the state now and at each change, until ctx or the Listener ends; then the channel is closed. Who is slow
// gets the latest only.
func (l *Listener) Watch(ctx context.Context) <-chan State { return l.state.watch(ctx) }
