package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"devhook/inspector/export"
	"devhook/store"
)

// Edit is what a replay changes about a capture before it is sent; the zero Edit sends it unchanged.
type Edit struct {
	To          string      // base URL of another app; "" is the app the capture was for
	Method      string      // "" keeps the recorded one
	Target      string      // path and query; "" keeps the recorded one
	Headers     [][2]string // set these, in order
	DropHeaders []string    // leave these out
	Body        []byte      // used when HasBody
	HasBody     bool
	Resign      bool // compute a fresh signature with the configured secret
}

// Replayer hands a capture to the app once more and returns the delivery it recorded. It is an interface because the
// room must not know how deliveries are made (and so not import the inspector). An error with a delivery says that it
// was sent but not recorded; a *Refusal, that nothing was sent because of what was asked.
type Replayer interface {
	Replay(ctx context.Context, id string, e Edit) (*store.Delivery, error)
}

// Signer tells beforehand what a replay with Resign computes anew. A fault of the sender's way of signing is no error
// but a WhyNot.
type Signer interface {
	Signing(ctx context.Context, id string) (Signing, error)
}

// Signing is what is known of signing a capture anew.
type Signing struct {
	Sets   []string // headers and fields that get a new value
	Secret string   // the reference of the secret: "env:STRIPE_SECRET"
	Proof  string   // in a few words what proves the sender: "HMAC-SHA256 of time.body in Stripe-Signature"
	URL    string   // what the sender called: some sign it
	Seals  bool     // an edit breaks the proof that came with the request
	WhyNot string   // a fragment of a sentence: why it can't be signed; "" if it can
}

// Refusal is a Replayer's error for what can't be sent as it was asked: an edit that makes no request, an address that
// may not be called, no secret to sign with. It is answered with 422.
type Refusal struct {
	Reason string // for the one who asked, a fragment of a sentence
	Err    error
}

func (r *Refusal) Error() string { return "web: " + r.Reason }

func (r *Refusal) Unwrap() error { return r.Err }

// Config is what a Server needs. Store, Replayer and Hosts must be set.
type Config struct {
	Store    *store.DB
	Replayer Replayer
	Signer   Signer       // nil: nothing can be signed anew
	Mask     *export.Mask // what to hide of captured credentials; nil hides what usually holds some

	// Status tells of the tunnel, the addresses and the app at this moment; nil: nothing is known of them.
	Status func() Status
	// TunnelEvents yields a Status whenever it changes, until ctx ends; nil: the tunnel never changes.
	TunnelEvents func(ctx context.Context) <-chan Status

	Hosts  []string          // Host values that are answered: "localhost:4040", "127.0.0.1:4040", "[::1]:4040"
	Token  string            // "" asks for none; then only this machine is answered
	Titles map[string]string // provider name to proper name: "seven" to "seven.io"

	Log       *slog.Logger     // nil discards
	Now       func() time.Time // nil is time.Now
	Heartbeat time.Duration    // between comments that keep an event stream alive; 0 is 15 s
	Patience  time.Duration    // a stream whose reader takes no bytes for so long is dropped; 0 is 10 s

	// PeerUID says which user of this machine owns the far end of a connection from local to remote (both as this
	// side sees them); only root and the user of this process are answered. nil: what the system can tell, which is
	// /proc on Linux and nothing elsewhere.
	PeerUID func(local, remote net.Addr) (uid int, err error)
}

// Server is the room's http.Handler and, with Serve, its HTTP server.
type Server struct {
	cfg         Config
	mask        *export.Mask
	log         *slog.Logger
	now         func() time.Time
	assets      map[string]asset
	handler     http.Handler
	http        *http.Server
	crossOrigin *http.CrossOriginProtection

	keys     *onceKeys
	plans    *plans
	jobs     jobs
	activity *activities
	feed     *feed
	streams  chan struct{} // a place for each open event stream
	deleted  *bell         // rung when captures were deleted

	work  sync.WaitGroup  // resends in the background
	quit  context.Context // done when the room closes
	leave context.CancelFunc
}

// New checks the configuration and returns a Server that serves nothing yet.
func New(c Config) (*Server, error) {
	switch {
	case c.Store == nil || c.Replayer == nil:
		return nil, errors.New("web: a store and a replayer are needed")
	case len(c.Hosts) == 0:
		return nil, errors.New("web: no host is allowed, so nothing could be answered")
	}
	if c.PeerUID == nil {
		c.PeerUID = peerUID
	}
	if c.Heartbeat <= 0 {
		c.Heartbeat = 15 * time.Second
	}
	if c.Patience <= 0 {
		c.Patience = 10 * time.Second
	}
	s := &Server{
		cfg: c, mask: c.Mask, log: c.Log, now: c.Now, crossOrigin: http.NewCrossOriginProtection(),
		streams: make(chan struct{}, streamMost), deleted: newBell(),
	}
	if s.mask == nil {
		s.mask = export.NewMask(nil, nil)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	if s.assets, err = assets(); err != nil {
		return nil, err
	}
	s.keys = &onceKeys{now: s.now, done: map[string]*work{}}
	s.plans = &plans{now: s.now, made: map[string]plan{}}
	s.activity = &activities{kept: map[string]tally{}}
	s.feed = &feed{s: s, members: map[*member]bool{}}
	s.quit, s.leave = context.WithCancel(context.Background())
	s.handler = s.guard(s.mount())
	s.http = s.server()
	return s, nil
}

// server has no ReadTimeout, which would end event streams and long replays too; bodies have a deadline of their own
// (readAll).
func (s *Server) server() *http.Server {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return &http.Server{
		Handler: s, ConnContext: withPeer, Protocols: p,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
		DisableGeneralOptionsHandler: true, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

func (s *Server) status() Status {
	if s.cfg.Status == nil {
		return Status{}
	}
	return s.cfg.Status()
}

// ServeHTTP answers one request of a page or a program.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers on ln until Shutdown is called or ln closes; both are a nil error.
func (s *Server) Serve(ln net.Listener) error {
	err := s.http.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("web: serve %s: %w", ln.Addr(), err)
}

// Shutdown closes the listener, ends open event streams, lets requests in flight finish and a resend stop after its
// present delivery. When ctx ends first, connections are closed as they are.
func (s *Server) Shutdown(ctx context.Context) error {
	s.leave()
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("web: shut down: %w", err), s.http.Close())
	}
	done := make(chan struct{})
	go func() { s.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("web: shut down: a resend is still under way: %w", ctx.Err())
	}
}
