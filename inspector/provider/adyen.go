package provider

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Adyen signs some fields of each item of a payments notification, inside that item; what its platforms and management
// send has one signature of the body, in a header.

type adyenProof struct {
	whole *signature
	items inBody
}

func newAdyenProof() adyenProof {
	key := keyForm{coded: asHex}
	whole := ofBody("adyen", "HmacSignature", "", hmacSHA256, asBase64)
	whole.key = key
	return adyenProof{whole, inBody{
		one: &signature{
			name: "adyen", headers: []string{"additionalData.hmacSignature"}, kind: "field of an item", layout: alone{},
			signs: []part{theBody}, using: hmacSHA256, coded: asBase64, key: key,
			uncovered: "it covers the references, the account, the amount, the event's name and success: nothing shows that the rest is unchanged",
		},
		things: adyenThings, put: adyenPut,
	}}
}

func (k adyenProof) by(q *Request) scheme {
	if k.whole.in(q) || !bytes.Contains(q.Body, []byte(`"notificationItems"`)) {
		return k.whole
	}
	return k.items
}

func (k adyenProof) verify(q *Request, secrets []Secret) Result { return k.by(q).verify(q, secrets) }

func (k adyenProof) sign(q *Request, s Secret, now time.Time) ([]string, error) {
	return k.by(q).sign(q, s, now)
}

func (k adyenProof) secret(seed [32]byte) (check, sign string) { return k.whole.secret(seed) }

// adyenItems finds the items; nil if any of them is none.
func adyenItems(body []byte) (all []span) {
	list, ok := objectAt(body, 0)["notificationItems"]
	if !ok {
		return nil
	}
	for _, one := range arrayAt(body, list.from) {
		item, ok := objectAt(body, one.from)["NotificationRequestItem"]
		if !ok || objectAt(body, item.from) == nil {
			return nil
		}
		all = append(all, item)
	}
	return all
}

func adyenThings(q *Request) (all []*Request) {
	for _, item := range adyenItems(q.Body) {
		fields := objectAt(q.Body, item.from)
		word := func(in map[string]span, name string) string {
			s, ok := in[name]
			if !ok {
				return ""
			}
			return wordAt(q.Body, s)
		}
		var amount, more map[string]span
		if s, ok := fields["amount"]; ok {
			amount = objectAt(q.Body, s.from)
		}
		if s, ok := fields["additionalData"]; ok {
			more = objectAt(q.Body, s.from)
		}
		thing := &Request{Body: []byte(strings.Join([]string{
			word(fields, "pspReference"), word(fields, "originalReference"), word(fields, "merchantAccountCode"), word(fields, "merchantReference"),
			word(amount, "value"), word(amount, "currency"), word(fields, "eventCode"), word(fields, "success"),
		}, ":"))}
		if sig := word(more, "hmacSignature"); sig != "" {
			thing.Fields = []Field{{"additionalData.hmacSignature", sig}}
		}
		all = append(all, thing)
	}
	return all
}

func adyenPut(q *Request, n int, signed *Request) {
	sig := quoted(header(signed.Fields, "additionalData.hmacSignature"))
	item := adyenItems(q.Body)[n]
	if s, ok := objectAt(q.Body, item.from)["additionalData"]; ok && objectAt(q.Body, s.from) != nil {
		q.setBody(setMember(q.Body, s.from, "hmacSignature", sig))
		return
	}
	q.setBody(setMember(q.Body, item.from, "additionalData", `{"hmacSignature":`+sig+`}`))
}

func isAdyen(q *Request) bool {
	if header(q.Fields, "HmacSignature") != "" {
		return true
	}
	return len(q.Body) <= maxHintBody && bytes.Contains(q.Body, []byte(`"notificationItems"`)) && len(adyenItems(q.Body)) > 0
}

// adyenJudge adds what some accounts want to be told.
func adyenJudge(r rule) func(*Request, Answer) Judgement {
	plain := r.judge("Adyen")
	return func(q *Request, a Answer) Judgement {
		j := plain(q, a)
		if j.Accepted && a.Status != 202 && bytes.Contains(q.Body, []byte(`"notificationItems"`)) && !bytes.Contains(a.Body, []byte("[accepted]")) {
			j.Notes = append(j.Notes, fmt.Sprintf("answered %d without [accepted]: older accounts count only that word, or 202, as success", a.Status))
		}
		return j
	}
}
