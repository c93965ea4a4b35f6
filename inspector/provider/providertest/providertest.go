// Package providertest holds what every provider must do, whoever the sender is. A test of one provider calls Run, and
// Vectors for the recorded requests of its sender; what is special to the sender it tests itself.
package providertest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/inspector/provider"
)

// Now is when the suite signs and judges.
var now = time.Unix(1795299300, 0).UTC()

// keys are a provider's secrets in a test: those that check, and what signs for them.
type keys struct {
	right, wrong         provider.Secret
	signRight, signWrong provider.Secret
}

// keysOf makes two secrets as the sender does. Where any text is one, the right one has what is easily lost on the way.
func keysOf(p *provider.Provider) (k keys) {
	if p.Sign == nil {
		return keys{other, other, other, other}
	}
	k.right.Ref, k.wrong.Ref, k.signRight.Ref, k.signWrong.Ref = "env:RIGHT", "env:OTHER", "env:RIGHT", "env:OTHER"
	k.right.Value, k.signRight.Value = p.MakeSecret(sha256.Sum256([]byte("right")))
	k.wrong.Value, k.signWrong.Value = p.MakeSecret(sha256.Sum256([]byte("wrong")))
	text := provider.Secret{Ref: "env:RIGHT", Value: "q7Rk2m-Xw9+Zt/4 u&=%25é"}
	if _, err := p.Resign(clone(p.Samples()[0].Request), text, now); err == nil {
		k.right, k.signRight = text, text
	}
	return k
}

// Run holds p to the rules for all providers.
func Run(t *testing.T, p *provider.Provider) { RunAmong(t, provider.All(), p) }

// RunAmong does so for a provider of a list of the caller's own.
func RunAmong(t *testing.T, known provider.List, p *provider.Provider) {
	t.Run("facts", func(t *testing.T) { facts(t, known, p) })
	t.Run("judgements", func(t *testing.T) { judgements(t, p) })
	t.Run("odd input", func(t *testing.T) { oddInput(t, p) })
	if p.Sign == nil {
		t.Run("unchecked", func(t *testing.T) { unchecked(t, known, p) })
		return
	}
	for _, s := range p.Samples() {
		t.Run("sample "+s.Event, func(t *testing.T) { sample(t, known, p, s) })
	}
	t.Run("tampered secrets", func(t *testing.T) { tampered(t, p) })
	t.Run("no secret is told", func(t *testing.T) { leaks(t, p) })
	t.Run("no signature is told", func(t *testing.T) { signatures(t, p) })
}

// unchecked: what can't be checked says why, and is never taken for proven.
func unchecked(t *testing.T, known provider.List, p *provider.Provider) {
	for _, s := range p.Samples() {
		q := clone(s.Request)
		want(t, p.Check(q, nil), provider.Unchecked)
		if r := p.Check(q, []provider.Secret{other}); r.Verdict == provider.Valid {
			t.Errorf("a secret of somebody's makes it %s", r.Verdict)
		}
		recognised(t, known, p, q)
		told(t, p, q, s)
	}
}

func facts(t *testing.T, known provider.List, p *provider.Provider) {
	if p.Name == "" || p.Title == "" || p.Doc == "" && !p.Own {
		t.Errorf("name %q, title %q, document %q: each must be set", p.Name, p.Title, p.Doc)
	}
	if got, ok := known.ByName(p.Name); !ok || got.Name != p.Name {
		t.Errorf("ByName(%q) doesn't find it", p.Name)
	}
	if len(p.Samples()) == 0 {
		t.Error("no samples")
	}
}

func sample(t *testing.T, known provider.List, p *provider.Provider, s provider.Sample) {
	k := keysOf(p)
	secret, other := k.right, k.wrong
	q := clone(s.Request)
	told(t, p, q, s)
	want(t, p.Check(q, nil), provider.Unchecked)
	want(t, p.Check(q, []provider.Secret{secret}), provider.Missing)
	want(t, p.Check(q, []provider.Secret{{Ref: "env:EMPTY"}}), provider.Invalid)
	if _, err := p.Resign(clone(s.Request), provider.Secret{Ref: "env:EMPTY"}, now); err == nil {
		t.Error("signed with an empty secret")
	}

	sign(t, p, q, k.signRight)
	recognised(t, known, p, q)
	want(t, p.Check(q, []provider.Secret{secret}), provider.Valid)
	want(t, p.Check(q, nil), provider.Unchecked)
	want(t, p.Check(q, []provider.Secret{other, secret}), provider.Valid)
	r := p.Check(q, []provider.Secret{other}, secret)
	want(t, r, provider.Invalid)
	if !mentions(r.Hints, secret.Ref) {
		t.Errorf("the secret of another route fits, no hint says so: %q", r.Hints)
	}
	want(t, p.Check(truncated(q), []provider.Secret{secret}), provider.Unchecked)

	before := p.Describe(q)
	sign(t, p, q, k.signWrong)
	want(t, p.Check(q, []provider.Secret{other}), provider.Valid)
	want(t, p.Check(q, []provider.Secret{secret}), provider.Invalid)
	if diff := cmp.Diff(before, p.Describe(q)); diff != "" {
		t.Errorf("signing anew changed what is told (-before +after):\n%s", diff)
	}
	sign(t, p, q, k.signRight)
	again := clone(*q)
	sign(t, p, again, k.signRight)
	if diff := cmp.Diff(q.Body, again.Body); diff != "" {
		t.Errorf("signing again with the same secret changed the body:\n%s", diff)
	}
}

// recognised: a request is known as its sender's. One that the user defined may be known by its route alone.
func recognised(t *testing.T, known provider.List, p *provider.Provider, q *provider.Request) {
	t.Helper()
	if got := known.Recognise(q); got.Name != p.Name && !(p.Own && got.Name == "") {
		t.Errorf("recognised as %q", got.Name)
	}
}

// told: a request tells the event and the id of its sample, and has a key by which it is known again if it has an id.
func told(t *testing.T, p *provider.Provider, q *provider.Request, s provider.Sample) {
	e := p.Describe(q)
	if e.Name != s.Event || e.ID != s.ID || (e.DedupeKey == "") != (s.ID == "") {
		t.Errorf("event told is %+v, want the name %q and the id %q", e, s.Event, s.ID)
	}
}

// judgements: 200 in time is success everywhere, no answer nowhere, and each failure says why.
func judgements(t *testing.T, p *provider.Provider) {
	q := clone(p.Samples()[0].Request)
	if j := p.Assess(q, provider.Answer{Status: 200}); !j.Accepted || j.Text != "" || j.Next != "" {
		t.Errorf("200 is judged %+v", j)
	}
	failures := []provider.Answer{{Err: "nothing listens"}, {Status: 500}, {Status: 503}, {Status: 0}}
	if p.Timeout > 0 {
		failures = append(failures, provider.Answer{Status: 200, Took: p.Timeout + time.Second})
	}
	for _, a := range failures {
		if j := p.Assess(q, a); j.Accepted || j.Text == "" || j.Next == "" {
			t.Errorf("%+v is judged %+v, want a failure, its reason and what follows", a, j)
		}
	}
}
