package inspector

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// Limits bound what one request may cost. Zero values mean the documented defaults.
type Limits struct {
	Head    http1.Limits  // 64 KiB, 200 lines, target 16 KiB
	Body    int64         // bytes of a request body, default 1 GiB
	Silence time.Duration // how long a body may pause, default 30 s
	Idle    time.Duration // how long a plain connection may wait for its next request, default 60 s
	HeadFor time.Duration // how long a head may take from its first byte, default 10 s
	Answer  int64         // recorded bytes of an answer, default 10 MiB; longer ones pass whole
	Verify  int64         // longest body a provider is asked about, default 32 MiB
}

func (l Limits) withDefaults() Limits {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	num := func(n *int64, v int64) {
		if *n == 0 {
			*n = v
		}
	}
	num(&l.Body, 1<<30)
	num(&l.Answer, 10<<20)
	num(&l.Verify, 32<<20)
	set(&l.Silence, 30*time.Second)
	set(&l.Idle, 60*time.Second)
	set(&l.HeadFor, 10*time.Second)
	return l
}

// Config is what an Inspector works with. Store and App are needed; the rest has defaults.
type Config struct {
	Store    *store.DB
	Instance string // the registered instance whose deliveries these are
	App      *App
	Routes   []Route
	Known    provider.List // who a request without a route may be from, and whose a recorded one is; nil: provider.All()

	// RejectInvalid answers 403 to what no route claims and fails verification nevertheless, and keeps it from the app.
	// Routes say for themselves.
	RejectInvalid bool
	// AnswerChallenges answers a sender's handshake in the app's place, where what is to be answered is known.
	AnswerChallenges bool
	// Hold answers what no route claims at once and hands it to the app when that is there (Drain); nil: no. Routes say
	// for themselves.
	Hold *HeldAnswer
	// Adopted, if set, is told of each capture that another instance had recorded, before Drain hands it to the app.
	Adopted func(captureID string)
	// PublicURL is the base address callers use, without a trailing slash, whatever the connection says; "" leaves it to the
	// connection, and then to the Host line.
	PublicURL func() string
	// TrustedProxies stand between callers and the public address: what they say in X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// Probe is the nonce of the round trip that shows the address to work. Its request is not recorded.
	Probe string
	// Memory is for long bodies; nil: the Inspector has MemoryForBodies to itself.
	Memory *Memory
	// AnyTarget lets a replay go to any address. Without it only the app and this machine are allowed, so that a
	// page or script that reaches the inspector cannot use it to call elsewhere.
	AnyTarget bool

	Limits Limits
	Log    *slog.Logger
	Now    func() time.Time
}

// An Inspector records requests and hands them to the app. It is safe for concurrent use.
type Inspector struct {
	cfg      Config
	rec      recorder // of what passes; replays are the store's in every build
	known    provider.List
	routes   atomic.Pointer[[]Route] // by length of path, longest first; replaced as a whole
	rejects  atomic.Bool             // Config.RejectInvalid as it is now
	holds    atomic.Pointer[HeldAnswer]
	waiting  arrivals      // where something was held just now
	inFlight sync.Map      // capture IDs the app has at this moment, to see a loop
	reading  chan struct{} // held while a provider looks at a long body: one at a time bounds memory

	mu      sync.Mutex
	conns   map[*sender]struct{}
	closing bool
	work    sync.WaitGroup // deliveries and connections under way
}

// New returns an Inspector for c.
func New(c Config) *Inspector {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.PublicURL == nil {
		c.PublicURL = func() string { return "" }
	}
	if c.Memory == nil {
		c.Memory = NewMemory(MemoryForBodies)
	}
	if c.Known == nil {
		c.Known = provider.All()
	}
	c.Limits = c.Limits.withDefaults()
	i := &Inspector{
		cfg:     c,
		rec:     newRecorder(c.Store),
		known:   c.Known,
		reading: make(chan struct{}, 1),
		conns:   make(map[*sender]struct{}),
	}
	i.SetRoutes(c.Routes)
	i.SetRejectInvalid(c.RejectInvalid)
	i.SetHold(c.Hold)
	i.waiting.came = make(chan struct{}, 1)
	return i
}

