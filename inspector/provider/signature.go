package provider

import (
	"fmt"
	"strings"
	"time"
)

// A signature is the scheme of senders that sign: a digest or signature over parts of the request, made with a secret and
// put into a header. All of it is data; what one sender does differently from another is another value.
type signature struct {
	name    string   // of the provider, for flags named in messages
	headers []string // where it may stand; the first is the one that is set
	when    string   // "NAME: VALUE" of a header that tells this kind from others with the same header; "" for none
	layout  layout   // how it stands there
	each    bool     // a signature may stand in each of the headers, and any that fits will do
	time    string   // header of the moment of signing; "" if the layout has it, or there is none
	dated   *dated   // the moment stands in the body; nil if not
	unit    timeUnit // of that moment
	id      string   // header of the message's id, if that is signed
	nonce   string   // header of a value that is used once, if that is signed
	past    time.Duration
	future  time.Duration // how far the moment may lie on either side; 0: it isn't judged
	signs   []part        // the signed bytes, one behind the other
	using   algorithm
	coded   coding  // of the signature
	key     keyForm // what the secret is to the algorithm

	fixed     []string                          // "NAME: VALUE" of headers that say how it was signed, and must be so
	spellings func(url string) []string         // the addresses that the sender may have signed for this one; nil: this one
	prepare   func(*Request) []string           // makes the request fit to be signed, and names what it changed
	unfit     func(*Request) string             // why a request can't be checked at all, "" if it can
	besides   func(*Request) (string, []string) // what must be right beside the signature: a fault, with hints
	kind      string                            // what its headers are, if they aren't: "field of the body"
	uncovered string                            // what the signature says nothing of, as a sentence fragment
}

// maxSigs is how many signatures of one request are looked at. Senders send one or two.
const maxSigs = 16

// found is what a request says about itself: the signatures, and what was signed beside the body.
type found struct {
	header          string
	sigs            []string
	time, id, nonce string
	at              time.Time // time, if it could be read
}

// verify accepts any signature that any secret gives. The moment is judged behind that: only then it is the sender's word.
func (k *signature) verify(q *Request, secrets []Secret) Result {
	good, r, ok := k.secrets(secrets)
	if !ok {
		return r
	}
	if k.unfit != nil {
		if fault := k.unfit(q); fault != "" {
			return refused(fault)
		}
	}
	f, fault := k.read(q)
	switch {
	case f == nil:
		r = Result{Verdict: Missing, Reason: k.lacks(k.headers[0])}
		if r.Hints = k.inHeaders(q, good); r.Hints == nil {
			r.Hints = []string{k.expects()}
		}
	case fault != "":
		r = refused(fault)
		r.Hints = k.malformed(q, f, good)
	default:
		r = k.judge(q, f, good)
	}
	if r.Verdict != Valid {
		for _, s := range secrets {
			if blank(s) {
				r.Hints = append(r.Hints, ref(s)+" is empty and was left out")
			}
		}
	}
	return r
}

// secrets parts those that can prove something from the others; ok is false if none can, and r says so.
func (k *signature) secrets(secrets []Secret) (good []Secret, r Result, ok bool) {
	return provable(k.name, secrets)
}

func provable(name string, secrets []Secret) (good []Secret, r Result, ok bool) {
	if len(secrets) == 0 {
		return nil, Result{Verdict: Unchecked, Reason: "no secret configured; set one with --verify " + name + "=env:NAME"}, false
	}
	good, empty := usable(secrets)
	if len(good) == 0 {
		return nil, Result{Verdict: Invalid, Reason: strings.Join(empty, " and ") + " is empty, and an empty secret proves nothing"}, false
	}
	return good, Result{}, true
}

func refused(fault string) Result {
	return Result{Verdict: Invalid, Reason: fault, Checks: []Check{{Text: fault}}}
}

