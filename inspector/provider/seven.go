package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// sevenWait is how long seven.io waits for an answer.
const sevenWait = 5 * time.Second

// sevenAsks is the age that the document asks receivers to refuse. seven.io's own verifier accepts ten times as much, so
// what lies between is worth a word and no failure.
const sevenAsks = 30 * time.Second

func seven() *Provider {
	proof := sevenScheme()
	return &Provider{
		by:   proof,
		Name: "seven", Title: "seven.io", Doc: "https://docs.seven.io/en/rest-api/webhooks", Timeout: sevenWait,
		Recognise: sevenKnows, Verify: proof.verify, Event: sevenEvent, Judge: sevenJudge, Sign: proof.sign, Samples: sevenSamples,
		MakeSecret: proof.secret,
		Proof:      proof.signed.words() + "; or header lines of your own", Success: "2xx, 3xx", Retries: sevenRetries,
		Where:         "Developer, API settings, signing key; or the header lines that the webhook was registered with",
		SecretHeaders: []string{"Authorization"},
	}
}

// sevenProof are the two carriers of seven.io: a signature with the account's signing key, on every webhook, and header
// lines that a webhook was registered with. The form of a secret says which of them it is.
type sevenProof struct {
	signed *signature
	own    ownHeaders
}

// sevenScheme: docs.seven.io/en/rest-api/signing. The address is the registered one, whole.
func sevenScheme() sevenProof {
	return sevenProof{
		own: ownHeaders{"seven"},
		signed: &signature{
			name: "seven", headers: []string{"X-Signature"}, layout: alone{}, time: "X-Timestamp", nonce: "X-Nonce",
			past: fiveMinutes, future: fiveMinutes,
			signs: []part{theTime, text("\n"), theNonce, text("\n"), theMethod, text("\n"), theURL, text("\n"), bodyMD5},
			using: hmacSHA256, coded: asHex,
		},
	}
}

// part tells signing keys from header lines. Keys are trimmed, as seven.io does with them.
func (k sevenProof) part(secrets []Secret) (keys, lines []Secret) {
	for _, s := range secrets {
		if _, ok := ownLines(s.Value); ok {
			lines = append(lines, s)
			continue
		}
		keys = append(keys, Secret{s.Ref, strings.TrimSpace(s.Value)})
	}
	return keys, lines
}

// verify looks at the carriers that there are secrets for: one must be there, and none may differ.
func (k sevenProof) verify(q *Request, secrets []Secret) Result {
	keys, lines := k.part(secrets)
	if len(lines) == 0 {
		return k.bySignature(q, keys)
	}
	r := k.own.verify(q, lines)
	if len(keys) == 0 {
		return r
	}
	signed := k.bySignature(q, keys)
	first, second := signed, r
	if r.Verdict == Invalid && signed.Verdict != Invalid || r.Verdict == Valid && signed.Verdict == Missing {
		first, second = r, signed
	}
	first.Checks = slices.Concat(first.Checks, second.Checks)
	if first.Verdict == Missing {
		first.Reason += " and " + second.Reason
		first.Hints = slices.Concat(first.Hints, second.Hints)
	}
	return first
}

func (k sevenProof) bySignature(q *Request, keys []Secret) Result {
	r := k.signed.verify(q, keys)
	if r.Verdict == Valid {
		if at, ok := k.signed.unit.parse(header(q.Fields, k.signed.time)); ok && q.At.Sub(at).Abs() > sevenAsks {
			r.Checks = append(r.Checks, Check{OK: true, Text: fmt.Sprintf("that is more than the %s that seven.io asks receivers to accept; its own verifier accepts %s", sevenAsks, fiveMinutes)})
		}
		return r
	}
	for _, s := range keys {
		name, value, ok := strings.Cut(s.Value, ":")
		if ok && value != "" && !q.Quick && same(header(q.Fields, name), value) {
			r.Hints = append(r.Hints, ref(s)+" fits as a header line: put a blank behind its colon to have it taken for one")
		}
	}
	return r
}

func (k sevenProof) sign(q *Request, s Secret, now time.Time) ([]string, error) {
	if _, ok := ownLines(s.Value); ok {
		return k.own.sign(q, s, now)
	}
	return k.signed.sign(q, Secret{s.Ref, strings.TrimSpace(s.Value)}, now)
}

func (k sevenProof) shows(s Secret) bool {
	_, lines := ownLines(s.Value)
	return lines
}

func (k sevenProof) secret(seed [32]byte) (check, sign string) { return k.signed.secret(seed) }

// sevenKnows knows the signed request, and the envelope of one whose signature was lost on the way.
func sevenKnows(q *Request) bool {
	if q.marked("X-Signature") && q.marked("X-Nonce") && q.marked("X-Timestamp") {
		return true
	}
	get := sevenFields(q)
	_, known := sevenKeys[get("webhook_event")]
	return known && get("webhook_timestamp") != ""
}

// What seven.io does after a failure: it tells apart what may pass from what is final.
const (
	sevenRetries = "seven.io tries again up to 14 times within three and a half days, first after a minute"
	sevenFinal   = "seven.io does not send it again: of the 4xx it only retries 429"
	sevenSilent  = "seven.io does not say whether it tries again after this status"
)

// sevenJudge: "2xx and 3xx" within five seconds.
func sevenJudge(_ *Request, a Answer) Judgement {
	switch {
	case a.Err != "":
		return Judgement{Text: "nothing answered", Next: sevenRetries}
	case a.Took >= sevenWait:
		return Judgement{Text: fmt.Sprintf("took %.1f s, waits %g s", a.Took.Seconds(), sevenWait.Seconds()), Next: sevenRetries}
	case a.Status >= 200 && a.Status <= 399:
		return Judgement{Accepted: true}
	}
	j := Judgement{Text: fmt.Sprintf("answered %d, wants 2xx or 3xx", a.Status), Next: sevenSilent}
	switch {
	case slices.Contains([]int{429, 500, 502, 503, 504}, a.Status):
		j.Next = sevenRetries
	case a.Status >= 400 && a.Status <= 499:
		j.Next = sevenFinal
	}
	return j
}
