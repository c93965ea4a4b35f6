package provider

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var signedAt = time.Unix(1795299300, 0).UTC()

const (
	plainSecret = "q7Rk2mXw9Zt4-u"
	ourAddress  = "http://shop.example.com/hooks/pay?b=2&a=1"
	jsonBody    = `{"b":"caf` + "\u00e9" + `","a":"x/y","n":[1,2]}`
)

// A wrong is a request as it arrived, the mistake in it, and the only hint that it may produce.
type wrong struct {
	name, by string
	sender   string           // the secret the sender signs with; plainSecret if empty
	signs    func(q *Request) // what the sender signs, changed from the common request
	arrives  func(q *Request) // what changes on the way, or was wrong from the start
	secret   string           // the secret that is configured; the sender's if empty
	others   []Secret         // secrets of other routes
	later    time.Duration    // when it is judged
	verdict  Verdict          // Invalid if empty
	hint     string
}

func body(text string) func(*Request) { return func(q *Request) { q.Body = []byte(text) } }

func address(url string) func(*Request) {
	return func(q *Request) {
		q.URL = url
		_, rest, _ := strings.Cut(url, "://")
		q.Target = rest[strings.IndexByte(rest, '/'):]
	}
}

func form(text string) func(*Request) {
	return func(q *Request) { q.setHeader("Content-Type", formType); q.Body = []byte(text) }
}

// rename puts a header's value into another header.
func rename(from, to string, change func(string) string) func(*Request) {
	return func(q *Request) {
		value := header(q.Fields, from)
		q.Fields = slices.DeleteFunc(q.Fields, func(f Field) bool { return strings.EqualFold(f.Name, from) })
		q.setHeader(to, change(value))
	}
}

func asIs(s string) string { return s }

func rewrite(name string, change func(string) string) func(*Request) {
	return func(q *Request) { q.setHeader(name, change(header(q.Fields, name))) }
}

func packed(s string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // to memory, as is what Close writes
	_ = w.Close()
	return b.String()
}

func unhex(s string) []byte { b, _ := hex.DecodeString(s); return b }

const (
	hub  = "X-Hub-Signature-256"
	anew = ": something parsed the body and wrote it anew after it was signed"
	ends = ": something changed the line ends after it was signed"
	tell = ": tell devhook the address that the sender calls, with --public-url"
	path = ": write it so in the sender's settings, or find what changes it on the way"
	quer = ": the query was changed on its way, or the sender knows another address"
	take = "take it out of the secret's value"
)