// judge looks for a secret that gives one of the signatures.
func (k *signature) judge(q *Request, f *found, secrets []Secret) Result {
	m := k.message(q, f)
	var unfit []string
	for _, s := range secrets {
		key, err := k.key.bytes(s.Value)
		if err != nil {
			unfit = append(unfit, ref(s)+" "+err.Error())
			continue
		}
		if k.matches(m, key, s.Value, f.sigs) {
			return k.aged(q, f, s)
		}
	}
	r := refused(f.header + " differs from what " + refs(secrets) + " gives")
	if len(unfit) == len(secrets) {
		r = refused(strings.Join(unfit, " and "))
	} else {
		for _, text := range unfit {
			r.Checks = append(r.Checks, Check{Text: text})
		}
	}
	var tried int
	if r.Hints, tried = k.whyNot(q, f, secrets); len(r.Hints) == 0 && tried > 0 {
		r.Checks = append(r.Checks, Check{Text: fmt.Sprintf("none of %d other forms of secret, address and body fits either: it is another secret, or the body was changed", tried)})
	}
	return r
}

// matches tries every signature, so that the time says nothing about which one fits.
func (k *signature) matches(m *message, key []byte, secret string, sigs []string) (ok bool) {
	var all [][]byte
	for _, s := range sigs {
		if b, err := k.coded.decode(s); err == nil {
			all = append(all, b)
		}
	}
	if len(all) == 0 {
		return false
	}
	address := m.url
	defer func() { m.url = address }()
	for _, u := range k.spelled(address) {
		m.url = u
		if whichFits(k.using, key, k.signed(m, secret), all) >= 0 {
			ok = true
		}
	}
	return ok
}

func (k *signature) spelled(url string) []string {
	if k.spellings == nil {
		return []string{url}
	}
	return k.spellings(url)
}

// signed are the bytes that the signature is over.
func (k *signature) signed(m *message, secret string) []byte {
	m.secret = secret
	var b []byte
	for _, p := range k.signs {
		b = p(m, b)
	}
	return b
}

// aged judges the moment of a signature that fits.
func (k *signature) aged(q *Request, f *found, s Secret) Result {
	fits := Check{OK: true, Text: f.header + " fits " + ref(s)}
	if k.besides != nil {
		if fault, hints := k.besides(q); fault != "" {
			return Result{Verdict: Invalid, Reason: fault, Hints: hints, Checks: []Check{fits, {Text: fault}}}
		}
	}
	checks := []Check{fits}
	if k.uncovered != "" {
		checks = append(checks, Check{OK: true, Text: k.uncovered})
	}
	if k.past == 0 && k.future == 0 {
		return Result{Verdict: Valid, Reason: fits.Text, Checks: checks}
	}
	age := q.At.Sub(f.at).Truncate(time.Second)
	late := Check{Text: fmt.Sprintf("it was signed %s, and at most %s is accepted", ago(age), inWords(k.limit(age)))}
	if k.tooFar(age) {
		r := Result{Verdict: Invalid, Reason: late.Text, Checks: []Check{fits, late}}
		r.Hints = k.clockHints(q, f)
		return r
	}
	return Result{Verdict: Valid, Reason: fits.Text, Checks: append(checks, Check{OK: true, Text: "it was signed " + ago(age)})}
}

// tooFar: what is not limited is never too far.
func (k *signature) tooFar(age time.Duration) bool {
	return k.past > 0 && age > k.past || k.future > 0 && -age > k.future
}

func (k *signature) limit(age time.Duration) time.Duration {
	if age < 0 {
		return k.future
	}
	return k.past
}

func ago(age time.Duration) string {
	switch {
	case age > 0:
		return inWords(age) + " ago"
	case age < 0:
		return inWords(-age) + " ahead of this machine's clock"
	}
	return "just now"
}

// sign makes the signature anew and sets it, with the moment and what else it needs.
func (k *signature) sign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	key, err := k.key.signing(s.Value)
	if err != nil {
		return nil, fmt.Errorf("provider: sign as %q: %s %w", k.name, ref(s), err)
	}
	if k.unfit != nil {
		if fault := k.unfit(q); fault != "" {
			return nil, fmt.Errorf("provider: sign as %q: %s", k.name, fault)
		}
	}
	if k.prepare != nil {
		changed = k.prepare(q)
	}
	f := &found{header: k.present(q), time: k.unit.format(now)}
	if k.id != "" {
		f.id = or(header(q.Fields, k.id), freshID("msg_", q, now)) // it is the same message
	}
	if k.nonce != "" {
		f.nonce = freshID("", q, now)
	}
	for _, h := range [...]Field{{k.time, f.time}, {k.id, f.id}, {k.nonce, f.nonce}} {
		if h.Name != "" {
			q.setHeader(h.Name, h.Value)
			changed = append(changed, h.Name)
		}
	}
	if k.dated != nil {
		if !k.dated.write(q, f.time) {
			return nil, fmt.Errorf("provider: sign as %q: the body has no %s", k.name, k.dated.member)
		}
		changed = append(changed, k.dated.member, k.dated.header)
	}
	sig, err := k.using.sign(key, k.signed(k.message(q, f), s.Value))
	if err != nil {
		return nil, fmt.Errorf("provider: sign as %q: %w", k.name, err)
	}
	q.setHeader(f.header, k.layout.write(k.coded.encode(sig), f.time))
	for _, line := range append([]string{k.when}, k.fixed...) {
		if name, value, ok := strings.Cut(line, ": "); ok {
			q.setHeader(name, value)
		}
	}
	return append(changed, k.clearOthers(q, f.header)...), nil
}

