package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
)

// outside is a relay elsewhere that is reached over SSH: a devhook relay, or
// any sshd that forwards ports. Which of the two it is, it is asked.
type outside struct {
	c      *cli
	cfg    *config.Config
	at     *sshHost
	keys   *keyring
	known  *hostKeys
	socket tunnel.WebSocketOptions
}

// newOutside finds out where the relay is and what to log in with. own gives devhook's own key, or nil. With an error
// about keys there is an outside nevertheless.
func (c *cli) newOutside(cfg *config.Config, own func() (*identity, error)) (*outside, error) {
	at, err := c.sshHost(cfg.Relay)
	if err != nil {
		return nil, err
	}
	o := &outside{c: c, cfg: cfg, at: at, known: &hostKeys{files: at.known}}
	o.keys, err = c.keyring(at, cfg.Identity, own)
	return o, err
}

// openOutside logs in to the relay that --relay names and returns once a
// public port is ours.
func (c *cli) openOutside(ctx context.Context, cfg *config.Config, instance string, log *slog.Logger) (*public, error) {
	o, err := c.newOutside(cfg, c.identity)
	if err != nil {
		return nil, err
	}
	t, err := o.tunnel()
	if err != nil {
		return nil, o.fault(ctx, err)
	}
	if t.Certificate, err = certificate(cfg); err != nil {
		return nil, err
	}
	if t.Certificate != nil {
		t.Certificate.Log = log
	}
	last := c.lastAddress(cfg)
	t.PreferName, t.Prefer = last.Name, last.Port
	t.Instance, t.Log = instance, log
	news := make(heldNews, 16)
	t.Hold, t.Held = c.soundHold(cfg, cfg.Routes), news.put
	if cfg.Tunnel != "" { // the others are of use without it
		t.Patient, t.HostKey = true, o.hostKey
	}
	l, err := tunnel.Listen(ctx, t)
	if f, ok := errors.AsType[*hostKeyFault](err); ok {
		if err := c.trust(o.known, f, cfg.AcceptHostKey); err != nil {
			return nil, err
		}
		l, err = tunnel.Listen(ctx, t)
	}
	if err != nil {
		return nil, o.fault(ctx, err)
	}
	p := &public{tunnel: l, outside: o, certificate: t.Certificate, held: news}
	p.keep(c, cfg)
	return p, nil
}

// tunnel says how the tunnel there is made.
func (o *outside) tunnel() (tunnel.Config, error) {
	cfg, at := o.cfg, o.at
	algorithms, err := o.known.algorithms(at.address())
	if err != nil {
		return tunnel.Config{}, err
	}
	t := tunnel.Config{
		Dial: o.dial, Addr: at.address(), User: at.user, Keys: o.keys.signers,
		HostKey: o.known.check, HostKeyAlgorithms: algorithms,
		Name: cfg.Name, Port: cfg.Port, Ports: config.Ports(), Occupied: o.occupied,
	}
	if at.socket {
		t.Dial, t.Ports, t.Occupied = o.dialSocket, nil, nil // nothing but a devhook relay is reached so
	}
	return t, nil
}

// hostKey judges the key of a relay that may come later, when nobody is asked any more.
func (o *outside) hostKey(host string, remote net.Addr, key ssh.PublicKey) error {
	err := o.known.check(host, remote, key)
	if f, ok := errors.AsType[*hostKeyFault](err); ok && o.cfg.AcceptHostKey {
		return o.c.trust(o.known, f, true)
	}
	return err
}

func (o *outside) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{KeepAlive: 15 * time.Second}
	return d.DialContext(ctx, "tcp", o.at.address())
}

// where is the relay as people call it.
func (o *outside) where() string { return shown(o.at.address()) }

// knock is how long a public port has to answer. Where a firewall swallows
// what we send, nothing is there that could answer either.
const knock = time.Second

// occupied tells whether something accepts at a public port already. Nothing is
// sent to it: it may be another devhook, whose app would get a request.
func (o *outside) occupied(ctx context.Context, port int) bool {
	ctx, cancel := context.WithTimeout(ctx, knock)
	defer cancel()
	c, err := o.call(ctx, port)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// call connects to a public port.
func (o *outside) call(ctx context.Context, port int) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", net.JoinHostPort(o.at.host, strconv.Itoa(port)))
}

// What a public port does when it is called.
const (
	silent = iota // nothing accepts
	mute          // something accepts and says nothing
	speaks        // a program answers
)

// answers calls a public port as a sender would.
func (o *outside) answers(ctx context.Context, port int) int {
	ctx, cancel := context.WithTimeout(ctx, knock)
	defer cancel()
	c, err := o.call(ctx, port)
	if err != nil {
		return silent
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(knock))
	if _, err := c.Write([]byte("HEAD / HTTP/1.1\r\nHost: " + o.at.host + "\r\nConnection: close\r\n\r\n")); err != nil {
		return mute
	}
	if n, _ := c.Read(make([]byte, 1)); n == 0 {
		return mute
	}
	return speaks
}
