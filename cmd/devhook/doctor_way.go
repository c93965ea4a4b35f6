package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"devhook/cmd/devhook/config"
)

// way looks at how a request gets here: a public address is taken for a moment,
// and one request goes through it and back, as when devhook up is ready.
func (d *doctor) way(ctx context.Context) {
	var pub *public
	var step *attempt // nil with an embedded relay
	if d.cfg.Relay == nil {
		pub = d.embedded(ctx)
	} else {
		pub, step = d.relay(ctx)
	}
	if ctx.Err() != nil || pub == nil {
		d.nowhere(ctx)
		return
	}
	defer func() { _ = pub.close() }()
	if pub.private(d.cfg) {
		d.note("reach", wider, "only this machine reaches %s", pub.url(d.cfg))
	}
	d.names(ctx, pub.url(d.cfg), step)
	d.clock(ctx, d.roundTrip(ctx, pub), step)
}

// nowhere tells what an address would have been needed for.
func (d *doctor) nowhere(ctx context.Context) {
	if ctx.Err() == nil {
		d.skip("round trip", "there is no public address to call")
	}
}

// embedded opens the public port as devhook up would.
func (d *doctor) embedded(ctx context.Context) *public {
	pub, err := d.c.openEmbedded(ctx, d.cfg, "", slog.New(slog.DiscardHandler))
	switch {
	case err == nil:
		d.ok("public port", "%s is free", pub.tunnel.PublicURL())
	case d.cfg.Port != 0 && d.ours(announced(d.cfg.Bind), d.cfg.Port):
		d.note("public port", "", "port %d on %s is that of the devhook up that runs", d.cfg.Port, d.cfg.Bind)
	default:
		d.fail("public port", err)
	}
	return pub
}

// ours says that a devhook up of this database has a public address.
func (d *doctor) ours(host string, port int) bool {
	for _, i := range d.running {
		if h, p := config.HostPort(i.PublicURL); h == host && p == port {
			return true
		}
	}
	return false
}

// An answer is what came of the request through the public address.
type answer struct {
	res        *http.Response // nil if there was none
	sent, came time.Time
}

// roundTrip sends one request through the public address.
func (d *doctor) roundTrip(ctx context.Context, pub *public) answer {
	url := pub.url(d.cfg)
	for _, i := range d.running {
		if i.PublicURL == url {
			d.skip("round trip", "%s leads to the devhook up that runs, process %d", url, i.PID)
			return answer{}
		}
	}
	nonce := rand.Text()
	go serveTrial(pub.tunnel, nonce)
	a := answer{sent: time.Now()}
	res, err := probe(ctx, url, nonce, pinned(pub.certificate))
	a.res, a.came = res, time.Now()
	if ctx.Err() != nil {
		return answer{}
	}
	switch {
	case ofCertificate(err):
		d.fail("certificate", untrustedFault(url, err))
		return a
	case res != nil && res.TLS != nil:
		d.certificate(url, res.TLS.PeerCertificates[0])
	}
	if err != nil {
		d.tell("round trip", broken, unprobed(pub.unreached(ctx, d.cfg, err)))
		return a
	}
	d.ok("round trip", "a request through %s came back in %s", url, millis(a.came.Sub(a.sent)))
	return a
}

// unprobed makes a failure of why no request made the round trip.
func unprobed(text, hint string) *failure {
	hint, block, _ := strings.Cut(hint, "\n")
	f := &failure{text: text, hint: hint, code: 1}
	for line := range strings.Lines(block) {
		f.block = append(f.block, strings.TrimSpace(line))
	}
	return f
}
