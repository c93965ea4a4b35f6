package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of the lint: a longer answer is left alone, and so many notes are enough.
const (
	maxReply = 1 << 20
	maxNotes = 10
)

// telerivetReply reads an accepted answer as Telerivet does, as an autoreply, and notes what it would not understand.
func telerivetReply(q *Request, a Answer) []string {
	body := bytes.TrimSpace(a.Body)
	encoding := header(a.Fields, "Content-Encoding")
	if len(body) == 0 || len(body) > maxReply || encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil
	}
	if !isJSON(mediaType(a.Fields)) {
		if body[0] == '{' && json.Valid(body) {
			return []string{"the body is JSON, but Content-Type is not application/json: Telerivet reads replies only from that"}
		}
		return nil
	}
	l := &lint{q: q}
	l.reply(body)
	return l.notes
}

// A lint collects notes on one answer.
type lint struct {
	q     *Request // which was answered
	notes []string
}

func (l *lint) note(format string, args ...any) {
	if len(l.notes) < maxNotes {
		l.notes = append(l.notes, fmt.Sprintf(format, args...))
	}
}

func (l *lint) reply(body []byte) {
	if !utf8.Valid(body) {
		l.note("the JSON is not valid UTF-8")
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		l.note("%s", badJSON(body, err))
		return
	}
	top, ok := v.(map[string]any)
	if !ok {
		l.note("the JSON is %s, wants an object", kindOf(v))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(top)) {
		switch name {
		case "messages":
			l.messages(top[name])
		case "variables":
			l.variables(top[name])
		case "return_value":
			l.note(`return_value stands beside variables, belongs inside: {"variables":{"return_value":false}}`)
		default:
			l.note("unknown key %s, knows messages and variables", l.shown(name))
		}
	}
}

func (l *lint) messages(v any) {
	all, ok := v.([]any)
	if !ok {
		l.note("messages is %s, wants an array", kindOf(v))
		return
	}
	if event := l.q.field("event"); len(all) > 0 && telerivetTimes[event] != nil && event != "incoming_message" {
		l.note("messages are sent only in answer to incoming_message, this is %s", event)
	}
	for i, m := range all {
		at := "messages[" + strconv.Itoa(i) + "]"
		if o, ok := m.(map[string]any); ok {
			l.message(at, o)
		} else {
			l.note("%s is %s, wants an object", at, kindOf(m))
		}
	}
}

func (l *lint) message(at string, m map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		s, isString := m[name].(string)
		switch name {
		case "content", "to_number", "status_secret", "route_id", "message_type", "status_url":
			if !isString {
				l.note("%s.%s is %s, wants a string", at, name, kindOf(m[name]))
			} else {
				l.value(at, name, s)
			}
		default:
			l.note("%s has an unknown key %s", at, l.shown(name))
		}
	}
	ussd := m["message_type"] == "ussd"
	if _, ok := m["content"]; ok && ussd {
		l.note("%s.content is ignored for ussd", at)
	} else if !ok && !ussd {
		l.note("%s has no content", at)
	}
}

func (l *lint) value(at, name, s string) {
	switch name {
	case "message_type":
		if s != "sms" && s != "ussd" {
			l.note("%s.message_type is neither sms nor ussd", at)
		}
	case "status_url":
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			l.note("%s.status_url is not an http or https URL", at)
		} else if p := u.Port(); p != "" && !slices.Contains([]string{"80", "443", "8000", "8080", "8443"}, p) {
			l.note("%s.status_url has port %s; Telerivet calls only 80, 443, 8000, 8080 and 8443", at, p)
		}
	}
}

func (l *lint) variables(v any) {
	vars, ok := v.(map[string]any)
	if !ok {
		if list, isList := v.([]any); !isList || len(list) > 0 { // PHP writes an empty object as []
			l.note("variables is %s, wants an object", kindOf(v))
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		switch v := vars[name].(type) {
		case map[string]any, []any:
			l.note("variables: %s is %s, wants a plain value", l.shown(name), kindOf(v))
		default:
			if _, isBool := v.(bool); name == "return_value" && !isBool {
				l.note("variables: return_value is %s, wants true or false", kindOf(v))
			}
		}
	}
}

var plainKey = regexp.MustCompile(`^[$A-Za-z_][A-Za-z0-9_.$-]{0,39}$`)

// shown repeats a key only if it looks like one and stands nowhere in the request as a value: it might be the secret.
func (l *lint) shown(key string) string {
	if !plainKey.MatchString(key) {
		return "(not shown)"
	}
	for _, value := range telerivetProof().places(l.q, nil) {
		if value == key {
			return "(not shown)"
		}
	}
	return key
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case float64:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// badJSON says where the text stops being JSON. The usual fault is a comma before a closing bracket, which
// Telerivet's own example has.
func badJSON(body []byte, err error) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return "bad JSON"
	}
	at := max(0, min(int(syntax.Offset)-1, len(body)))
	before := body[:at]
	line, column := 1+bytes.Count(before, []byte("\n")), at-bytes.LastIndexByte(before, '\n')
	what := "bad JSON"
	switch trimmed := bytes.TrimSpace(before); {
	case int(syntax.Offset) >= len(body) && strings.Contains(syntax.Error(), "unexpected end"):
		return "bad JSON: it ends too early"
	case bytes.HasSuffix(trimmed, []byte(",")) && at < len(body) && (body[at] == '}' || body[at] == ']'):
		what = "bad JSON: a comma before the closing " + string(body[at])
	}
	return fmt.Sprintf("%s at line %d, column %d", what, line, column)
}
