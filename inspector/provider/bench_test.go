package provider_test

import (
	"testing"
	"time"

	"devhook/inspector/provider"
)

// signed is a sender's first sample, signed, and the secret that checks it.
func signed(b *testing.B, name string) (*provider.Provider, *provider.Request, []provider.Secret) {
	b.Helper()
	p, ok := provider.ByName(name)
	if !ok {
		b.Fatalf("no provider %q", name)
	}
	q := p.Samples()[0].Request
	q.Method, q.URL, q.At = "POST", "https://shop.example.com/hooks", time.Date(2026, 11, 21, 22, 10, 0, 0, time.UTC)
	check, sign := "right-secret", "right-secret"
	if p.MakeSecret != nil {
		check, sign = p.MakeSecret([32]byte{1})
	}
	if _, err := p.Sign(&q, provider.Secret{Value: sign}, q.At); err != nil {
		b.Fatal(err)
	}
	return p, &q, []provider.Secret{{Ref: "env:SECRET", Value: check}}
}

// BenchmarkVerify judges a right request: a word in a form, and signatures of three kinds.
func BenchmarkVerify(b *testing.B) {
	for _, name := range []string{"telerivet", "github", "stripe", "standardwebhooks"} {
		p, q, secrets := signed(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(q.Body)))
			b.ReportAllocs()
			for b.Loop() {
				if r := p.Verify(q, secrets); r.Verdict != provider.Valid {
					b.Fatalf("%+v", r)
				}
			}
		})
	}
}

// BenchmarkRecognise asks all senders whose a request is: one that is found, and one of nobody.
func BenchmarkRecognise(b *testing.B) {
	all := provider.All()
	_, q, _ := signed(b, "stripe")
	for _, c := range []struct {
		want string
		q    *provider.Request
	}{{"stripe", q}, {"", &provider.Request{
		Method: "POST", Target: "/hooks", Body: q.Body,
		Fields: []provider.Field{{Name: "Host", Value: "h"}, {Name: "Content-Type", Value: "application/json"}},
	}}} {
		name := c.want
		if name == "" {
			name = "nobody"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p := all.Recognise(c.q); p.Name != c.want {
					b.Fatalf("taken for %q", p.Name)
				}
			}
		})
	}
}
