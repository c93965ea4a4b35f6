package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// relay logs in to the relay elsewhere, step by step, and returns once an
// address is ours for a moment; nil if it is not.
func (d *doctor) relay(ctx context.Context) (*public, *attempt) {
	o, err := d.c.newOutside(d.cfg, d.c.madeIdentity)
	switch {
	case err != nil && o == nil:
		d.fail("relay", err)
		return nil, nil
	case err != nil:
		d.fail("login", err)
		return nil, nil
	}
	t, err := o.tunnel()
	if err != nil {
		d.fail("host key", o.fault(ctx, err))
		return nil, nil
	}
	if t.Certificate, err = certificate(d.cfg); err != nil {
		d.fail("certificate", err)
		return nil, nil
	}
	a := &attempt{o: o}
	t.Spare, t.Waiting = true, a.noteWaiting
	l, err := tunnel.Listen(ctx, a.watched(t))
	if ctx.Err() == nil && d.steps(ctx, a, err) {
		d.given(l, a)
		return &public{tunnel: l, outside: o, certificate: t.Certificate}, a
	}
	if err == nil {
		_ = l.Close()
	}
	return nil, a
}

// steps tells of each step of the login; false when one of them failed.
func (d *doctor) steps(ctx context.Context, a *attempt, err error) bool {
	for _, step := range []func(context.Context, *attempt, error) bool{d.reached, d.server, d.hostKey, d.login, d.heldThere, d.address} {
		if !step(ctx, a, err) {
			return false
		}
	}
	return true
}

// reached tells whether a connection was made, and how.
func (d *doctor) reached(ctx context.Context, a *attempt, err error) bool {
	o := a.o
	if a.remote == nil {
		d.fail("relay", o.fault(ctx, err))
		return false
	}
	switch {
	case a.via != nil:
		d.ok("relay", "%s opens, through the proxy %s, in %s", d.cfg.Relay.URL, a.via.Redacted(), millis(a.took))
	case o.at.socket:
		d.ok("relay", "%s opens, at %s, in %s", d.cfg.Relay.URL, a.remote, millis(a.took))
	default:
		d.ok("relay", "%s took the connection in %s%s", a.remote, millis(a.took), d.resolved(ctx, o.at.host))
	}
	if a.cert != nil {
		d.certificate(d.cfg.Relay.URL, a.cert)
	}
	return true
}

// resolved tells which addresses a name has.
func (d *doctor) resolved(ctx context.Context, host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	all, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return ""
	}
	return "; " + host + " is " + addresses(all)
}

// hostKey tells whether the server is the one that is known.
func (d *doctor) hostKey(ctx context.Context, a *attempt, err error) bool {
	if a.hostKey == nil {
		d.fail("host key", a.o.fault(ctx, err))
		return false
	}
	f, wrong := errors.AsType[*hostKeyFault](err)
	switch {
	case a.unknown != nil:
		said := explained(a.unknown.explain(a.o.known))
		said.hint = "compare it with what whoever runs the relay says; devhook up --accept-new-host-key writes it to " + a.o.known.files[0]
		d.tell("host key", noted, said)
	case wrong && f.kind == unknownKey:
		d.tell("host key", noted, explained(f.explain(a.o.known)))
		d.skip("login", "with --accept-new-host-key devhook doctor goes on, and writes nothing down")
		return false
	case errors.Is(err, tunnel.ErrHostKey):
		d.fail("host key", a.o.fault(ctx, err))
		return false
	default:
		d.ok("host key", "%s %s is known", kindOf(a.hostKey), ssh.FingerprintSHA256(a.hostKey))
	}
	return true
}

// login tells which key was accepted, or which were offered.
func (d *doctor) login(ctx context.Context, a *attempt, err error) bool {
	if err != nil && !ofAddress(err) {
		d.fail("login", a.o.fault(ctx, err))
		return false
	}
	from := ""
	for _, k := range a.o.keys.said {
		if k.print == a.key {
			from = ", " + k.from
		}
	}
	d.ok("login", "%s accepts %s for %s%s", a.o.where(), a.key, a.o.at.user, from)
	return true
}

// heldThere tells what the relay holds until a devhook up of ours takes it.
func (d *doctor) heldThere(_ context.Context, a *attempt, _ error) bool {
	a.mu.Lock()
	held := a.waiting
	a.mu.Unlock()
	for _, h := range held {
		flag, what := "--name ", "the name "+quote(h.Address)
		if _, err := strconv.Atoi(h.Address); err == nil {
			flag, what = "--port ", "port "+h.Address
		}
		d.note("held there", "devhook up with "+flag+quote(h.Address)+" takes them", "%s holds %s for %s, %s, since %s",
			a.o.where(), count(h.Count, "webhook", "webhooks"), what, size(uint64(max(h.Bytes, 0))), h.Since().Local().Format(stamp))
	}
	return true
}

// ofAddress reports whether an error is about the address, so that the login went well.
func ofAddress(err error) bool {
	for _, about := range []error{
		tunnel.ErrNotGiven, tunnel.ErrPortTaken, tunnel.ErrPortRefused, tunnel.ErrTakenOver, tunnel.ErrVersion, tunnel.ErrNotRelay,
	} {
		if errors.Is(err, about) {
			return true
		}
	}
	return false
}

// address tells why there was no public port.
func (d *doctor) address(ctx context.Context, a *attempt, err error) bool {
	refused, stock := errors.AsType[*tunnel.NotGivenError](err)
	switch {
	case err == nil:
		return true
	case errors.Is(err, tunnel.ErrTakenOver):
		d.note("address", "", "%s keeps %s for a devhook with the same key: one that runs, or that comes back", a.o.where(), a.o.wanted())
	case stock && d.ours(a.o.at.host, refused.Asked[0]):
		d.note("address", "", "port %d on %s is that of the devhook up that runs", refused.Asked[0], a.o.where())
	default:
		d.fail("address", a.o.fault(ctx, err))
	}
	return false
}

// given tells which address was had.
func (d *doctor) given(l *tunnel.Listener, a *attempt) {
	who := "the devhook relay"
	if l.Forwarded() {
		who = "sshd"
	}
	d.ok("address", "%s on %s gives %s", who, quote(host(a.o.at.address())), l.PublicURL())
}

func host(address string) string {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return name
}
