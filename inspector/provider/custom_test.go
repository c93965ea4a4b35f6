package provider_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/inspector/provider"
	"devhook/inspector/provider/providertest"
)

func definitions() []provider.Definition {
	return []provider.Definition{
		{Name: "plain", HMAC: &provider.HMAC{Header: "X-Plain-Signature"}},
		{
			Name: "acme", Title: "Acme", Event: "json:data.type header:X-Event", ID: "json:id", Success: "200-399", Timeout: 5 * time.Second,
			HMAC: &provider.HMAC{
				Header: "X-Acme-Signature", Prefix: "sha256=", Algorithm: "sha256", Encoding: "hex", Signs: "{timestamp}.{body}",
				Timestamp: "X-Acme-Timestamp", Tolerance: 5 * time.Minute, Key: "text",
			},
		},
		{
			Name: "all", Event: "header:X-Event", ID: "header:X-Id",
			HMAC: &provider.HMAC{
				Header: "X-All", Algorithm: "sha512", Encoding: "base64", Signs: "{id}|{nonce}|{timestamp}\n{method} {target} {url}\n{body_md5}{body_sha256}{secret}",
				Timestamp: "X-Time", Unit: "millis", Tolerance: time.Hour, ID: "X-Id", Nonce: "X-Nonce", Key: "base64", KeyPrefix: "whsec_",
			},
		},
		{Name: "in-pairs", HMAC: &provider.HMAC{Header: "P-Sig", Format: "ts={timestamp};h1={signature}", Signs: "{timestamp}:{body}", Algorithm: "sha1", Tolerance: time.Minute, Key: "hex"}},
		{Name: "dated", HMAC: &provider.HMAC{Header: "D-Sig", Timestamp: "D-Date", Unit: "rfc3339", Signs: "{body}{timestamp}"}},
		{Name: "token-header", Event: "query:event", ID: "query:id", Token: &provider.Token{Header: "X-Token"}},
		{Name: "bearer", Token: &provider.Token{Header: "Authorization", Prefix: "Bearer "}},
		{Name: "token-query", Event: "json:type", Token: &provider.Token{Query: "token"}},
		{Name: "token-form", Event: "form:event", ID: "form:message[id]", Token: &provider.Token{Form: "secret"}},
		{Name: "basic", ID: "json:id", Basic: &provider.Basic{User: "acme"}},
	}
}

// TestCustom holds senders that a user defines to what holds for all.
func TestCustom(t *testing.T) {
	for _, d := range definitions() {
		if !slices.Contains([]string{"acme", "bearer", "token-query", "token-form"}, d.Name) {
			continue // the suite takes its time; what is special to the others stands below
		}
		t.Run(d.Name, func(t *testing.T) {
			p, err := provider.Custom(d)
			if err != nil {
				t.Fatal(err)
			}
			providertest.RunAmong(t, append(provider.All(), p), p)
		})
	}
}

