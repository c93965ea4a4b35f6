package provider

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// ownHeaders is the proof of senders that add header lines of the user's choice to their webhooks. A secret is such a
// line, "Authorization: Basic dXNlcjpwYXNz", or several, of which each must be there. It says who sends, but not that the
// body is unchanged.
type ownHeaders struct{ name string }

// ownLine is what a secret of this form looks like: no key that a sender makes has a colon and a blank in it.
var ownLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*): +(\S.*)$`)

// ownLines takes such a secret apart; ok is false if it is of another form.
func ownLines(secret string) (lines []Field, ok bool) {
	for line := range strings.SplitSeq(strings.TrimSpace(secret), "\n") {
		m := ownLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			return nil, false
		}
		lines = append(lines, Field{m[1], m[2]})
	}
	return lines, true
}

// line is the proof by one of them.
func (k ownHeaders) line(name string) sharedSecret {
	return sharedSecret{
		name: k.name, absent: "no " + name + " header", expected: "in the header " + name, carriers: []carrier{headerValue(name)},
	}
}

// verify accepts any of the secrets. Of those that don't fit the first that is there is told.
func (k ownHeaders) verify(q *Request, secrets []Secret) (r Result) {
	for n, s := range secrets {
		one := k.verifyOne(q, s)
		if n == 0 || one.Verdict == Valid || r.Verdict == Missing && one.Verdict == Invalid {
			r = one
		}
		if r.Verdict == Valid {
			return r
		}
	}
	return r
}

// verifyOne wants every line of a secret.
func (k ownHeaders) verifyOne(q *Request, s Secret) Result {
	lines, _ := ownLines(s.Value)
	all := Result{Verdict: Valid}
	fits := 0
	for _, l := range lines {
		r := k.line(l.Name).verify(q, []Secret{{Ref: s.Ref, Value: l.Value}})
		all.Checks, all.Hints = append(all.Checks, r.Checks...), append(all.Hints, r.Hints...)
		switch {
		case r.Verdict == Valid:
			fits++
			all.Reason = or(all.Reason, r.Reason)
		case all.Verdict == Valid || all.Verdict == Missing && r.Verdict == Invalid:
			all.Verdict, all.Reason = r.Verdict, r.Reason
		}
	}
	if all.Verdict == Missing && fits > 0 {
		all.Verdict, all.Reason = Invalid, all.Reason+", which "+ref(s)+" names too"
	}
	return all
}

func (k ownHeaders) sign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	lines, ok := ownLines(s.Value)
	if !ok {
		return nil, fmt.Errorf("provider: sign as %q: %s is no header line", k.name, ref(s))
	}
	for _, l := range lines {
		names, err := k.line(l.Name).sign(q, Secret{Ref: s.Ref, Value: l.Value}, now)
		if err != nil {
			return nil, err
		}
		changed = append(changed, names...)
	}
	return changed, nil
}
