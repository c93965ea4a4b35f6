package provider

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// A scheme is how a sender proves itself.
type scheme interface {
	verify(q *Request, secrets []Secret) Result
	sign(q *Request, s Secret, now time.Time) (changed []string, err error)
	secret(seed [32]byte) (check, sign string) // a secret as the sender makes them; without seed's chance always the same
}

// A row is a sender of which everything is data. To know a further one, write a row with a sample, and name it in rows.
type row struct {
	name, title, doc string
	proof            scheme // nil: nothing can be checked offline, why says so
	why              string
	how              string              // what proves the sender, in a few words; "" where the scheme tells it
	where            string              // where to find or set the secret
	marks            []string            // what together is this sender's alone: headers, j:places of a JSON body; with a beginning as "NAME: VALUE"
	known            func(*Request) bool // how else it is recognised
	told             told
	rule             rule
	judge            func(*Request, Answer) Judgement // where the rule does not say all
	samples          []sample
	asks             string // what it takes from an answer beside its status

	secretHeaders, secretFields []string // whose values are masked, beside what is masked everywhere
}

// A sample is an unsigned request as the sender would make it. The default is a POST of JSON.
type sample struct {
	event, id string
	method    string
	path      string // below the public address, with its query
	headers   []string
	body      string
}

// A rule is what a sender makes of an answer: 2xx is success unless said otherwise.
type rule struct {
	within   time.Duration // how long it waits; 0: not known
	from, to int           // statuses that are success, default 200 to 299
	next     string        // what it does after a failure
}

func (r row) provider() *Provider {
	p := &Provider{
		Name: r.name, Title: r.title, Doc: r.doc, Timeout: r.rule.within,
		Recognise: r.knows, Event: func(q *Request) Event { return r.told.event(r.name, q) },
		Judge:         r.rule.judge(r.title),
		Samples:       r.allSamples,
		SecretHeaders: append([]string{"Authorization"}, r.secretHeaders...), SecretFields: r.secretFields,
		Proof: r.how, Success: r.rule.wants(), Retries: r.rule.next, Where: r.where, Asks: r.asks,
	}
	if r.judge != nil {
		p.Judge = r.judge
	}
	if r.proof == nil {
		p.Proof = or(r.how, "cannot be checked offline: "+r.why)
		p.Verify = func(*Request, []Secret) Result {
			return Result{Verdict: Unchecked, Reason: r.title + " cannot be checked offline: " + r.why}
		}
		return p
	}
	p.by = r.proof
	p.Verify, p.Sign, p.MakeSecret = r.proof.verify, r.proof.sign, r.proof.secret
	return p
}

// knows wants every mark, or what else the sender is known by.
func (r row) knows(q *Request) bool {
	if r.known != nil && r.known(q) {
		return true
	}
	if len(r.marks) == 0 {
		return false
	}
	look := q.look()
	for _, m := range r.marks {
		if !look.marked(m) {
			return false
		}
	}
	return len(r.marks) > 0
}

// marked reports whether a request has a header, or with "NAME: VALUE" one that begins so.
func (q *Request) marked(mark string) bool {
	name, want, valued := strings.Cut(mark, ": ")
	got := header(q.Fields, name)
	return got != "" && (!valued || begins(got, want))
}

// begins says whether a text begins with another, whatever the case of its letters.
func begins(s, with string) bool {
	return len(s) >= len(with) && strings.EqualFold(s[:len(with)], with)
}

// marked also knows marks in a JSON body. What cannot be there is not looked for: bodies are parsed for few senders only.
func (r *reading) marked(mark string) bool {
	name, want, _ := strings.Cut(mark, ": ")
	path, inBody := strings.CutPrefix(name, "j:")
	if !inBody {
		return r.q.marked(mark)
	}
	if r.tooLong() || !bytes.Contains(r.q.Body, []byte(`"`+path[strings.LastIndexByte(path, '.')+1:]+`"`)) {
		return false
	}
	got := r.member(path)
	return got != "" && begins(got, want)
}

func (r row) allSamples() (all []Sample) {
	for _, s := range r.samples {
		q := Request{Method: or(s.method, "POST"), Target: or(s.path, "/webhook"), Body: []byte(s.body)}
		typed := false
		for _, h := range s.headers {
			name, value, _ := strings.Cut(h, ": ")
			typed = typed || strings.EqualFold(name, "Content-Type")
			q.Fields = append(q.Fields, Field{name, value})
		}
		if !typed && s.body != "" {
			q.Fields = append(q.Fields, Field{"Content-Type", "application/json"})
		}
		all = append(all, Sample{Event: s.event, ID: s.id, Request: q})
	}
	return all
}

// judge judges an answer by the rule.
func (r rule) judge(title string) func(*Request, Answer) Judgement {
	from, to, wants := r.from, r.to, r.wants()
	if from == 0 {
		from, to = 200, 299
	}
	next := or(r.next, title+" does not say whether it tries again")
	return func(_ *Request, a Answer) Judgement {
		switch {
		case a.Err != "":
			return Judgement{Text: "nothing answered", Next: next}
		case r.within > 0 && a.Took >= r.within:
			return Judgement{Text: fmt.Sprintf("took %.1f s, waits %g s", a.Took.Seconds(), r.within.Seconds()), Next: next}
		case a.Status < from || a.Status > to:
			return Judgement{Text: fmt.Sprintf("answered %d, wants %s", a.Status, wants), Next: next}
		}
		return Judgement{Accepted: true}
	}
}
