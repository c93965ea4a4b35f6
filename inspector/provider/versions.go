package provider

import (
	"slices"
	"time"
)

// versions are the schemes of a sender that has had several, the newest first. What a request carries of the newest kind
// counts; an older one is taken only where there is no newer.
type versions []*signature

func (v versions) verify(q *Request, secrets []Secret) Result {
	for n, k := range v {
		if !k.in(q) {
			continue
		}
		r := k.verify(q, secrets)
		if r.Verdict == Valid && n > 0 {
			r.Checks = append(r.Checks, Check{OK: true, Text: "it is the older " + k.title() + ": the newer " + v[0].headers[0] + " is not there"})
		}
		if r.Verdict == Invalid && !q.Quick {
			r.Hints = append(r.Hints, v.others(n, q, secrets)...)
		}
		return r
	}
	return v[0].verify(q, secrets)
}

// others tells which of the other signatures of the request fit.
func (v versions) others(wrong int, q *Request, secrets []Secret) (hints []string) {
	for n, k := range v {
		if n != wrong && k.in(q) && k.verify(q, secrets).Verdict == Valid {
			hints = append(hints, k.title()+" fits, and "+v[wrong].title()+" is the one that counts")
		}
	}
	return hints
}

// title tells kinds with the same header apart.
func (k *signature) title() string {
	if k.when != "" {
		return k.headers[0] + " with " + k.when
	}
	return k.headers[0]
}

// in reports whether the request carries this kind.
func (k *signature) in(q *Request) bool {
	if k.when != "" && !q.marked(k.when) {
		return false
	}
	for _, name := range k.headers {
		if header(q.Fields, name) != "" {
			return true
		}
	}
	return false
}

// sign renews every kind that the request carries, or sets the newest.
func (v versions) sign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	for _, k := range v {
		if k.in(q) && !slices.Contains(changed, k.present(q)) { // two kinds may share a header: the newer has it
			names, err := k.sign(q, s, now)
			if err != nil {
				return nil, err
			}
			changed = append(changed, names...)
		}
	}
	if changed == nil {
		return v[0].sign(q, s, now)
	}
	return changed, nil
}

func (v versions) secret(seed [32]byte) (check, sign string) { return v[0].secret(seed) }
