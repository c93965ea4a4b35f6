package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
	"devhook/tunnel/relay"
)

// public is the outer side of a site: the tunnel, and the embedded relay that it
// leads to where no other is named.
type public struct {
	relay   *relay.Server // nil with a relay elsewhere
	tunnel  *tunnel.Listener
	served  chan error // the end of the relay's SSH side
	outside *outside   // the relay elsewhere; nil with an embedded one

	held heldNews // what the relay has held for us; nil with an embedded one

	certificate *tunnel.Certificate // TLS ends here with it; nil: it doesn't
}

// openPublic returns once the public port is open.
func (c *cli) openPublic(ctx context.Context, cfg *config.Config, instance string, log *slog.Logger) (*public, error) {
	if cfg.Relay != nil {
		return c.openOutside(ctx, cfg, instance, log)
	}
	return c.openEmbedded(ctx, cfg, instance, log)
}

// url is what callers use.
func (p *public) url(cfg *config.Config) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	return p.tunnel.PublicURL()
}

// kind is what programs are told of the relay.
func (p *public) kind() string {
	if p.outside == nil {
		return "embedded"
	}
	if p.outside.at.socket {
		return "ws"
	}
	return "ssh"
}

// where is what people are told of it.
func (p *public) where() string {
	if p.outside == nil {
		return "embedded"
	}
	return p.outside.where() + " over " + p.kind()
}

// keep notes the address that a relay elsewhere gave.
func (p *public) keep(c *cli, cfg *config.Config) {
	if p.outside != nil && p.tunnel.PublicURL() != "" {
		c.keepAddress(cfg, given{p.tunnel.Name(), p.tunnel.Port()})
	}
}

// serve waits for the end of the embedded relay.
func (p *public) serve() error {
	if p.relay == nil {
		return nil
	}
	return <-p.served
}

func (p *public) shutdown(ctx context.Context) error {
	if p.relay == nil {
		return nil
	}
	return p.relay.Shutdown(ctx)
}

func (p *public) close() error {
	if p.relay == nil {
		return p.tunnel.Close()
	}
	return errors.Join(p.tunnel.Close(), p.relay.Close())
}

// openEmbedded starts a relay of our own. Both ends are ours, so their keys
// live in memory only, and each end accepts the other's and no other.
func (c *cli) openEmbedded(ctx context.Context, cfg *config.Config, instance string, log *slog.Logger) (*public, error) {
	host, agent, err := newKeys()
	if err != nil {
		return nil, err
	}
	cert, err := certificate(cfg)
	if err != nil {
		return nil, err
	}
	ports := allowedPorts(cfg)
	p := &public{served: make(chan error, 1), certificate: cert}
	p.relay, err = relay.New(relay.Config{
		TLS: serving(cert, log), TLSPorts: ports,
		HostKey: host, Bind: cfg.Bind, Ports: ports, Prefer: ports, PublicHost: announced(cfg.Bind), Log: log,
		Authorized: func(key ssh.PublicKey, _ net.Addr) (relay.Grant, error) {
			if !bytes.Equal(key.Marshal(), agent.PublicKey().Marshal()) {
				return relay.Grant{}, errors.New("unknown key")
			}
			return relay.Grant{Name: "this devhook"}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, p.relay.Close())
	}
	go func() { p.served <- p.relay.ServeSSH(ln) }()
	address := ln.Addr().String()
	p.tunnel, err = tunnel.Listen(ctx, tunnel.Config{
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", address)
		},
		Addr: address, Signer: agent, HostKey: ssh.FixedHostKey(host.PublicKey()),
		Port: cfg.Port, Instance: instance, Log: log,
	})
	if err != nil {
		return nil, errors.Join(portFault(cfg, ports, err), p.relay.Close())
	}
	return p, nil
}

// newKeys makes the relay's and the agent's key.
func newKeys() (host, agent ssh.Signer, err error) {
	for _, s := range []*ssh.Signer{&host, &agent} {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		if *s, err = ssh.NewSignerFromKey(key); err != nil {
			return nil, nil, err
		}
	}
	return host, agent, nil
}

// allowedPorts is the port that was asked for, or all that may be chosen: not
// an app's own, where a listener on another address would catch its callers.
func allowedPorts(cfg *config.Config) []int {
	if cfg.Port != 0 {
		return []int{cfg.Port}
	}
	apps := appPorts(cfg)
	return slices.DeleteFunc(config.Ports(), func(p int) bool { return slices.Contains(apps, p) })
}

// announced is the host under which a listener on bind is reached.
func announced(bind string) string {
	ip := net.ParseIP(bind)
	if ip == nil || !ip.IsUnspecified() {
		return bind
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "localhost"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && (n.IP.To4() != nil) == (ip.To4() != nil) {
			return n.IP.String()
		}
	}
	return "localhost"
}

// portFault says why no public port could be opened.
func portFault(cfg *config.Config, ports []int, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if ln, err := net.Listen("tcp", net.JoinHostPort(cfg.Bind, "0")); err != nil {
		return failed(err, "choose an address of this machine with --bind", "the relay can't listen on %s: %s", cfg.Bind, reason(err))
	} else if err := ln.Close(); err != nil {
		return err
	}
	switch {
	case cfg.Port != 0 && strings.Contains(err.Error(), syscall.EACCES.Error()): // told by the relay, in words
		return failed(err, "below 1024 only root may, or a binary that was allowed to (on Linux: setcap cap_net_bind_service=+ep); 8000 and 8080 are free to all",
			"port %d can't be opened on %s: %s", cfg.Port, cfg.Bind, reason(err))
	case cfg.Port != 0:
		return failed(err, "end the program that uses it, or choose another of 80, 443, 8000, 8080, 8443",
			"port %d can't be opened on %s: %s", cfg.Port, cfg.Bind, reason(err))
	case errors.Is(err, tunnel.ErrPortTaken), errors.Is(err, tunnel.ErrPortRefused):
		return failed(err, "end a program that uses one of them, or listen on another address with --bind",
			"none of the ports %s is free on %s", list(ports), cfg.Bind)
	}
	return failed(err, "choose another address with --bind", "no public address on %s: %s", cfg.Bind, reason(err))
}

func list(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}