// SetRoutes replaces the routes. Requests that are being judged at this moment keep the old ones.
func (i *Inspector) SetRoutes(all []Route) {
	all = slices.Clone(all)
	for n := range all {
		all[n].Path = strings.TrimRight(all[n].Path, "/")
	}
	slices.SortStableFunc(all, func(a, b Route) int { return len(b.Path) - len(a.Path) })
	i.routes.Store(&all)
}

// SetRejectInvalid replaces Config.RejectInvalid.
func (i *Inspector) SetRejectInvalid(reject bool) { i.rejects.Store(reject) }

// Serve takes connections off ln until ln is closed, which is no error.
func (i *Inspector) Serve(ln net.Listener) error {
	next := make(chan *sender)
	defer close(next)
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		s := newSender(c, i.cfg.Limits)
		if !i.track(s) {
			_ = c.Close()
			return nil
		}
		select {
		case next <- s:
		default:
			go i.serveMany(s, next)
		}
	}
}

// spareFor is how long a goroutine without a connection waits for its next one.
const spareFor = 100 * time.Millisecond

// serveMany serves one connection, and then others while they come soon. SQLite's calls go deep: the stack of a goroutine
// that is new grows to that by being copied, several times.
func (i *Inspector) serveMany(s *sender, next <-chan *sender) {
	spare := time.NewTimer(spareFor)
	defer spare.Stop()
	for ok := true; ok; {
		i.serve(s)
		spare.Reset(spareFor)
		select {
		case s, ok = <-next:
		case <-spare.C:
			return
		}
	}
}

// serve runs the requests of one connection, one after another.
func (i *Inspector) serve(s *sender) {
	defer i.untrack(s)
	defer s.close()
	for i.serveOne(s) && !s.single() {
	}
}

// await waits for a plain connection's next request, of which there is none when we are shutting down. A tunnel's
// connection has its request already.
func (i *Inspector) await(s *sender) bool {
	if s.single() {
		return true
	}
	s.idle.Store(true) // before closing is looked at: Shutdown sets that first, so that one of us sees the other
	defer s.idle.Store(false)
	return !i.isClosing() && s.awaitRequest() == nil
}

func (i *Inspector) track(s *sender) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closing {
		return false
	}
	i.conns[s] = struct{}{}
	i.work.Add(1)
	return true
}

// begin notes a replay under way, unless we are shutting down.
func (i *Inspector) begin() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closing {
		i.work.Add(1)
	}
	return !i.closing
}

func (i *Inspector) isClosing() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.closing
}

func (i *Inspector) untrack(s *sender) {
	i.mu.Lock()
	delete(i.conns, s)
	i.mu.Unlock()
	i.work.Done()
}

// Shutdown closes idle connections and waits for the deliveries under way. When ctx ends first, what is left is cut
// and its outcome will read as unknown. The listener is the caller's to close before.
func (i *Inspector) Shutdown(ctx context.Context) error {
	i.mu.Lock()
	i.closing = true
	for s := range i.conns {
		s.closeIfIdle()
	}
	i.mu.Unlock()
	done := make(chan struct{})
	go func() { i.work.Wait(); close(done) }()
	select {
	case <-done:
		i.closeIdle()
		return nil
	case <-ctx.Done():
	}
	i.mu.Lock()
	for s := range i.conns {
		s.abort()
	}
	i.mu.Unlock()
	i.closeIdle()
	return ctx.Err()
}

// closeIdle closes the connections to the apps that wait for their next use. Those to an app that no route has any more
// have closed by themselves.
func (i *Inspector) closeIdle() {
	for _, a := range i.apps() {
		a.closeIdle()
	}
}
