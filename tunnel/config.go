package tunnel

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// Config says which relay to use and what to ask of it. Dial, HostKey, and Signer or Keys are needed.
type Config struct {
	Dial    func(ctx context.Context) (net.Conn, error) // transport to the relay
	Addr    string                                      // relay's host:port as dialled: the host key is looked up under it, and its host is announced if the relay knows none
	User    string                                      // SSH user, default "devhook"
	Signer  ssh.Signer                                  // the key that addresses belong to
	HostKey ssh.HostKeyCallback                         // any error of it is ErrHostKey

	Keys              func() ([]ssh.Signer, error) // keys to offer instead of Signer, in this order; asked for at each login
	HostKeyAlgorithms []string                     // the host key's, best first; default x/crypto's

	// Ports may be asked of a server that turns out to be no devhook relay but forwards ports, as a stock sshd does: the
	// first it gives is ours, unless Port names one. None: such a server is ErrNotRelay.
	Ports []int
	// Occupied tells whether something answers on a public port before it is asked for: a stock sshd gives a port away on
	// IPv6 while another program has it on IPv4. Asked only where the choice is free; nil: nothing does.
	Occupied func(ctx context.Context, port int) bool

	// Certificate ends callers' TLS here: the server passes bytes on that it can't read. Only stock servers do: a devhook
	// relay is ErrReads. What Accept yields is a *SecureStream then, or a *BareStream of a caller that doesn't speak TLS.
	Certificate *Certificate

	// Name and Port are the wanted address, taken back from an older process of this key; without them the choice is the
	// relay's. A name is one label under the relay's domain and counts more than a port.
	Name string
	Port int
	// PreferName and Prefer are asked for first where the choice is the relay's, but never taken from a live tunnel.
	PreferName string
	Prefer     int
	// Spare takes only an address that belongs to nobody, also where Name or Port asks for one: for a trial that ends soon.
	Spare bool

	// Patient lets Listen return while the relay can't be reached: the Listener goes on trying, as after a loss. Until then
	// it has no address.
	Patient bool

	// Hold asks the relay to keep requests that come while we are away, and to answer them so; nil: it is not to. What it has
	// kept before comes either way.
	Hold *Hold
	// Held is told when the relay begins to hand over what it has kept, on a goroutine of its own; may be nil.
	Held func(HeldNews)

	// Waiting is told, before an address is asked for, what the relay holds for our key; may be nil. It is not called where the
	// server doesn't say.
	Waiting func([]HeldAt)

	Instance string // random, names this process; default one made by Listen
	Ready    int    // channels held ready for requests to come, 1 to 16, default 2

	DialTimeout time.Duration // for dialling and for the handshake, each; default 10 s. After a loss the first dials have less
	Ping        time.Duration // how often the relay is asked for a sign of life, default 3 s
	PingTimeout time.Duration // how long it may be silent then, default 5 s
	Backoff     time.Duration // longest wait before the second attempt, default 250 ms; doubles with each further one
	BackoffMax  time.Duration // up to this, default 5 s. The actual wait is random between 0 and that
	Drain       time.Duration // how long exchanges may go on after Close, default 5 s

	Addresses func() ([]net.Addr, error) // this machine's, each an *net.IPNet; default net.InterfaceAddrs. A change is looked for once a second

	Log *slog.Logger     // default: none
	Now func() time.Time // default time.Now; for times that are told, not for timers
}

// Limits of what an agent takes from a relay.
const (
	maxReady    = 16
	maxChannels = 512      // channels at once
	backlog     = 512      // exchanges that wait for Accept
	growth      = 16 << 20 // bytes that exchanges may buffer together beyond their initial credit
)

// anywhere reports whether any address will do.
func (c *Config) anywhere() bool { return c.Name == "" && c.Port == 0 }

func (c Config) check() (Config, error) {
	var errs []error
	if c.Dial == nil {
		errs = append(errs, errors.New("tunnel: no way to dial the relay"))
	}
	if c.Signer == nil && c.Keys == nil {
		errs = append(errs, errors.New("tunnel: no key"))
	}
	if c.HostKey == nil {
		errs = append(errs, errors.New("tunnel: no check of the relay's host key"))
	}
	if c.Hold != nil {
		errs = append(errs, c.Hold.Check())
	}
	if c.Keys == nil {
		c.Keys = func() ([]ssh.Signer, error) { return []ssh.Signer{c.Signer}, nil }
	}
	return c.withDefaults(), errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.User == "" {
		c.User = "devhook"
	}
	if c.Instance == "" {
		c.Instance = randomID()
	}
	if c.Ready == 0 {
		c.Ready = 2
	}
	c.Ready = min(max(c.Ready, 1), maxReady)
	orDefault(&c.DialTimeout, 10*time.Second)
	orDefault(&c.Ping, 3*time.Second)
	orDefault(&c.PingTimeout, 5*time.Second)
	orDefault(&c.Backoff, 250*time.Millisecond)
	orDefault(&c.BackoffMax, 5*time.Second)
	orDefault(&c.Drain, 5*time.Second)
	if c.Addresses == nil {
		c.Addresses = net.InterfaceAddrs
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func orDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}