// TestCustomSignature compares with what the standard library makes of the words of a definition.
func TestCustomSignature(t *testing.T) {
	at := time.UnixMilli(1795299300123)
	key := []byte("\x01a key of bytes\xff")
	type signed struct {
		hash func() hash.Hash
		key  []byte
		text string // T stands for the moment's seconds, M for the milliseconds
		line string // the header, with H for hex and B for base64
	}
	for name, want := range map[string]signed{
		"plain":    {sha256.New, []byte("s3cret"), "{}", "X-Plain-Signature: H"},
		"acme":     {sha256.New, []byte("s3cret"), "T.{}", "X-Acme-Signature: sha256=H"},
		"in-pairs": {sha1.New, key, "T:{}", "P-Sig: ts=T;h1=H"},
		"all": {
			sha512.New, key, "id-1|NONCE|M\nPOST /a?b=c https://shop.example.com/a?b=c\n99914b932bd37a50b983c5e7c90ae93b44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8aSECRET",
			"X-All: B",
		},
	} {
		secret := map[string]string{"in-pairs": hex.EncodeToString(key), "all": "whsec_" + base64.StdEncoding.EncodeToString(key)}[name]
		if secret == "" {
			secret = "s3cret"
		}
		p := custom(t, name)
		q := &provider.Request{
			Method: "POST", Target: "/a?b=c", URL: "https://shop.example.com/a?b=c", At: at,
			Fields: []provider.Field{{Name: "X-Id", Value: "id-1"}}, Body: []byte("{}"),
		}
		if _, err := p.Resign(q, provider.Secret{Value: secret}, at); err != nil {
			t.Fatal(err)
		}
		if r := p.Check(q, []provider.Secret{{Ref: "env:ONE", Value: secret}}); r.Verdict != provider.Valid {
			t.Errorf("%s: what it signs is %s: %s", name, r.Verdict, r.Reason)
		}
		header, value, _ := strings.Cut(want.line, ": ")
		moments := strings.NewReplacer("T", "1795299300", "M", "1795299300123", "NONCE", valueOf(q, "X-Nonce"), "SECRET", secret, "POST", "POST") // whose T is none of the moments
		h := hmac.New(want.hash, want.key)
		h.Write([]byte(moments.Replace(want.text)))
		value = strings.NewReplacer("T", "1795299300", "H", hex.EncodeToString(h.Sum(nil)), "B", base64.StdEncoding.EncodeToString(h.Sum(nil))).Replace(value)
		if got := valueOf(q, header); got != value {
			t.Errorf("%s: %s: %q, want %q", name, header, got, value)
		}
	}
}

