package provider

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// formRequest is a status webhook with further fields and header lines ("Name: value").
func formRequest(fields string, lines ...string) *Request {
	q := &Request{Method: "POST", Target: "/hooks/sms", Fields: []Field{{"Content-Type", formType}}, Body: []byte("event=send_status&id=SM1&status=sent" + fields)}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		q.Fields = append(q.Fields, Field{name, value})
	}
	return q
}

func basicLine(credentials string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
}

func TestTelerivetVerdict(t *testing.T) {
	one := []Secret{{"env:ONE", "right-1"}}
	two := []Secret{{"env:ONE", "right-1"}, {"env:TWO", "right-2"}}
	for _, c := range []struct {
		name    string
		q       *Request
		secrets []Secret
		verdict Verdict
		reason  string
	}{
		{"field", formRequest("&secret=right-1"), one, Valid, "the secret field fits env:ONE"},
		{"field, percent-encoded name and value", formRequest("&%73ecret=%72ight%2D1"), one, Valid, "the secret field fits env:ONE"},
		{"field, second of two secrets", formRequest("&secret=right-2"), two, Valid, "the secret field fits env:TWO"},
		{"field differs", formRequest("&secret=wrong"), one, Invalid, "the secret field differs from env:ONE"},
		{"field differs from both", formRequest("&secret=wrong"), two, Invalid, "the secret field differs from each of the 2 secrets"},
		{"field empty", formRequest("&secret="), one, Invalid, "the secret field is empty"},
		{"field twice, one wrong", formRequest("&secret=right-1&secret=wrong"), one, Invalid, "the secret field differs from env:ONE"},
		{"basic", formRequest("", basicLine("telerivet:right-1")), one, Valid, "the Basic password fits env:ONE"},
		{"basic, scheme in lower case", formRequest("", "authorization: basic dGVsZXJpdmV0OnJpZ2h0LTE="), one, Valid, "the Basic password fits env:ONE"},
		{"basic password with a colon", formRequest("", basicLine("telerivet:a:b")), []Secret{{"env:ONE", "a:b"}}, Valid, "the Basic password fits env:ONE"},
		{"basic differs", formRequest("", basicLine("telerivet:nope")), one, Invalid, "the Basic password differs from env:ONE"},
		{"basic password empty", formRequest("", basicLine("telerivet:")), one, Invalid, "the Basic password is empty"},
		{"another user", formRequest("", basicLine("Telerivet:right-1")), one, Invalid, "the Basic user is not telerivet"},
		{"bearer", formRequest("", "Authorization: Bearer right-1"), one, Invalid, "Authorization is Bearer, wants Basic with user telerivet"},
		{"not base64", formRequest("", "Authorization: Basic ???"), one, Invalid, "Authorization is Basic, but not base64 of user:password"},
		{"both fit", formRequest("&secret=right-1", basicLine("telerivet:right-1")), one, Valid, "the secret field fits env:ONE"},
		{"both fit, each another secret", formRequest("&secret=right-1", basicLine("telerivet:right-2")), two, Valid, "the secret field fits env:ONE"},
		{"field fits, basic doesn't", formRequest("&secret=right-1", basicLine("telerivet:x")), one, Invalid, "the Basic password differs from env:ONE"},
		{"basic fits, field doesn't", formRequest("&secret=x", basicLine("telerivet:right-1")), one, Invalid, "the secret field differs from env:ONE"},
		{"neither", formRequest(""), one, Missing, "no secret field and no Authorization header"},
		{"not configured", formRequest("&secret=right-1"), nil, Unchecked, "no secret configured; set one with --verify telerivet=env:NAME"},
		{"empty secret, empty field", formRequest("&secret="), []Secret{{"env:ONE", ""}}, Invalid, "env:ONE is empty, and an empty secret proves nothing"},
		{"blank secret, blank field", formRequest("&secret=+"), []Secret{{"env:ONE", " "}}, Invalid, "env:ONE is empty, and an empty secret proves nothing"},
		{"one of two secrets empty", formRequest("&secret="), []Secret{{"env:ONE", ""}, two[1]}, Invalid, "the secret field is empty"},
		{"the other of two is empty", formRequest("&secret=right-2"), []Secret{{"env:ONE", ""}, two[1]}, Valid, "the secret field fits env:TWO"},
		{"secret without a name", formRequest("&secret=x"), []Secret{{"", "y"}}, Invalid, "the secret field differs from the configured secret"},
		{"multipart is no form", &Request{Method: "POST", Fields: []Field{{"Content-Type", "multipart/form-data; boundary=b"}}, Body: []byte("secret=right-1")}, one, Missing, "no secret field and no Authorization header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := telerivet().Check(c.q, c.secrets)
			if r.Verdict != c.verdict || r.Reason != c.reason {
				t.Errorf("got %s: %s\nwant %s: %s", r.Verdict, r.Reason, c.verdict, c.reason)
			}
		})
	}
}

