package provider

import (
	"iter"
	"mime"
	"strings"
)

// values yields what each line of a header says, whatever the case of its name.
func (q *Request) values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range q.Fields {
			if strings.EqualFold(f.Name, name) && !yield(f.Value) {
				return
			}
		}
	}
}

// header is the first value of a header, or nothing.
func header(fields []Field, name string) string {
	for _, f := range fields {
		if len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// setHeader gives every line of that name the value, and adds a line if there is none.
func (q *Request) setHeader(name, value string) {
	found := false
	for i, f := range q.Fields {
		if strings.EqualFold(f.Name, name) {
			q.Fields[i].Value, found = value, true
		}
	}
	if !found {
		q.Fields = append(q.Fields, Field{name, value})
	}
}

// mediaType is the Content-Type without its parameters, in lower case.
func mediaType(fields []Field) string {
	v := header(fields, "Content-Type")
	if t, _, err := mime.ParseMediaType(v); err == nil {
		return t
	}
	t, _, _ := strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// isJSON covers application/json and the +json family.
func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// query is what follows the '?' of the target.
func (q *Request) query() string {
	_, s, _ := strings.Cut(q.Target, "?")
	return s
}
