package relay

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// An address is a public port while it belongs to a key. Without an agent it is reserved for its owner.
type address struct {
	s      *Server
	port   int
	host   string // host[:port] callers use
	owner  string // fingerprint of the key
	ln     net.Listener
	agent  atomic.Pointer[agent]
	expiry *time.Timer  // runs while the address is reserved; guarded by Server.mu
	count  atomic.Int64 // senders' connections
	gone   atomic.Bool  // given up: what goes on is the last
}

// register gives the agent an address, or says why not.
func (s *Server) register(a *agent, payload []byte) tunnel.ListenReply {
	var q tunnel.ListenRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return refusal(tunnel.StatusRefused, "a listen request that cannot be read")
	}
	if q.Version != tunnel.Version {
		return refusal(tunnel.StatusVersion, "this relay speaks version %d", tunnel.Version)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return refusal(tunnel.StatusFailed, "the relay is shutting down")
	case a.instance != "" || q.Instance == "":
		return refusal(tunnel.StatusRefused, "one address for each connection, and an instance to ask for it")
	case q.Name != "":
		return refusal(tunnel.StatusRefused, "this relay gives no names")
	}
	d, no := s.claim(a, &q)
	if d == nil {
		return no
	}
	a.instance = q.Instance
	s.settle(a, d)
	a.lanes.open(int(q.Ready))
	s.cfg.Log.Info("agent registered", "port", d.port, "key", a.key, "name", a.grant.Name)
	return tunnel.ListenReply{Port: uint32(d.port), Scheme: scheme, Host: s.cfg.PublicHost}
}

const scheme = "http"

func refusal(st tunnel.Status, format string, args ...any) tunnel.ListenReply {
	return tunnel.ListenReply{Status: uint32(st), Text: fmt.Sprintf(format, args...)}
}

// claim finds the address that is asked for. The lock is held.
func (s *Server) claim(a *agent, q *tunnel.ListenRequest) (*address, tunnel.ListenReply) {
	port := int(q.Port)
	switch tunnel.Claim(q.Claim) {
	case tunnel.ClaimPort:
		return s.claimPort(a, port, func(*agent) bool { return true })
	case tunnel.ClaimResume:
		return s.claimPort(a, port, func(other *agent) bool { return other.instance == q.Instance })
	case tunnel.ClaimAny:
		return s.claimAny(a, port)
	}
	return nil, refusal(tunnel.StatusRefused, "unknown kind of claim")
}

// claimPort takes one port; mayReplace says whether from a live agent of the same key.
func (s *Server) claimPort(a *agent, port int, mayReplace func(*agent) bool) (*address, tunnel.ListenReply) {
	if !s.offers(a, port) {
		return nil, refusal(tunnel.StatusRefused, "port %d is not offered to this key; it may have %v", port, s.offered(a))
	}
	d := s.addresses[port]
	if d == nil {
		d, err := s.open(a, port)
		if err != nil {
			return nil, refusal(tunnel.StatusFailed, "port %d: %v", port, err)
		}
		return d, tunnel.ListenReply{}
	}
	if d.owner != a.key {
		return nil, refusal(tunnel.StatusTaken, "port %d belongs to another key", port)
	}
	if other := d.agent.Load(); other != nil && !mayReplace(other) {
		return nil, refusal(tunnel.StatusReplaced, "port %d is in use by another process with this key", port)
	}
	return d, tunnel.ListenReply{}
}

// claimAny takes the first free port. What is live is never taken, and what waits for its owner only if asked for.
func (s *Server) claimAny(a *agent, first int) (*address, tunnel.ListenReply) {
	if s.offers(a, first) {
		d, _ := s.claimPort(a, first, func(*agent) bool { return false })
		if d != nil {
			return d, tunnel.ListenReply{}
		}
	}
	reasons := ""
	for _, port := range s.cfg.Prefer {
		if !s.offers(a, port) {
			continue
		}
		if s.addresses[port] != nil {
			reasons += fmt.Sprintf("; port %d: in use by a tunnel", port)
			continue
		}
		d, err := s.open(a, port)
		if err == nil {
			return d, tunnel.ListenReply{}
		}
		reasons += fmt.Sprintf("; port %d: %v", port, err)
	}
	return nil, refusal(tunnel.StatusTaken, "no public port is free%s", reasons)
}

