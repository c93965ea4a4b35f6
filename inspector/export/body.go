package export

import (
	"bytes"
	"mime"
	"net/url"
	"strings"
)

// Body masks a form, JSON, XML or multipart body, told by its Content-Type or, for text of another or no type, by its
// first byte. Other bodies are returned as they are.
func (m *Mask) Body(contentType string, body []byte) []byte {
	if m == nil || len(body) == 0 {
		return body
	}
	switch kind := mediaType(contentType); {
	case kind == "application/x-www-form-urlencoded":
		return m.form(body)
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return m.json(body)
	case strings.HasPrefix(kind, "multipart/"):
		return m.multipart(contentType, body, 0)
	case strings.HasSuffix(kind, "/xml") || strings.HasSuffix(kind, "+xml"):
		return m.xml(body)
	case kind != "" && !strings.HasPrefix(kind, "text/"):
		return body
	}
	if first := bytes.TrimLeft(body, " \t\r\n\ufeff"); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		return m.json(body)
	} else if bytes.HasPrefix(first, []byte("<?xml")) {
		return m.xml(body)
	}
	if bytes.ContainsAny(bytes.TrimSpace(body), " \t\r\n<>\"") {
		return body // no form: those are encoded in one
	}
	return m.form(body)
}

func mediaType(contentType string) string {
	if kind, _, err := mime.ParseMediaType(contentType); err == nil {
		return kind
	}
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.TrimSpace(kind)
}

// form masks urlencoded pairs; no other pair is touched, let alone encoded anew.
func (m *Mask) form(body []byte) []byte {
	pairs := bytes.Split(body, []byte("&"))
	changed := false
	for i, pair := range pairs {
		k, v, _ := bytes.Cut(pair, []byte("="))
		if len(v) == 0 || !m.HidesField(decodedName(string(k))) {
			continue
		}
		pairs[i], changed = append(append(bytes.Clone(k), '='), m.stand(string(v), "")...), true
	}
	if !changed {
		return body
	}
	return bytes.Join(pairs, []byte("&"))
}

func decodedName(k string) string {
	if name, err := url.QueryUnescape(k); err == nil {
		return name
	}
	return k
}
