package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
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
	if s.pub.outside == nil && s.cfg.PublicURL == "" && config.Loopback("http://"+net.JoinHostPort(s.cfg.Bind, "80")) {
		s.note("only this machine reaches " + s.publicURL() + "; --bind 0.0.0.0 lets your network in, --relay the internet")
	}
	return nil
}

// unreached says why no request made the round trip.
func (s *site) unreached(ctx context.Context, problem error) (text, hint string) {
	if s.cfg.PublicURL == "" && s.pub.outside != nil && s.pub.tunnel.Forwarded() {
		_, port := config.HostPort(s.pub.tunnel.PublicURL())
		return s.pub.outside.unreached(ctx, port, problem)
	}
	return fmt.Sprintf("no request made the round trip through %s: %s", s.publicURL(), reason(problem)),
		"see that this address leads here; webhooks are recorded if they arrive"
}

func (s *site) printReady(probed bool) error {
	if s.c.json {
		return s.c.term.object(struct {
			Event     string  `json:"event"`
			Public    string  `json:"public_url"`
			Inspector *string `json:"inspector_url"`
			Local     string  `json:"local_url"`
			Relay     string  `json:"relay"`
			Probed    bool    `json:"probed"`
			DB        string  `json:"db"`
		}{"ready", s.publicURL(), orNull(s.pageURL()), s.cfg.Local, s.pub.kind(), probed, s.cfg.DB})
	}
	page, last := s.pageURL(), "ready"
	if page == "" {
		page = config.Off
	}
	if !probed {
		last = "ready (unprobed)"
	}
	return s.c.term.line("public     %s\ninspector  %s\napp        %s\n%s", s.publicURL(), page, s.cfg.Local, last)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// probe sends one request through the public address and waits for its nonce.
// Proxies of the environment are for other people's addresses, not for ours.
func (s *site) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.publicURL()+"/_devhook/probe/"+s.nonce, nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: pinned(s.pub.certificate)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("it answered %d", res.StatusCode)
	case strings.TrimSpace(string(body)) != s.nonce:
		return errors.New("someone else answered")
	}
	return nil
}

// warn tells people of something that is not as they asked, and programs too.
func (s *site) warn(text, hint string) {
	s.c.term.tell("warning: %s\nhint: %s", text, hint)
	s.tellJSON(text, hint)
}

// note tells people something they may want to know.
func (s *site) note(text string) {
	s.c.term.tell("note: %s", text)
}

func (s *site) tellJSON(text, hint string) {
	if s.c.json {
		_ = s.c.term.object(struct {
			Event string `json:"event"`
			Text  string `json:"text"`
			Hint  string `json:"hint"`
		}{"warning", text, hint})
	}
}
