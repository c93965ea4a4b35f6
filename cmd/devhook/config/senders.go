package config

import (
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// A Sender is an entry of providers: in devhook.yaml, a sender that devhook does not know by itself. Its form has been
// checked; whether its words go together is for Sources.Define to say. Of HMAC, Token and Basic those are set that were
// written.
type Sender struct {
	Name, Title string

	HMAC  *SenderHMAC
	Token *SenderToken
	Basic *SenderBasic

	Event, ID string // places in a request: "json:type"
	Success   string // statuses: "200-299"
	Timeout   time.Duration
}

// SenderHMAC says how a sender signs; "" leaves a word to its default.
type SenderHMAC struct {
	Header, Prefix, Format, Algorithm, Encoding, Signs, Timestamp, Unit string

	Tolerance time.Duration // five minutes if the moment is signed and nothing else is said

	ID, Nonce, Key, KeyPrefix string
}

// SenderToken says where a sender puts the secret itself.
type SenderToken struct{ Header, Query, Form, Prefix string }

// SenderBasic says as whom a sender logs in.
type SenderBasic struct{ User string }

// A Flaw is what Sources.Define finds wrong with a Sender. Key is the one at fault, as "hmac.signs".
type Flaw struct{ Key, Text, Hint string }

// usualTolerance is how old or how far ahead a signed moment may be where the file does not say.
const usualTolerance = 5 * time.Minute

// fileSender is a Sender while its entry is read: where each of its keys stands.
type fileSender struct {
	Sender
	places map[string]place // by "name", "hmac", "hmac.signs"; "" is the entry
}

// readSender takes one entry of providers:.
func (l *loader) readSender(node ast.Node) {
	before := len(l.faults)
	s := &fileSender{places: map[string]place{"": l.nodeAt(node)}}
	l.eachKey(node, func(key string, node ast.Node, at place) {
		if s.places[key] = at; len(s.places) == 2 {
			s.places[""] = at // an entry begins with its first key
		}
		switch key {
		case "hmac":
			s.HMAC = &SenderHMAC{}
			l.readWords(s, "hmac.", node, at, s.HMAC.words())
			s.HMAC.Tolerance = l.tolerance(s)
		case "token":
			s.Token = &SenderToken{}
			l.readWords(s, "token.", node, at, s.Token.words())
		case "basic":
			s.Basic = &SenderBasic{}
			l.readWords(s, "basic.", node, at, map[string]any{"user": &s.Basic.User})
		default:
			l.readWord(s, "", key, node, at, s.words(), "hmac", "token", "basic")
		}
	})
	if len(l.faults) == before {
		l.addSender(s)
	}
}

func (s *Sender) words() map[string]any {
	return map[string]any{
		"name": &s.Name, "title": &s.Title, "event": &s.Event, "id": &s.ID, "success": &s.Success, "timeout": &s.Timeout,
	}
}

func (h *SenderHMAC) words() map[string]any {
	return map[string]any{
		"header": &h.Header, "prefix": &h.Prefix, "format": &h.Format, "algorithm": &h.Algorithm, "encoding": &h.Encoding,
		"signs": &h.Signs, "timestamp": &h.Timestamp, "unit": &h.Unit, "tolerance": &h.Tolerance, "id": &h.ID, "nonce": &h.Nonce,
		"key": &h.Key, "key_prefix": &h.KeyPrefix,
	}
}

func (t *SenderToken) words() map[string]any {
	return map[string]any{"header": &t.Header, "query": &t.Query, "form": &t.Form, "prefix": &t.Prefix}
}

// tolerance is what was written, or the usual one where a moment is signed.
func (l *loader) tolerance(s *fileSender) time.Duration {
	if _, given := s.places["hmac.tolerance"]; given || s.HMAC.Timestamp == "" && s.HMAC.Format == "" {
		return s.HMAC.Tolerance
	}
	return usualTolerance
}

// readWords takes the keys of a scheme.
func (l *loader) readWords(s *fileSender, scheme string, node ast.Node, at place, into map[string]any) {
	if _, empty := node.(*ast.NullNode); empty {
		l.fault(at, "write what it has below it, or { } behind it", "this key has no value")
		return
	}
	l.eachKey(node, func(key string, node ast.Node, at place) { l.readWord(s, scheme, key, node, at, into) })
}

// readWord takes one key: a text or a time.
func (l *loader) readWord(s *fileSender, scheme, key string, node ast.Node, at place, into map[string]any, others ...string) {
	field, known := into[key]
	if !known {
		for word := range into {
			others = append(others, word)
		}
		slices.Sort(others)
		l.fault(at, didYouMean(key, others), "unknown key %s", key)
		return
	}
	v, ok := l.scalar(node)
	if !ok {
		return
	}
	s.places[scheme+key] = v.at
	switch field := field.(type) {
	case *string:
		*field = v.text
	case *time.Duration:
		d, err := time.ParseDuration(v.text)
		if err != nil {
			l.fault(v.at, "write 30s or 5m", "%q is no time", v.text)
		}
		*field = d
	}
}

// addSender sees that the name is free and that the words go together.
func (l *loader) addSender(s *fileSender) {
	at := func(key string) place {
		if p, ok := s.places[key]; ok {
			return p
		}
		scheme, _, _ := strings.Cut(key, ".")
		if p, ok := s.places[scheme]; ok {
			return p
		}
		return s.places[""]
	}
	taken := slices.ContainsFunc(l.cfg.Senders, func(other Sender) bool { return other.Name == s.Name })
	switch {
	case s.Name == "":
		l.fault(at(""), "add name: NAME, as routes are to call it", "this sender has no name")
		return
	case slices.Contains(l.src.Providers, s.Name):
		l.fault(at("name"), "choose another name, or take the provider that devhook has", "%s is a sender that devhook knows", s.Name)
		return
	case taken:
		l.fault(at("name"), "keep one of them", "%s is defined twice", s.Name)
		return
	}
	if l.src.Define != nil {
		if f := l.src.Define(s.Sender); f != nil {
			l.fault(at(f.Key), f.Hint, "%s", f.Text)
			return
		}
	}
	l.cfg.Senders = append(l.cfg.Senders, s.Sender)
}

// senderNames are the names of all senders that a route may have.
func (l *loader) senderNames() []string {
	names := slices.Clone(l.src.Providers)
	for _, s := range l.cfg.Senders {
		names = append(names, s.Name)
	}
	return names
}
