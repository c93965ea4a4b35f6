package provider

import (
	"bytes"
	"strings"
)

// A Handshake is a request by which a sender tries out an address before it trusts it.
type Handshake struct {
	Event string // what the request is called: "url_verification"
	Reply *Reply // what the sender wants to hear; nil: there is nothing that may be said, and Why says why
	Why   string
	Proof string // a token of its own that fits, in words; "" if it has none
	Wrong string // its token or signature is wrong, in words; "" if it isn't
}

// A Reply is a whole answer.
type Reply struct {
	Status int
	Fields []Field
	Body   []byte
}

// A challenge is a handshake of one sender as data.
type challenge struct {
	event  string
	method string   // "" for any
	where  []string // what is there: a place as told knows them, or PLACE=VALUE; !PLACE: what is not
	sole   bool     // the body is a JSON object of one member
	value  string   // the place of what is to be given back, in any form
	token  string   // the place of a token that must equal the secret
	plain  bool     // value is signed with the secret: it must be a bare token, and never a message that could be passed off
	signed signing
	answer func(value string, s Secret) *Reply
	why    string // why it is never answered
	alone  bool   // it can be nobody else's
}

// signing is whether a sender signs its handshakes. A wrong signature is never answered.
type signing int

const (
	unsigned  signing = iota // it does not: there is nothing to check
	mayBe                    // one that is there must be right
	mustBe                   // one must be there and right
	orRefused                // the same, and anything else is to be answered with 401
)

// Handshake says whether a request is a handshake, and what to answer. It is nil for any other request.
func (p *Provider) Handshake(q *Request, secrets []Secret) (h *Handshake) {
	defer func() {
		if recover() != nil {
			h = nil
		}
	}()
	if c := p.greeting(orEmpty(q)); c != nil {
		return c.shake(p, q, secrets)
	}
	return nil
}

// Challenges names the sender's handshakes; "" if none is known.
func (p *Provider) Challenges() string {
	names := make([]string, len(p.greetings))
	for n, c := range p.greetings {
		names[n] = c.event
	}
	return strings.Join(names, ", ")
}

func (p *Provider) greeting(q *Request) *challenge {
	for n := range p.greetings {
		if p.greetings[n].fits(q) {
			return &p.greetings[n]
		}
	}
	return nil
}

// greets reports whether a request is a handshake that is this sender's beyond doubt.
func (p *Provider) greets(q *Request) bool {
	c := p.greeting(q)
	return c != nil && c.alone
}

func (c *challenge) fits(q *Request) bool {
	if c.method != "" && q.Method != c.method || q.BodyTruncated {
		return false
	}
	r := q.look()
	for _, w := range c.where {
		if place, absent := strings.CutPrefix(w, "!"); absent {
			if r.first(place) != "" {
				return false
			}
			continue
		}
		place, want, exact := strings.Cut(w, "=")
		if path, inJSON := strings.CutPrefix(place, "j:"); inJSON && (r.tooLong() || !mentioned(q.Body, path, want)) {
			return false
		}
		got := r.first(place)
		if got == "" || exact && got != want {
			return false
		}
	}
	if c.sole {
		members, _ := r.json().(map[string]any)
		return len(members) == 1
	}
	return true
}

// mentioned says whether a JSON body can have a member of a value, at a glance: most requests need not be parsed for that.
func mentioned(body []byte, path, value string) bool {
	member := path[strings.LastIndexByte(path, '.')+1:]
	return bytes.Contains(body, []byte(`"`+member+`"`)) && bytes.Contains(body, []byte(value))
}

func (c *challenge) shake(p *Provider, q *Request, secrets []Secret) *Handshake {
	h := &Handshake{Event: c.event, Why: c.why}
	if c.answer == nil {
		return h
	}
	good, _ := usable(secrets)
	s, ok := c.proven(h, p, q, good)
	if !ok {
		if c.signed == orRefused && len(good) > 0 {
			h.Reply = &Reply{Status: 401}
		}
		return h
	}
	value := (&reading{q: q}).first(c.value)
	if c.plain && !bareToken(value) {
		h.Why = "what it wants to have signed is no bare token"
		return h
	}
	h.Reply = c.answer(value, s)
	return h
}

// proven looks for the secret that a handshake belongs to. Where it may not be answered it says why.
func (c *challenge) proven(h *Handshake, p *Provider, q *Request, good []Secret) (s Secret, ok bool) {
	needs := c.token != "" || c.plain || c.signed >= mustBe
	if len(good) == 0 {
		if needs {
			h.Why = "no secret is configured for " + p.Title
		}
		return s, !needs
	}
	if c.token != "" {
		if s, ok = match((&reading{q: q}).first(c.token), good); !ok {
			h.Wrong = "its token differs from " + refs(good)
			h.Why = h.Wrong
			return s, false
		}
		h.Proof = "its token fits " + ref(s)
		return s, true
	}
	if c.signed == unsigned || p.Verify == nil {
		return good[0], true
	}
	quick := *q
	quick.Quick = true
	for _, s := range good {
		if p.verify(&quick, []Secret{s}).Verdict == Valid {
			return s, true
		}
	}
	if p.verify(&quick, good).Verdict == Missing && c.signed == mayBe {
		return good[0], true
	}
	h.Wrong = "its signature is missing or wrong"
	h.Why = h.Wrong
	return s, false
}

// bareToken wants what senders use as tokens. Whoever may have any text signed could have a whole webhook signed, and
// then call with it: bodies and what else is signed hold braces, colons or dots.
func bareToken(s string) bool {
	return s != "" && len(s) <= 200 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/=") == ""
}
