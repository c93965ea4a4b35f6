package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
// room must not know how deliveries are made (and so not import the inspector).
type Replayer interface {
	Replay(ctx context.Context, id string, e Edit) (*store.Delivery, error)
}

// Config is what a Server needs. Store and Replayer must be set.
type Config struct {
	Store    *store.DB
	Replayer Replayer
	Mask     *export.Mask // what to hide of captured credentials

	// Status tells of the tunnel, the addresses and the app at this moment; nil: nothing is known of them.
	Status func() Status
	// TunnelEvents yields a Status whenever it changes, until ctx ends; nil: the tunnel never changes.
	TunnelEvents func(ctx context.Context) <-chan Status

	Hosts  []string          // Host values that are answered: "localhost:4040", "127.0.0.1:4040", "[::1]:4040"
	Token  string            // "" asks for none
	Titles map[string]string // provider name to proper name: "seven" to "seven.io"

	Log *slog.Logger     // nil discards
	Now func() time.Time // nil is time.Now

	// PeerUID says which user of this machine owns the far end of a connection from local to remote (both as this
	// side sees them). nil: what the system can tell, which is /proc on Linux and nothing elsewhere.
	PeerUID func(local, remote net.Addr) (uid int, err error)
	// UID is the user who may look, besides root; 0 with a nil PeerUID means the user of this process.
	UID int
}

// Server is the room's http.Handler and, with Serve, its HTTP server.
type Server struct {
	cfg Config
}

// New checks the configuration and returns a Server that serves nothing yet.
func New(c Config) (*Server, error) {
	if c.Store == nil || c.Replayer == nil {
		return nil, errors.New("web: a store and a replayer are needed")
	}
	if len(c.Hosts) == 0 {
		return nil, fmt.Errorf("web: no host is allowed")
	}
	return &Server{cfg: c}, nil
}

// ServeHTTP answers one request of a page or a program.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// Serve answers on ln until Shutdown is called or ln closes; both are a nil error.
func (s *Server) Serve(ln net.Listener) error { return nil }

// Shutdown ends open event streams, lets requests in flight finish and closes the listener.
func (s *Server) Shutdown(ctx context.Context) error { return nil }
