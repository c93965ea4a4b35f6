package provider

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// How much of a request is searched for a misplaced secret: 1 MiB of JSON, 1,000 fields.
const (
	maxHintBody   = 1 << 20
	maxHintFields = 1000
)

// misplaced looks for the right secret in the wrong place.
func (k sharedSecret) misplaced(q *Request, secrets []Secret) (hints []string) {
	for where, value := range k.places(q, secrets) {
		if s, ok := match(value, secrets); ok {
			hints = append(hints, ref(s)+" is in the request, but "+where+"; it is expected "+k.expected)
		}
	}
	return hints
}

// places yields where else people put a secret, and what stands there.
func (k sharedSecret) places(q *Request, secrets []Secret) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range q.Fields {
			if strings.EqualFold(f.Name, "Authorization") {
				if !inAuthorization(f.Value, yield) {
					return
				}
			} else if !yield("in the header "+shown(f.Name, secrets), f.Value) {
				return
			}
		}
		for name, v := range atMost(maxHintFields, decoded(q.query())) {
			if !yield("in the query, as "+shown(name, secrets), v) {
				return
			}
		}
		k.inBody(q, secrets, yield)
	}
}

func inAuthorization(value string, yield func(where, value string) bool) bool {
	scheme, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	if !strings.EqualFold(scheme, "Basic") {
		return yield("in Authorization without Basic", value) &&
			yield("in Authorization as "+schemeName(scheme), rest)
	}
	_, plain, _ := strings.Cut(rest, ":")
	user, password, _ := basic(rest)
	return yield("in Authorization without base64", plain) &&
		yield("in Authorization without base64 and user", rest) &&
		yield("as the Basic user", user) &&
		yield("as the password of another Basic user", password)
}

// inBody yields the fields of a form, also of one that is not declared as such, or the members of a JSON object.
func (k sharedSecret) inBody(q *Request, secrets []Secret, yield func(where, value string) bool) {
	body := string(q.Body)
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		for name, v := range members(q.Body) {
			if !yield("in a JSON body, as "+shown(name, secrets), v) {
				return
			}
		}
		return
	}
	for name, v := range atMost(maxHintFields, decoded(body)) {
		where := "in the field " + shown(name, secrets)
		if !q.isForm() {
			where = "in a body whose Content-Type is not " + formType
		}
		if !yield(where, v) {
			return
		}
	}
}

// members yields the strings directly in a JSON object.
func members(body []byte) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		var object map[string]any
		if len(body) > maxHintBody || json.Unmarshal(body, &object) != nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if s, ok := object[name].(string); ok && !yield(name, s) {
				return
			}
		}
	}
}

func atMost(n int, pairs iter.Seq2[string, string]) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		left := n
		for k, v := range pairs {
			if left--; left < 0 || !yield(k, v) {
				return
			}
		}
	}
}

// shown quotes a name out of the request, unless it is long or holds a secret.
func shown(name string, secrets []Secret) string {
	for _, s := range secrets {
		if v := strings.TrimSpace(s.Value); v != "" && strings.Contains(name, v) {
			return "another name"
		}
	}
	if len(name) > 40 {
		return "a long name"
	}
	return strconv.Quote(name)
}

// shape says what is wrong with the request as a whole, where the secret may have been lost.
func (k sharedSecret) shape(q *Request) (hints []string) {
	if k.form && len(q.Body) > 0 && !q.isForm() {
		hints = append(hints, "the body is not a form: Content-Type is "+typeName(q)+", wants "+formType)
	}
	if want, err := strconv.Atoi(header(q.Fields, "Content-Length")); err == nil && want != len(q.Body) {
		hints = append(hints, fmt.Sprintf("the body has %d of the %d bytes that Content-Length tells", len(q.Body), want))
	}
	return hints
}

// typeName repeats only types that are common, since a header's value is the sender's.
func typeName(q *Request) string {
	t := mediaType(q.Fields)
	switch {
	case t == "":
		return "missing"
	case isJSON(t):
		return "JSON"
	case t == "multipart/form-data", t == "text/plain", t == "application/xml", t == "text/xml":
		return t
	}
	return "another"
}
