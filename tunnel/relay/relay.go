// Package relay is the public side of a tunnel.
package relay

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// Grant is what a key may do.
type Grant struct {
	Name  string // of the key, for logs
	Ports []int  // public ports it may open; nil: all that the relay opens
}

// Limits bounds what senders and agents can take. A zero field takes its default.
type Limits struct {
	Exchanges     int           // at once for each tunnel, 256
	Senders       int           // connections at once to one public port, 4096
	Head          time.Duration // for a whole request head, 10 s
	Idle          time.Duration // between two requests, 60 s
	BodySilence   time.Duration // between two pieces of a body, 30 s
	AnswerSilence time.Duration // for a sender that takes nothing of its answer, 5 min
	Reserve       time.Duration // how long a port waits for the key that lost it, 10 min
	Handshakes    int           // unauthenticated agents in all, 32
	HandshakesPer int           // and from one address, 8
	Handshake     time.Duration // for the SSH handshake, 10 s
	Silence       time.Duration // after which a silent agent is dropped, 15 s
}

// Config says what a relay opens and to whom.
type Config struct {
	HostKey    ssh.Signer
	Authorized func(key ssh.PublicKey, from net.Addr) (Grant, error)
	Bind       string
	Ports      []int
	Prefer     []int
	PublicHost string
	Listen     func(network, address string) (net.Listener, error)
	Limits     Limits
	Log        *slog.Logger
	Now        func() time.Time
}

// Server is a relay.
type Server struct{}

func New(c Config) (*Server, error)                  { return nil, errors.ErrUnsupported }
func (s *Server) ServeSSH(ln net.Listener) error     { return nil }
func (s *Server) Shutdown(ctx context.Context) error { return nil }
func (s *Server) Close() error                       { return nil }
