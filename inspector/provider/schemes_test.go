package provider

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

var signedMoment = time.Unix(1795299300, 0)

// sampleOf is a sender's first sample, ready to be judged.
func sampleOf(t *testing.T, name string) (*Provider, *Request) {
	t.Helper()
	p, ok := ByName(name)
	if !ok {
		t.Fatalf("no provider %q", name)
	}
	q := p.Samples()[0].Request
	q.At, q.URL = signedMoment, "https://shop.example.com"+q.Target
	return p, &q
}

func resign(t *testing.T, p *Provider, q *Request, secret string) []string {
	t.Helper()
	changed, err := p.Resign(q, Secret{"env:ONE", secret}, signedMoment)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func judgedBy(t *testing.T, p *Provider, q *Request, want Verdict, secrets ...string) Result {
	t.Helper()
	var all []Secret
	for _, s := range secrets {
		all = append(all, Secret{"env:ONE", s})
	}
	r := p.Check(q, all)
	if r.Verdict != want {
		t.Errorf("%s is %s: %s, want %s", p.Name, r.Verdict, r.Reason, want)
	}
	return r
}

// TestGitLab: a hook may have a token, a signing token or both, and a user may have configured either.
func TestGitLab(t *testing.T) {
	const token, signing, other = "sample token", "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=", "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMTI="
	p, q := sampleOf(t, "gitlab")
	resign(t, p, q, signing)
	judgedBy(t, p, q, Valid, signing)
	judgedBy(t, p, q, Valid, other, signing)
	judgedBy(t, p, q, Invalid, other)
	judgedBy(t, p, q, Invalid, token)
	if r := judgedBy(t, p, q, Invalid, strings.TrimPrefix(signing, "whsec_")+"x"); r.Reason == "" {
		t.Error("no reason")
	}
	resign(t, p, q, token) // now it carries both
	judgedBy(t, p, q, Valid, signing)
	judgedBy(t, p, q, Valid, token)
	judgedBy(t, p, q, Valid, token, signing)
	judgedBy(t, p, q, Invalid, "wrong")
	judgedBy(t, p, q, Invalid, token, other) // a signing token is configured, so the signature counts
	q.Body = append(slices.Clone(q.Body), ' ')
	judgedBy(t, p, q, Invalid, token, signing)
	judgedBy(t, p, q, Valid, token) // a token does not cover the body

	_, q = sampleOf(t, "gitlab")
	judgedBy(t, p, q, Missing, token)
	if r := judgedBy(t, p, q, Missing, signing); !strings.Contains(r.Reason, "webhook-signature") {
		t.Errorf("a signing token is configured, and the reason is %q", r.Reason)
	}
	q.setHeader("X-Gitlab-Token", signing) // somebody's token may look like one
	judgedBy(t, p, q, Valid, signing)
}

func TestPusherNamesAnApp(t *testing.T) {
	p, q := sampleOf(t, "pusher")
	resign(t, p, q, "the secret")
	judgedBy(t, p, q, Valid, "the secret")
	for key, want := range map[string]Verdict{"0a1b2c3d4e": Valid, "my-app_1": Valid, "two words": Invalid, "it's": Invalid, "": Invalid, "é": Invalid} {
		q.setHeader("X-Pusher-Key", key)
		judgedBy(t, p, q, want, "the secret")
	}
	q.setHeader("X-Pusher-Key", "")
	if changed := resign(t, p, q, "the secret"); !slices.Contains(changed, "X-Pusher-Key") {
		t.Errorf("signed without a key, changed only %q", changed)
	}
	judgedBy(t, p, q, Valid, "the secret")
	judgedBy(t, p, q, Invalid, "another")
}

// TestLinearIsDated: to sign anew sets the moment in the body, and nothing else there.
func TestLinearIsDated(t *testing.T) {
	p, q := sampleOf(t, "linear")
	before := string(q.Body)
	changed := resign(t, p, q, "s")
	if want := []string{"webhookTimestamp", "Linear-Timestamp", "Linear-Signature"}; !slices.Equal(changed, want) {
		t.Errorf("changed %q, want %q", changed, want)
	}
	if want := strings.Replace(before, "1795299200040", "1795299300000", 1); string(q.Body) != want {
		t.Errorf("the body is\n%s, want\n%s", q.Body, want)
	}
	judgedBy(t, p, q, Valid, "s")
	q.setHeader("Linear-Timestamp", "1") // nothing signs it
	judgedBy(t, p, q, Valid, "s")
	q.Body = []byte(strings.Replace(string(q.Body), "1795299300000", "1795299300001", 1))
	judgedBy(t, p, q, Invalid, "s")
}

func TestDated(t *testing.T) {
	d := &dated{"at", "X-At"}
	for body, want := range map[string]string{
		`{"at":12}`: "12", ` { "at" : 12 , "x":1}`: "12", `{"x":{"at":1},"at":2}`: "2", `{"at":1,"at":34}`: "34", `{"at":1,"at":"no"}`: "",
		`{"x":{"at":1}}`: "", `{"at":-1}`: "", `{"at":1.5}`: "", `{"at":1e3}`: "", `{"at":"12"}`: "", `[12]`: "", `{"at":12`: "", `{"at":12}}`: "", ``: "", `null`: "",
		strings.Repeat(`{"at":`, 100_000): "",
	} {
		q := &Request{Body: []byte(body), Fields: []Field{{"Content-Length", "0"}}}
		if got := d.read(q.Body); got != want {
			t.Errorf("%.60s: read %q, want %q", body, got, want)
		}
		if d.write(q, "567") != (want != "") {
			t.Errorf("%.60s: written differs from read", body)
		}
		if want != "" && (d.read(q.Body) != "567" || !json.Valid(q.Body) || header(q.Fields, "X-At") != "567") {
			t.Errorf("%s became %s", body, q.Body)
		}
	}
}

// TestDocuSignKeys: an account with several keys sends a signature for each, and any of ours may be among them.
func TestDocuSignKeys(t *testing.T) {
	p, q := sampleOf(t, "docusign")
	resign(t, p, q, "first")
	first := header(q.Fields, "X-DocuSign-Signature-1")
	resign(t, p, q, "second")
	q.Fields = append(q.Fields, Field{"X-DocuSign-Signature-7", first})
	if r := judgedBy(t, p, q, Valid, "first"); r.Reason != "X-DocuSign-Signature-1 or X-DocuSign-Signature-7 fits env:ONE" {
		t.Errorf("reason %q", r.Reason)
	}
	judgedBy(t, p, q, Valid, "second")
	judgedBy(t, p, q, Invalid, "third")
	q.setHeader("X-DocuSign-Signature-7", "not base64")
	judgedBy(t, p, q, Valid, "second")
	judgedBy(t, p, q, Invalid, "first")
}

func TestRecurlysList(t *testing.T) {
	p, q := sampleOf(t, "recurly")
	resign(t, p, q, "s")
	moment, sig, _ := strings.Cut(header(q.Fields, "recurly-signature"), ",")
	for value, want := range map[string]Verdict{
		moment + "," + sig: Valid, moment + ",00," + sig: Valid, moment + ", " + sig: Valid, moment + "," + sig + ",": Valid,
		moment + sig: Invalid, moment: Invalid, moment + ",": Invalid, "," + sig: Invalid, sig + "," + moment: Invalid, sig: Invalid,
		"1" + moment + "," + sig: Invalid,
	} {
		q.setHeader("recurly-signature", value)
		judgedBy(t, p, q, want, "s")
	}
}

// TestWorkOSSeparator: there is a space behind the comma, and something on the way may take it away.
func TestWorkOSSeparator(t *testing.T) {
	p, q := sampleOf(t, "workos")
	resign(t, p, q, "s")
	value := header(q.Fields, "WorkOS-Signature")
	if !strings.HasPrefix(value, "t=1795299300000, v1=") {
		t.Errorf("signed %q", value)
	}
	q.setHeader("WorkOS-Signature", strings.Replace(value, ", ", ",", 1))
	judgedBy(t, p, q, Valid, "s")
}

func TestPolarsSecretIsText(t *testing.T) {
	p, q := sampleOf(t, "polar")
	resign(t, p, q, "whsec_dGVzdHRlc3Q=")
	judgedBy(t, p, q, Valid, "whsec_dGVzdHRlc3Q=")
	judgedBy(t, p, q, Invalid, "dGVzdHRlc3Q=")
}

func TestBasicPair(t *testing.T) {
	p, q := sampleOf(t, "chargebee")
	judgedBy(t, p, q, Missing, "ann:secret 1")
	code := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for value, want := range map[string]Verdict{
		"Basic " + code("ann:secret 1"): Valid, "basic  " + code("ann:secret 1"): Valid,
		"Basic " + code("bob:secret 1"): Invalid, "Basic " + code("ann:secret 2"): Invalid, "Basic " + code("ann"): Invalid,
		"Basic ann:secret 1": Invalid, "Bearer " + code("ann:secret 1"): Invalid, code("ann:secret 1"): Invalid, "Basic": Invalid,
	} {
		q.setHeader("Authorization", value)
		if r := judgedBy(t, p, q, want, "ann:secret 1"); strings.Contains(r.Reason, "secret 1") {
			t.Errorf("%q tells the secret", r.Reason)
		}
	}
}

func TestTelegramsToken(t *testing.T) {
	p, q := sampleOf(t, "telegram")
	judgedBy(t, p, q, Missing, "A-z_09")
	resign(t, p, q, "A-z_09")
	judgedBy(t, p, q, Valid, "A-z_09")
	judgedBy(t, p, q, Invalid, "a-z_09")
	q.Fields = append(q.Fields, Field{"x-telegram-bot-api-secret-token", "another"})
	judgedBy(t, p, q, Invalid, "A-z_09") // two that differ
}

// TestPublicKeysOfRowsDoNotSign: what the user of an Ed25519 sender has configured is the public key.
func TestPublicKeysOfRowsDoNotSign(t *testing.T) {
	for _, name := range []string{"telnyx", "discord"} {
		p, q := sampleOf(t, name)
		check, private := p.MakeSecret([32]byte{1})
		if changed, err := p.Resign(q, Secret{"env:ONE", check}, signedMoment); err == nil || strings.Contains(err.Error(), check) {
			t.Errorf("%s: signed with a public key: %q, %v", name, changed, err)
		}
		resign(t, p, q, private)
		judgedBy(t, p, q, Valid, check)
	}
}
