package relay

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// Ports are the public ports a relay may open, in the order of an implicit choice.
var Ports = [...]int{8080, 8000, 8443, 80, 443}

// Grant is what a key may do.
type Grant struct {
	Name  string   // of the key, for logs
	Ports []int    // public ports it may have; nil: all that the relay opens
	Names []string // names it may have; nil: all
	NoPTY bool     // a stock client gets no terminal
}

func (g *Grant) mayPort(port int) bool { return g.Ports == nil || slices.Contains(g.Ports, port) }

func (g *Grant) mayName(name string) bool { return g.Names == nil || slices.Contains(g.Names, name) }

func (g *Grant) may(p place) bool {
	if p.name != "" {
		return g.mayName(p.name)
	}
	return g.mayPort(p.port)
}

// An Owner is a key that has an address, as Config.Keep is told it.
type Owner struct {
	Key  string       // its fingerprint
	Seen time.Time    // when an agent of it had the address last; of names exact to a thirtieth of Limits.ReserveName
	Hold *tunnel.Hold // what is to be done with requests while its agent is away; nil: nothing
}

// Config says what a relay opens, and for whom. HostKey, Authorized and Ports are needed.
type Config struct {
	HostKey    ssh.Signer
	Authorized func(key ssh.PublicKey, from net.Addr) (Grant, error) // an error refuses the key
	Bind       string                                                // address of the public ports, "" for all interfaces
	Ports      []int                                                 // public ports, opened when a tunnel claims them: of 80, 443, 8000, 8080, 8443
	Prefer     []int                                                 // order of an implicit choice, default that of Ports; ports left out are not chosen
	Domain     string                                                // tunnels may have names under it, which share 80 and 443; "" for none
	PublicHost string                                                // what callers of whole ports use; default Domain, or Bind if it is one address, else left to agents
	TLS        *tls.Config                                           // its certificates, and acme-tls/1 if that is to be answered; nil: no port speaks TLS
	TLSPorts   []int                                                 // where TLS is spoken, default 443 and 8443
	Challenge  http.Handler                                          // answers below /.well-known/acme-challenge/ on port 80; nil: 404
	Listen     func(network, address string) (net.Listener, error)   // opens public ports, default net.Listen
	Allow      []netip.Prefix                                        // who may call the public ports; none: everybody
	Visitors   []string                                              // "user:password" of who may call; none: nobody is asked. Stock clients get no ports then
	Stock      bool                                                  // stock OpenSSH clients may have ports by `ssh -R`
	Keep       func(owners map[string]Owner)                         // is told who owns which port ("8000") or name, when that has changed, and now and then, by one call at a time; who is given an address waits for it
	Claimed    func(host string)                                     // is told of a name's host when it gets an owner; may take its time
	Released   func(host string)                                     // and when it has none any more; is called with the relay's lock, so it must not wait
	Hold       *Holding                                              // requests are kept for tunnels that ask for it while their agent is away; nil: none are
	Limits     Limits
	Log        *slog.Logger     // default: none
	Now        func() time.Time // default time.Now; for times that are told, not for timers
}

// Limits bounds what senders and agents can take. A zero field takes its default.
type Limits struct {
	HTTP          http1.Limits  // of a request's head
	Exchanges     int           // at once for each tunnel, 256
	Senders       int           // connections at once to one public port, 4096
	SendersPer    int           // and from one address to all ports, 200, which fills no tunnel; see origin
	Head          time.Duration // for a whole request head, 10 s
	Idle          time.Duration // between two requests of a connection, 60 s
	BodySilence   time.Duration // between two pieces of a body, 30 s
	AnswerSilence time.Duration // for a sender that takes nothing of its answer, 5 min
	AfterAnswer   time.Duration // for a sender to go on after a stock client's app has ended its side, 10 s
	Reserve       time.Duration // how long an address waits for the agent that lost it, 10 min
	ReserveName   time.Duration // how long a name stays its key's after it was used last, 30 days
	Names         int           // that one key may have, 64: then the one used longest ago is given up for a new one, if it is not in use
	NewNames      int           // that one key may take within a day, 1000; fewer where each costs a certificate
	Handshake     time.Duration // for an agent's SSH handshake, 10 s
	Handshakes    int           // unauthenticated agents at once, 32
	HandshakesPer int           // and from one IP address, 8
	Silence       time.Duration // after which a silent agent is dropped, 10 s
	Rejects       int           // refused requests and channels after which an agent is cut, 100
}

func orDefault[T int | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Exchanges, 256)
	orDefault(&l.Senders, 4096)
	orDefault(&l.SendersPer, 200)
	orDefault(&l.Head, 10*time.Second)
	orDefault(&l.Idle, 60*time.Second)
	orDefault(&l.BodySilence, 30*time.Second)
	orDefault(&l.AnswerSilence, 5*time.Minute)
	orDefault(&l.AfterAnswer, 10*time.Second)
	orDefault(&l.Reserve, 10*time.Minute)
	orDefault(&l.ReserveName, 30*24*time.Hour)
	orDefault(&l.Names, 64)
	orDefault(&l.NewNames, 1000)
	orDefault(&l.Handshake, 10*time.Second)
	orDefault(&l.Handshakes, 32)
	orDefault(&l.HandshakesPer, 8)
	orDefault(&l.Silence, 10*time.Second)
	orDefault(&l.Rejects, 100)
	return l
}

func (c Config) check() (Config, error) {
	errs := []error{c.Hold.check()}
	if c.HostKey == nil {
		errs = append(errs, errors.New("relay: no host key"))
	}
	if c.Authorized == nil {
		errs = append(errs, errors.New("relay: nobody is authorised"))
	}
	if len(c.Ports) == 0 {
		errs = append(errs, errors.New("relay: no public ports"))
	}
	for _, p := range c.Ports {
		if !slices.Contains(Ports[:], p) {
			errs = append(errs, fmt.Errorf("relay: public port %d: only 80, 443, 8000, 8080 and 8443 can be opened", p))
		}
	}
	if c.Domain != "" && !slices.Contains(c.Ports, 80) && !slices.Contains(c.Ports, 443) {
		errs = append(errs, errors.New("relay: names need port 80 or 443"))
	}
	c.Domain = strings.ToLower(strings.Trim(c.Domain, "."))
	if c.PublicHost == "" {
		c.PublicHost = c.Domain
	}
	if c.TLS != nil {
		c.TLS = served(c.TLS)
	}
	if c.TLSPorts == nil {
		c.TLSPorts = []int{443, 8443}
	}
	if c.Prefer == nil {
		c.Prefer = Ports[:]
	}
	if c.PublicHost == "" {
		if ip := net.ParseIP(c.Bind); c.Bind != "" && (ip == nil || !ip.IsUnspecified()) {
			c.PublicHost = c.Bind
		}
	}
	if c.Listen == nil {
		c.Listen = net.Listen
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits = c.Limits.withDefaults()
	return c, errors.Join(errs...)
}
