package provider

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestManyFields: forms whose fields are signed one by one have no more fields than apps read. Sorting them again for every
// guess would also take the machine.
func TestManyFields(t *testing.T) {
	form := func(fields int) []byte {
		var b bytes.Buffer
		for n := range fields {
			fmt.Fprintf(&b, "&f%d=%d", n, n)
		}
		return b.Bytes()[1:]
	}
	for _, name := range []string{"twilio", "plivo"} {
		p, q := sampleOf(t, name)
		q.Body = form(maxFields)
		resign(t, p, q, "s3cret")
		judgedBy(t, p, q, Valid, "s3cret")
		q.Body = form(maxFields + 1)
		if _, err := p.Resign(q, Secret{"env:ONE", "s3cret"}, signedMoment); err == nil {
			t.Errorf("%s: signed what can't be checked", name)
		}
		if r := judgedBy(t, p, q, Invalid, "s3cret"); !strings.Contains(r.Reason, "more than 1000 fields") {
			t.Errorf("%s: %s", name, r.Reason)
		}
		q.Body = form(60_000)
		sigs := strings.Repeat("AAECAwQFBgcICQoLDA0ODxAREhM= ", 4)
		q.Fields = []Field{{"Content-Type", formType}}
		for n := range 150 {
			q.Fields = append(q.Fields, Field{fmt.Sprint("X-", n), sigs})
		}
		began := time.Now()
		judgedBy(t, p, q, Invalid, "s3cret", "another")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: a form of many fields and 600 signatures took %s", name, took)
		} else {
			t.Logf("%s: a form of many fields and 600 signatures took %s", name, took)
		}
	}
}

// TestContentTypeTwice: it decides what Twilio signs, and the app may go by the other one.
func TestContentTypeTwice(t *testing.T) {
	p, q := sampleOf(t, "twilio")
	resign(t, p, q, "s3cret")
	q.Fields = append(q.Fields, Field{"content-type", header(q.Fields, "Content-Type")})
	judgedBy(t, p, q, Valid, "s3cret")
	q.Fields = append(q.Fields, Field{"Content-Type", "application/json"})
	judgedBy(t, p, q, Invalid, "s3cret")
}

// TestSignedHeaderTwice: what is signed beside the body stands there once, or always the same. An app that remembers ids
// would be shown one that nothing covers.
func TestSignedHeaderTwice(t *testing.T) {
	for name, headers := range map[string][]string{
		"standardwebhooks": {"webhook-id", "webhook-timestamp"}, "slack": {"X-Slack-Request-Timestamp"}, "seven": {"X-Nonce", "X-Timestamp"},
	} {
		for _, h := range headers {
			for _, first := range []bool{true, false} {
				p, q := sampleOf(t, name)
				secret, _ := p.MakeSecret([32]byte{7})
				resign(t, p, q, secret)
				q.Fields = append(q.Fields, Field{strings.ToUpper(h), header(q.Fields, h)})
				judgedBy(t, p, q, Valid, secret)
				other := Field{h, "1795299301"}
				if first {
					q.Fields = slices.Insert(q.Fields, 0, other)
				} else {
					q.Fields = append(q.Fields, other)
				}
				if r := judgedBy(t, p, q, Invalid, secret); r.Reason != h+" is there more than once, with different values" {
					t.Errorf("%s, %s: %s", name, h, r.Reason)
				}
			}
		}
	}
}

// TestOneDigestForAll: many signatures of a long body cost what one does.
func TestOneDigestForAll(t *testing.T) {
	made := 0
	k := &signature{
		name: "acme", headers: []string{"X-Sig"}, layout: listed{separator: ","}, signs: []part{theBody}, coded: asHex,
		using: keyed(func() hash.Hash { made++; return sha256.New() }),
	}
	q := &Request{Body: []byte("x"), Quick: true, Fields: []Field{{"X-Sig", strings.Repeat(strings.Repeat("ab", 32)+",", maxSigs)}}}
	if r := k.verify(q, []Secret{{"env:ONE", "s3cret"}}); r.Verdict != Invalid || !strings.Contains(r.Reason, "differs") {
		t.Fatalf("%+v", r)
	}
	if made > 2 { // an inner and an outer one
		t.Errorf("%d hashes were made for %d signatures", made, maxSigs)
	}
}

// TestNamesThatDifferInCase: some readers of JSON take Value for value, and the last one counts.
func TestNamesThatDifferInCase(t *testing.T) {
	p, q := sampleOf(t, "adyen")
	secret, _ := p.MakeSecret([32]byte{7})
	resign(t, p, q, secret)
	judgedBy(t, p, q, Valid, secret)
	for _, name := range []string{"Value", "VALUE", "value"} {
		forged := *q
		forged.Body = bytes.Replace(q.Body, []byte(`"value":1130`), []byte(`"value":1130,"`+name+`":9`), 1)
		if r := p.Check(&forged, []Secret{{"env:ONE", secret}}); r.Verdict == Valid {
			t.Errorf("with %q beside value it is valid", name)
		}
	}
}

