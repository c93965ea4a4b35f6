package provider

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// sharedSecret is the scheme of senders that put the secret itself into the request: no signature, so it says who sends
// but not that the body is unchanged. Every carrier that is present is checked; one must be, and none may differ.
type sharedSecret struct {
	name     string    // of the provider, for flags named in messages
	absent   string    // what to say when no carrier is there
	expected string    // where the sender puts the secret, as the end of a sentence
	form     bool      // the sender's bodies are always forms
	user     string    // what a made secret begins with, where it is a user and a password: "user:"
	carriers []carrier // in order of preference
}

// A carrier is a place of the request that may hold the secret.
type carrier struct {
	name string                // what Sign says it changed
	read func(*Request) []sent // one for each time it is there
	set  func(*Request, string)
	can  func(*Request) bool // whether the request could carry the secret here
}

// sent is one value found in a carrier. A fault says why it can't be the secret, whatever its value.
type sent struct{ where, value, fault string }

func (k sharedSecret) verify(q *Request, secrets []Secret) Result {
	if len(secrets) == 0 {
		return Result{Verdict: Unchecked, Reason: "no secret configured; set one with --verify " + k.name + "=env:NAME"}
	}
	good, empty := usable(secrets)
	if len(good) == 0 {
		return Result{Verdict: Invalid, Reason: strings.Join(empty, " and ") + " is empty, and an empty secret proves nothing"}
	}
	r, wrong := k.compare(q, good)
	if r.Verdict == Valid || q.Quick {
		return r
	}
	r.Hints = append(r.Hints, near(wrong, good)...)
	if len(wrong) == len(r.Checks) { // no carrier fits
		r.Hints = append(r.Hints, k.misplaced(q, good)...)
	}
	r.Hints = append(r.Hints, k.shape(q)...)
	for _, name := range empty {
		r.Hints = append(r.Hints, name+" is empty and was left out")
	}
	return r
}

func (sharedSecret) shows(Secret) bool { return true }

// compare looks into every carrier and returns the values that didn't fit. The first fault is the reason.
func (k sharedSecret) compare(q *Request, secrets []Secret) (r Result, wrong []sent) {
	r = Result{Verdict: Missing, Reason: k.absent}
	for _, c := range k.carriers {
		for _, v := range c.read(q) {
			check := Check{Text: v.fault}
			if v.fault == "" {
				check = compareOne(v, secrets)
			}
			r.Checks = append(r.Checks, check)
			switch {
			case !check.OK && len(wrong) == 0:
				r.Verdict, r.Reason = Invalid, check.Text
			case r.Verdict == Missing:
				r.Verdict, r.Reason = Valid, check.Text
			}
			if !check.OK {
				wrong = append(wrong, v)
			}
		}
	}
	return r, wrong
}

func compareOne(v sent, secrets []Secret) Check {
	if v.value == "" {
		return Check{Text: v.where + " is empty"}
	}
	if s, ok := match(v.value, secrets); ok {
		return Check{OK: true, Text: v.where + " fits " + ref(s)}
	}
	return Check{Text: v.where + " differs from " + refs(secrets)}
}

// sign sets the carriers the request uses, or the first it could use.
func (k sharedSecret) sign(q *Request, s Secret, _ time.Time) ([]string, error) {
	var changed []string
	for _, c := range k.carriers {
		if len(c.read(q)) > 0 {
			c.set(q, s.Value)
			changed = append(changed, c.name)
		}
	}
	if changed != nil {
		return changed, nil
	}
	for _, c := range k.carriers {
		if c.can(q) {
			c.set(q, s.Value)
			return []string{c.name}, nil
		}
	}
	return nil, fmt.Errorf("provider: sign as %q: the request has no place for the secret", k.name)
}

func errNoPlace(name string) error {
	return fmt.Errorf("provider: sign as %q: the body has no place for the signature", name)
}

// secret makes a secret as a user chooses one.
func (k sharedSecret) secret(seed [32]byte) (check, sign string) {
	s := k.user + hex.EncodeToString(seed[:12])
	return s, s
}