func (s *Server) offers(a *agent, port int) bool {
	return slices.Contains(s.cfg.Ports, port) && (a.grant.Ports == nil || slices.Contains(a.grant.Ports, port))
}

func (s *Server) offered(a *agent) (ports []int) {
	for _, p := range s.cfg.Ports {
		if s.offers(a, p) {
			ports = append(ports, p)
		}
	}
	return ports
}

// open begins to listen on a public port. The lock is held.
func (s *Server) open(a *agent, port int) (*address, error) {
	ln, err := s.cfg.Listen("tcp", net.JoinHostPort(s.cfg.Bind, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	d := &address{s: s, port: port, host: tunnel.PublicHost(scheme, s.cfg.PublicHost, port), owner: a.key, ln: ln}
	s.addresses[port] = d
	s.running.Go(func() {
		if err := acceptAll(ln, d.serve); !d.gone.Load() {
			s.cfg.Log.Error("public port lost", "port", port, "err", err)
		}
	})
	return d, nil
}

// settle gives the address to the agent, and takes it from an older one. The lock is held.
func (s *Server) settle(a *agent, d *address) {
	if d.expiry != nil {
		d.expiry.Stop()
		d.expiry = nil
	}
	old := d.agent.Swap(a)
	a.address = d
	if old == nil {
		return
	}
	old.address = nil
	if old.instance == a.instance {
		_ = old.line.Close() // its ghost: the same process, cut off, came back before we noticed
		return
	}
	old.replaced()
}

// enlist takes note of an agent that logged in.
func (s *Server) enlist(a *agent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.agents[a] = struct{}{}
	return true
}

// dismiss is the end of an agent's connection: its address waits for it.
func (s *Server) dismiss(a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.agents, a)
	d := a.address
	a.address = nil
	if d == nil || !d.agent.CompareAndSwap(a, nil) || s.closed {
		return
	}
	s.cfg.Log.Info("agent lost", "port", d.port, "key", a.key)
	d.expiry = time.AfterFunc(s.cfg.Limits.Reserve, func() { s.expire(d) })
}

// goodbye gives the agent's address up at once.
func (s *Server) goodbye(a *agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := a.address
	a.address = nil
	if d != nil && d.agent.CompareAndSwap(a, nil) {
		s.discard(d)
	}
}

func (s *Server) expire(d *address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.agent.Load() == nil && s.addresses[d.port] == d {
		s.discard(d)
	}
}

// discard closes an address that belongs to nobody any more. Exchanges that go on may end. The lock is held.
func (s *Server) discard(d *address) {
	if d.expiry != nil {
		d.expiry.Stop()
	}
	if s.addresses[d.port] == d {
		delete(s.addresses, d.port)
	}
	_ = d.ln.Close()
	d.closeIdle()
}

// closeIdle closes the connections that carry no exchange; the others close when theirs is over.
func (d *address) closeIdle() {
	d.gone.Store(true)
	d.s.senders.each(func(x *sender) {
		if x.address == d && x.idle.Load() {
			_ = x.conn.Close()
		}
	})
}

// serve begins the life of a sender's connection.
func (d *address) serve(c net.Conn) {
	x := newSender(d, c)
	if d.count.Add(1) > int64(d.s.cfg.Limits.Senders) || !d.s.senders.add(x) {
		d.count.Add(-1)
		_ = c.Close()
		return
	}
	d.s.spawn(func() {
		defer d.count.Add(-1)
		defer d.s.senders.remove(x)
		x.serve()
	}, c)
}

// crowd is all senders' connections.
type crowd struct {
	mu     sync.Mutex
	closed bool
	all    map[*sender]struct{}
}

func (c *crowd) add(x *sender) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if c.all == nil {
		c.all = make(map[*sender]struct{})
	}
	c.all[x] = struct{}{}
	return true
}

func (c *crowd) remove(x *sender) {
	c.mu.Lock()
	delete(c.all, x)
	c.mu.Unlock()
}

func (c *crowd) each(do func(*sender)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for x := range c.all {
		do(x)
	}
}

// close closes every connection, and those to come.
func (c *crowd) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.each(func(x *sender) { _ = x.conn.Close() })
}