func wrongSecrets() []wrong {
	public, private := sendgridKeys()
	b64 := base64.StdEncoding.EncodeToString([]byte(plainSecret))
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123"))
	return []wrong{
		{name: "another secret of yours", by: "github", secret: "something else", others: []Secret{{"env:SHOP", plainSecret}}, hint: "env:SHOP fits, but is set for another route"},
		{name: "line break behind the secret", by: "github", secret: plainSecret + "\n", hint: "env:ONE without the line break at its end fits the signature: " + take},
		{name: "white space around the secret", by: "stripe", secret: " " + plainSecret + " ", hint: "env:ONE without the white space around it fits the signature: " + take},
		{name: "the sender's secret ends with a line break", by: "slack", sender: plainSecret + "\n", secret: plainSecret, hint: "env:ONE with a line break at its end fits the signature: the sender's secret was made from a file that ends so"},
		{name: "quotation marks", by: "slack", secret: `"` + plainSecret + `"`, hint: "env:ONE without the quotation marks around it fits the signature: take them out of the secret's value"},
		{name: "byte order mark", by: "github", secret: "\ufeff" + plainSecret, hint: "env:ONE without the byte order mark in front of it fits the signature: " + take},
		{name: "still base64", by: "github", secret: b64, hint: "env:ONE decoded from base64 fits the signature: configure it decoded"},
		{name: "still hex", by: "github", secret: hex.EncodeToString([]byte(plainSecret)), hint: "env:ONE decoded from hex fits the signature: configure it decoded"},
		{name: "decoded too early", by: "github", sender: b64, secret: plainSecret, hint: "env:ONE encoded as base64 fits the signature: configure it so"},
		{name: "URL-encoded", by: "github", sender: "a b&c=d+e", secret: "a+b%26c%3Dd%2Be", hint: "env:ONE with its URL encoding undone fits the signature: configure it so"},
		{name: "whsec_ cut off", by: "stripe", sender: whsec, secret: whsec[6:], hint: "env:ONE with whsec_ in front of it fits the signature"},
		{name: "whsec_ too much", by: "stripe", secret: "whsec_" + plainSecret, hint: "env:ONE without whsec_ in front of it fits the signature"},
		{name: "whsec_ taken as base64 by the sender", by: "github", sender: "0123456789abcdef0123", secret: whsec, hint: "env:ONE decoded from base64 behind whsec_ fits the signature: that is how senders of Standard Webhooks sign"},
		{name: "quotation marks and https", by: "square", secret: "'" + plainSecret + "'", signs: address("https" + ourAddress[4:]), arrives: address(ourAddress), hint: "env:ONE without the quotation marks around it fits the address with https:// in front, not http://" + tell},
		{name: "a PEM key", by: "sendgrid", sender: private, secret: "-----BEGIN PUBLIC KEY-----\n" + public[:64] + "\n" + public[64:] + "\n-----END PUBLIC KEY-----\n", hint: "env:ONE without the PEM lines around it fits the signature: configure what stands between them, in one line"},
		{name: "text for base64", by: "standardwebhooks", sender: "whsec_" + base64.StdEncoding.EncodeToString([]byte("abcdefgh")), secret: "abcdefgh", hint: "env:ONE encoded as base64 fits the signature: configure it so"},
		{name: "whsec_ as part of the text", by: "standardwebhooks", sender: "whsec_" + base64.StdEncoding.EncodeToString([]byte("whsec_abcdefgh")), secret: "whsec_abcdefgh", hint: "env:ONE as plain text, whsec_ included, fits the signature: configure it encoded as base64"},
		{name: "text behind whsec_", by: "standardwebhooks", sender: "whsec_" + base64.StdEncoding.EncodeToString([]byte("abcdefgh")), secret: "whsec_abcdefgh", hint: "env:ONE as plain text behind whsec_ fits the signature: configure it encoded as base64"},
		{name: "one token secret in quotation marks", by: "vonage", secret: `"` + plainSecret + `"`, hint: "env:ONE without the quotation marks around it fits the signature: take them out of the secret's value"},
		{name: "a hex key as text", by: "adyen", sender: hex.EncodeToString([]byte("0123456789abcdef")), secret: "0123456789abcdef ", hint: "env:ONE encoded as hex fits the signature: configure it so"},
	}
}

