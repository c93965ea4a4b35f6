package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A webToken is the scheme of senders that sign a JSON Web Token (RFC 7519) and name in it what it is for: the hash of
// the body, and of the address. Only HMAC is taken, and only the kinds the sender uses: a token says itself how it was
// signed, and must not choose.
type webToken struct {
	name, header string
	prefix       string // in front of the token: "Bearer "
	issuer       string
	body, url    string        // claims that hold the hash in hex; "" for none
	kinds        []string      // alg; the first is what is signed with
	lives        time.Duration // from signing to exp; 0: no exp is set or asked for
	leeway       time.Duration // for clocks that differ
}

// A token taken apart. Nothing of it is proven.
type token struct {
	kind    string
	signed  []byte
	sig     []byte
	claims  map[string]span
	text    []byte // of the claims
	fault   string
	present bool
}

var tokenCoding = base64.RawURLEncoding.Strict()

func tokenAlgorithm(kind string) algorithm {
	return map[string]algorithm{"HS256": hmacSHA256, "HS384": hmacSHA384, "HS512": hmacSHA512}[kind]
}

func (k webToken) verify(q *Request, secrets []Secret) Result {
	good, r, ok := provable(k.name, secrets)
	if !ok {
		return r
	}
	t := k.read(q)
	switch {
	case !t.present:
		return Result{Verdict: Missing, Reason: "no " + k.header + " header", Hints: []string{
			fmt.Sprintf("a request that %s signs has a token in the header %s; this one comes from elsewhere, or lost it on its way", k.name, k.header),
		}}
	case t.fault != "":
		return refused(t.fault)
	}
	for _, s := range good {
		if tokenAlgorithm(t.kind).verify([]byte(s.Value), t.signed, t.sig) {
			return k.claims(q, t, s)
		}
	}
	r = refused("the token in " + k.header + " differs from what " + refs(good) + " gives")
	if !q.Quick {
		r.Hints = k.whyNot(t, good)
	}
	return r
}

// read takes the token apart; fault says why it can be no proof.
func (k webToken) read(q *Request) (t token) {
	value := header(q.Fields, k.header)
	if value == "" {
		return t
	}
	t.present = true
	if len(value) < len(k.prefix) || !strings.EqualFold(value[:len(k.prefix)], k.prefix) {
		t.fault = k.header + " does not begin with " + strings.TrimSpace(k.prefix)
		return t
	}
	parts := strings.Split(value[len(k.prefix):], ".")
	if len(parts) != 3 {
		t.fault = k.header + " holds no token of three parts"
		return t
	}
	var decodedParts [3][]byte
	for n, part := range parts {
		b, err := tokenCoding.DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			t.fault = "the token in " + k.header + " is not base64url"
			return t
		}
		decodedParts[n] = b
	}
	t.signed, t.sig, t.text = []byte(parts[0]+"."+parts[1]), decodedParts[2], decodedParts[1]
	t.claims = objectAt(t.text, 0)
	head := objectAt(decodedParts[0], 0)
	if head == nil || t.claims == nil {
		t.fault = "the token in " + k.header + " does not hold JSON objects whose names are unique"
		return t
	}
	if alg, ok := head["alg"]; ok {
		t.kind = wordAt(decodedParts[0], alg)
	}
	t.fault = k.unfit(t.kind, head)
	return t
}

// unfit says why a token of this kind is no proof.
func (k webToken) unfit(kind string, head map[string]span) string {
	if _, critical := head["crit"]; critical {
		return "the token in " + k.header + " names extensions that must be understood, and are not"
	}
	for _, known := range k.kinds {
		if kind == known {
			return ""
		}
	}
	if strings.EqualFold(kind, "none") {
		return "the token in " + k.header + " is not signed: its alg is none"
	}
	return "the alg of the token in " + k.header + " is not " + strings.Join(k.kinds, ", ") + ": only " + k.name + "'s own is taken"
}

func (t token) word(claim string) string {
	if s, ok := t.claims[claim]; ok {
		return wordAt(t.text, s)
	}
	return ""
}

// claims judges what a token says that is the sender's.
func (k webToken) claims(q *Request, t token, s Secret) Result {
	fits := Check{OK: true, Text: "the token in " + k.header + " fits " + ref(s)}
	r := Result{Verdict: Valid, Reason: fits.Text, Checks: []Check{fits}}
	for _, judge := range [...]func(*Request, token) (Check, []string){k.judgeIssuer, k.judgeTime, k.judgeURL, k.judgeBody} {
		c, hints := judge(q, t)
		if c.Text == "" {
			continue
		}
		r.Checks = append(r.Checks, c)
		if !c.OK && r.Verdict == Valid {
			r.Verdict, r.Reason, r.Hints = Invalid, c.Text, hints
		}
	}
	return r
}

func (k webToken) judgeIssuer(_ *Request, t token) (c Check, hints []string) {
	if t.word("iss") != k.issuer {
		return Check{Text: "the token's iss is not " + k.issuer}, nil
	}
	return Check{}, nil
}

