package web

import (
	"net/url"
	"strconv"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

const (
	answerBytes  = 64 << 10 // how much of an answer's body is shown
	answersShown = 20       // of how many deliveries, the latest; and of the live one
)

// deliveries are drawn newest first, each with its answer.
func (p presenter) deliveries(o opened) []view.Delivery {
	out := make([]view.Delivery, 0, len(o.deliveries))
	for i, d := range o.deliveries {
		n := len(o.deliveries) - 1 - i // of the capture's replays, if its first delivery was the live one
		if liveOf(o.deliveries) == nil {
			n++
		}
		v := view.Delivery{
			ID: d.ID, Title: deliveryTitle(d, n), Answer: answer(d, unjudged(o.capture)),
			At: d.At.Local(), Clock: d.At.Local().Format("15:04:05.000"),
			To: visible(p.mask.Target(d.Target), false),
		}
		if d.Status != 0 {
			v.Took = took(d.Duration)
			v.Head = visible(string(p.mask.Head(d.Head)), true)
			if body, read := o.answers[d.ID]; read || d.BodySize == 0 {
				v.Body = p.answered(d, body)
			} else {
				v.Body.Cut = "Its body is not shown: only those of the latest deliveries are."
			}
			v.Size = size(d.BodySize)
		}
		if live := liveOf(o.deliveries); live != nil && d.Kind == store.Replay {
			v.Compare = diffHref(live.ID, d.ID, false, false)
		}
		v.Icon, v.Tone = deliveryIcon(d, unjudged(o.capture))
		v.Note, v.Fail = p.deliveryNote(o.capture, d)
		for _, n := range d.Notes {
			v.More = append(v.More, sentence(visible(n, false)))
		}
		out = append(out, v)
	}
	return out
}

// answered is the body of an answer as it was before it was packed.
func (p presenter) answered(d *store.Delivery, body []byte) view.Text {
	u := unpack(headersOf(d.Head, "Content-Encoding"), body, int64(len(body)) < d.BodySize)
	if u.said == "" || u.bad {
		return textOf(p.mask.Body(contentType(d.Head), body), d.BodySize, d.Truncated)
	}
	shown := p.mask.Body(contentType(d.Head), u.data[:min(len(u.data), answerBytes)])
	t := textOf(shown, int64(len(shown)), false)
	t.Cut = strings.TrimSpace(t.Cut + " " + sentence(u.said))
	return t
}

func deliveryTitle(d *store.Delivery, n int) string {
	if d.Kind == store.Live {
		return "Live"
	}
	t := "Replay " + strconv.Itoa(n)
	if d.Edited {
		t += ", edited"
	}
	if len(d.Resigned) > 0 {
		t += ", re-signed"
	}
	return t
}

func deliveryIcon(d *store.Delivery, unjudged bool) (icon, tone string) {
	switch {
	case d.Error == store.OutcomeUnknown:
		return "station", ""
	case d.Accepted:
		return "taken", "good"
	case unjudged:
		return "returned", ""
	}
	return "returned", "bad"
}

// deliveryNote says what was sent and how the sender counts the answer.
func (p presenter) deliveryNote(c *store.Capture, d *store.Delivery) (note []view.Part, fail string) {
	var said []string
	if len(d.Resigned) > 0 {
		note = append(note, view.Part{Text: "Recomputed "})
		for i, name := range d.Resigned {
			if i > 0 {
				note = append(note, view.Part{Text: ", "})
			}
			note = append(note, view.Part{Text: label(name), Code: true})
		}
		note = append(note, view.Part{Text: ". "})
	}
	if d.Kind == store.Replay && !d.Edited && len(d.Resigned) == 0 {
		said = append(said, "Sent unchanged.")
	}
	if d.Edited && len(d.Resigned) == 0 && c.Verdict == store.Valid {
		said = append(said, "Edited and not signed again: what proves the sender may no longer fit.")
	}
	if d.SenderGone > 0 {
		said = append(said, "The sender gave up after "+took(d.SenderGone)+".")
	}
	name := p.sender(c.Provider)
	switch {
	case d.Error == store.OutcomeUnknown:
		said = append(said, "Outcome unknown: devhook stopped while the app was answering. The app may have got it.")
	case name == "" && d.Error != "":
		fail = sentence(visible(d.Error, false))
	case name == "":
	case !d.Accepted:
		fail = sentence(p.failNote(c, d))
	case d.Kind == store.Replay:
		said = append(said, name+" would take this answer.")
	case d.Judgement != "":
		said = append(said, sentence(visible(d.Judgement, false)))
	}
	if len(said) > 0 {
		note = append(note, view.Part{Text: strings.Join(said, " ") + " "})
	}
	return note, fail
}

// facts are what else is known of a capture.
func (p presenter) facts(o opened) []view.Fact {
	c := o.capture
	out := []view.Fact{
		{Name: "Received", Text: c.ReceivedAt.Local().Format("2006-01-02 15:04:05.000")},
		{Name: "From", Text: visible(c.RemoteAddr, false), Code: true},
		{Name: "Public URL", Text: visible(p.mask.Target(c.PublicURL), false), Code: true},
	}
	if c.EventID != "" {
		out = append(out, view.Fact{Name: "Event id", Text: label(c.EventID), Code: true})
	}
	if c.DuplicateOf != "" {
		out = append(out, view.Fact{
			Name: "Repeat of", Href: "/requests/" + url.PathEscape(c.DuplicateOf) + query(o.filters), Link: short(c.DuplicateOf),
		})
	}
	if c.State != store.Complete {
		out = append(out, view.Fact{Name: "State", Text: string(c.State)})
	}
	out = append(out,
		view.Fact{Name: "Protocol", Text: orWord(visible(c.Proto, false), "unknown")},
		view.Fact{Name: "Body", Text: bodyFact(c)},
	)
	if c.BodySHA256 != "" && c.BodySize > 0 {
		out = append(out, view.Fact{Name: "sha256", Text: c.BodySHA256, Code: true})
	}
	return append(out, view.Fact{Name: "ID", Text: c.ID, Code: true})
}

func bodyFact(c *store.Capture) string {
	s := size(c.BodySize)
	if t := mediaType(contentType(c.Head)); t != "" && c.BodySize > 0 {
		s += ", " + visible(t, false)
	}
	if c.Framing == "chunked" {
		s += ", sent in chunks"
	}
	return s
}

// proofWords are parts of header names that carry a sender's proof.
var proofWords = []string{"signature", "hmac", "-token", "authorization", "-timestamp", "-nonce", "webhook-id"}

func proves(name string) bool {
	name = strings.ToLower(name)
	for _, w := range proofWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// headers are the parameters of the target and the lines as they came; the masked ones can be revealed one by one.
func (p presenter) headers(c *store.Capture) view.Headers {
	var h view.Headers
	if c.State == store.Malformed {
		h.Broken = "The head was not understood; these lines are split as well as it went. Raw has it as it came."
	}
	h.Query = p.query(c.Target)
	for _, f := range h.Query {
		if f.Hidden {
			h.Masked++
		}
	}
	for i, f := range fieldsOf(c.Head) {
		shown := p.mask.Header(f.Name, f.Value)
		l := view.Header{Name: visible(f.Name, false), Value: visible(shown, false), Masked: shown != f.Value, Proof: proves(f.Name)}
		if l.Masked {
			l.Secret = p.lifts.secret("header:"+strconv.Itoa(i+1), f.Value)
			if l.Lifted {
				l.Value, l.Masked = visible(f.Value, false), false
			}
		}
		if l.Masked {
			h.Masked++
		}
		h.Lines = append(h.Lines, l)
	}
	return h
}

// query are the parameters of a target, decoded.
func (p presenter) query(target string) (out []view.Field) {
	_, query, _ := strings.Cut(target, "?")
	query, _, _ = strings.Cut(query, "#")
	for part := range strings.SplitSeq(query, "&") {
		if part == "" || len(out) == maxFields {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		ref := "query:" + strconv.Itoa(len(out)+1)
		out = append(out, p.field(decoded(name), decoded(value), func() string { return ref }))
	}
	return out
}

// raw is head and body as they came.
func (p presenter) raw(o opened, masked int) view.Raw {
	c := o.capture
	kind := contentType(c.Head)
	shown := p.mask.Body(kind, o.body)
	sealed := p.sealed(kind, headersOf(c.Head, "Content-Encoding"), o.body, o.more)
	if sealed || string(shown) != string(o.body) {
		masked++
	}
	r := view.Raw{Said: "Byte for byte as it came", Masked: masked, Save: "/api/requests/" + c.ID + "/export?as=http"}
	r.Head = visible(string(p.mask.Head(c.Head)), true)
	if c.Framing == "chunked" {
		r.Said += ", the chunks put together"
	}
	if sealed {
		r.Body.Text = "(" + size(c.BodySize) + " that hold a credential, in a form in which it can’t be covered alone)"
		return r
	}
	r.Body = textOf(shown, c.BodySize, false)
	return r
}
