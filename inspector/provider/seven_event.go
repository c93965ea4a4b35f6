package provider

import (
	"strings"
	"time"
)

// sevenKeys names the events and, for each, what tells one happening from another beside the id: a message is delivered
// and a link clicked in several steps, and a caller presses several digits.
var sevenKeys = map[string][]string{
	"sms_mo":       nil,
	"dlr":          {"status"},
	"voice_call":   nil,
	"voice_status": {"status"},
	"voice_dtmf":   {"dtmf_digit", "timestamp"},
	"tracking":     {"type", "tracking_url", "total_clicks", "total_views"},
	"rcs":          {"status", "content_type"},
}

// sevenEvent reads the envelope, however it was delivered. The id is a string in one event and a number in another.
func sevenEvent(q *Request) Event {
	get := sevenFields(q)
	e := Event{Name: cut(get("webhook_event"), maxTold), OccurredAt: sevenMoment(get)}
	for _, name := range []string{"id", "msg_id", "sms_id"} {
		if e.ID == "" {
			e.ID = cut(get(name), maxTold)
		}
	}
	if e.ID == "" {
		return e
	}
	key := []string{"seven", e.Name, e.ID}
	for _, name := range sevenKeys[e.Name] {
		key = append(key, cut(get(name), maxTold/2))
	}
	e.DedupeKey = strings.Join(key, " ")
	return e
}

// sevenFields gives the fields of the envelope and of data in it. How data is flattened in a form and in a query is not
// documented, so data[id] and id are both taken.
func sevenFields(q *Request) func(name string) string {
	if t := mediaType(q.Fields); q.Method != "GET" && !q.isForm() && (t == "" || isJSON(t)) {
		r := &reading{q: q}
		return func(name string) string { return r.first("j:data." + name + " j:" + name) }
	}
	pairs := q.form()
	if q.Method == "GET" {
		pairs = decoded(q.query())
	}
	fields := map[string]string{}
	for name, v := range atMost(maxHintFields, pairs) {
		if inner, ok := strings.CutPrefix(name, "data["); ok {
			name = strings.TrimSuffix(inner, "]")
		}
		if _, again := fields[name]; !again {
			fields[name] = v
		}
	}
	return func(name string) string { return fields[name] }
}

// sevenMoment prefers what names a moment for sure: seconds since 1970, then the envelope's time with its zone. What has no
// zone is read as UTC.
func sevenMoment(get func(string) string) time.Time {
	for _, name := range []string{"time", "timestamp"} {
		if at, ok := unixTime(get(name)); ok {
			return at
		}
	}
	envelope := get("webhook_timestamp")
	if at, err := time.Parse(time.RFC3339, envelope); err == nil {
		return at.UTC()
	}
	for _, s := range []string{get("timestamp"), envelope} {
		if at, err := time.Parse("2006-01-02 15:04:05", s); err == nil {
			return at
		}
	}
	return time.Time{}
}
