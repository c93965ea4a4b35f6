package provider

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Check judges the proof in a request with the secrets of its route; any of them may fit. others are secrets set
// elsewhere: they prove nothing, but if one fits, a hint says so.
func (p *Provider) Check(q *Request, secrets []Secret, others ...Secret) Result {
	q = orEmpty(q)
	if q.BodyTruncated && len(secrets) > 0 {
		return Result{Verdict: Unchecked, Reason: "the body is too long to be checked"}
	}
	r := p.verify(q, secrets)
	if r.Verdict != Invalid {
		return r
	}
	quick := *q
	quick.Quick = true
	for _, s := range others {
		if p.verify(&quick, []Secret{s}).Verdict == Valid {
			r.Hints = append(r.Hints, ref(s)+" fits, but is set for another route")
		}
	}
	return r
}

func (p *Provider) verify(q *Request, secrets []Secret) (r Result) {
	if p.Verify == nil {
		return Result{Verdict: Unchecked, Reason: p.Title + " has no secret that can be checked"}
	}
	defer func() {
		if v := recover(); v != nil {
			r = Result{Verdict: Unchecked, Reason: "the check " + broke(v)}
		}
	}()
	return p.Verify(q, secrets)
}

// Knows says whether the request looks like one of this sender's.
func (p *Provider) Knows(q *Request) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	q = orEmpty(q)
	return p.Recognise != nil && p.Recognise(q) || p.greets(q)
}

// Describe says what happened, as far as the request tells; otherwise the zero Event.
func (p *Provider) Describe(q *Request) (e Event) {
	defer func() {
		if recover() != nil {
			e = Event{}
		}
	}()
	q = orEmpty(q)
	if c := p.greeting(q); c != nil {
		return Event{Name: c.event} // tried out as often as the sender likes: none is a duplicate of another
	}
	if p.Event == nil {
		return Event{}
	}
	return p.Event(q)
}

// Assess says whether the sender would count the answer as success.
func (p *Provider) Assess(q *Request, a Answer) (j Judgement) {
	if p.Judge == nil {
		return judge2xx(q, a)
	}
	defer func() {
		if v := recover(); v != nil {
			j = judge2xx(q, a)
			j.Notes = []string{"judged as an unknown sender's: the judgement " + broke(v)}
		}
	}()
	return p.Judge(orEmpty(q), a)
}

// Resign puts a fresh proof into the request, in place, and names the headers and fields it set. On error the request
// may be half changed.
func (p *Provider) Resign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	if p.Sign == nil {
		return nil, fmt.Errorf("provider: sign as %q: there is nothing to sign", p.Name)
	}
	if blank(s) {
		return nil, fmt.Errorf("provider: sign as %q: %s is empty", p.Name, ref(s))
	}
	defer func() {
		if v := recover(); v != nil {
			changed, err = nil, fmt.Errorf("provider: sign as %q: %w", p.Name, errors.New(broke(v)))
		}
	}()
	return p.Sign(q, s, now)
}

// Shows reports whether what this secret proves holds the secret itself, so that whoever gets it can prove as much.
func (p *Provider) Shows(s Secret) bool {
	k, ok := p.by.(interface{ shows(Secret) bool })
	return ok && k.shows(s)
}

func orEmpty(q *Request) *Request {
	if q == nil {
		return &Request{}
	}
	return q
}

// broke words a panic. Only the runtime's own texts are repeated: any other value may hold parts of the request.
func broke(v any) string {
	if e, ok := v.(runtime.Error); ok {
		return "broke off: " + e.Error()
	}
	return "broke off"
}
