package provider

import (
	"strconv"
	"time"
)

// inBody is the scheme of senders that put signatures into the body, over a few of its fields. Each signed thing is taken
// out as a request of its own, whose headers are those fields: then it is a signature like any other.
type inBody struct {
	one    *signature
	things func(*Request) []*Request
	put    func(q *Request, n int, signed *Request) // writes what was signed back into the body
}

// verify wants every thing proven.
func (k inBody) verify(q *Request, secrets []Secret) (r Result) {
	all := k.things(q)
	if len(all) == 0 {
		return k.one.verify(&Request{At: q.At, Quick: q.Quick}, secrets)
	}
	for n, thing := range all {
		thing.At, thing.Quick = q.At, q.Quick
		r = k.one.verify(thing, secrets)
		if r.Verdict != Valid {
			if len(all) > 1 {
				r.Reason = "item " + strconv.Itoa(n+1) + ": " + r.Reason
			}
			return r
		}
	}
	if len(all) > 1 {
		r.Reason += ", in all " + strconv.Itoa(len(all)) + " items"
	}
	return r
}

// sign renews every signature.
func (k inBody) sign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	all := k.things(q)
	if len(all) == 0 {
		return nil, errNoPlace(k.one.name)
	}
	for n, thing := range all {
		if changed, err = k.one.sign(thing, s, now); err != nil {
			return nil, err
		}
		k.put(q, n, thing)
	}
	return changed, nil
}

func (k inBody) secret(seed [32]byte) (check, sign string) { return k.one.secret(seed) }
