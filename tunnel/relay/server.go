package relay

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// Server is a relay. Make it with New.
type Server struct {
	cfg      Config
	ssh      *ssh.ServerConfig
	door     door
	noise    noise // what isn't HTTP at all is handed to agents now and then only
	hints    noise
	crowded  noise // networks with too many connections
	senders  crowd
	visitors visitors
	busy     atomic.Int64 // exchanges that go on
	opened   atomic.Int64 // exchange channels
	began    atomic.Int64 // exchanges
	counts   counts
	holdings *holdings // nil: nothing is kept

	mu          sync.Mutex // guards what follows, and the fields of addresses
	closed      bool
	stopping    chan struct{} // closed with closed
	listeners   map[net.Listener]struct{}
	entrances   map[int]*entrance
	addresses   map[place]*address
	agents      map[*agent]struct{}
	taken       map[string][]time.Time // when each key took its new names of the last day
	running     sync.WaitGroup
	strange     map[string]Owner // of addresses that this relay doesn't have, as it was told them
	telling     telling
	remembering bool

	names sync.Map  // name → its *address, for the way of a request, which takes no lock
	inner [2]*inlet // servers of the relay's own paths on public ports; guarded by mu
}

// New checks the configuration. Nothing listens yet.
func New(c Config) (*Server, error) {
	c, err := c.check()
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:       c,
		stopping:  make(chan struct{}),
		listeners: make(map[net.Listener]struct{}),
		entrances: make(map[int]*entrance),
		addresses: make(map[place]*address),
		agents:    make(map[*agent]struct{}),
		taken:     make(map[string][]time.Time),
		strange:   make(map[string]Owner),
	}
	s.holdings = newHoldings(s, c.Hold)
	s.visitors = newVisitors(c.Visitors)
	s.cfg.Visitors = nil // hashes are enough
	s.ssh = s.sshConfig()
	s.door.init(c.Limits)
	s.senders.init(c.Limits)
	return s, nil
}

// ServeSSH accepts agents until the Server is shut down, which is no error.
func (s *Server) ServeSSH(ln net.Listener) error {
	if !s.track(ln) {
		_ = ln.Close()
		return nil
	}
	defer s.running.Done()
	err := s.acceptAll(ln, func(c net.Conn) { s.spawn(func() { s.serveAgent(c) }, c) })
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
	if s.closed {
		return nil
	}
	return err
}

func (s *Server) track(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.listeners[ln] = struct{}{}
	s.running.Add(1)
	return true
}

// spawn runs a connection's life. A panic in it ends this connection and nothing else.
func (s *Server) spawn(life func(), c net.Conn) {
	s.running.Go(func() {
		defer s.contain(func() { _ = c.Close() })
		life()
	})
}

// contain is deferred where a panic must not go further; end is called then.
func (s *Server) contain(end func()) {
	if p := recover(); p != nil {
		s.cfg.Log.Error("relay: a connection was closed by a panic", "panic", p, "stack", string(debug.Stack()))
		end()
	}
}

// acceptAll serves each connection. When descriptors run out it waits for better times.
func (s *Server) acceptAll(ln net.Listener, serve func(net.Conn)) error {
	const short, long = 5 * time.Millisecond, time.Second
	pause := short
	for {
		c, err := ln.Accept()
		if err == nil {
			pause = short
			serve(c)
			continue
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return err
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, long)
		case <-s.stopping:
			return err
		}
	}
}

// Shutdown stops listening, waits until the exchanges that go on are over or ctx is, and closes everything.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopListening()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.busy.Load() > 0 && ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	late := ctx.Err()
	return errors.Join(late, s.Close())
}

// Close ends everything at once and waits until it has ended. Answers that are under way are cut.
func (s *Server) Close() error {
	s.stopListening()
	s.mu.Lock()
	for a := range s.agents {
		_ = a.line.Close()
	}
	for _, d := range s.addresses {
		s.discard(d)
	}
	for _, e := range s.entrances {
		e.close()
	}
	s.mu.Unlock()
	s.door.close()
	s.senders.close()
	s.running.Wait()
	return nil
}

func (s *Server) stopListening() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		if s.telling.done < s.telling.wanted {
			s.telling.last = s.owners() // before addresses go
		}
		s.closed = true
		close(s.stopping)
	}
	for ln := range s.listeners {
		_ = ln.Close()
	}
	for _, e := range s.entrances {
		e.gone.Store(true)
		_ = e.ln.Close()
		e.closeIdle()
	}
}
