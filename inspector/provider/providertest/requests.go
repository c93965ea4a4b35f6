package providertest

import (
	"slices"
	"strings"
	"testing"

	"devhook/inspector/provider"
)

var other = provider.Secret{Ref: "env:OTHER", Value: "another-secret-0042"}

// clone gives a request of its own memory, so that signing it leaves the original alone.
func clone(q provider.Request) *provider.Request {
	q.Fields = slices.Clone(q.Fields)
	q.Body = slices.Clone(q.Body)
	q.At = now
	if q.URL == "" {
		q.URL = "http://127.0.0.1:8080" + q.Target
	}
	return &q
}

func truncated(q *provider.Request) *provider.Request {
	q = clone(*q)
	q.BodyTruncated = true
	return q
}

func sign(t *testing.T, p *provider.Provider, q *provider.Request, s provider.Secret) {
	t.Helper()
	changed, err := p.Resign(q, s, now)
	if err != nil || len(changed) == 0 {
		t.Fatalf("signing changed %q, error %v", changed, err)
	}
}

func want(t *testing.T, r provider.Result, v provider.Verdict) {
	t.Helper()
	if r.Verdict != v || r.Reason == "" {
		t.Errorf("verdict %q, reason %q; want %q and a reason", r.Verdict, r.Reason, v)
	}
}

func mentions(texts []string, part string) bool {
	return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, part) })
}
