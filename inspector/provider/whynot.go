package provider

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Bounds of the guesses for one request: each costs a digest of the body.
const (
	maxTried  = 400
	maxHashed = 24 << 20 // bytes, of all together
)

// A guess is a change to what was signed, or to the secret, with the words for it.
type guess[T any] struct {
	text  string
	value T
}

// whyNot looks for what would have made a wrong signature right. Nothing is said that was not computed: each hint names a
// change with which the very bytes give the very signature.
func (k *signature) whyNot(q *Request, f *found, secrets []Secret) (hints []string) {
	if q.Quick {
		return nil
	}
	sigs := k.decoded(f.sigs)
	tried, hashed := 0, 0
	for _, s := range secrets {
		for _, key := range k.keyGuesses(s.Value) {
			for _, m := range k.messageGuesses(q, f) {
				if key.text != "" && m.text != "" && tried > maxTried/2 {
					continue
				}
				signed := k.signed(m.value, s.Value)
				if tried++; tried > maxTried || hashed > maxHashed {
					return hints
				}
				hashed += len(signed)
				if hint := k.fits(key, m.text, signed, sigs, s); hint != "" {
					return append(hints, hint)
				}
			}
		}
	}
	return hints
}

// fits tries one key and one message with the algorithm, and with its neighbours where nothing else was changed.
func (k *signature) fits(key guess[[]byte], message string, signed []byte, sigs []guess[[]byte], s Secret) string {
	for _, sig := range sigs {
		if k.using.verify(key.value, signed, sig.value) {
			changes := slices.DeleteFunc([]string{key.text, message, sig.text}, func(t string) bool { return t == "" })
			if len(changes) > 0 {
				return "it would fit " + ref(s) + " " + strings.Join(changes, " and ")
			}
		}
		if key.text != "" || message != "" {
			continue
		}
		for _, other := range [...]guess[algorithm]{{"SHA-1", hmacSHA1}, {"SHA-256", hmacSHA256}, {"SHA-512", hmacSHA512}} {
			if other.value.verify(key.value, signed, sig.value) {
				return "it fits " + ref(s) + " as HMAC with " + other.text + ", which is not what this header holds"
			}
		}
	}
	return ""
}

// decoded are the signatures as bytes, also those that are coded otherwise than they should be.
func (k *signature) decoded(sigs []string) (all []guess[[]byte]) {
	for _, s := range sigs {
		if b, err := k.coded.decode(s); err == nil {
			all = append(all, guess[[]byte]{"", b})
			continue
		}
		for _, c := range [...]coding{asHex, asBase64} {
			if b, err := c.decode(s); err == nil {
				all = append(all, guess[[]byte]{"if it were written as " + k.coded.name() + " and not as " + c.name(), b})
			}
		}
	}
	return all
}

// keyGuesses are what the secret was meant to be, the secret as it is first.
func (k *signature) keyGuesses(secret string) (all []guess[[]byte]) {
	seen := map[string]bool{}
	add := func(text string, key []byte) {
		if len(bytes.TrimSpace(key)) > 0 && !seen[string(key)] {
			seen[string(key)] = true
			all = append(all, guess[[]byte]{text, key})
		}
	}
	use := func(text, secret string) {
		if key, err := k.key.bytes(secret); err == nil {
			add(text, key)
		}
	}
	use("", secret)
	trimmed := strings.TrimSpace(secret)
	use("if its secret had no white space around it", trimmed)
	use("if its secret ended with a line break", secret+"\n")
	use("if its secret did not stand in quotation marks", strings.Trim(trimmed, `"'`))
	for _, prefix := range [...]string{"whsec_", "whpk_", "sk_", k.key.prefix} {
		if rest, ok := strings.CutPrefix(trimmed, prefix); ok && prefix != "" {
			use("if its secret stood without "+prefix, rest)
			if k.key.coded == nil {
				if b, err := asBase64.decode(rest); err == nil {
					add("if its secret were taken as base64 behind "+prefix, b)
				}
			}
		} else if prefix != "" && prefix != "sk_" {
			use("if its secret began with "+prefix, prefix+trimmed)
		}
	}
	if k.key.coded != nil {
		add("if its secret were taken as text", []byte(trimmed))
	}
	if b, err := asBase64.decode(trimmed); err == nil && k.key.coded == nil {
		add("if its secret were decoded from base64", b)
	}
	if b, err := hex.DecodeString(trimmed); err == nil {
		add("if its secret were decoded from hex", b)
	}
	use("if its secret were encoded as base64", base64.StdEncoding.EncodeToString([]byte(trimmed)))
	use("if its secret were not URL-encoded", unescape(trimmed))
	return all
}