func wrongAddresses() []wrong {
	one := func(name, by, signed, arrived, hint string) wrong {
		return wrong{name: name, by: by, signs: address(signed), arrives: address(arrived), hint: hint}
	}
	const base = "https://shop.example.com/hooks/pay"
	return []wrong{
		one("http for https", "square", base, "http"+base[5:], "env:ONE fits the address with https:// in front, not http://"+tell),
		one("https for http", "hubspot", "http"+base[5:], base, "env:ONE fits the address with http:// in front, not https://"+tell),
		one("https and no port", "square", base, "http://shop.example.com:8080/hooks/pay", "env:ONE fits the address with https:// in front, not http://, and without its port"+tell),
		one("no port", "square", base, "https://shop.example.com:8443/hooks/pay", "env:ONE fits the address without its port"+tell),
		one("the port named", "trello", "https://shop.example.com:443/hooks/pay", base, "env:ONE fits the address with port 443"+tell),
		one("slash too much", "square", base, base+"/", "env:ONE fits the address without the slash at its end"+path),
		one("slash too few", "square", base+"/", base, "env:ONE fits the address with a slash at its end"+path),
		one("slash too few behind an escape", "square", base+"/a%2Fb/", base+"/a%2Fb", "env:ONE fits the address with a slash at its end"+path),
		one("query lost", "square", base, base+"?x=1", "env:ONE fits the address without its query"+quer),
		one("query order", "square", base+"?a=1&b=2", base+"?b=2&a=1", "env:ONE fits the address with its query in the order of the names"+quer),
		one("query escapes", "square", base+"?a=x y", base+"?a=x%20y", "env:ONE fits the address with its query's escapes undone"+quer),
		{name: "path alone", by: "seven", signs: func(q *Request) { q.URL = "/hooks/pay" }, arrives: address(base), hint: "env:ONE fits the path alone, and not the whole address: whoever signed this took the address from its own request line"},
		{name: "another host", by: "square", signs: address("http://localhost:3000/hooks/pay"), arrives: func(q *Request) {
			address("http://shop.example.com/hooks/pay")(q)
			q.setHeader("Host", "localhost:3000")
		}, hint: "env:ONE fits the address with the host that the Host header names" + tell},
		one("https for http, in a token", "messagebird_jwt", base, "http"+base[5:], "url_hash fits the address with https:// in front, not http://"+tell),
		{name: "query order at Twilio", by: "twilio", signs: func(q *Request) { address(base + "?a=1&b=2")(q); form("From=1&To=2")(q) }, arrives: address(base + "?b=2&a=1"), hint: "env:ONE fits the address with its query in the order of the names" + quer},
	}
}

func wrongBodies() []wrong {
	public, private := sendgridKeys()
	one := func(name, by, signed, arrived, hint string) wrong {
		return wrong{name: name, by: by, signs: body(signed), arrives: body(arrived), hint: hint}
	}
	const pretty = "{\n  \"b\": \"caf\u00e9\",\n  \"a\": \"x/y\",\n  \"n\": [\n    1,\n    2\n  ]\n}"
	return []wrong{
		one("JSON.stringify", "github", jsonBody, pretty, "env:ONE fits the JSON without white space, as JSON.stringify writes it"+anew),
		one("Python", "stripe", `{"b": "caf\u00e9", "a": "x/y", "n": [1, 2]}`, jsonBody, "env:ONE fits the JSON with a space behind commas and colons, as Python's json.dumps writes it"+anew),
		one("Python without ASCII", "slack", "{\"b\": \"caf\u00e9\", \"a\": \"x/y\", \"n\": [1, 2]}", jsonBody, "env:ONE fits the JSON with a space behind commas and colons, as Python's json.dumps writes it with ensure_ascii=False"+anew),
		one("indent", "github", pretty, jsonBody, "env:ONE fits the JSON with an indent of two spaces"+anew),
		one("gzip on the way", "github", jsonBody, packed(jsonBody), "env:ONE fits the body unpacked: something compressed it after it was signed"),
		one("PHP", "github", `{"b":"caf\u00e9","a":"x\/y","n":[1,2]}`, jsonBody, "env:ONE fits the JSON with its slashes escaped, as PHP's json_encode writes it"+anew),
		one("slashes unescaped", "github", `{"b" : "x/y"}`, `{"b" : "x\/y"}`, "env:ONE fits the JSON with its slashes not escaped"+anew),
		one("unicode escaped", "github", `{"b":"caf\u00e9"}`, "{\"b\":\"caf\u00e9\"}", "env:ONE fits the JSON with its letters beyond ASCII escaped"+anew),
		one("unicode unescaped", "github", "{\"b\" : \"caf\u00e9 \U0001f600\"}", `{"b" : "caf\u00e9 \ud83d\ude00"}`, "env:ONE fits the JSON with its letters beyond ASCII not escaped"+anew),
		one("sorted", "github", `{"a":"x/y","b":{"c":1,"d":2}}`, `{"b":{"d":2,"c":1},"a":"x/y"}`, "env:ONE fits the JSON with its members in the order of their names"+anew),
		one("Go", "github", `{"a":"\u003cb\u003e","b":1}`, `{"b":1,"a":"<b>"}`, "env:ONE fits the JSON as Go's json.Marshal writes a map of it"+anew),
		one("trimmed", "github", "{\"a\":1}\n", `{"a":1}`, "env:ONE fits the body with a line break at its end: something cut it off after it was signed"),
		one("grown", "github", "plain", "plain\n\n", "env:ONE fits the body without the white space at its ends: something added it after it was signed"),
		{name: "CRLF cut off at SendGrid", by: "sendgrid", sender: private, secret: public, signs: body("[]\r\n"), arrives: body("[]"), hint: "env:ONE fits the body with CRLF at its end: something cut it off after it was signed"},
		one("LF for CRLF", "github", "a\r\nb", "a\nb", "env:ONE fits the body with lines that end with CRLF, not LF"+ends),
		one("CRLF for LF", "github", "a\nb", "a\r\nb", "env:ONE fits the body with lines that end with LF, not CRLF"+ends),
		one("byte order mark", "github", "plain", "\ufeffplain", "env:ONE fits the body without its byte order mark: something added it after it was signed"),
		one("emptied", "github", "", "plain", "env:ONE fits an empty body: the sender signed none, or the body was added later"),
		{name: "form re-encoded", by: "github", signs: form("a=1&b=x+y"), arrives: form("b=x%20y&a=1"), hint: "env:ONE fits the form in the order of its names" + anew},
		{name: "form's spaces", by: "github", signs: form("b=x%20y&a=1"), arrives: form("b=x+y&a=1"), hint: "env:ONE fits the form with %20 for spaces, not +" + anew},
		one("the hash in a token", "netlify", jsonBody, pretty, "sha256 fits the JSON without white space, as JSON.stringify writes it"+anew),
		one("the hash in the address", "twilio", jsonBody, pretty, "bodySHA256 fits the JSON without white space, as JSON.stringify writes it"+anew),
	}
}

