package web

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// side is a capture or one of its deliveries, with what a diff needs of it.
type side struct {
	letter   string
	ref      string // its ID
	capture  *store.Capture
	answer   *store.Delivery // the delivery, or a capture's own one; nil if there is none
	delivery bool            // the side is the delivery
	head     []byte          // of the request as it came, or as it was sent
	body     payload
	answered payload
}

// payload is a body with what says how to read it.
type payload struct {
	kind, encoding string
	data           []byte
	size           int64
	more           bool // it is longer than data
}

func payloadOf(head, data []byte, whole int64, more bool) payload {
	return payload{kind: contentType(head), encoding: headersOf(head, "Content-Encoding"), data: data, size: whole, more: more}
}

// sections are all that two sides have, what most tells why they fared differently first.
func (d *drawing) sections(a, b side, raw bool) (out []view.DiffSection) {
	put := func(s *view.DiffSection) {
		if s != nil {
			out = append(out, *s)
		}
	}
	why := d.verdicts(a, b)
	if why != nil && a.capture.Verdict != b.capture.Verdict {
		put(why)
		why = nil
	}
	put(d.answers(a, b))
	put(d.bodies("answer-body", "Answer’s body", a.answered, b.answered, raw))
	put(d.bodies("body", "Body", a.body, b.body, raw))
	put(d.heads(a, b))
	put(why)
	return out
}

// verdicts are what was concluded of two captures.
func (d *drawing) verdicts(a, b side) *view.DiffSection {
	if a.capture.ID == b.capture.ID {
		return nil
	}
	s := &view.DiffSection{ID: "d-verdict", Title: "Sender and proof"}
	d.fields(s, d.conclusions(a.capture), d.conclusions(b.capture))
	return s
}

func (d *drawing) conclusions(c *store.Capture) []entry {
	var out []entry
	add := func(name, value string) {
		if value != "" {
			out = append(out, entry{name: name, key: name, cmp: value, text: visible(value, false)})
		}
	}
	add("verdict", verdict(c))
	add("reason", c.Reason)
	add("sender", orWord(d.sender(c.Provider), "unknown"))
	add("event", c.Event)
	add("event id", c.EventID)
	add("from", ip(c.RemoteAddr))
	if c.State != store.Complete {
		add("state", string(c.State))
	}
	return out
}

// answersOf is what the app made of a request.
func (d *drawing) answersOf(s side) []entry {
	v := s.answer
	if v == nil {
		return nil
	}
	var out []entry
	add := func(name, value string, quiet bool) {
		if value != "" {
			out = append(out, entry{name: name, key: " " + name, cmp: value, text: visible(value, false), quiet: quiet})
		}
	}
	add("status", answerLine(v), false)
	add("error", v.Error, false)
	if name := d.sender(s.capture.Provider); name != "" && v.Error != store.OutcomeUnknown {
		judged := map[bool]string{true: "taken", false: "failed"}[v.Accepted]
		if v.Judgement != "" {
			judged += ", " + v.Judgement
		}
		add("to "+name, judged, false)
	}
	shown := d.mask.Target(v.Target)
	out = append(out, entry{name: "sent to", key: " sent to", cmp: v.Target, text: visible(shown, false), masked: shown != v.Target})
	if v.Status != 0 {
		add("time", took(v.Duration), true)
	}
	return append(out, d.headEntries(v.Head)...)
}

// answerLine is the status with the word that the app gave it.
func answerLine(v *store.Delivery) string {
	if v.Status == 0 {
		return "none"
	}
	first, _, _ := bytes.Cut(v.Head, []byte("\n"))
	_, line, _ := strings.Cut(strings.TrimRight(string(first), "\r"), " ")
	return orWord(line, strconv.Itoa(v.Status))
}

func (d *drawing) answers(a, b side) *view.DiffSection {
	x, y := d.answersOf(a), d.answersOf(b)
	if len(x)+len(y) == 0 {
		return nil
	}
	s := &view.DiffSection{ID: "d-answer", Title: "Your app’s answer"}
	d.fields(s, x, y)
	d.headNotes(s, x, y)
	for _, one := range []side{a, b} {
		if one.answer == nil {
			s.Notes = append(s.Notes, one.letter+" was not handed to the app.")
		} else if !one.delivery && one.answer.Kind == store.Replay {
			s.Notes = append(s.Notes, one.letter+" has the answer of its latest replay.")
		}
	}
	return s
}

// headEntries are a head's lines. A name is found in any case; the same name twice is found in its order.
func (d *drawing) headEntries(head []byte) (out []entry) {
	for _, f := range fieldsOf(head) {
		shown := d.mask.Header(f.Name, f.Value)
		out = append(out, entry{
			name: visible(f.Name, false), key: strings.ToLower(f.Name), cmp: f.Value, text: visible(shown, false), masked: shown != f.Value,
		})
	}
	return out
}

// headNotes say what the rows of a head don't: in what order the lines came and how their names were written.
func (d *drawing) headNotes(s *view.DiffSection, a, b []entry) {
	if reordered(a, b) {
		s.Notes = append(s.Notes, "The lines that both have stand in another order.")
	}
	if names := writtenNames(a, b); names != "" {
		s.Notes = append(s.Notes, "Names are written differently: "+names+".")
	}
}

// heads are the requests' own.
func (d *drawing) heads(a, b side) *view.DiffSection {
	s := &view.DiffSection{ID: "d-head", Title: "Request head"}
	if bytes.Equal(a.head, b.head) {
		s.End = "the same, byte for byte"
		if len(a.head) == 0 {
			return nil
		}
	}
	x, y := append(d.startEntries(a.head), d.headEntries(a.head)...), append(d.startEntries(b.head), d.headEntries(b.head)...)
	end := s.End
	n := d.fields(s, x, y)
	if end != "" {
		s.End = end
		return s
	}
	d.headNotes(s, x, y)
	if n == 0 && len(s.Notes) == 0 {
		s.Notes = append(s.Notes, "Only spaces or line ends differ.")
	}
	return s
}

// startEntries are a request's first line in its parts.
func (d *drawing) startEntries(head []byte) []entry {
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	text := strings.TrimRight(string(first), "\r")
	method, rest, _ := strings.Cut(text, " ")
	target, proto := rest, ""
	if i := strings.LastIndexByte(rest, ' '); i >= 0 {
		target, proto = rest[:i], rest[i+1:]
	}
	shown := d.mask.Target(target)
	return []entry{
		{name: "method", key: " method", cmp: method, text: visible(method, false)},
		{name: "target", key: " target", cmp: target, text: visible(shown, false), masked: shown != target},
		{name: "version", key: " version", cmp: proto, text: visible(proto, false)},
	}
}

// hexLines are bytes as lines of a hex dump; what is compared is without the address, so that what was moved by whole
// lines is found again.
func hexLines(data []byte) (out []line) {
	for at := 0; at < len(data); at += 16 {
		row := data[at:min(at+16, len(data))]
		dump := strings.TrimRight(hex.Dump(row), "\n")
		_, text, _ := strings.Cut(dump, "  ")
		out = append(out, line{cmp: string(row), text: text})
	}
	return out
}