// messageGuesses are what the sender may have signed, what came first.
func (k *signature) messageGuesses(q *Request, f *found) []guess[*message] {
	all := []guess[*message]{{"", k.message(q, f)}}
	if k.has(theURL) {
		for _, u := range urlGuesses(q) {
			m := k.message(q, f)
			m.url = u.value
			all = append(all, guess[*message]{u.text, m})
		}
	}
	for _, b := range bodyGuesses(q) {
		m := k.message(q, f)
		m.body = b.value
		all = append(all, guess[*message]{b.text, m})
	}
	if len(f.time) == len("1795299300000") {
		m := k.message(q, f)
		m.time = f.time[:len(f.time)-3]
		all = append(all, guess[*message]{"if its moment were signed in seconds", m})
	} else if len(f.time) == len("1795299300") {
		m := k.message(q, f)
		m.time = f.time + "000"
		all = append(all, guess[*message]{"if its moment were signed in milliseconds", m})
	}
	return all
}

// has reports whether a part is signed. Parts are functions, so it is tried.
func (k *signature) has(p part) bool {
	probe := &message{q: &Request{Method: "\x01"}, url: "\x02", body: []byte("\x03"), time: "\x04", id: "\x05", nonce: "\x06"}
	return bytes.Contains(k.signed(probe, "\x07"), p(probe, nil))
}

