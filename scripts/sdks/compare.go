package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"devhook/inspector/provider"
)

// A tally is what came of one package with one sender.
type tally struct {
	pack      *pack
	about     installed
	sender    string
	compared  int
	known     map[string]int  // cases with a difference that is written down
	stricter  map[string]bool // those of them in which the package refuses what devhook takes
	faults    []string
	endsAfter []string // written down, but the package agreed now
}

// run compares every package, prints the table and tells whether all is as written down.
func run(ctx context.Context, w io.Writer, node, dir string) (agreed bool, err error) {
	p, err := start(ctx, node, dir)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	senders := provider.All()
	var all []*tally
	var missing []string
	for _, k := range packs() {
		sender, ok := senders.ByName(k.sender)
		if !ok {
			missing = append(missing, k.sender)
			continue
		}
		t, err := p.compare(&k, sender)
		if err != nil {
			return false, err
		}
		all = append(all, t)
	}
	return report(w, p.about.Node, all, missing, withoutPackage(senders)), nil
}

// withoutPackage names the senders that sign and have no package among ours.
func withoutPackage(senders provider.List) (names []string) {
	has := map[string]bool{}
	for _, k := range packs() {
		has[k.sender] = true
	}
	for _, p := range senders {
		if p.Sign != nil && !has[p.Name] {
			names = append(names, p.Name)
		}
	}
	return names
}

// compare has one package judge and sign all samples of a sender that are for it.
func (p *peer) compare(k *pack, sender *provider.Provider) (*tally, error) {
	t := &tally{pack: k, about: p.about.SDKs[k.sdk], sender: sender.Title, known: map[string]int{}, stricter: map[string]bool{}}
	if t.about.Package == "" || t.about.Fault != "" {
		return nil, fmt.Errorf("load %s: %s", k.sdk, t.about.Fault)
	}
	if sender.Sign == nil || sender.MakeSecret == nil {
		t.faults = append(t.faults, "devhook cannot sign as this sender")
		return t, nil
	}
	for _, s := range k.samples(sender) {
		f, err := newFixture(k, sender, &s)
		if err == nil {
			err = p.judge(t, f, s.Event)
		}
		if err == nil && t.about.Signs {
			err = p.made(t, f, s.Event)
		}
		if err != nil {
			return nil, err
		}
	}
	if t.compared == 0 {
		t.faults = append(t.faults, "no sample of this sender is for this package")
	}
	for _, name := range slices.Sorted(maps.Keys(k.differs)) {
		if t.known[name] == 0 {
			t.endsAfter = append(t.endsAfter, name)
		}
	}
	return t, nil
}

// judge compares the two verdicts on what devhook signed.
func (p *peer) judge(t *tally, f *fixture, event string) error {
	all, err := f.trials()
	if err != nil {
		return err
	}
	for _, c := range all {
		a, err := p.ask(f.k.sdk, "verify", c.q, c.secret.Value)
		if err != nil {
			return err
		}
		r := f.p.Check(c.q, []provider.Secret{c.secret})
		valid := r.Verdict == provider.Valid
		t.compared++
		switch {
		case c.want == taken && !valid, c.want == refused && valid:
			t.fault(event, c.name, "devhook says %s: %s", r.Verdict, r.Reason)
		case valid == a.OK:
		case f.k.differs[c.name] != "":
			t.known[c.name]++
			t.stricter[c.name] = valid
		case a.OK:
			t.fault(event, c.name, "the package takes it, devhook says %s: %s", r.Verdict, r.Reason)
		default:
			t.fault(event, c.name, "devhook says valid, the package refuses it: %q", a.Why)
		}
	}
	return nil
}

// made compares what the package signs with what devhook finds, and would have made of it.
func (p *peer) made(t *tally, f *fixture, event string) error {
	bodies := [][]byte{f.plain.Body}
	if !strings.Contains(f.plain.URL, bodyHash) {
		bodies = append(bodies, foreign(f.plain.Body))
	}
	for _, body := range bodies {
		q := clone(&f.plain)
		q.Body = body
		a, err := p.ask(f.k.sdk, "sign", q, f.sign.Value)
		if err != nil {
			return err
		}
		apply(q, a)
		bad := clone(q)
		bad.Body = f.changed(q.Body)
		const by = "signed by the package"
		for _, c := range []trial{
			{by, taken, q, f.check}, {by + ", body changed", refused, bad, f.check}, {by + ", another secret", refused, q, f.wrong},
		} {
			t.compared++
			if r := f.p.Check(c.q, []provider.Secret{c.secret}); (r.Verdict == provider.Valid) != (c.want == taken) {
				t.fault(event, c.name, "devhook says %s: %s", r.Verdict, r.Reason)
			}
		}
		if f.k.chance {
			continue
		}
		t.compared++
		if diff, err := f.unlike(q, a); err != nil {
			return err
		} else if diff != "" {
			t.fault(event, by, "devhook signs it otherwise: %s", diff)
		}
	}
	return nil
}

// apply puts what the package made into the request.
func apply(q *provider.Request, a answer) {
	if a.URL != "" {
		q.URL = a.URL
	}
	if a.Method != "" {
		q.Method = a.Method
	}
	if a.Body != nil {
		q.Body = a.Body
	}
	for name, value := range a.Headers {
		set(q, name, value)
	}
}

// unlike names the header in which devhook's own signature differs from the package's.
func (f *fixture) unlike(q *provider.Request, a answer) (string, error) {
	own := clone(q)
	if _, err := f.p.Resign(own, f.sign, at); err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(a.Headers)) {
		if get(own, name) != get(q, name) {
			return name, nil
		}
	}
	if string(own.Body) != string(q.Body) {
		return "the body", nil
	}
	return "", nil
}

func (t *tally) fault(event, name, format string, args ...any) {
	t.faults = append(t.faults, fmt.Sprintf("%s, %s: %s", event, name, fmt.Sprintf(format, args...)))
}
