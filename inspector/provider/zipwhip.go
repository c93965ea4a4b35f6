package provider

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// zipwhipSources: Zipwhip signs nothing and has no secret. Its webhook guide asks for a list of addresses instead.
func zipwhipSources() Published {
	return Published{"zipwhip", 2015, networks("69.46.44.0/24", "208.69.95.64/26")}
}

// zipwhip has no public document of what it makes of an answer, so 2xx is taken for success.
func zipwhip() *Provider {
	r := row{
		name: "zipwhip", title: "Zipwhip", doc: "https://developers.zipwhip.com/api/webhooks",
		rule: rule{next: "Zipwhip does not say whether it tries again"}, samples: zipwhipSamples(),
	}
	p := r.provider()
	p.Sources = zipwhipSources().Networks
	p.Verify = bySource{"Zipwhip", zipwhipSources()}.verify
	p.Proof = "the caller's address, of those that Zipwhip published in 2015"
	p.Recognise, p.Event, p.SecretHeaders = zipwhipKnows, zipwhipEvent, nil
	return p
}

// zipwhipEvents are the names that a webhook is registered for, and the last word of the path that the guide registers
// for it: the name itself stands nowhere in the request. optout has only the one event change.
var zipwhipEvents = map[string]string{
	"receive": "receive", "send": "send", "progress": "progress", "read": "read", "delete": "delete", "optout": "optout", "change": "optout",
}

// zipwhipPlaces gives a field of a message: a body's member or, where the webhook is registered for GET, of the query.
func zipwhipPlaces(q *Request) func(name string) string {
	r := &reading{q: q}
	if q.Method == "GET" {
		return func(name string) string { return r.at("q:" + name) }
	}
	return r.member
}

// zipwhipKnows wants the members that together are this sender's alone.
func zipwhipKnows(q *Request) bool {
	if q.Method != "GET" && !bytes.Contains(q.Body, []byte("finalDestination")) ||
		q.Method == "GET" && !strings.Contains(q.Target, "finalDestination") {
		return false // a quick look: this is asked of every request
	}
	get := zipwhipPlaces(q)
	kind := get("messageType")
	return (kind == "MO" || kind == "ZO") && get("id") != "" && get("finalSource") != "" && get("fingerprint") != "" && get("deviceId") != ""
}

// zipwhipEvent reads the id as the digits it is written with: it is beyond what a float64 holds.
func zipwhipEvent(q *Request) Event {
	get := zipwhipPlaces(q)
	e := Event{Name: zipwhipByPath(q.Target), ID: cut(get("id"), maxTold)}
	if e.Name == "" {
		e.Name = zipwhipByBody(get)
	}
	for _, name := range [...]string{zipwhipMoments[e.Name], "dateCreated"} {
		if at, err := time.Parse(time.RFC3339, get(name)); err == nil && name != "" {
			e.OccurredAt = at.UTC()
			break
		}
	}
	if e.ID != "" {
		e.DedupeKey = strings.Join([]string{"zipwhip", e.Name, e.ID, cut(get("statusCode"), maxTold)}, " ")
	}
	return e
}

// zipwhipMoments are the members that tell when an event happened, where it is not when the message was made.
var zipwhipMoments = map[string]string{"read": "dateRead", "delete": "dateDeleted", "progress": "dateDelivered"}

// zipwhipByPath finds the event in the last two words of the path.
func zipwhipByPath(target string) string {
	path, _, _ := strings.Cut(target, "?")
	words := strings.Split(strings.TrimRight(path, "/"), "/")
	for n := len(words) - 1; n >= max(0, len(words)-2); n-- {
		if name := zipwhipEvents[strings.ToLower(words[n])]; name != "" {
			return name
		}
	}
	return ""
}

// zipwhipByBody finds it in the message where the path is of no help: what was deleted or read says so, MO is a message
// that came in, and ZO one that went out, with a status once the carriers have taken it.
func zipwhipByBody(get func(string) string) string {
	kind := get("messageType")
	switch {
	case kind != "MO" && kind != "ZO":
		return ""
	case get("deleted") == "true":
		return "delete"
	case kind == "MO" && get("read") == "true":
		return "read"
	case kind == "MO":
		return "receive"
	}
	if code, err := strconv.Atoi(get("statusCode")); err == nil && zipwhipFinal(code) {
		return "progress"
	}
	return "send"
}

// zipwhipFinal tells the status codes behind which nothing more comes from those of a message on its way: 1 to 3.
func zipwhipFinal(code int) bool { return code < 1 || code > 3 }
