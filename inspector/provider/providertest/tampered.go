package providertest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"devhook/inspector/provider"
)

// mutations is how many wrong secrets are tried for a sample.
const mutations = 500

// tampered signs with a secret that is almost right: not one may pass.
func tampered(t *testing.T, p *provider.Provider) {
	rnd := rand.New(rand.NewPCG(1, 2))
	k := keysOf(p)
	secret, accepted := k.right, 0
	for _, s := range p.Samples() {
		for range mutations {
			wrong := provider.Secret{Ref: "env:WRONG", Value: mutate(rnd, k.signRight.Value)}
			if p.Name == "seven" { // whose keys are trimmed
				wrong.Value = strings.TrimSpace(wrong.Value)
			}
			if sameKey(wrong.Value, k.signRight.Value) || strings.TrimSpace(wrong.Value) == "" {
				continue
			}
			q := clone(s.Request)
			q.Quick = true
			if _, err := p.Resign(q, wrong, now); err != nil {
				continue // no secret of this sender's any more
			}
			if r := p.Check(q, []provider.Secret{secret}); r.Verdict != provider.Invalid {
				accepted++
				t.Errorf("%s: %q is taken for %q: %s", s.Event, wrong.Value, secret.Value, r.Verdict)
			}
			if accepted > 3 {
				t.FailNow()
			}
		}
	}
}

// sameKey: where secrets are coded, two texts may be the same key; and HMAC fills a short key up with zero bytes.
func sameKey(a, b string) bool {
	plain := func(s string) string { return strings.ToLower(strings.TrimRight(s, "=\x00")) }
	return a == b || plain(a) == plain(b)
}

// mutate changes a few bytes: flips a bit, drops, doubles, inserts, changes case, cuts, turns round.
func mutate(rnd *rand.Rand, s string) string {
	b := []byte(s)
	for range 1 + rnd.IntN(3) {
		if len(b) == 0 {
			return "x"
		}
		i := rnd.IntN(len(b))
		switch rnd.IntN(8) {
		case 0:
			b[i] ^= 1 << rnd.IntN(8)
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = append(b[:i+1], b[i:]...)
		case 3:
			b = append(b, byte(rnd.IntN(256)))
		case 4:
			b[i] ^= 0x20
		case 5:
			b = b[:i]
		case 6:
			j := rnd.IntN(len(b))
			b[i], b[j] = b[j], b[i]
		case 7:
			b = append([]byte(" \r\n\x00+%")[rnd.IntN(6):][:1:1], b...)
		}
	}
	return string(b)
}
