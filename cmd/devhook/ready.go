package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"devhook/cmd/devhook/config"
)

// announce makes the round trip and prints where everything is. "ready" comes
// last, and only when the address was seen to work.
func (s *site) announce(ctx context.Context) error {
	problem := s.probe(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.probed.Store(problem == nil)
	// A reader that left before this line ends no recording either.
	_ = s.printReady(problem == nil)
	if problem != nil {
		s.warn(s.unreached(ctx, problem))
	}
	s.warnCertificate()
	if s.pub.private(s.cfg) && s.a.shown == nil {
		s.note("only this machine reaches " + s.publicURL() + "; " + wider)
	}
	return nil
}

const wider = "--bind 0.0.0.0 lets your network in, --relay the internet"

// private says that nobody but this machine reaches the public address.
func (p *public) private(cfg *config.Config) bool {
	return p.outside == nil && cfg.PublicURL == "" && config.Loopback("http://"+net.JoinHostPort(cfg.Bind, "80"))
}

// unreached says why no request made the round trip.
func (s *site) unreached(ctx context.Context, problem error) (text, hint string) {
	return s.pub.unreached(ctx, s.cfg, problem)
}

func (p *public) unreached(ctx context.Context, cfg *config.Config, problem error) (text, hint string) {
	if cfg.PublicURL == "" && p.outside != nil && p.tunnel.Forwarded() {
		_, port := config.HostPort(p.tunnel.PublicURL())
		return p.outside.unreached(ctx, port, problem)
	}
	url := p.url(cfg)
	return fmt.Sprintf("no request made the round trip through %s: %s", url, reason(problem)), roundTripHint(url, problem)
}

// roundTripHint says what to do, from where the request got stuck.
func roundTripHint(url string, problem error) string {
	_, port := config.HostPort(url)
	var unknown *net.DNSError
	switch {
	case errors.As(problem, &unknown):
		return "add a record for that name, or write what callers use: --public-url"
	case errors.Is(problem, context.DeadlineExceeded):
		return fmt.Sprintf("see that no firewall stands before port %d there; webhooks are recorded if they arrive", port)
	case errors.Is(problem, syscall.ECONNREFUSED):
		return fmt.Sprintf("see that port %d there is open to you and leads here; webhooks are recorded if they arrive", port)
	}
	return "see that this address leads here; webhooks are recorded if they arrive"
}

func (s *site) printReady(probed bool) error {
	if s.c.json {
		return s.c.term.object(struct {
			Event     string  `json:"event"`
			Tunnel    string  `json:"tunnel,omitempty"`
			Public    string  `json:"public_url"`
			Inspector *string `json:"inspector_url"`
			Local     string  `json:"local_url"`
			Relay     string  `json:"relay"`
			Probed    bool    `json:"probed"`
			DB        string  `json:"db"`
		}{"ready", s.cfg.Tunnel, s.publicURL(), orNull(s.a.pageURL()), s.cfg.Local, s.pub.kind(), probed, s.cfg.DB})
	}
	if s.a.shown != nil {
		s.a.drawScreen()
		return nil
	}
	last := "ready"
	if !probed {
		last = "ready (unprobed)"
	}
	return s.c.term.line("%s\n%s", s.addresses(), last)
}

// addresses are the three lines that say where everything is; of several tunnels each has a line with its name above.
func (s *site) addresses() string {
	page, name := s.a.pageURL(), ""
	if page == "" {
		page = config.Off
	}
	if s.cfg.Tunnel != "" {
		name = "tunnel     " + quote(s.cfg.Tunnel) + "\n"
	}
	return fmt.Sprintf("%spublic     %s\ninspector  %s\napp        %s", name, s.publicURL(), page, s.cfg.Local)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// certificateWait is how long a relay may take to get a certificate for a name
// that is new to it.
const certificateWait = 90 * time.Second

// probe makes the round trip. A relay that was just asked for a name may have
// no certificate for it yet.
func (s *site) probe(ctx context.Context) error {
	err := s.roundTrip(ctx)
	if s.pub.outside == nil || !noCertificateYet(err) {
		return err
	}
	s.note("waiting for the relay to get a certificate for " + s.publicURL())
	late := time.NewTimer(certificateWait)
	defer late.Stop()
	for noCertificateYet(err) {
		again := time.NewTimer(time.Second)
		select {
		case <-again.C:
		case <-late.C:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		err = s.roundTrip(ctx)
	}
	return err
}

// noCertificateYet tells the alert of a server without a certificate from other
// faults. crypto/tls keeps its type to itself.
func noCertificateYet(err error) bool {
	return err != nil && strings.Contains(err.Error(), "remote error: tls: ")
}

// roundTrip makes the round trip once.
func (s *site) roundTrip(ctx context.Context) error {
	_, err := probe(ctx, s.publicURL(), s.nonce, pinned(s.pub.certificate))
	return err
}

// probePath is the path of that request; the nonce follows.
const probePath = "/_devhook/probe/"

// probe sends one request through a public address and waits for its nonce.
// Proxies of the environment are for other people's addresses, not for ours.
// trust says whom to believe, nil: whom this system believes.
// The answer's head is returned where there is one, also beside an error.
func probe(ctx context.Context, base, nonce string, trust *tls.Config) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, base+probePath+nonce, nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: trust},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(q)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	switch {
	case err != nil:
		return res, err
	case res.StatusCode != http.StatusOK:
		return res, fmt.Errorf("it answered %d", res.StatusCode)
	case strings.TrimSpace(string(body)) != nonce:
		return res, errors.New("someone else answered")
	}
	return res, nil
}

// warn tells people of something that is not as they asked, and programs too.
func (c *cli) warn(text, hint string) { c.warnOf("", text, hint) }

// warnOf is warn about one of several tunnels.
func (c *cli) warnOf(tunnel, text, hint string) {
	said := text
	if tunnel != "" {
		said = quote(tunnel) + ": " + text
	}
	c.term.tell("warning: %s\nhint: %s", said, hint)
	if c.json {
		_ = c.term.object(struct {
			Event  string `json:"event"`
			Tunnel string `json:"tunnel,omitempty"`
			Text   string `json:"text"`
			Hint   string `json:"hint"`
		}{"warning", tunnel, text, hint})
	}
}

// warn tells of the tunnel what cli.warn tells of all.
func (s *site) warn(text, hint string) { s.c.warnOf(s.cfg.Tunnel, text, hint) }

// note tells people something they may want to know.
func (s *site) note(text string) { s.c.term.tell("note: %s%s", s.label(": "), text) }