// judgeTime looks at exp, nbf and iat, those that are there.
func (k webToken) judgeTime(q *Request, t token) (c Check, hints []string) {
	for _, name := range [...]string{"exp", "nbf", "iat"} {
		if _, ok := t.claims[name]; !ok {
			if name == "exp" && k.lives > 0 {
				return Check{Text: "the token has no exp"}, nil
			}
			continue
		}
		n, err := strconv.ParseFloat(t.word(name), 64)
		if err != nil || math.Abs(n) > 1e12 || n != n {
			return Check{Text: "the token's " + name + " is no moment"}, nil
		}
		ahead := time.UnixMilli(int64(n * 1000)).Sub(q.At).Truncate(time.Millisecond)
		switch {
		case name == "exp" && ahead < -k.leeway:
			return Check{Text: "the token expired " + ago(-ahead.Truncate(time.Second))}, clockHints(-ahead.Truncate(time.Second))
		case name != "exp" && ahead > k.leeway:
			ahead = ahead.Truncate(time.Second)
			return Check{Text: "the token is of " + inWords(ahead) + " ahead of this machine's clock"}, clockHints(-ahead)
		}
	}
	return Check{}, nil
}

func (k webToken) judgeURL(q *Request, t token) (c Check, hints []string) {
	if k.url == "" {
		return Check{}, nil
	}
	want := t.word(k.url)
	if sameHash([]byte(q.URL), want) {
		return Check{OK: true, Text: k.url + " is that of the address"}, nil
	}
	if !q.Quick {
		for _, g := range urlGuesses(q) {
			if sameHash([]byte(g.value), want) {
				hints = []string{k.url + " fits " + g.words()}
				break
			}
		}
	}
	return Check{Text: k.url + " in the token is not that of the address"}, hints
}

func (k webToken) judgeBody(q *Request, t token) (c Check, hints []string) {
	want, told := t.claims[k.body]
	switch {
	case !told && len(q.Body) > 0:
		return Check{Text: "the token has no " + k.body + ": nothing covers the body"}, nil
	case !told:
		return Check{}, nil
	case sameHash(q.Body, wordAt(t.text, want)):
		return Check{OK: true, Text: k.body + " is that of the body"}, nil
	}
	if !q.Quick {
		for _, g := range bodyGuesses(q) {
			if sameHash(g.value, wordAt(t.text, want)) {
				hints = []string{k.body + " fits " + g.words()}
				break
			}
		}
	}
	return Check{Text: k.body + " in the token is not that of the body"}, hints
}

// whyNot looks for what the secret was meant to be.
func (k webToken) whyNot(t token, secrets []Secret) (hints []string) {
	for _, s := range secrets {
		for _, key := range (&signature{}).keyGuesses(s.Value) {
			if key.text != "" && tokenAlgorithm(t.kind).verify(key.value, t.signed, t.sig) {
				return []string{fitting(key, guess[*message]{}, "", s)}
			}
		}
	}
	return nil
}

// sign makes the token anew. What else the old one said stays.
func (k webToken) sign(q *Request, s Secret, now time.Time) ([]string, error) {
	kind, claims := k.kinds[0], map[string]any{"jti": freshID("", q, now)}
	if t := k.read(q); t.fault == "" && t.present {
		kind = t.kind
		for name, s := range t.claims {
			claims[name] = json.RawMessage(t.text[s.from:s.to])
		}
	}
	claims["iss"], claims["iat"] = k.issuer, now.Unix()
	delete(claims, "nbf")
	delete(claims, "exp")
	if k.lives > 0 {
		claims["nbf"], claims["exp"] = now.Unix(), now.Add(k.lives).Unix()
	}
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return hex.EncodeToString(sum[:])
	}
	if k.url != "" {
		claims[k.url] = hash([]byte(q.URL))
	}
	delete(claims, k.body)
	if len(q.Body) > 0 {
		claims[k.body] = hash(q.Body)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("provider: sign as %q: %w", k.name, err)
	}
	signed := tokenCoding.EncodeToString([]byte(`{"alg":"`+kind+`","typ":"JWT"}`)) + "." + tokenCoding.EncodeToString(text)
	sig, err := tokenAlgorithm(kind).sign([]byte(s.Value), []byte(signed))
	if err != nil {
		return nil, fmt.Errorf("provider: sign as %q: %w", k.name, err)
	}
	q.setHeader(k.header, k.prefix+signed+"."+tokenCoding.EncodeToString(sig))
	return []string{k.header}, nil
}

// secret makes a secret as a user copies it from the sender's page.
func (k webToken) secret(seed [32]byte) (check, sign string) {
	s := hex.EncodeToString(seed[:])
	return s, s
}

// knows reports whether a request has a token that says it is of this sender.
func (k webToken) knows(q *Request) bool {
	t := k.read(q)
	return t.present && t.claims != nil && t.word("iss") == k.issuer
}