func sendgridKeys() (public, private string) {
	p, _ := ByName("sendgrid")
	return p.MakeSecret([32]byte{1, 2, 3})
}

func wrongHeaders() []wrong {
	return []wrong{
		{name: "another header", by: "github", arrives: rename(hub, "X-Signature", asIs), verdict: Missing, hint: `the right signature for env:ONE stands in the header "X-Signature", and is expected in X-Hub-Signature-256`},
		{name: "another header, without the prefix", by: "github", arrives: rename(hub, "X-Signature", func(s string) string { return s[7:] }), verdict: Missing, hint: `the right signature for env:ONE stands in the header "X-Signature", and is expected in X-Hub-Signature-256`},
		{name: "nothing at all", by: "slack", arrives: func(q *Request) { q.Fields = nil }, verdict: Missing, hint: "a request that slack signs has the headers X-Slack-Signature and X-Slack-Request-Timestamp; this one comes from elsewhere, or lost them on its way"},
		{name: "no field", by: "mailgun", signs: body(`{"event-data":{}}`), arrives: body(`{"event-data":{}}`), verdict: Missing, hint: "a request that mailgun signs has the fields signature, token and timestamp; this one comes from elsewhere, or lost them on its way"},
		{name: "no header", by: "github", arrives: func(q *Request) { q.Fields = nil }, verdict: Missing, hint: "a request that github signs has the header X-Hub-Signature-256; this one comes from elsewhere, or lost it on its way"},
		{name: "no token", by: "vonage", arrives: func(q *Request) { q.Fields = nil }, verdict: Missing, hint: "a request that vonage signs has a token in the header Authorization; this one comes from elsewhere, or lost it on its way"},
		{name: "prefix lost", by: "github", arrives: rewrite(hub, func(s string) string { return s[7:] }), hint: "X-Hub-Signature-256 holds the right signature for env:ONE; it must be written sha256=SIGNATURE"},
		{name: "the test environment's v0", by: "stripe", arrives: rewrite("Stripe-Signature", func(s string) string { return strings.Replace(s, "v1=", "v0=", 1) }), hint: `Stripe-Signature holds the right signature for env:ONE as "v0"; it must be written t=MOMENT,v1=SIGNATURE`},
		{name: "hex for base64", by: "square", arrives: rewrite("x-square-hmacsha256-signature", func(s string) string { b, _ := base64.StdEncoding.DecodeString(s); return hex.EncodeToString(b) }), hint: "env:ONE fits the signature read as hex, not as base64"},
		{name: "base64 for hex", by: "github", arrives: rewrite(hub, func(s string) string { return "sha256=" + base64.StdEncoding.EncodeToString(unhex(s[7:])) }), hint: "env:ONE fits the signature read as base64, not as hex"},
		{name: "SHA-1 for SHA-256", by: "github", arrives: func(q *Request) {
			sig, _ := hmacSHA1.sign([]byte(plainSecret), q.Body)
			q.setHeader(hub, "sha256="+hex.EncodeToString(sig))
		}, hint: "env:ONE fits the signature as HMAC with SHA-1, which is not what this header holds"},
		{name: "only the older version fits", by: "github", arrives: func(q *Request) {
			sig, _ := hmacSHA1.sign([]byte(plainSecret), q.Body)
			q.setHeader("X-Hub-Signature", "sha1="+hex.EncodeToString(sig))
			q.setHeader(hub, "sha256="+strings.Repeat("00", 32))
		}, hint: "X-Hub-Signature fits, and X-Hub-Signature-256 is the one that counts"},
		{name: "late", by: "slack", later: 11 * time.Minute, hint: "the signature is right: the message was made 11m0s ago, as after a replay or a late retry, or this machine's clock is ahead by that much. To send it again as new, replay it with --resign"},
		{name: "early", by: "slack", later: -7 * time.Minute, hint: "the signature is right: this machine's clock is 7m behind the sender's. Set this clock first, then ask for the sender's"},
		{name: "an old token", by: "messagebird_jwt", later: 2 * time.Minute, hint: "the signature is right: the message was made 1m0s ago, as after a replay or a late retry, or this machine's clock is ahead by that much. To send it again as new, replay it with --resign"},
		{name: "milliseconds for seconds", by: "slack", arrives: inMilliseconds, hint: "the signature is right: X-Slack-Request-Timestamp counts milliseconds, and must count seconds"},
		{name: "the moment rewritten", by: "hubspot", arrives: momentSigned, hint: "env:ONE fits the moment in seconds: the header has it in milliseconds"},
	}
}

