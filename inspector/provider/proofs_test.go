package provider

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// proven signs a request of the sender as it would.
func proven(t *testing.T, name string, change func(*Request)) (*Provider, *Request, Secret) {
	t.Helper()
	p, ok := ByName(name)
	if !ok {
		t.Fatalf("no provider %q", name)
	}
	q := p.Samples()[0].Request
	q.At, q.URL = signedAt, "https://shop.example.com"+q.Target
	if change != nil {
		change(&q)
	}
	check, private := p.MakeSecret([32]byte{7, 7, 7})
	if _, err := p.Resign(&q, Secret{"env:ONE", private}, signedAt); err != nil {
		t.Fatal(err)
	}
	s := Secret{"env:ONE", check}
	judged(t, p, &q, s, Valid, "")
	return p, &q, s
}

func judged(t *testing.T, p *Provider, q *Request, s Secret, want Verdict, reason string) {
	t.Helper()
	if r := p.Check(q, []Secret{s}); r.Verdict != want || !strings.Contains(r.Reason, reason) {
		t.Errorf("%s: %s (%s), want %s and %q", p.Name, r.Verdict, r.Reason, want, reason)
	}
}

// TestMutatedTokens changes one letter or more of a good token: none may fit any more.
func TestMutatedTokens(t *testing.T) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ "
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, name := range []string{"vonage", "netlify", "messagebird_jwt"} {
		p, q, s := proven(t, name, nil)
		k := tokenOf(name)
		good := header(q.Fields, k.header)
		q.Quick = true
		for range 2000 {
			bad := []byte(good)
			for range 1 + rnd.IntN(4) {
				bad[len(k.prefix)+rnd.IntN(len(bad)-len(k.prefix))] = letters[rnd.IntN(len(letters))]
			}
			if string(bad) == good {
				continue
			}
			q.setHeader(k.header, string(bad))
			if r := p.Check(q, []Secret{s}); r.Verdict != Invalid {
				t.Fatalf("%s: %s is %s", name, bad, r.Verdict)
			}
		}
	}
}

// tokenOf is the token scheme of a sender that has one.
func tokenOf(name string) webToken {
	for _, r := range rowsOfTokens() {
		if k, ok := r.proof.(webToken); ok && r.name == name {
			return k
		}
	}
	return webToken{}
}

// TestTokenKinds: a token must not choose how it is checked, and what it says must be unambiguous.
func TestTokenKinds(t *testing.T) {
	k := tokenOf("vonage")
	claims := `{"iss":"Vonage","iat":1795299300}`
	for _, c := range []struct {
		head, claims, using, reason string
		want                        Verdict
	}{
		{`{"alg":"HS256"}`, claims, "HS256", "fits", Valid},
		{`{"alg":"none"}`, claims, "", "its alg is none", Invalid},
		{`{"alg":"None"}`, claims, "", "its alg is none", Invalid},
		{`{"alg":"HS512"}`, claims, "HS512", "is not HS256", Invalid},
		{`{"alg":"RS256"}`, claims, "HS256", "is not HS256", Invalid},
		{`{"alg":"hs256"}`, claims, "HS256", "is not HS256", Invalid},
		{`{}`, claims, "HS256", "is not HS256", Invalid},
		{`{"alg":"none","alg":"HS256"}`, claims, "HS256", "unique", Invalid},
		{`{"alg":"HS256","crit":["exp"]}`, claims, "HS256", "extensions", Invalid},
		{`[]`, claims, "HS256", "unique", Invalid},
		{`{"alg":"HS256"}`, `{"iss":"Vonage","iss":"Vonage"}`, "HS256", "unique", Invalid},
		{`{"alg":"HS256"}`, `{"iss":"Nexmo"}`, "HS256", "iss is not Vonage", Invalid},
		{`{"alg":"HS256"}`, `{}`, "HS256", "iss is not Vonage", Invalid},
		{`{"alg":"HS256"}`, `{"iss":"Vonage","exp":1}`, "HS256", "expired", Invalid},
		{`{"alg":"HS256"}`, `{"iss":"Vonage","exp":-1e300}`, "HS256", "no moment", Invalid},
		{`{"alg":"HS256"}`, `{"iss":"Vonage","exp":"soon"}`, "HS256", "no moment", Invalid},
		{`{"alg":"HS256"}`, `{"iss":"Vonage","iat":999999999999}`, "HS256", "ahead of this machine's clock", Invalid},
	} {
		signed := tokenCoding.EncodeToString([]byte(c.head)) + "." + tokenCoding.EncodeToString([]byte(c.claims))
		var sig []byte
		if c.using != "" {
			sig, _ = tokenAlgorithm(c.using).sign([]byte(plainSecret), []byte(signed))
		}
		q := &Request{Method: http.MethodGet, At: signedAt, Fields: []Field{{"Authorization", "Bearer " + signed + "." + tokenCoding.EncodeToString(sig)}}}
		r := k.verify(q, []Secret{{"env:ONE", plainSecret}})
		if r.Verdict != c.want || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s %s: %s (%s), want %s and %q", c.head, c.claims, r.Verdict, r.Reason, c.want, c.reason)
		}
	}
}