func TestTelerivetHints(t *testing.T) {
	const secret = "Right+secret/1="
	esc := url.QueryEscape
	for _, c := range []struct {
		name, configured string
		q                *Request
		hint             string
	}{
		{"line break configured", secret + "\n", formRequest("&secret=" + esc(secret)), "env:ONE ends with a line break; without that it fits the secret field"},
		{"CRLF configured", secret + "\r\n", formRequest("&secret=" + esc(secret)), "env:ONE ends with CRLF; without that it fits the secret field"},
		{"line break sent", secret, formRequest("&secret=" + esc(secret) + "\n"), "the secret field ends with a line break; without that it fits env:ONE"},
		{"space configured", " " + secret, formRequest("", basicLine("telerivet:"+secret)), "env:ONE has white space around it; without that it fits the Basic password"},
		{"space in both", " " + secret, formRequest("&secret=" + esc(secret+"\t")), "the secret field and env:ONE fit without the white space around them"},
		{"byte order mark", "\ufeff" + secret, formRequest("&secret=" + esc(secret)), "env:ONE begins with a byte order mark; without that it fits the secret field"},
		{"quotation marks", `"` + secret + `"`, formRequest("&secret=" + esc(secret)), "env:ONE stands in quotation marks; without that it fits the secret field"},
		{"base64 configured", "UmlnaHQrc2VjcmV0LzE9", formRequest("&secret=" + esc(secret)), "env:ONE is still base64-encoded; without that it fits the secret field"},
		{"base64 configured by echo", "UmlnaHQrc2VjcmV0LzE9Cg==", formRequest("&secret=" + esc(secret)), "env:ONE is still base64-encoded; without that it fits the secret field"},
		{"base64 sent", secret, formRequest("&secret=UmlnaHQrc2VjcmV0LzE9"), "the secret field is still base64-encoded; without that it fits env:ONE"},
		{"hex configured", "52696768742b7365637265742f313d", formRequest("&secret=" + esc(secret)), "env:ONE is still hex-encoded; without that it fits the secret field"},
		{"encoded twice", secret, formRequest("&secret=" + esc(esc(secret))), "the secret field is URL-encoded once too often; without that it fits env:ONE"},
		{"encoded in the configuration", esc(secret), formRequest("&secret=" + esc(secret)), "env:ONE is URL-encoded once too often; without that it fits the secret field"},
		{"plus not encoded", secret, formRequest("&secret=" + secret), "the secret field has spaces where env:ONE has plus signs: they were not URL-encoded"},
		{"case", strings.ToLower(secret), formRequest("&secret=" + esc(secret)), "the secret field fits env:ONE but for upper and lower case"},
		{"cut when sent", secret, formRequest("&secret=Right"), "the secret field is only the beginning of env:ONE"},
		{"cut in the configuration", "Right", formRequest("&secret=" + esc(secret)), "env:ONE is only the beginning of the secret field"},
		{"bearer", secret, formRequest("", "Authorization: Bearer "+secret), "env:ONE is in the request, but in Authorization as Bearer; " + expected},
		{"bare", secret, formRequest("", "Authorization: "+secret), "env:ONE is in the request, but in Authorization without Basic; " + expected},
		{"basic in the clear", secret, formRequest("", "Authorization: Basic telerivet:"+secret), "env:ONE is in the request, but in Authorization without base64; " + expected},
		{"as the user", secret, formRequest("", basicLine(secret+":")), "env:ONE is in the request, but as the Basic user; " + expected},
		{"of another user", secret, formRequest("", basicLine("admin:"+secret)), "env:ONE is in the request, but as the password of another Basic user; " + expected},
		{"in a header", secret, formRequest("", "X-Secret: "+secret), `env:ONE is in the request, but in the header "X-Secret"; ` + expected},
		{"in the query", secret, &Request{Target: "/?secret=" + esc(secret)}, `env:ONE is in the request, but in the query, as "secret"; ` + expected},
		{"in another field", secret, formRequest("&Secret=" + esc(secret)), `env:ONE is in the request, but in the field "Secret"; ` + expected},
		{"in JSON", secret, jsonRequest(secret), `env:ONE is in the request, but in a JSON body, as "secret"; ` + expected},
		{"JSON is no form", secret, jsonRequest("x"), "the body is not a form: Content-Type is JSON, wants application/x-www-form-urlencoded"},
		{"form without its type", secret, &Request{Body: []byte("id=1&secret=" + esc(secret))}, "env:ONE is in the request, but in a body whose Content-Type is not application/x-www-form-urlencoded; " + expected},
		{"cut off", secret, formRequest("", "Content-Length: 400"), "the body has 36 of the 400 bytes that Content-Length tells"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := telerivet().Check(c.q, []Secret{{"env:ONE", c.configured}})
			if r.Verdict != Invalid && r.Verdict != Missing {
				t.Errorf("verdict %s", r.Verdict)
			}
			if len(r.Hints) == 0 || !strings.Contains("\n"+strings.Join(r.Hints, "\n")+"\n", "\n"+c.hint+"\n") {
				t.Errorf("hints %q\nwant  %q", r.Hints, c.hint)
			}
		})
	}
}

