package provider

import (
	"strings"
	"time"
)

// inHeaders looks for the right signature anywhere in the headers but where it should be.
func (k *signature) inHeaders(q *Request, secrets []Secret) (hints []string) {
	f := &found{}
	if q.Quick || k.readBeside(q, f) != "" && (k.has(theTime) || k.has(theNonce) || k.has(theID)) && !k.layoutTells() {
		return nil
	}
	left := maxHashed
	for _, field := range q.Fields {
		left -= k.fitsField(q, f, field.Value, secrets, left, func(s Secret, _ string) {
			hints = append(hints, "the right signature for "+ref(s)+" stands in the header "+shown(field.Name, secrets)+", and is expected in "+k.headers[0])
		})
	}
	return hints
}

// layoutTells reports whether the moment stands beside the signature in one header.
func (k *signature) layoutTells() bool {
	_, ok := k.layout.(pairs)
	return ok
}

// malformed looks for the right signature in a header that is not written as it should be.
func (k *signature) malformed(q *Request, f *found, secrets []Secret) (hints []string) {
	if q.Quick {
		return nil
	}
	if len(f.sigs) > 0 { // they can be read: it is the moment that can't
		return k.otherUnit(q, f, secrets)
	}
	beside := &found{header: f.header, time: f.time}
	if k.readBeside(q, beside) != "" && beside.time == "" && k.has(theTime) {
		return nil
	}
	left := maxHashed
	for v := range q.values(f.header) {
		left -= k.fitsField(q, beside, v, secrets, left, func(s Secret, name string) {
			hint := f.header + " holds the right signature for " + ref(s)
			if name != "" {
				hint += " as " + shown(name, secrets)
			}
			hints = append(hints, hint+"; it must be written "+k.layout.write("SIGNATURE", "MOMENT"))
		})
	}
	return hints
}

// fitsField calls fit with the secrets that give one of the signatures that a value may hold, and with the name that
// stands before it. It hashes about at most as many bytes as are left, and returns how many it did.
func (k *signature) fitsField(q *Request, beside *found, value string, secrets []Secret, left int, fit func(s Secret, name string)) (hashed int) {
	sigs, at, _ := k.layout.read(value)
	f := *beside
	f.time = or(f.time, at)
	pieces := []Field{{Value: value}}
	for _, sig := range sigs {
		pieces = append(pieces, Field{Value: sig})
	}
	for piece := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		pieces = append(pieces, Field{Value: piece})
		if name, rest, ok := strings.Cut(piece, "="); ok && rest != "" {
			pieces = append(pieces, Field{name, rest})
		}
		if len(pieces) > maxSigs {
			break
		}
	}
	for _, piece := range pieces {
		if b, err := k.coded.decode(piece.Value); err != nil || len(b) < 16 {
			continue // too short for any signature
		}
		for _, s := range secrets {
			if hashed > left {
				return hashed
			}
			hashed += (len(q.Body) + maxHashed/maxTried) * len(k.spelled(q.URL))
			if key, err := k.key.bytes(s.Value); err == nil && k.matches(k.message(q, &f), key, s.Value, []string{piece.Value}) {
				fit(s, piece.Name)
				return hashed
			}
		}
	}
	return hashed
}

// otherUnit looks for a right signature of a moment that can't be read.
func (k *signature) otherUnit(q *Request, f *found, secrets []Secret) []string {
	for _, s := range secrets {
		key, err := k.key.bytes(s.Value)
		if err == nil && len(f.sigs) <= maxSigs && k.matches(k.message(q, f), key, s.Value, f.sigs) {
			return k.unitHints(q, f)
		}
	}
	return nil
}

// clockHints tells an old message from a clock that is wrong, and from a moment in another unit.
func (k *signature) clockHints(q *Request, f *found) []string {
	if hints := k.unitHints(q, f); hints != nil {
		return hints
	}
	return clockHints(q.At.Sub(f.at).Truncate(time.Second))
}

func (k *signature) unitHints(q *Request, f *found) []string {
	for _, other := range [...]timeUnit{inSeconds, inMillis} {
		at, ok := other.parse(f.time)
		if ok && other != k.unit && k.unit != inRFC3339 && !k.tooFar(q.At.Sub(at).Truncate(time.Second)) {
			return []string{"the signature is right: " + or(k.time, f.header) + " counts " + other.String() + ", and must count " + k.unit.String()}
		}
	}
	return nil
}

func (u timeUnit) String() string {
	return [...]string{"seconds", "milliseconds", "a date"}[u]
}

func clockHints(age time.Duration) []string {
	if age < 0 {
		return []string{"the signature is right: this machine's clock is " + inWords(-age) + " behind the sender's. Set this clock first, then ask for the sender's"}
	}
	return []string{"the signature is right: the message was made " + age.String() + " ago, as after a replay or a late retry, or this machine's clock is ahead by that much. To send it again as new, replay it with --resign"}
}
