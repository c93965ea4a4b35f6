package provider

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Definition is a sender that only its user knows: how it proves itself, and where its requests tell what happened. Of
// HMAC, Token and Basic one is set.
type Definition struct {
	Name, Title string // Title "": the name

	HMAC  *HMAC
	Token *Token
	Basic *Basic

	// Event and ID are places: "json:data.type", "header:X-Event", "form:event" or "query:event"; of several, with blanks
	// between, the first that tells something counts. "": not told.
	Event, ID string
	Success   string        // statuses that it takes for success: "200" or "200-399"; "": 200-299
	Timeout   time.Duration // how long it waits for an answer; 0: not known
}

// HMAC is the definition of a sender that signs with a shared secret.
type HMAC struct {
	Header    string        // where the signature stands
	Prefix    string        // before it: "sha256="
	Format    string        // of a header that holds the moment too: "t={timestamp},v1={signature}"
	Algorithm string        // sha1, sha256 (default) or sha512
	Encoding  string        // of the signature: hex (default) or base64
	Signs     string        // the signed text: "{timestamp}.{body}"; default "{body}"
	Timestamp string        // header of the moment of signing
	Unit      string        // of that moment: seconds (default), millis or rfc3339
	Tolerance time.Duration // how far it may be from now, either way; 0: it isn't judged
	ID        string        // header of the message's id, if that is signed
	Nonce     string        // header of a value used once, if that is signed
	Key       string        // what the secret is: text (default), base64 or hex
	KeyPrefix string        // of the secret, no part of the key: "whsec_"
}

// Token is the definition of a sender that puts the secret itself into one place of its requests.
type Token struct {
	Header, Query, Form string // its name there; one is set
	Prefix              string // before it in the header: "Bearer "
}

// Basic is the definition of a sender that logs in with HTTP Basic authentication; the secret is the password.
type Basic struct{ User string }

// A Flaw is what is wrong with a Definition. Key is the one at fault, as "hmac.signs"; Text a sentence without a stop.
type Flaw struct{ Key, Text, Hint string }

func (f *Flaw) Error() string { return "provider: define " + f.Key + ": " + f.Text }

func flaw(key, hint, format string, args ...any) *Flaw {
	return &Flaw{key, fmt.Sprintf(format, args...), hint}
}

// definedName is what a sender may be called; it stands in flags and in the database.
var definedName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,23}$`)

// Custom makes a Provider of a definition. Its error is a *Flaw.
func Custom(d Definition) (*Provider, error) {
	r := row{name: d.Name, title: or(d.Title, d.Name), told: told{perEvent: true}}
	r.rule = rule{within: d.Timeout, next: "whether " + r.title + " tries again is not known"}
	masked := []string{}
	if f := d.check(&r); f != nil {
		return nil, f
	}
	var f *Flaw
	switch {
	case d.HMAC != nil:
		r.proof, f = d.HMAC.scheme(d.Name)
		r.marks = d.HMAC.marks()
	case d.Token != nil:
		r.proof, f = d.Token.scheme(d.Name)
		masked = []string{d.Token.Query, d.Token.Form}
		if !strings.EqualFold(d.Token.Header, "Authorization") && d.Token.Header != "" {
			r.marks = []string{d.Token.Header}
		}
	default:
		r.proof, f = d.Basic.scheme(d.Name)
	}
	if f != nil {
		return nil, f
	}
	r.samples = []sample{d.sample()}
	p := r.provider()
	p.Own = true
	if d.Token != nil && d.Token.Header != "" {
		p.SecretHeaders = append(p.SecretHeaders, d.Token.Header)
	}
	for _, name := range masked {
		if name != "" {
			p.SecretFields = append(p.SecretFields, name)
		}
	}
	return p, nil
}

// check looks at what every definition has.
func (d Definition) check(r *row) (f *Flaw) {
	schemes := 0
	for _, set := range []bool{d.HMAC != nil, d.Token != nil, d.Basic != nil} {
		if set {
			schemes++
		}
	}
	switch {
	case !definedName.MatchString(d.Name):
		return flaw("name", "write at most 24 small letters, digits and dashes, a letter first", "the sender's name is none")
	case schemes == 0:
		return flaw("", "write hmac:, token: or basic:", "it isn't said how %s proves itself", d.Name)
	case schemes > 1:
		return flaw("", "keep one of hmac, token and basic", "%s proves itself in more than one way", d.Name)
	case d.Timeout < 0:
		return flaw("timeout", "write 10s", "the timeout is below zero")
	}
	if r.told.name, f = places("event", d.Event); f != nil {
		return f
	}
	if r.told.id, f = places("id", d.ID); f != nil {
		return f
	}
	return r.rule.take(d.Success)
}

// places turns the words of a definition into those of told.
func places(key, text string) (string, *Flaw) {
	var all []string
	for place := range strings.FieldsSeq(text) {
		kind, name, _ := strings.Cut(place, ":")
		short := map[string]string{"json": "j", "header": "h", "form": "f", "query": "q"}[kind]
		if short == "" || name == "" {
			return "", flaw(key, "write json:type, header:X-Event, form:event or query:event", "%q is no place in a request", place)
		}
		all = append(all, short+":"+name)
	}
	return strings.Join(all, " "), nil
}

// take reads "200" or "200-399".
func (r *rule) take(success string) *Flaw {
	if success == "" {
		return nil
	}
	from, to, several := strings.Cut(success, "-")
	if !several {
		to = from
	}
	a, err := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil || a < 100 || b > 599 || a > b {
		return flaw("success", "write 200 or 200-299", "%q is no status and no range of them", success)
	}
	r.from, r.to = a, b
	return nil
}
