package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"devhook/inspector/provider"
)

// A fixture is one sample of a sender, with two secrets that the sender could have given out.
type fixture struct {
	k            *pack
	p            *provider.Provider
	plain        provider.Request // unsigned
	check, sign  provider.Secret
	wrong, other provider.Secret // another pair
	past, future time.Duration   // how old and how far ahead devhook takes it; endless without a limit
}

// endless is an age that no sender means by a limit.
const endless = 48 * time.Hour

func newFixture(k *pack, p *provider.Provider, s *provider.Sample) (*fixture, error) {
	f := &fixture{k: k, p: p, plain: s.Request}
	f.plain.URL = "https://hooks.example.com" + s.Request.Target
	f.plain.At = at
	for _, h := range k.preset {
		set(&f.plain, h.Name, h.Value)
	}
	makes := p
	if k.secrets != "" {
		makes, _ = provider.ByName(k.secrets)
	}
	f.check.Value, f.sign.Value = makes.MakeSecret(sha256.Sum256([]byte("one")))
	f.wrong.Value, f.other.Value = makes.MakeSecret(sha256.Sum256([]byte("two")))
	q, _, err := f.signed(f.plain.Body)
	if err != nil {
		return nil, err
	}
	f.past, f.future = f.limit(q, 1), f.limit(q, -1)
	return f, nil
}

// limit finds, to the second, how far the clock may be from the moment of signing.
func (f *fixture) limit(q *provider.Request, direction time.Duration) time.Duration {
	valid := func(seconds time.Duration) bool {
		return f.valid(later(q, direction*seconds*time.Second), f.check)
	}
	low, high := time.Duration(0), endless/time.Second
	if valid(high) {
		return endless
	}
	for high-low > 1 {
		if middle := (low + high) / 2; valid(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low * time.Second
}

// valid is what devhook says.
func (f *fixture) valid(q *provider.Request, s provider.Secret) bool {
	return f.p.Check(q, []provider.Secret{s}).Verdict == provider.Valid
}

// signed is the sample with a body, signed by devhook, and the names of the headers that this set.
func (f *fixture) signed(body []byte) (*provider.Request, []string, error) {
	q := clone(&f.plain)
	q.Body = bytes.Clone(body)
	changed, err := f.p.Resign(q, f.sign, at)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.k.sdk, err)
	}
	return q, changed, nil
}

// signature is the header that holds it, among those that signing set: it is set last.
func signature(q *provider.Request, changed []string) string {
	for _, name := range slices.Backward(changed) {
		if get(q, name) != "" {
			return name
		}
	}
	return ""
}

// changed is a body with its last digit changed.
func (f *fixture) changed(body []byte) []byte {
	out := bytes.Clone(body)
	for i, c := range slices.Backward(out) {
		switch {
		case '0' <= c && c < '9':
			out[i]++
			return out
		case c == '9':
			out[i]--
			return out
		}
	}
	return append(out, 'x')
}

// foreign puts text beyond ASCII into a JSON or form body, in front of what is there.
func foreign(body []byte) []byte {
	s := string(body)
	switch {
	case strings.HasPrefix(s, "{"):
		return []byte(`{"devhook":"größer – 日本語 😀",` + s[1:])
	case strings.HasPrefix(s, "[{"):
		return []byte(`[{"devhook":"größer – 日本語 😀",` + s[2:])
	}
	return []byte("devhook=gr%C3%B6%C3%9Fer+%F0%9F%98%80&devhook=again&" + s)
}

// clone is a request of its own.
func clone(q *provider.Request) *provider.Request {
	c := *q
	c.Fields, c.Body = slices.Clone(q.Fields), bytes.Clone(q.Body)
	return &c
}

// later is a request judged later, or earlier, than it was.
func later(q *provider.Request, by time.Duration) *provider.Request {
	c := clone(q)
	c.At = c.At.Add(by)
	return c
}

func get(q *provider.Request, name string) string {
	for _, f := range q.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func set(q *provider.Request, name, value string) {
	for i, f := range q.Fields {
		if strings.EqualFold(f.Name, name) {
			q.Fields[i].Value = value
			return
		}
	}
	q.Fields = append(q.Fields, provider.Field{Name: name, Value: value})
}

func remove(q *provider.Request, name string) {
	q.Fields = slices.DeleteFunc(q.Fields, func(f provider.Field) bool { return strings.EqualFold(f.Name, name) })
}