// clearOthers gives the other headers that count too the same signature, so that none of an older secret stays.
func (k *signature) clearOthers(q *Request, set string) []string {
	changed := []string{set}
	for _, name := range k.headers {
		if k.each && name != set && header(q.Fields, name) != "" {
			q.setHeader(name, header(q.Fields, set))
			changed = append(changed, name)
		}
	}
	return changed
}

// secret makes a secret as the sender does.
func (k *signature) secret(seed [32]byte) (check, sign string) {
	if pair, ok := k.using.(paired); ok {
		public, private := pair.keys(seed)
		return k.key.secret(public), k.key.secret(private)
	}
	length := len(seed)
	if k.key.length > 0 {
		length = min(length, k.key.length)
	}
	s := k.key.secret(seed[:length])
	return s, s
}

// present is the header that the request uses, or the first it could use.
func (k *signature) present(q *Request) string {
	for _, name := range k.headers {
		if header(q.Fields, name) != "" {
			return name
		}
	}
	return k.headers[0]
}

// read finds what the request says; nil without any of the headers. fault says why it can be no proof.
func (k *signature) read(q *Request) (f *found, fault string) {
	for _, name := range k.headers {
		for v := range q.values(name) {
			if f == nil {
				f = &found{header: name}
			} else if !strings.Contains(f.header, name) && len(f.header) < maxTold {
				f.header += " or " + name
			}
			if _, single := k.layout.(alone); single && v != header(q.Fields, name) { // the app may go by the other one
				return f, name + " is there more than once, with different values"
			}
			sigs, at, bad := k.layout.read(v)
			if bad != "" && fault == "" {
				fault = name + " " + bad
			}
			f.sigs, f.time = append(f.sigs, sigs...), or(f.time, at)
		}
		if f != nil && !k.each {
			break
		}
	}
	if f == nil {
		return nil, ""
	}
	switch {
	case len(f.sigs) > maxSigs:
		fault = fmt.Sprintf("%s holds more than %d signatures", f.header, maxSigs)
	case len(f.sigs) > 0:
		fault = ""
	}
	return f, or(fault, k.readBeside(q, f))
}

// readBeside reads what stands in other headers.
func (k *signature) readBeside(q *Request, f *found) (fault string) {
	for _, h := range [...]struct {
		name string
		into *string
	}{{k.time, &f.time}, {k.id, &f.id}, {k.nonce, &f.nonce}} {
		if h.name == "" {
			continue
		}
		if *h.into = header(q.Fields, h.name); *h.into == "" {
			return k.lacks(h.name) + ", which is signed too"
		}
		for v := range q.values(h.name) {
			if v != *h.into { // the app may go by the other one, which nothing covers
				return h.name + " is there more than once, with different values"
			}
		}
	}
	for _, line := range k.fixed {
		name, want, _ := strings.Cut(line, ": ")
		if !strings.EqualFold(header(q.Fields, name), want) {
			return name + " is not " + want + ", the only one that can be checked"
		}
	}
	if k.dated != nil {
		if f.time = k.dated.read(q.Body); f.time == "" {
			return "the body has no " + k.dated.member + ", the moment of signing"
		}
	}
	if k.past == 0 && k.future == 0 {
		return ""
	}
	at, ok := k.unit.parse(f.time)
	if !ok {
		return or(k.time, f.header) + " tells no moment of signing that can be read"
	}
	f.at = at
	return ""
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
