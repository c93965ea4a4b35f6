package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

// The ways of --bad.
const (
	badSecret   = "wrong-secret"
	badTampered = "tampered"
	badStale    = "stale"
	badMissing  = "missing"
)

// staleBy is how old a stale event is: older than any sender's limit.
const staleBy = 7 * 24 * time.Hour

// signWith finds what signs: the secret that --secret names, or that of the settings.
func (s *sending) signWith(cfg *config.Config, ref string) error {
	if s.bad != "" && !slices.Contains([]string{badSecret, badTampered, badStale, badMissing}, s.bad) {
		return usage("write wrong-secret, tampered, stale or missing", "--bad %q is no way to break a proof", s.bad)
	}
	if s.p.Sign == nil {
		if s.bad != "" {
			return usage("leave --bad out", "%s proves itself by nothing that could be broken", s.p.Title)
		}
		return nil
	}
	switch {
	case ref != "":
		secrets, err := config.Secrets("--secret", s.p.Name, ref, s.c.env)
		if err != nil {
			return err
		}
		s.secret = provider.Secret(secrets[0])
	case s.bad == badMissing || s.bad == badSecret:
	default:
		r := routeOf(cfg.Routes, s.p.Name)
		if r == nil || len(r.Secrets) == 0 {
			return usage("name it: --secret env:NAME, or file:PATH", "no secret is known to sign as %s with", s.p.Title)
		}
		s.secret = provider.Secret(r.Secrets[0])
	}
	return nil
}

// discloses reports whether a secret that stands in the settings would leave this machine and the addresses of its own
// network in plain, to anywhere but the devhook up that runs here.
func (s *sending) discloses(ctx context.Context, cfg *config.Config) bool {
	if s.secret.Value == "" || !s.p.Shows(s.secret) {
		return false
	}
	host := s.to.Hostname()
	if a, err := netip.ParseAddr(host); err == nil && (a.Unmap().IsLoopback() || a.Unmap().IsPrivate()) {
		return false
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return false
	}
	public, err := s.c.runningUp(ctx, cfg)
	own, bad := url.Parse(public)
	return err != nil || bad != nil || own.Scheme != s.to.Scheme || own.Host != s.to.Host
}

// prove puts the sender's proof into the request, or what --bad makes of it.
func (s *sending) prove(q *provider.Request, now time.Time) error {
	if s.p.Sign == nil || s.bad == badMissing {
		return nil
	}
	key, at := s.secret, now
	switch s.bad {
	case badSecret:
		var seed [32]byte
		rand.Read(seed[:]) // never fails
		_, wrong := s.p.MakeSecret(seed)
		key = provider.Secret{Ref: "a wrong secret", Value: wrong}
	case badStale:
		at = now.Add(-staleBy)
	}
	if _, err := s.p.Resign(q, key, at); err != nil {
		return s.signFault(err)
	}
	if s.bad == badTampered {
		tamper(q)
	}
	if s.bad != "" && s.secret.Value != "" && s.p.Check(q, []provider.Secret{s.secret}).Verdict == provider.Valid {
		return usage("try --bad wrong-secret", "%s would not notice: what proves it covers no %s", s.p.Title, map[string]string{badTampered: "body", badStale: "moment"}[s.bad])
	}
	return nil
}

func (s *sending) signFault(err error) error {
	text := err.Error()
	if _, after, ok := strings.Cut(text, ": sign as \""+s.p.Name+"\": "); ok {
		text = after
	}
	hint := "devhook providers " + s.p.Name + " tells what it signs with"
	if strings.Contains(text, "public key") || strings.Contains(text, "private key") {
		hint = "name the private key that belongs to it: --secret file:PATH"
	}
	return failed(errors.Unwrap(err), hint, "it can't be signed: %s", quote(text))
}

// tamper changes what was signed and leaves the rest of the request as it was.
func tamper(q *provider.Request) {
	body := bytes.TrimSpace(q.Body)
	switch {
	case len(body) == 0:
		q.Target += map[bool]string{true: "&", false: "?"}[strings.Contains(q.Target, "?")] + "tampered=1"
		q.URL += map[bool]string{true: "&", false: "?"}[strings.Contains(q.URL, "?")] + "tampered=1"
	case body[0] == '{':
		end := bytes.LastIndexByte(q.Body, '}')
		q.Body = slices.Concat(q.Body[:end], []byte(`,"tampered":true`), q.Body[end:])
	case body[0] == '[':
		end := bytes.LastIndexByte(q.Body, ']')
		q.Body = slices.Concat(q.Body[:end], []byte(`,"tampered"`), q.Body[end:])
	default:
		q.Body = append(bytes.Clone(q.Body), "&tampered=1"...)
	}
}