// TestShownHidesTrimmedSecrets: a name may hold a secret that was configured with white space around it.
func TestShownHidesTrimmedSecrets(t *testing.T) {
	if got := shown("x-s3cret-value", []Secret{{"env:ONE", "s3cret-value\n"}}); strings.Contains(got, "s3cret") {
		t.Errorf("shown as %s", got)
	}
}

// TestGuessesOfDigestsAreBounded: senders that sign a digest of the body cost its length for each guess too.
func TestGuessesOfDigestsAreBounded(t *testing.T) {
	digests := 0
	k := &signature{
		name: "acme", headers: []string{"X-Sig"}, layout: alone{}, coded: asHex, using: hmacSHA256,
		signs: []part{func(m *message, b []byte) []byte { digests++; return bodyMD5(m, b) }},
	}
	q := &Request{Body: bytes.Repeat([]byte("a\n "), maxHashed/8/3), Fields: []Field{{"X-Sig", strings.Repeat("ab", 32)}}}
	if r := k.verify(q, []Secret{{"env:ONE", "s3cret"}}); r.Verdict != Invalid {
		t.Fatalf("%+v", r)
	}
	if digests > 20 {
		t.Errorf("a body of %d bytes was digested %d times", len(q.Body), digests)
	}
}

// TestShows: what a sender puts into its requests is the secret itself wherever the signed request holds it.
func TestShows(t *testing.T) {
	for _, p := range All() {
		if p.Sign == nil {
			continue
		}
		check, secret := p.MakeSecret([32]byte{9})
		q := p.Samples()[0].Request
		q.URL = "https://shop.example.com" + q.Target
		resign(t, p, &q, secret)
		holds := strings.Contains(q.Target, secret) || strings.Contains(string(q.Body), secret)
		for _, f := range q.Fields {
			_, credentials, _ := strings.Cut(f.Value, "Basic ")
			plain, _ := asBase64.decode(credentials)
			holds = holds || strings.Contains(f.Value, secret) || strings.Contains(string(plain), secret)
		}
		if got := p.Shows(Secret{"env:ONE", secret}); got != holds {
			t.Errorf("%s shows its secret: %t, told %t (%d bytes)", p.Name, holds, got, len(check))
		}
	}
	for name, want := range map[string]map[string]bool{"seven": {"X-Key: abc": true, "abc": false}, "gitlab": {"whsec_abcd": false, "abcd": true}} {
		p, _ := ByName(name)
		for secret, shows := range want {
			if p.Shows(Secret{"env:ONE", secret}) != shows {
				t.Errorf("%s: of %q it is said to show it: %t", name, secret, !shows)
			}
		}
	}
}

// TestBodyIsParsedOnce: whoever is asked whether a request is theirs is shown the same JSON. Dozens of senders look into it.
func TestBodyIsParsedOnce(t *testing.T) {
	var seen []map[string]any
	look := &Provider{Recognise: func(q *Request) bool {
		tree, _ := (&reading{q: q}).json().(map[string]any)
		seen = append(seen, tree)
		tree["looked"] = len(seen)
		return false
	}}
	List{look, look}.Recognise(&Request{Body: []byte(`{"a":1}`)})
	if len(seen) != 2 || seen[0]["looked"] != 2 {
		t.Errorf("seen were %v", seen)
	}
}

// TestSignatureTwice: a header that holds one signature says one thing. Which of two an app goes by, nobody knows.
func TestSignatureTwice(t *testing.T) {
	for _, name := range []string{"github", "slack", "shopify", "twilio"} {
		for _, wrong := range []string{"first", "last"} {
			p, q := sampleOf(t, name)
			secret, _ := p.MakeSecret([32]byte{7})
			changed := resign(t, p, q, secret)
			h := changed[len(changed)-1]
			sig := header(q.Fields, h)
			q.Fields = append(q.Fields, Field{strings.ToUpper(h), sig})
			judgedBy(t, p, q, Valid, secret)
			at := len(q.Fields) - 1
			if wrong == "first" {
				at = slices.IndexFunc(q.Fields, func(f Field) bool { return f.Name == h })
			}
			q.Fields[at].Value = strings.ToLower(sig) + "A"
			if r := judgedBy(t, p, q, Invalid, secret); r.Reason != h+" is there more than once, with different values" || len(r.Hints) > 0 {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}
