package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// headerName is a token of RFC 9110.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// scheme is the signature that is defined. Every word is checked, and that they go together.
func (d *HMAC) scheme(name string) (scheme, *Flaw) {
	k := &signature{
		name: name, headers: []string{d.Header}, time: d.Timestamp, id: d.ID, nonce: d.Nonce,
		past: d.Tolerance, future: d.Tolerance, key: keyForm{prefix: d.KeyPrefix}, layout: alone{d.Prefix},
	}
	taken := map[string]string{}
	for _, h := range [...]struct{ key, name string }{{"header", d.Header}, {"timestamp", d.Timestamp}, {"id", d.ID}, {"nonce", d.Nonce}} {
		if (h.name != "" || h.key == "header") && !headerName.MatchString(h.name) {
			return nil, flaw("hmac."+h.key, "write the name of one: X-Acme-Signature", "%q can be no header", h.name)
		}
		if low := strings.ToLower(h.name); low != "" {
			if other := taken[low]; other != "" {
				return nil, flaw("hmac."+h.key, "write a header for each", "%s is said to hold %s and %s", h.name, other, h.key)
			}
			taken[low] = h.key
		}
	}
	var flaws [5]*Flaw
	k.using, flaws[0] = choose("algorithm", d.Algorithm, "sha256", map[string]algorithm{"sha1": hmacSHA1, "sha256": hmacSHA256, "sha512": hmacSHA512})
	k.coded, flaws[1] = choose("encoding", d.Encoding, "hex", map[string]coding{"hex": asHex, "base64": asBase64})
	k.unit, flaws[2] = choose("unit", d.Unit, "seconds", map[string]timeUnit{"seconds": inSeconds, "millis": inMillis, "rfc3339": inRFC3339})
	k.key.coded, flaws[3] = choose("key", d.Key, "text", map[string]coding{"text": nil, "hex": asHex, "base64": asBase64})
	k.signs, flaws[4] = partsOf(or(d.Signs, "{body}"))
	for _, f := range flaws {
		if f != nil {
			return nil, f
		}
	}
	if f := d.format(k); f != nil {
		return nil, f
	}
	if !k.has(theBody) && !strings.Contains(d.Signs, "{body_") {
		k.uncovered = "it covers nothing of the body: nothing shows that it is unchanged"
	}
	return k, d.together(k)
}

// marks are what the sender is recognised by. A header that many senders have is no mark without the prefix.
func (d *HMAC) marks() []string {
	switch {
	case !strings.EqualFold(d.Header, "Authorization"):
		return []string{d.Header}
	case strings.Trim(d.Prefix, " ") != "":
		return []string{d.Header + ": " + d.Prefix}
	}
	return nil
}

// choose picks the value of one word, the default where there is none.
func choose[T any](key, word, usual string, known map[string]T) (T, *Flaw) {
	v, ok := known[or(word, usual)]
	if ok {
		return v, nil
	}
	var words []string
	for w := range known {
		words = append(words, w)
	}
	slices.Sort(words)
	return v, flaw("hmac."+key, "write "+strings.Join(words[:len(words)-1], ", ")+" or "+words[len(words)-1], "%q is no %s", word, key)
}

// pairedForm is a header that holds moment and signature as name=value.
var pairedForm = regexp.MustCompile(`^(\w+)=\{timestamp\}([,;&]) ?(\w+)=\{signature\}$`)

func (d *HMAC) format(k *signature) *Flaw {
	if d.Format == "" {
		return nil
	}
	m := pairedForm.FindStringSubmatch(d.Format)
	switch {
	case m == nil || m[1] == m[3]:
		return flaw("hmac.format", `write "t={timestamp},v1={signature}"`, "the form of the header is none that can be read")
	case d.Prefix != "":
		return flaw("hmac.prefix", "leave out prefix or format", "the header has a prefix and a format")
	case d.Timestamp != "":
		return flaw("hmac.timestamp", "leave out timestamp or format", "the moment stands in two headers")
	}
	k.layout = pairs{time: m[1], separator: m[2], sig: m[3]}
	return nil
}

// together sees that what is signed is there, and that what is there is signed.
func (d *HMAC) together(k *signature) *Flaw {
	moment := d.Timestamp != "" || d.Format != ""
	for _, p := range [...]struct {
		part      part
		word, key string
		there     bool
	}{{theTime, "{timestamp}", "timestamp", moment}, {theID, "{id}", "id", d.ID != ""}, {theNonce, "{nonce}", "nonce", d.Nonce != ""}} {
		switch signed := k.has(p.part); {
		case signed && !p.there:
			return flaw("hmac.signs", "write "+p.key+": HEADER", "%s is signed, but it isn't said where it stands", p.word)
		case !signed && p.there:
			return flaw("hmac.signs", "write "+p.word+" where the sender has it, or leave it out", "%s stands in a header, but it isn't signed and proves nothing", p.word)
		}
	}
	switch {
	case d.KeyPrefix != "" && k.key.coded == nil:
		return flaw("hmac.key_prefix", "leave it out, or write key: base64", "of a text key every letter counts, also those in front")
	case d.Tolerance < 0:
		return flaw("hmac.tolerance", "write 5m, or 0 to accept any", "the tolerance is below zero")
	case d.Tolerance > 0 && !moment:
		return flaw("hmac.tolerance", "write timestamp: HEADER, or leave it out", "there is a tolerance, but no moment of signing")
	case d.Unit != "" && !moment:
		return flaw("hmac.unit", "write timestamp: HEADER, or leave it out", "there is a unit, but no moment of signing")
	}
	return nil
}

// placeholders are what Signs may name.
func placeholders() map[string]part {
	return map[string]part{
		"body": theBody, "timestamp": theTime, "id": theID, "nonce": theNonce, "method": theMethod, "url": theURL, "secret": theSecret,
		"target":   func(m *message, b []byte) []byte { return append(b, m.q.Target...) },
		"body_md5": bodyMD5,
		"body_sha256": func(m *message, b []byte) []byte {
			sum := sha256.Sum256(m.body)
			return hex.AppendEncode(b, sum[:])
		},
	}
}

// maxParts bounds what one check takes: each part may be a whole body.
const maxParts = 32

// partsOf reads "{timestamp}.{body}".
func partsOf(signs string) (all []part, f *Flaw) {
	known := placeholders()
	const hint = "write {body}, {timestamp}.{body}, or what else of {id}, {nonce}, {method}, {url}, {target}, {secret}, {body_md5}, {body_sha256} is signed"
	named := false
	for rest := signs; rest != ""; {
		before, word, open := strings.Cut(rest, "{")
		if before != "" {
			all = append(all, text(before))
		}
		if !open {
			break
		}
		word, rest, open = strings.Cut(word, "}")
		if !open {
			return nil, flaw("hmac.signs", hint, "a brace is open to the end")
		}
		p, ok := known[word]
		if !ok {
			return nil, flaw("hmac.signs", hint, "{%s} is no part of a request", word)
		}
		named = named || word != "secret"
		if all = append(all, p); len(all) > maxParts {
			return nil, flaw("hmac.signs", hint, "more than %d parts are signed", maxParts)
		}
	}
	if !named {
		return nil, flaw("hmac.signs", hint, "nothing of the request is signed")
	}
	return all, nil
}