// urlGuesses are the addresses by which a sender may know this one.
func urlGuesses(q *Request) (all []guess[string]) {
	u, err := url.Parse(q.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	add := func(text string, change func(*url.URL)) {
		v := *u
		change(&v)
		if s := v.String(); s != q.URL {
			all = append(all, guess[string]{text, s})
		}
	}
	scheme := map[string]string{"http": "https", "https": "http"}[u.Scheme]
	add("if the address it signed began with "+scheme+"://", func(v *url.URL) { v.Scheme = scheme })
	all = append(all, guess[string]{"if it had signed the path alone", q.Target})
	add("if the address it signed had no port", func(v *url.URL) { v.Host = v.Hostname() })
	add("if the address it signed began with "+scheme+":// and had no port", func(v *url.URL) { v.Scheme, v.Host = scheme, v.Hostname() })
	port := map[string]string{"http": "80", "https": "443"}
	if u.Port() == "" {
		add("if the address it signed named port "+port[u.Scheme], func(v *url.URL) { v.Host += ":" + port[v.Scheme] })
	}
	if strings.HasSuffix(u.Path, "/") {
		add("if the address it signed had no slash at its end", func(v *url.URL) { v.Path, v.RawPath = strings.TrimSuffix(v.Path, "/"), "" })
	} else {
		add("if the address it signed had a slash at its end", func(v *url.URL) { v.Path, v.RawPath = v.Path+"/", "" })
	}
	if u.RawQuery != "" {
		add("if the address it signed had no query", func(v *url.URL) { v.RawQuery = "" })
		pairs := strings.Split(u.RawQuery, "&")
		slices.Sort(pairs)
		add("if the address it signed had its query in order", func(v *url.URL) { v.RawQuery = strings.Join(pairs, "&") })
	}
	return all
}

// bodyGuesses are what the body may have been before something rewrote it.
func bodyGuesses(q *Request) (all []guess[[]byte]) {
	b := q.Body
	add := func(text string, v []byte) {
		if !bytes.Equal(v, b) {
			all = append(all, guess[[]byte]{text, v})
		}
	}
	add("if the body had no white space at its ends", bytes.TrimSpace(b))
	add("if the body ended with a line break", append(bytes.Clone(b), '\n'))
	lf := bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	add("if the body's lines ended with LF", lf)
	add("if the body's lines ended with CRLF", bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")))
	add("if the body had no byte order mark", bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	if len(b) > 0 {
		add("if the body were empty", nil)
	}
	if len(b) <= maxHintBody {
		all = append(all, jsonGuesses(b)...)
		if q.isForm() {
			if v, err := url.ParseQuery(string(b)); err == nil {
				add("if the form were encoded anew, in the order of its names", []byte(v.Encode()))
			}
		}
	}
	return all
}

// jsonGuesses are the same JSON as other programs write it: a body that was parsed and written again is another one.
func jsonGuesses(b []byte) (all []guess[[]byte]) {
	if !json.Valid(b) {
		return nil
	}
	var compact, indented bytes.Buffer
	_ = json.Compact(&compact, b)
	spaced := pythonSpacing(compact.Bytes())
	_ = json.Indent(&indented, b, "", "  ")
	for _, g := range [...]guess[[]byte]{
		{"if the JSON were written without white space, as JSON.stringify does", compact.Bytes()},
		{"if the JSON were written with spaces, as Python's json.dumps does", spaced},
		{"if the JSON were written with an indent of two spaces", indented.Bytes()},
		{"if the JSON's slashes were escaped, as PHP's json_encode does", bytes.ReplaceAll(compact.Bytes(), []byte("/"), []byte(`\/`))},
		{"if the JSON's slashes were not escaped", bytes.ReplaceAll(b, []byte(`\/`), []byte("/"))},
		{"if the JSON's letters beyond ASCII were escaped", escapeUnicode(compact.Bytes())},
	} {
		if !bytes.Equal(g.value, b) {
			all = append(all, g)
		}
	}
	var any map[string]json.RawMessage
	if json.Unmarshal(b, &any) == nil {
		if sorted, err := json.Marshal(any); err == nil && !bytes.Equal(sorted, b) {
			all = append(all, guess[[]byte]{"if the JSON's members were in the order of their names", sorted})
		}
	}
	return all
}

// pythonSpacing puts a space behind each comma and colon of compact JSON that stands in no string.
func pythonSpacing(b []byte) []byte {
	out, quoted := make([]byte, 0, len(b)+len(b)/8), false
	for i := 0; i < len(b); i++ {
		out = append(out, b[i])
		switch {
		case quoted && b[i] == '\\' && i+1 < len(b):
			i++
			out = append(out, b[i])
		case b[i] == '"':
			quoted = !quoted
		case !quoted && (b[i] == ',' || b[i] == ':'):
			out = append(out, ' ')
		}
	}
	return out
}

// escapeUnicode writes what is beyond ASCII as \uXXXX, in lower case.
func escapeUnicode(b []byte) []byte {
	const digits = "0123456789abcdef"
	unit := func(out []byte, r rune) []byte {
		return append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	var out []byte
	for _, r := range string(b) {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r >= 0x10000:
			out = unit(unit(out, 0xd800+(r-0x10000)>>10), 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = unit(out, r)
		}
	}
	return out
}

// misplacedSignature looks for the right signature in the wrong header.
func (k *signature) misplacedSignature(q *Request, secrets []Secret) (hints []string) {
	f := &found{}
	if q.Quick {
		return nil
	}
	if k.readBeside(q, f) != "" && k.has(theTime) {
		return nil
	}
	for _, field := range q.Fields {
		sigs, at, _ := k.layout.read(field.Value)
		if len(sigs) == 0 {
			sigs = []string{field.Value[strings.LastIndexByte(field.Value, '=')+1:], field.Value}
		}
		f.time = or(f.time, at)
		for _, s := range secrets {
			if key, err := k.key.bytes(s.Value); err == nil && k.matches(k.message(q, f), key, s.Value, sigs) {
				hints = append(hints, "the right signature for "+ref(s)+" stands in the header "+shown(field.Name, secrets)+"; it is expected in "+k.headers[0])
			}
		}
	}
	return hints
}
