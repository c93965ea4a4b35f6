package provider

import (
	"bytes"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const formType = "application/x-www-form-urlencoded"

// isForm says that an application will read the body as a form.
func (q *Request) isForm() bool { return mediaType(q.Fields) == formType }

// maxFields is how many fields a form or query may have whose fields are signed one by one. PHP, Express and Django read a
// thousand, and sorting millions would take the machine.
const maxFields = 1000

// manyFields refuses a form that apps read otherwise than it was signed.
func manyFields(q *Request) string {
	if q.isForm() && bytes.Count(q.Body, []byte("&")) >= maxFields || strings.Count(q.query(), "&") >= maxFields {
		return "the form or query has more than " + strconv.Itoa(maxFields) + " fields, and apps do not read as many"
	}
	for v := range q.values("Content-Type") {
		if v != header(q.Fields, "Content-Type") { // whether it is a form decides what is signed
			return "Content-Type is there more than once, with different values"
		}
	}
	return ""
}

// form yields the fields of a form body, decoded, in the order they came; nothing for any other body.
func (q *Request) form() iter.Seq2[string, string] {
	if !q.isForm() {
		return func(func(string, string) bool) {}
	}
	return decoded(string(q.Body))
}

// field is the first value of a form field, or nothing.
func (q *Request) field(name string) string {
	for k, v := range q.form() {
		if k == name {
			return v
		}
	}
	return ""
}

// decoded yields the pairs of urlencoded text.
func decoded(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for pair := range strings.SplitSeq(s, "&") {
			if pair == "" {
				continue
			}
			k, v, _ := strings.Cut(pair, "=")
			if !yield(unescape(k), unescape(v)) {
				return
			}
		}
	}
}

// unescape decodes as PHP, Express and Django do: '+' is a space, and what is no escape stays as it is.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8) // both are hex digits: no error is possible
			out = append(out, byte(n))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// setField gives every form field of that name the value, or appends one. All other bytes of the body stay as they are.
func (q *Request) setField(name, value string) {
	value = url.QueryEscape(value)
	found := false
	pairs := bytes.Split(q.Body, []byte("&"))
	for i, pair := range pairs {
		k, _, _ := bytes.Cut(pair, []byte("="))
		if len(pair) > 0 && unescape(string(k)) == name {
			pairs[i], found = slices.Concat(k, []byte("="), []byte(value)), true
		}
	}
	switch {
	case found:
		q.setBody(bytes.Join(pairs, []byte("&")))
	case len(q.Body) == 0:
		q.setBody([]byte(url.QueryEscape(name) + "=" + value))
	default:
		q.setBody(slices.Concat(q.Body, []byte("&"+url.QueryEscape(name)+"="+value)))
	}
}

// setBody replaces the body and keeps a Content-Length true.
func (q *Request) setBody(b []byte) {
	q.Body = b
	if header(q.Fields, "Content-Length") != "" {
		q.setHeader("Content-Length", strconv.Itoa(len(b)))
	}
}
