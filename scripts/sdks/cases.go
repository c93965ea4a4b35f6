package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"devhook/inspector/provider"
)

// A verdict is what both must say of a case.
type verdict int

const (
	either  verdict = iota // the same, whichever it is
	taken                  // that it is valid
	refused                // that it is not
)

// A trial is a request to be judged by both, with a secret.
type trial struct {
	name   string
	want   verdict
	q      *provider.Request
	secret provider.Secret
}

// trials are the requests that devhook signs for a sample, and what may happen to them on the way.
func (f *fixture) trials() ([]trial, error) {
	q, changed, err := f.signed(f.plain.Body)
	if err != nil {
		return nil, err
	}
	all, err := f.asSigned(q)
	if err != nil {
		return nil, err
	}
	more, err := f.otherBodies()
	if err != nil {
		return nil, err
	}
	all = append(all, more...)
	if more, err = f.addresses(); err != nil {
		return nil, err
	}
	all = append(all, more...)
	all = append(all, f.wrongs(q, signature(q, changed))...)
	all = append(all, f.ages(q)...)
	pairs, err := f.pairs(q, signature(q, changed))
	return append(all, pairs...), err
}

// asSigned is the request itself, and the same signed long ago with another secret and now anew.
func (f *fixture) asSigned(q *provider.Request) ([]trial, error) {
	anew := clone(&f.plain)
	_, err := f.p.Resign(anew, f.other, at.Add(-endless))
	if err == nil {
		_, err = f.p.Resign(anew, f.sign, at)
	}
	return []trial{{"as signed", taken, q, f.check}, {"signed anew", taken, anew, f.check}}, err
}

// otherBodies are signed too: with text beyond ASCII, and with a line break at the end, which must not be trimmed.
func (f *fixture) otherBodies() (all []trial, err error) {
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"text beyond ASCII", foreign(f.plain.Body)},
		{"line break at the end", append([]byte(string(f.plain.Body)), "\r\n"...)},
	} {
		if len(f.plain.Body) == 0 || strings.Contains(f.plain.URL, bodyHash) {
			continue
		}
		q, _, err := f.signed(c.body)
		if err != nil {
			return nil, err
		}
		all = append(all, trial{c.name, taken, q, f.check})
	}
	return all, nil
}

// addresses are signed by some senders, by their parts or as they are written.
func (f *fixture) addresses() (all []trial, err error) {
	const query, escaped = "b=2&a=1&c=x-y", "b=2&a=1&a=0&name=J%C3%BCrgen+O%27Neil&at=10:30"
	add := func(name, target string, change func(*provider.Request)) {
		g := *f
		g.plain = *clone(&f.plain)
		g.plain.Target, g.plain.URL = target, "https://hooks.example.com"+target
		change(&g.plain)
		q, _, signErr := g.signed(g.plain.Body)
		err = errors.Join(err, signErr)
		all = append(all, trial{name, taken, q, f.check})
	}
	if !strings.Contains(f.plain.URL, "?") {
		add("address with a query", f.plain.Target+"?"+query, func(*provider.Request) {})
		add("address with escapes", f.plain.Target+"?"+escaped, func(*provider.Request) {})
		add("address with a port", f.plain.Target, func(q *provider.Request) {
			q.URL = strings.Replace(q.URL, "example.com", "example.com:8443", 1)
		})
	}
	if f.k.empty {
		add("empty body", f.plain.Target, func(q *provider.Request) { q.Body = nil })
	}
	if f.k.get {
		add("GET", f.plain.Target+"?"+query, func(q *provider.Request) {
			q.Method, q.Body = "GET", nil
			remove(q, "Content-Type")
		})
	}
	respelt := func(name, signed, judged string) {
		add(name, f.plain.Target, func(q *provider.Request) { q.URL = signed })
		all[len(all)-1].want, all[len(all)-1].q.URL = either, judged
	}
	const host = "https://hooks.example.com"
	respelt("apostrophe escaped on the way", host+"/w?n=O'Neil", host+"/w?n=O%27Neil")
	respelt("escape of an apostrophe undone", host+"/w?n=O%27Neil", host+"/w?n=O'Neil")
	respelt("port 443 left out", host+":443/w", host+"/w")
	respelt("port 443 put in", host+"/w", host+":443/w")
	if err != nil {
		return nil, err
	}
	return all, nil
}

// wrongs are faults of the body, the secret and the signature.
func (f *fixture) wrongs(q *provider.Request, header string) []trial {
	all := []trial{{"another secret", refused, q, f.wrong}}
	add := func(name string, want verdict, change func(*provider.Request)) {
		c := clone(q)
		change(c)
		all = append(all, trial{name, want, c, f.check})
	}
	if len(q.Body) > 0 {
		add("body changed", f.ifCovered("nothing"), func(q *provider.Request) { q.Body = f.changed(q.Body) })
		add("body cut by a byte", f.ifCovered("nothing", "some fields"), func(q *provider.Request) { q.Body = q.Body[:len(q.Body)-1] })
		add("space behind the body", f.ifCovered("nothing", "some fields"), func(q *provider.Request) { q.Body = append(q.Body, ' ') })
	}
	add("another path", either, func(q *provider.Request) { q.URL += "/other" })
	add("http for https", either, func(q *provider.Request) { q.URL = "http" + strings.TrimPrefix(q.URL, "https") })
	add("another method", either, func(q *provider.Request) { q.Method = "PUT" })
	if header == "" {
		return all
	}
	value := get(q, header)
	add("no signature", refused, func(q *provider.Request) { remove(q, header) })
	add("empty signature", refused, func(q *provider.Request) { set(q, header, "") })
	add("signature cut", refused, func(q *provider.Request) { set(q, header, value[:len(value)-8]) })
	add("junk behind the signature", refused, func(q *provider.Request) { set(q, header, value+"!") })
	return all
}

// ifCovered wants a changed body refused, unless the signature covers too little of it.
func (f *fixture) ifCovered(not ...string) verdict {
	if slices.Contains(not, f.k.covers) {
		return either
	}
	return refused
}

// ages are judged at devhook's limits and a second beyond, or two days off where devhook has no limit.
func (f *fixture) ages(q *provider.Request) []trial {
	one := func(limit, direction time.Duration, what, beyond string) []trial {
		if limit == endless {
			return []trial{{"two days " + what, taken, later(q, direction*endless), f.check}}
		}
		return []trial{
			{fmt.Sprintf("%s %s", limit, what), taken, later(q, direction*limit), f.check},
			{fmt.Sprintf("a second %s %s", beyond, what), refused, later(q, direction*(limit+time.Second)), f.check},
		}
	}
	return append(one(f.past, 1, "old", "too"), one(f.future, -1, "ahead", "too far")...)
}

// pairs have two signatures, as while a secret is being changed.
func (f *fixture) pairs(q *provider.Request, header string) ([]trial, error) {
	join, behind := f.k.pair[0], f.k.pair[1]
	if join == "" {
		return nil, nil
	}
	two := clone(q) // it keeps the id and the nonce
	if _, err := f.p.Resign(two, f.other, at); err != nil {
		return nil, err
	}
	right, wrong := get(q, header), get(two, header)
	with := func(first, second string) *provider.Request {
		c := clone(q)
		_, sig, _ := strings.Cut(second, behind)
		set(c, header, first+join+sig)
		return c
	}
	return []trial{
		{"two signatures, the first right", taken, with(right, wrong), f.check},
		{"two signatures, the second right", taken, with(wrong, right), f.check},
		{"two signatures, both wrong", refused, with(wrong, wrong), f.check},
	}, nil
}
