package provider

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// told says where a sender's requests tell what happened. A place is h:NAME for a header, j:a.b.0 for what stands in a JSON
// body, k:NAME for NAME itself if the JSON object has such a member, f:NAME for a field of a form, q:NAME of the query. Of several, with blanks between, the first that tells something
// counts; a+b is both with a dot between, if both are told; = in front of words stands for the words themselves.
type told struct {
	name, id, at, retry string
	unit                timeUnit // of at
	perEvent            bool     // the same id may come for several events
	firstTry            int      // what stands at retry when nothing was tried before
}

// maxTold bounds in bytes what a request can have us show or store of itself.
const maxTold = 200

func (t told) event(provider string, q *Request) Event {
	r := &reading{q: q}
	e := Event{Name: cut(r.first(t.name), maxTold), ID: cut(r.first(t.id), maxTold)}
	if at := r.first(t.at); at != "" {
		e.OccurredAt = t.moment(at)
	}
	again := r.first(t.retry)
	if n, err := strconv.Atoi(again); err == nil && n > t.firstTry && n < 1000 {
		e.Retry = n - t.firstTry
	} else if again == "true" { // it was sent before, and nobody counted
		e.Retry = 1
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
	if whole, _, ok := strings.Cut(s, "."); ok && strings.Trim(whole, "0123456789") == "" {
		s = whole // seconds with a fraction
	}
	for _, u := range [...]timeUnit{t.unit, inMillis, inRFC3339} { // no second of this era has as many digits as a millisecond
		if at, ok := u.parse(s); ok {
			return at.UTC()
		}
	}
	for _, layout := range [...]string{time.DateTime, "2006-01-02T15:04:05"} { // in UTC, also with a fraction behind
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	return time.Time{}
}

// A reading looks into one request; its JSON is parsed once.
type reading struct {
	q      *Request
	parsed bool
	tree   any
}

// look is the reading that all who look into a request share, or one of its own.
func (q *Request) look() *reading {
	if q.shared != nil {
		return q.shared
	}
	return &reading{q: q}
}

func (r *reading) first(places string) string {
	for place := range strings.FieldsSeq(places) {
		if v := r.joined(place); v != "" {
			return v
		}
	}
	return ""
}

func (r *reading) joined(places string) string {
	var all []string
	for place := range strings.SplitSeq(places, "+") {
		v := r.at(place)
		if v == "" {
			return ""
		}
		all = append(all, v)
	}
	return strings.Join(all, ".")
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
	case "k":
		return r.key(name)
	}
	return strings.TrimPrefix(place, "=")
}

// member walks a JSON body. Numbers keep their digits: ids may be larger than a float64 holds.
func (r *reading) member(path string) string {
	if r.lacks(path) {
		return ""
	}
	at := r.json()
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

// lacks says, without taking the body apart, that no member of that path can be in it: its name would have to stand there,
// or be written with escapes.
func (r *reading) lacks(path string) bool {
	if r.tooLong() {
		return true
	}
	if r.parsed || bytes.Contains(r.q.Body, []byte(`\u`)) {
		return false
	}
	for step := range strings.SplitSeq(path, ".") {
		if _, err := strconv.Atoi(step); err != nil && !bytes.Contains(r.q.Body, []byte(step)) {
			return true
		}
	}
	return false
}

// tooLong says that the body is never taken apart.
func (r *reading) tooLong() bool { return len(r.q.Body) > maxHintBody }

// json is the body's JSON, nil if it is none or too long.
func (r *reading) json() any {
	if r.parsed {
		return r.tree
	}
	r.parsed = true
	if s := r.q.shared; s != nil && s != r {
		r.tree = s.json()
		return r.tree
	}
	if !r.tooLong() {
		d := json.NewDecoder(bytes.NewReader(r.q.Body))
		d.UseNumber()
		if d.Decode(&r.tree) != nil {
			r.tree = nil
		}
	}
	return r.tree
}

func (r *reading) key(name string) string {
	if r.lacks(name) {
		return ""
	}
	object, _ := r.json().(map[string]any)
	if _, ok := object[name]; ok {
		return name
	}
	return ""
}
