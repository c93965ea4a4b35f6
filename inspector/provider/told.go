package provider

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// told says where a sender's requests tell what happened. A place is h:NAME for a header, j:a.b.0 for what stands in a JSON
// body, f:NAME for a field of a form, q:NAME of the query. Of several, with blanks between, the first that tells something
// counts; = in front of words stands for the words themselves.
type told struct {
	name, id, at, retry string
	unit                timeUnit // of at
	perEvent            bool     // the same id may come for several events
}

// maxTold bounds in bytes what a request can have us show or store of itself.
const maxTold = 200

func (t told) event(provider string, q *Request) Event {
	r := &reading{q: q}
	e := Event{Name: cut(r.first(t.name), maxTold), ID: cut(r.first(t.id), maxTold)}
	if at := r.first(t.at); at != "" {
		e.OccurredAt = t.moment(at)
	}
	if n, err := strconv.Atoi(r.first(t.retry)); err == nil && n > 0 && n < 1000 {
		e.Retry = n
	}
	if e.ID != "" {
		e.DedupeKey = provider + " " + e.ID
		if t.perEvent {
			e.DedupeKey = provider + " " + e.Name + " " + e.ID
		}
	}
	return e
}

// moment reads a moment in the sender's unit, or as RFC 3339, which JSON bodies often have.
func (t told) moment(s string) time.Time {
	for _, u := range [...]timeUnit{t.unit, inRFC3339} {
		if at, ok := u.parse(s); ok {
			return at.UTC()
		}
	}
	if at, err := time.Parse("2006-01-02 15:04:05", s); err == nil {
		return at
	}
	return time.Time{}
}

// A reading looks into one request; its JSON is parsed once.
type reading struct {
	q      *Request
	parsed bool
	tree   any
}

func (r *reading) first(places string) string {
	for place := range strings.FieldsSeq(places) {
		if v := r.at(place); v != "" {
			return v
		}
	}
	return ""
}

func (r *reading) at(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "h":
		return header(r.q.Fields, name)
	case "f":
		return r.q.field(name)
	case "q":
		for k, v := range decoded(r.q.query()) {
			if k == name {
				return v
			}
		}
		return ""
	case "j":
		return r.member(name)
	}
	return strings.TrimPrefix(place, "=")
}

// member walks a JSON body. Numbers keep their digits: ids may be larger than a float64 holds.
func (r *reading) member(path string) string {
	if !r.parsed {
		r.parsed = true
		if len(r.q.Body) <= maxHintBody {
			d := json.NewDecoder(bytes.NewReader(r.q.Body))
			d.UseNumber()
			if d.Decode(&r.tree) != nil {
				r.tree = nil
			}
		}
	}
	at := r.tree
	for step := range strings.SplitSeq(path, ".") {
		switch t := at.(type) {
		case map[string]any:
			at = t[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(t) {
				return ""
			}
			at = t[n]
		default:
			return ""
		}
	}
	switch v := at.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}