const expected = "it is expected as the form field secret or as the Basic password of user telerivet"

func jsonRequest(secret string) *Request {
	return &Request{Method: "POST", Fields: []Field{{"Content-Type", "application/json"}}, Body: []byte(`{"event":"send_status","secret":"` + secret + `"}`)}
}

// A secret that is simply wrong gets no hint: nothing is guessed.
func TestTelerivetNoHintWithoutGround(t *testing.T) {
	for _, q := range []*Request{
		formRequest("&secret=quite-different"), formRequest("", basicLine("telerivet:nope")), formRequest(""),
		formRequest("&secret=Right%2Bsecret%2F1%3D", basicLine("telerivet:nope")), formRequest("&secret=nope", basicLine("telerivet:Right+secret/1=")),
	} {
		if r := telerivet().Check(q, []Secret{{"env:ONE", "Right+secret/1="}}); len(r.Hints) > 0 {
			t.Errorf("hints without ground: %q", r.Hints)
		}
	}
}

func TestTelerivetHintNamesTheEmptySecret(t *testing.T) {
	r := telerivet().Check(formRequest("&secret=x"), []Secret{{"env:OLD", ""}, {"env:ONE", "right"}})
	if len(r.Hints) != 1 || r.Hints[0] != "env:OLD is empty and was left out" {
		t.Errorf("hints %q", r.Hints)
	}
}

func TestCheckTooLong(t *testing.T) {
	q := formRequest("&secret=right")
	q.BodyTruncated = true
	r := telerivet().Check(q, []Secret{{"env:ONE", "right"}})
	if r.Verdict != Unchecked || r.Reason != "the body is too long to be checked" {
		t.Errorf("got %+v", r)
	}
}