// inMilliseconds signs a moment that has too many digits.
func inMilliseconds(q *Request) {
	const moment = "1795299300000"
	sig, _ := hmacSHA256.sign([]byte(plainSecret), []byte("v0:"+moment+":"+string(q.Body)))
	q.setHeader("X-Slack-Request-Timestamp", moment)
	q.setHeader("X-Slack-Signature", "v0="+hex.EncodeToString(sig))
}

// momentSigned signs the moment in seconds and sends it in milliseconds.
func momentSigned(q *Request) {
	sig, _ := hmacSHA256.sign([]byte(plainSecret), []byte(q.Method+q.URL+string(q.Body)+"1795299300"))
	q.setHeader("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(sig))
}

func TestHints(t *testing.T) {
	tried := map[string]bool{}
	for _, w := range slices.Concat(wrongSecrets(), wrongAddresses(), wrongBodies(), wrongHeaders()) {
		t.Run(w.name, func(t *testing.T) {
			r := w.judged(t)
			if want := Verdict(or(string(w.verdict), string(Invalid))); r.Verdict != want {
				t.Errorf("verdict %s (%s), want %s", r.Verdict, r.Reason, want)
			}
			if diff := cmp.Diff([]string{w.hint}, r.Hints); diff != "" {
				t.Errorf("hints (-want +got):\n%s", diff)
			}
			if said := r.Reason + strings.Join(r.Hints, "\n"); strings.Contains(said, plainSecret) {
				t.Errorf("the secret is told: %s", said)
			}
		})
		tried[w.hint] = true
	}
	t.Logf("%d hints, each from its own mistake", len(tried))
	if len(tried) < 25 {
		t.Errorf("%d hints are proven, want 25 at least", len(tried))
	}
}

func (w wrong) judged(t *testing.T) Result {
	t.Helper()
	p, ok := ByName(w.by)
	if !ok {
		t.Fatalf("no provider %q", w.by)
	}
	q := &Request{Method: http.MethodPost, Body: []byte(jsonBody), Fields: []Field{{"Content-Type", "application/json"}}}
	address(ourAddress)(q)
	if w.by == "adyen" {
		q.setHeader("HmacSignature", "x")
	}
	if w.signs != nil {
		w.signs(q)
	}
	sender := or(w.sender, plainSecret)
	if _, err := p.Resign(q, Secret{"env:SENDER", sender}, signedAt); err != nil {
		t.Fatal(err)
	}
	if w.arrives != nil {
		w.arrives(q)
	}
	q.At = signedAt.Add(w.later)
	return p.Check(q, []Secret{{"env:ONE", or(w.secret, sender)}}, w.others...)
}

// TestHintsAreBounded: whatever a request holds, looking for hints costs a bounded number of digests.
func TestHintsAreBounded(t *testing.T) {
	big := []byte(`{"text":"` + strings.Repeat("is it open on Sunday? ", (1<<20)/22) + `"}`)
	deep := []byte(strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000))
	var secrets []Secret
	for _, name := range []string{"env:ONE", "env:TWO", "env:THREE", "env:FOUR"} {
		secrets = append(secrets, Secret{name, "wrong " + name})
	}
	for _, c := range []struct {
		name, header string
		body         []byte
	}{
		{"1 MiB of JSON", "sha256=" + strings.Repeat("00", 32), big},
		{"deep JSON", "sha256=" + strings.Repeat("00", 32), deep},
		{"small JSON", "sha256=" + strings.Repeat("00", 32), []byte(jsonBody)},
	} {
		q := &Request{Method: http.MethodPost, URL: ourAddress, Fields: []Field{{hub, c.header}}, Body: c.body, At: signedAt}
		k := ofBody("github", hub, "sha256=", hmacSHA256, asHex)
		f, _ := k.read(q)
		began := time.Now()
		h := &hunt{k: k, sigs: k.decoded(f.sigs)}
		if hints := h.run(k.messageGuesses(q, f), secrets); hints != nil {
			t.Errorf("%s: %q for a signature of nothing", c.name, hints)
		}
		t.Logf("%s: %d tried, %d KiB hashed, %s", c.name, h.tried, h.hashed>>10, time.Since(began).Round(time.Millisecond))
		if most := maxHashed + 8*len(c.body); h.tried > maxTried+1 || h.hashed > most {
			t.Errorf("%s: %d tried, %d bytes hashed, at most %d and %d are allowed", c.name, h.tried, h.hashed, maxTried, most)
		}
	}
}

// TestManySignatures: a header full of signatures is refused before any is looked at.
func TestManySignatures(t *testing.T) {
	p, _ := ByName("stripe")
	q := &Request{Body: []byte(jsonBody), At: signedAt, Fields: []Field{{"Stripe-Signature", "t=1795299300" + strings.Repeat(",v1="+strings.Repeat("00", 32), 1000)}}}
	if r := p.Check(q, []Secret{{"env:ONE", plainSecret}}); r.Verdict != Invalid || r.Reason != "Stripe-Signature holds more than 16 signatures" {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}
