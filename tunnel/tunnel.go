// Package tunnel turns a public address into a net.Listener.
package tunnel

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// Config says which relay to use and what to ask of it.
type Config struct {
	Dial     func(ctx context.Context) (net.Conn, error)
	Addr     string
	User     string
	Signer   ssh.Signer
	HostKey  ssh.HostKeyCallback
	Port     int
	Prefer   int
	Name     string
	Instance string
	Ready    int
	Log      *slog.Logger
	Now      func() time.Time
}

// Why a Listener ends, or never begins. Test for them with errors.Is.
var (
	ErrKeyRefused  = errors.New("the relay does not accept this key")
	ErrHostKey     = errors.New("the relay's host key is not the expected one")
	ErrTakenOver   = errors.New("a newer process with the same key took the address over")
	ErrPortRefused = errors.New("the relay does not give this port")
	ErrPortTaken   = errors.New("the port belongs to another key")
	ErrNotRelay    = errors.New("the server is not a devhook relay")
	ErrVersion     = errors.New("the relay speaks another version of the protocol")
)

// Phase is what a Listener is doing.
type Phase string

// The phases.
const (
	Connecting Phase = "connecting"
	Online     Phase = "online"
	Offline    Phase = "offline"
)

// State is the condition of a Listener at a moment.
type State struct {
	Phase   Phase
	Attempt int
	Next    time.Time
	Err     error
	RTT     time.Duration
	Since   time.Time
}

// Listener is a public address; Accept yields one *Conn for each exchange.
type Listener struct{}

// Listen registers at the relay.
func Listen(ctx context.Context, c Config) (*Listener, error) { return nil, errors.ErrUnsupported }

func (l *Listener) Accept() (net.Conn, error)              { return nil, net.ErrClosed }
func (l *Listener) Addr() net.Addr                         { return nil }
func (l *Listener) Close() error                           { return nil }
func (l *Listener) PublicURL() string                      { return "" }
func (l *Listener) State() State                           { return State{} }
func (l *Listener) Watch(ctx context.Context) <-chan State { return nil }

// Conn is one exchange.
type Conn struct{ net.Conn }

func (c *Conn) ArrivalID() string         { return "" }
func (c *Conn) Scheme() string            { return "" }
func (c *Conn) PublicHost() string        { return "" }
func (c *Conn) LocalPort() int            { return 0 }
func (c *Conn) Malformed() string         { return "" }
func (c *Conn) Gone() <-chan struct{}     { return nil }
func (c *Conn) GoneAt() (time.Time, bool) { return time.Time{}, false }
func (c *Conn) Upgrade() error            { return nil }
func (c *Conn) Finish(keep bool) error    { return nil }
func (c *Conn) CloseWrite() error         { return nil }