func valueOf(q *provider.Request, name string) string {
	for _, f := range q.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func custom(t *testing.T, name string) *provider.Provider {
	t.Helper()
	all := definitions()
	p, err := provider.Custom(all[slices.IndexFunc(all, func(d provider.Definition) bool { return d.Name == name })])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCustomTokens: where the token goes, and that nothing else of the request changes.
func TestCustomTokens(t *testing.T) {
	const body = "a=%41&b"
	for name, want := range map[string]string{
		"token-header": "/x?a=%2f&b /x?a=%2f&b X-Token=t k+%&/é a=%41&b",
		"bearer":       "/x?a=%2f&b /x?a=%2f&b Authorization=Bearer t k+%&/é a=%41&b",
		"token-query":  "/x?a=%2f&b&token=t+k%2B%25%26%2F%C3%A9 /x?a=%2f&b&token=t+k%2B%25%26%2F%C3%A9  a=%41&b",
		"token-form":   "/x?a=%2f&b /x?a=%2f&b  a=%41&b&secret=t+k%2B%25%26%2F%C3%A9",
		"basic":        "/x?a=%2f&b /x?a=%2f&b Authorization=Basic " + base64.StdEncoding.EncodeToString([]byte("acme:t k+%&/é")) + " a=%41&b",
	} {
		q := &provider.Request{
			Method: "POST", Target: "/x?a=%2f&b", URL: "https://h/x?a=%2f&b", Body: []byte(body),
			Fields: []provider.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		}
		if _, err := custom(t, name).Resign(q, provider.Secret{Value: "t k+%&/é"}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		added := ""
		for _, f := range q.Fields[1:] {
			added = f.Name + "=" + f.Value
		}
		if got := q.Target + " " + strings.TrimPrefix(q.URL, "https://h") + " " + added + " " + string(q.Body); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	q := &provider.Request{Target: "/x?token=old&a&token=older", URL: "https://h/x?token=old&a&token=older"}
	if _, err := custom(t, "token-query").Resign(q, provider.Secret{Value: "new"}, time.Time{}); err != nil || q.Target != "/x?token=new&a&token=new" {
		t.Errorf("signed again: %q, %v", q.Target, err)
	}
	p := custom(t, "bearer")
	r := p.Check(&provider.Request{Fields: []provider.Field{{Name: "Authorization", Value: "abc"}}}, []provider.Secret{{Ref: "env:A", Value: "abc"}})
	if r.Verdict != provider.Invalid || r.Reason != "the Authorization header does not begin with Bearer" {
		t.Errorf("without its prefix: %+v", r)
	}
}

func TestCustomJudgement(t *testing.T) {
	p := custom(t, "acme")
	for status, want := range map[int]bool{199: false, 200: true, 302: true, 399: true, 400: false} {
		if j := p.Assess(nil, provider.Answer{Status: status}); j.Accepted != want {
			t.Errorf("%d: %+v", status, j)
		}
	}
	if j := p.Assess(nil, provider.Answer{Status: 200, Took: 5 * time.Second}); j.Accepted || j.Next != "whether Acme tries again is not known" {
		t.Errorf("after 5 s: %+v", j)
	}
}

// TestFlaws: each names the key at fault.
func TestFlaws(t *testing.T) {
	signed := func(h provider.HMAC) provider.Definition {
		if h.Header == "" {
			h.Header = "X-Sig"
		}
		return provider.Definition{Name: "acme", HMAC: &h}
	}
	token := func(k provider.Token) provider.Definition { return provider.Definition{Name: "acme", Token: &k} }
	for _, tt := range []struct {
		d         provider.Definition
		key, text string
	}{
		{provider.Definition{}, "name", "the sender's name is none"},
		{provider.Definition{Name: "Acme!"}, "name", "the sender's name is none"},
		{provider.Definition{Name: "acme"}, "", "it isn't said how acme proves itself"},
		{provider.Definition{Name: "acme", Token: &provider.Token{}, Basic: &provider.Basic{}}, "", "acme proves itself in more than one way"},
		{provider.Definition{Name: "acme", Basic: &provider.Basic{User: "a:b"}}, "basic.user", "the user's name is none"},
		{provider.Definition{Name: "acme", Basic: &provider.Basic{User: "a"}, Event: "body:x"}, "event", `"body:x" is no place in a request`},
		{provider.Definition{Name: "acme", Basic: &provider.Basic{User: "a"}, ID: "json:"}, "id", `"json:" is no place in a request`},
		{provider.Definition{Name: "acme", Basic: &provider.Basic{User: "a"}, Success: "2xx"}, "success", `"2xx" is no status`},
		{provider.Definition{Name: "acme", Basic: &provider.Basic{User: "a"}, Success: "300-200"}, "success", `"300-200" is no status`},
		{provider.Definition{Name: "acme", Basic: &provider.Basic{User: "a"}, Timeout: -1}, "timeout", "the timeout is below zero"},
		{token(provider.Token{}), "token", "a token stands in one place"},
		{token(provider.Token{Query: "a", Form: "b"}), "token", "a token stands in one place"},
		{token(provider.Token{Header: "a b"}), "token.header", `"a b" can be no header`},
		{token(provider.Token{Query: "a", Prefix: "b"}), "token.prefix", "only a header has a prefix"},
		{provider.Definition{Name: "acme", HMAC: &provider.HMAC{}}, "hmac.header", `"" can be no header`},
		{signed(provider.HMAC{Nonce: "X:Y"}), "hmac.nonce", `"X:Y" can be no header`},
		{signed(provider.HMAC{Algorithm: "md5"}), "hmac.algorithm", `"md5" is no algorithm`},
		{signed(provider.HMAC{Encoding: "base32"}), "hmac.encoding", `"base32" is no encoding`},
		{signed(provider.HMAC{Key: "utf8"}), "hmac.key", `"utf8" is no key`},
		{signed(provider.HMAC{Unit: "days", Timestamp: "T"}), "hmac.unit", `"days" is no unit`},
		{signed(provider.HMAC{Signs: "{stamp}.{body}"}), "hmac.signs", "{stamp} is no part of a request"},
		{signed(provider.HMAC{Signs: "{body"}), "hmac.signs", "a brace is open to the end"},
		{signed(provider.HMAC{Signs: "hello {secret}"}), "hmac.signs", "nothing of the request is signed"},
		{signed(provider.HMAC{Signs: "{timestamp}.{body}"}), "hmac.signs", "{timestamp} is signed, but it isn't said where it stands"},
		{signed(provider.HMAC{Timestamp: "X-Time"}), "hmac.signs", "{timestamp} stands in a header, but it isn't signed and proves nothing"},
		{signed(provider.HMAC{Signs: "{id}{body}"}), "hmac.signs", "{id} is signed, but it isn't said where it stands"},
		{signed(provider.HMAC{Tolerance: time.Minute}), "hmac.tolerance", "there is a tolerance, but no moment of signing"},
		{signed(provider.HMAC{Tolerance: -time.Minute}), "hmac.tolerance", "the tolerance is below zero"},
		{signed(provider.HMAC{KeyPrefix: "whsec_"}), "hmac.key_prefix", "of a text key every letter counts"},
		{signed(provider.HMAC{Timestamp: "x-sig", Signs: "{timestamp}{body}"}), "hmac.timestamp", "x-sig is said to hold header and timestamp"},
		{signed(provider.HMAC{Nonce: "X-One", ID: "x-one", Signs: "{id}{nonce}{body}"}), "hmac.nonce", "X-One is said to hold id and nonce"},
		{signed(provider.HMAC{Format: "v={timestamp},v={signature}"}), "hmac.format", "the form of the header is none that can be read"},
		{signed(provider.HMAC{Unit: "millis"}), "hmac.unit", "there is a unit, but no moment of signing"},
		{signed(provider.HMAC{Format: "v1={signature}"}), "hmac.format", "the form of the header is none that can be read"},
		{signed(provider.HMAC{Format: "t={timestamp},s={signature}", Prefix: "x"}), "hmac.prefix", "the header has a prefix and a format"},
		{signed(provider.HMAC{Format: "t={timestamp},s={signature}", Timestamp: "X"}), "hmac.timestamp", "the moment stands in two headers"},
	} {
		p, err := provider.Custom(tt.d)
		var f *provider.Flaw
		if p != nil || !errors.As(err, &f) || f.Key != tt.key || !strings.HasPrefix(f.Text, tt.text) || f.Hint == "" {
			t.Errorf("%+v: %+v, want %s: %s", tt.d, err, tt.key, tt.text)
		}
	}
}

// TestCustomSignsNoBody: a signature that does not cover the body is one, and what it leaves open is said.
func TestCustomSignsNoBody(t *testing.T) {
	for signs, open := range map[string]bool{"{timestamp}": true, "{timestamp}{method} {url}": true, "{timestamp}{body}": false, "{timestamp}{body_md5}": false, "{timestamp}.{body_sha256}": false} {
		p, err := provider.Custom(provider.Definition{Name: "acme", HMAC: &provider.HMAC{Header: "X-Sig", Signs: signs, Timestamp: "X-Time"}})
		if err != nil {
			t.Fatal(err)
		}
		q, secret := &provider.Request{Method: "POST", URL: "https://h/", Body: []byte("{}")}, provider.Secret{Ref: "env:ONE", Value: "s3cret"}
		if _, err := p.Resign(q, secret, time.Unix(1795299300, 0)); err != nil {
			t.Fatal(err)
		}
		r := p.Check(q, []provider.Secret{secret})
		said := slices.ContainsFunc(r.Checks, func(c provider.Check) bool { return strings.Contains(c.Text, "nothing of the body") })
		if r.Verdict != provider.Valid || said != open {
			t.Errorf("%s: %+v, that the body is open is said: %t", signs, r, said)
		}
	}
	if _, err := provider.Custom(provider.Definition{Name: "acme", HMAC: &provider.HMAC{Header: "X-Sig", Signs: strings.Repeat("{body}", 1000)}}); err == nil {
		t.Error("a body may be signed a thousand times over")
	}
}

// TestCustomInAuthorization: most requests have that header, and not from this sender.
func TestCustomInAuthorization(t *testing.T) {
	for prefix, want := range map[string]bool{"": false, " ": false, "ACME ": true} {
		p, err := provider.Custom(provider.Definition{Name: "acme", HMAC: &provider.HMAC{Header: "authorization", Prefix: prefix}})
		if err != nil {
			t.Fatal(err)
		}
		for value, mark := range map[string]bool{"Basic YTpi": false, "ACME 0a0b": true} {
			q := &provider.Request{Fields: []provider.Field{{Name: "Authorization", Value: value}}}
			if got := p.Knows(q); got != (want && mark) {
				t.Errorf("prefix %q: %s is known as its own: %t", prefix, value, got)
			}
		}
	}
}