// TestAdyenItems: every item must be proven, and an item that two readers may read differently is none.
func TestAdyenItems(t *testing.T) {
	const item = `{"NotificationRequestItem":{"amount":{"currency":"EUR","value":%},"pspReference":"8","eventCode":"CAPTURE","merchantAccountCode":"Shop","success":"true"}}`
	two := strings.ReplaceAll(item, "%", "1") + " , " + strings.ReplaceAll(item, "%", "2")
	p, q, s := proven(t, "adyen", body(`{"live":"false", "notificationItems" : [ `+two+` ]}`))
	if r := p.Check(q, []Secret{s}); !strings.Contains(r.Reason, "all 2 items") || len(r.Checks) != 2 {
		t.Errorf("two items: %q, %+v", r.Reason, r.Checks)
	}
	good := string(q.Body)
	for _, c := range []struct{ old, now, reason string }{
		{`"value":2`, `"value":3`, "item 2: "},
		{`"value":1`, `"value":1,"value":9`, ""},
		{`"success":"true"`, `"success":"true","success":"false"`, ""},
		{`"pspReference":"8"`, `"PSPREFERENCE":"8"`, "item 1: "},
		{`"notificationItems" :`, `"notificationItem" :`, ""},
	} {
		q.Body = []byte(strings.Replace(good, c.old, c.now, 1))
		r := p.Check(q, []Secret{s})
		if r.Verdict == Valid || !strings.Contains(r.Reason, c.reason) {
			t.Errorf("%s: %s (%s)", c.now, r.Verdict, r.Reason)
		}
	}
	q.Body = []byte(good)
	if j := p.Assess(q, Answer{Status: 200}); !j.Accepted || len(j.Notes) != 1 {
		t.Errorf("200 without [accepted] is judged %+v", j)
	}
	if j := p.Assess(q, Answer{Status: 200, Body: []byte("[accepted]")}); len(j.Notes) != 0 {
		t.Errorf("[accepted] is judged %+v", j)
	}
}

// TestMailgunForms: routes of Mailgun's send forms, which have the three fields among the others.
func TestMailgunForms(t *testing.T) {
	p, q, s := proven(t, "mailgun", form("recipient=ann%40example.com&subject=open%3F"))
	if !strings.HasPrefix(string(q.Body), "recipient=ann%40example.com&subject=open%3F&") || !p.Knows(q) {
		t.Errorf("signed as %s", q.Body)
	}
	if r := p.Check(q, []Secret{s}); len(r.Checks) != 2 || !strings.Contains(r.Checks[1].Text, "nothing shows that the rest of the body is unchanged") {
		t.Errorf("checks %+v don't say what is not covered", r.Checks)
	}
	q.Body = []byte(strings.Replace(string(q.Body), "token=", "token=x", 1))
	judged(t, p, q, s, Invalid, "signature differs")
}

// TestTwilioBodies: a body that is no form must be named by its hash in the address.
func TestTwilioBodies(t *testing.T) {
	p, q, s := proven(t, "twilio", func(q *Request) {
		q.Fields, q.Body = []Field{{"Content-Type", "application/json"}}, []byte(`{"a":1}`)
	})
	if _, ok := inAddress(q.Target, bodyHash); !ok || !strings.HasSuffix(q.URL, q.Target) {
		t.Errorf("the address is %s, its target %s", q.URL, q.Target)
	}
	q.Body = []byte(`{"a":2}`)
	judged(t, p, q, s, Invalid, "bodySHA256 in the address is not the SHA-256 of the body")
	_, q, _ = proven(t, "twilio", func(q *Request) { q.Fields, q.Body = nil, nil })
	q.Body = []byte(`{"a":2}`)
	judged(t, p, q, s, Invalid, "nothing covers it")
}

