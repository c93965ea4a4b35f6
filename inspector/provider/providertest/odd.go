package providertest

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"devhook/inspector/provider"
)

// oddBodies are what no sender sends and every public address gets.
func oddBodies() []string {
	return []string{
		"", "&", "=", "&&==&&", "%", "%z", "%%%", "\x00", "\xff\xfe\xfd", "null", "[]", "[[[[", "{}", `{"secret":[]}`, `{"event":{}}`,
		"event[]=incoming_message&id[]=1&secret[]=x", "event=&id=&secret=", "event=%ff&id=%00&secret=%c3%28",
		"event=" + strings.Repeat("e", 1<<20) + "&id=" + strings.Repeat("1", 1<<20),
		"secret=" + strings.Repeat("s", 1<<20), strings.Repeat("&", 1<<16), strings.Repeat("a=b&", 1<<14),
		strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 20_000), `{"secret":"` + strings.Repeat("x", 1<<20),
	}
}

// oddFields are header lines that fit no body.
func oddFields() [][]provider.Field {
	return [][]provider.Field{
		nil,
		{{Name: "", Value: ""}},
		{{Name: "Content-Type", Value: ";;;"}, {Name: "Authorization", Value: ""}},
		{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Authorization", Value: "Basic"}},
		{{Name: "content-type", Value: "APPLICATION/X-WWW-FORM-URLENCODED;charset=\xff"}, {Name: "authorization", Value: "basic  \xff"}},
		{{Name: "Content-Type", Value: "application/json"}, {Name: "Authorization", Value: "Basic " + strings.Repeat("A", 60_000)}},
		{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Content-Length", Value: "-99999999999999999999"}},
		{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Authorization", Value: "Basic Og=="}},
	}
}

// oddInput: none of it may break off, and none may be taken for proven. Panics that a method would turn into a verdict
// count too, so the functions are called themselves.
func oddInput(t *testing.T, p *provider.Provider) {
	p.Check(nil, nil)
	p.Knows(nil)
	p.Describe(nil)
	p.Assess(nil, provider.Answer{})
	k, heads, bodies := keysOf(p), oddFields(), oddBodies()
	for i, fields := range heads {
		for j, body := range bodies {
			if len(body) > long && (i+j)%len(heads) != 0 {
				continue // each long body with some of the heads
			}
			for _, method := range []string{"POST", "GET", ""} {
				if method == "POST" || len(body) <= long {
					oddOne(t, p, k, heads, provider.Request{Method: method, Target: "/?secret=x&=&%", Fields: fields, Body: []byte(body)})
				}
			}
		}
	}
}

// long is from when a body costs time: there are many senders.
const long = 1000

func oddOne(t *testing.T, p *provider.Provider, k keys, heads [][]provider.Field, q provider.Request) {
	secret, other := k.right, k.wrong
	p.Recognise(clone(q))
	p.Event(clone(q))
	for _, s := range [][]provider.Secret{nil, {{}}, {secret}, {other, secret, {}}} {
		if r := p.Verify(clone(q), s); r.Verdict == provider.Valid || r.Verdict == "" || r.Reason == "" {
			t.Errorf("odd request is %q for %q", r.Verdict, r.Reason)
		}
	}
	for _, fields := range heads {
		p.Judge(clone(q), provider.Answer{Status: 200, Fields: fields, Body: q.Body, Took: -time.Second})
	}
	q.Remote = netip.Addr{}
	signed := clone(q)
	if p.Sign == nil {
		return
	}
	if _, err := p.Sign(signed, k.signRight, now); err != nil {
		return
	}
	want(t, p.Check(signed, []provider.Secret{secret}), provider.Valid)
}
