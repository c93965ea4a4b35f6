package web

import (
	"bytes"
	"mime"
	"strings"

	"devhook/tunnel/http1"
)

// headLimits are wide: what was stored is shown, however large it was allowed to be.
var headLimits = http1.Limits{HeadBytes: 1 << 20, Lines: 10000, TargetBytes: 1 << 20}

// fieldsOf is the header lines of a stored head in their order. A malformed head is split as well as it goes: it is
// shown to people, nothing is decided by it.
func fieldsOf(raw []byte) []http1.Field {
	if len(raw) == 0 {
		return nil
	}
	if fields, ok := parsed(raw); ok {
		return fields
	}
	var out []http1.Field
	lines := strings.Split(string(raw), "\n")
	for _, l := range lines[1:] {
		if l = strings.TrimSuffix(l, "\r"); l == "" {
			continue
		}
		name, value, _ := strings.Cut(l, ":")
		out = append(out, http1.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
	return out
}

// parsed is the fields of a well-formed request or answer.
func parsed(raw []byte) ([]http1.Field, bool) {
	r := http1.NewReader(bytes.NewReader(raw))
	defer r.Release()
	if bytes.HasPrefix(raw, []byte("HTTP/")) {
		p, err := r.ReadResponse(headLimits)
		if err != nil {
			return nil, false
		}
		return p.Fields, true
	}
	q, err := r.ReadRequest(headLimits)
	if err != nil {
		return nil, false
	}
	return q.Fields, true
}

// headerOf is the first value of a header in a stored head.
func headerOf(raw []byte, name string) string {
	for _, f := range fieldsOf(raw) {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// headersOf are all values of a header in a stored head, as a list with commas.
func headersOf(raw []byte, name string) string {
	var out []string
	for _, f := range fieldsOf(raw) {
		if strings.EqualFold(f.Name, name) {
			out = append(out, f.Value)
		}
	}
	return strings.Join(out, ", ")
}

func contentType(raw []byte) string { return headerOf(raw, "Content-Type") }

// mediaType is a content type without its parameters, lower case; "" if there is none that can be read.
func mediaType(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		t, _, _ = strings.Cut(contentType, ";")
		t = strings.ToLower(strings.TrimSpace(t))
	}
	return t
}