// TestBoxKeys: either key proves, and both signatures are made anew.
func TestBoxKeys(t *testing.T) {
	p, q, s := proven(t, "box", nil)
	q.setHeader("BOX-SIGNATURE-SECONDARY", header(q.Fields, "BOX-SIGNATURE-PRIMARY"))
	q.setHeader("BOX-SIGNATURE-PRIMARY", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	judged(t, p, q, s, Valid, "")
	other := Secret{"env:TWO", "another"}
	if _, err := p.Resign(q, other, signedAt); err != nil {
		t.Fatal(err)
	}
	judged(t, p, q, s, Invalid, "")
	judged(t, p, q, other, Valid, "")
	q.setHeader("BOX-SIGNATURE-VERSION", "2")
	judged(t, p, q, other, Invalid, "BOX-SIGNATURE-VERSION is not 1")
}

// TestPublicKeysDoNotSign: whoever has only what is published can make nothing.
func TestPublicKeysDoNotSign(t *testing.T) {
	p, q, s := proven(t, "sendgrid", nil)
	if _, err := p.Resign(q, s, signedAt); err == nil || !strings.Contains(err.Error(), "public key") {
		t.Errorf("signed with a public key: %v", err)
	}
}

// TestSquareVersions: the older signature counts only where the newer is not there.
func TestSquareVersions(t *testing.T) {
	p, q, s := proven(t, "square", func(q *Request) { q.setHeader("x-square-signature", "x") })
	if header(q.Fields, "x-square-hmacsha256-signature") != "" || !p.Knows(q) {
		t.Errorf("signed with %v", q.Fields)
	}
	q.setHeader("x-square-hmacsha256-signature", base64.StdEncoding.EncodeToString(make([]byte, 32)))
	judged(t, p, q, s, Invalid, "x-square-hmacsha256-signature differs")
}

// TestHubSpotAddresses: some of HubSpot's signers decode characters of the address, some don't. Both are HubSpot's.
func TestHubSpotAddresses(t *testing.T) {
	const sent, decoded = "https://shop.example.com/hooks?next=%2Fa%3Ab%21&x=%41", "https://shop.example.com/hooks?next=/a:b!&x=%41"
	for signed, want := range map[string]Verdict{sent: Valid, decoded: Valid, "https://shop.example.com/hooks?next=/a:b!&x=A": Invalid} {
		p, q, s := proven(t, "hubspot", address(signed))
		address(sent)(q)
		judged(t, p, q, s, want, "")
	}
}

// TestTwilioAddresses: ports and apostrophes may be written in two ways each, everything else in one.
func TestTwilioAddresses(t *testing.T) {
	const sent = "https://ann:pw@shop.example.com/sms?text=it's&x=1"
	for signed, want := range map[string]Verdict{
		sent: Valid,
		"https://ann:pw@shop.example.com:443/sms?text=it's&x=1":   Valid,
		"https://ann:pw@shop.example.com/sms?text=it%27s&x=1":     Valid,
		"https://ann:pw@shop.example.com:443/sms?text=it%27s&x=1": Valid,
		"https://ann:pw@shop.example.com:80/sms?text=it's&x=1":    Invalid,
		"https://ann:pw@shop.example.com:8443/sms?text=it's&x=1":  Invalid,
		"https://shop.example.com/sms?text=it's&x=1":              Invalid,
		"http://ann:pw@shop.example.com/sms?text=it's&x=1":        Invalid,
		"https://ann:pw@shop.example.com/sms?x=1&text=it's":       Invalid,
	} {
		p, q, s := proven(t, "twilio", address(signed))
		address(sent)(q)
		judged(t, p, q, s, want, "")
	}
}

// TestPlivoCoverage: what a signature says nothing of is told.
func TestPlivoCoverage(t *testing.T) {
	p, q, s := proven(t, "plivo", func(q *Request) { q.setHeader("X-Plivo-Signature-V2", "x") })
	r := p.Check(q, []Secret{s})
	texts := ""
	for _, c := range r.Checks {
		texts += c.Text + "\n"
	}
	for _, want := range []string{"nothing of the body", "the older X-Plivo-Signature-V2: the newer X-Plivo-Signature-V3 is not there"} {
		if !strings.Contains(texts, want) {
			t.Errorf("checks don't say %q:\n%s", want, texts)
		}
	}
}
