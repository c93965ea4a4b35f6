package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/inspector/provider"
)

// FuzzProviders: no request and no answer breaks a provider, a secret the request doesn't hold is never taken for
// proven, and what was signed is.
func FuzzProviders(f *testing.F) {
	for _, p := range provider.All() {
		for _, s := range p.Samples() {
			contentType := ""
			for _, field := range s.Request.Fields {
				if field.Name == "Content-Type" {
					contentType = field.Value
				}
			}
			f.Add(s.Request.Method, s.Request.Target, "Authorization", "Basic dGVsZXJpdmV0Ong=", contentType, s.Request.Body, 200, []byte(`{"messages":[{"content":"a",}]}`))
		}
	}
	f.Add("GET", "/?secret=%zz&&=", "X", "\xff", "application/json; ;", []byte(`{"secret":"x"`), 302, []byte("{"))
	f.Fuzz(func(t *testing.T, method, target, name, value, contentType string, body []byte, status int, answer []byte) {
		q := provider.Request{
			Method: method, Target: target, Body: body,
			Fields: []provider.Field{{Name: "Content-Type", Value: contentType}, {Name: name, Value: value}},
		}
		a := provider.Answer{Status: status, Fields: q.Fields, Body: answer}
		for _, p := range provider.All() {
			fuzzOne(t, p, q, a)
		}
	})
}

func fuzzOne(t *testing.T, p *provider.Provider, q provider.Request, a provider.Answer) {
	const never = "never-in-a-request-58219"
	secret := provider.Secret{Ref: "env:ONE", Value: never + " +/é"}
	q.At = time.Unix(1795299300, 0)
	p.Knows(&q)
	e := p.Event(&q)
	if len(e.Name) > 200 || len(e.ID) > 200 || len(e.DedupeKey) > 1000 {
		t.Errorf("unbounded event %+v", e)
	}
	p.Judge(&q, a)
	a.Fields = []provider.Field{{Name: "Content-Type", Value: "application/json"}}
	p.Judge(&q, a)
	r := p.Verify(&q, []provider.Secret{secret})
	if r.Verdict == provider.Valid {
		t.Errorf("valid without the secret: %+v", r)
	}
	if p.Sign == nil {
		return
	}
	signed := q
	signed.Fields, signed.Body = slices.Clone(q.Fields), slices.Clone(q.Body)
	if _, err := p.Sign(&signed, secret, time.Unix(1795299300, 0)); err != nil {
		return
	}
	s := p.Verify(&signed, []provider.Secret{secret})
	if s.Verdict != provider.Valid {
		t.Errorf("signed, but %+v", s)
	}
	r = p.Verify(&signed, []provider.Secret{{Ref: "env:TWO", Value: never}})
	if r.Verdict == provider.Valid || strings.Contains(strings.Join(append(append(r.Hints, r.Reason), s.Reason), "\n"), never) {
		t.Errorf("another secret: %+v", r)
	}
}
