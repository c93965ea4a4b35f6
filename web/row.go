package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"devhook/inspector/export"
	"devhook/store"
	"devhook/web/view"
)

// presenter turns what is stored into what is drawn: masked, visible, in sentences.
type presenter struct {
	titles map[string]string
	mask   *export.Mask // nil: credentials are shown
	lifts  *lifts       // the masked values that are shown all the same; nil: none
	now    time.Time
}

// sender is a provider's proper name; "" for an unknown one.
func (p presenter) sender(provider string) string {
	if provider == "" || provider == "unknown" {
		return ""
	}
	if t := p.titles[provider]; t != "" {
		return t
	}
	return label(provider)
}

func (p presenter) target(c *store.Capture) string {
	if c.Target == "" {
		return "(no target)"
	}
	return visible(p.mask.Target(c.Target), false)
}

// row is a capture in the list; filters are kept in its address.
func (p presenter) row(c *store.Capture, filters url.Values) view.Row {
	r := view.Row{
		ID: c.ID, Seq: c.Seq, Href: "/requests/" + c.ID + query(filters),
		Verdict: verdict(c), Method: cut(visible(c.Method, false), 20), Path: cut(p.target(c), 500),
		Event: label(c.Event), Sender: p.sender(c.Provider), Marks: marks(c), Answer: outcome(c),
		At: c.ReceivedAt.Local(), Ago: ago(p.now.Sub(c.ReceivedAt)),
	}
	if r.Method == "" {
		r.Method = "?"
	}
	if c.Last != nil && c.Last.Status != 0 {
		r.Took = took(c.Last.Duration)
	}
	r.Note, r.Fail, r.Returned = p.note(c)
	if c.Failed && !r.Returned && c.Last != nil && c.Last.Error != store.OutcomeUnknown && !unjudged(c) {
		r.Marks = append([]view.Mark{{Icon: "returned", Title: "counted as failed"}}, r.Marks...)
	}
	return r
}

// verdict is the stored word; what was never judged, as a malformed request, is unchecked.
func verdict(c *store.Capture) string {
	switch c.Verdict {
	case store.Valid, store.Invalid, store.Missing:
		return string(c.Verdict)
	}
	return string(store.Unchecked)
}

// outcome is the latest answer, or what stands in its place.
func outcome(c *store.Capture) view.Answer {
	switch {
	case c.Last != nil:
		return answer(c.Last, unjudged(c))
	case c.State == store.Held:
		return view.Answer{Class: "wait", Text: "held"}
	case c.Delivering:
		return view.Answer{Class: "wait", Text: "wait"}
	}
	return view.Answer{Class: "none", Text: "none"}
}

// unjudged says that nobody is known who would judge the answers.
func unjudged(c *store.Capture) bool { return c.Provider == "" || c.Provider == "unknown" }

// answer is the shape of a delivery's answer. While its sender is unknown its class has its own colour.
func answer(d *store.Delivery, unjudged bool) view.Answer {
	a := view.Answer{Class: "none", Text: "none"}
	switch {
	case d.Error == store.OutcomeUnknown:
		return view.Answer{Class: "wait", Text: "?"}
	case d.Status >= 200:
		a = view.Answer{Class: strconv.Itoa(min(5, d.Status/100)) + "xx", Text: strconv.Itoa(d.Status)}
	case d.Status > 0:
		a = view.Answer{Class: "2xx", Text: strconv.Itoa(d.Status)}
	}
	if !unjudged {
		a.Taken = "no"
		if d.Accepted {
			a.Taken = "yes"
		}
	}
	return a
}

func marks(c *store.Capture) []view.Mark {
	var out []view.Mark
	switch c.State {
	case store.Incomplete, store.Malformed, store.Refused:
		out = append(out, view.Mark{Icon: "cut", Title: string(c.State)})
	}
	if c.DuplicateOf != "" {
		out = append(out, view.Mark{Icon: "duplicate", Title: "repeat of an earlier request"})
	}
	if c.Pinned {
		out = append(out, view.Mark{Icon: "pinned", Title: "pinned"})
	}
	if c.Note != "" {
		out = append(out, view.Mark{Icon: "note", Title: "note: " + onOneLine(c.Note)})
	}
	if n := replays(c); n > 0 {
		out = append(out, view.Mark{Icon: "replay", Title: "replayed " + times(n), Count: strconv.Itoa(n)})
	}
	return out
}

// replays is how often a capture was sent again: all its deliveries but the live one.
func replays(c *store.Capture) int {
	if c.Last == nil || c.Last.Kind != store.Replay {
		return 0
	}
	if c.State == store.Complete || c.State == store.Held {
		return max(1, c.DeliveriesCount-1)
	}
	return c.DeliveriesCount
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}

// note is the row's second line: the one thing about a capture most worth knowing.
func (p presenter) note(c *store.Capture) (text string, fail, returned bool) {
	if text, fail = p.stateNote(c); text != "" {
		return text, fail, false
	}
	if d := c.Last; d != nil && d.Error == store.OutcomeUnknown {
		return "Outcome unknown: " + orWord(visible(d.Judgement, false), "devhook stopped while the app was answering"), false, false
	}
	if v := verdict(c); (v == "invalid" || v == "missing") && c.Reason != "" {
		first, _ := firstSentence(visible(c.Reason, false))
		return sentenceStart(strings.TrimSuffix(first, ".")), false, false
	}
	if d := c.Last; d != nil && !d.Accepted {
		if unjudged(c) {
			return p.unknownNote(c), d.Status == 0, false
		}
		return p.failNote(c, d), true, true
	}
	if c.Last == nil && !c.Delivering {
		return "Not handed to the app; a replay does it", true, false
	}
	return p.plainNote(c), false, false
}

// stateNote tells of captures that never became an ordinary delivery.
func (p presenter) stateNote(c *store.Capture) (text string, fail bool) {
	reason := reasonOf(c)
	switch c.State {
	case store.Malformed:
		return "Malformed: " + orWord(reason, "not understood as HTTP") + p.notCalled(c), true
	case store.Incomplete:
		return "Cut off after " + size(c.BodySize) + p.notCalled(c), true
	case store.Refused:
		return "Refused: " + uncapital(orWord(reason, "by a rule")) + p.notCalled(c), false
	case store.Held:
		if c.Last == nil {
			return "Answered already; goes to the app when it is there", false
		}
	}
	return "", false
}

func reasonOf(c *store.Capture) string { return visible(c.Reason, false) }

func (p presenter) notCalled(c *store.Capture) string {
	if c.Last != nil {
		return ""
	}
	return "; the app was not called"
}

// failNote says how a known sender counts the answer; after a replay it only would.
func (p presenter) failNote(c *store.Capture, d *store.Delivery) string {
	verb := " will count this as failed: "
	if d.Kind == store.Replay || d.WasHeld() {
		verb = " would count this as failed: "
	}
	return p.sender(c.Provider) + verb + why(d)
}

// why is the judgement, or the error, or at least the status.
func why(d *store.Delivery) string {
	switch {
	case d.Judgement != "":
		return visible(d.Judgement, false)
	case d.Error != "":
		return visible(d.Error, false)
	}
	return "answered " + strconv.Itoa(d.Status)
}

func (p presenter) unknownNote(c *store.Capture) string {
	switch {
	case c.Last.Error != "":
		return sentenceStart(visible(c.Last.Error, false))
	case c.Reason != "":
		return sentenceStart(visible(c.Reason, false))
	}
	return p.origin(c)
}

func (p presenter) plainNote(c *store.Capture) string {
	d := c.Last
	switch {
	case c.Note != "":
		return onOneLine(c.Note)
	case c.DuplicateOf != "":
		return "Same event as " + short(c.DuplicateOf)
	case replays(c) > 0 && d.Accepted:
		return fmt.Sprintf("Replayed with %d at %s", d.Status, clock(d.At))
	case d != nil && d.SenderGone > 0:
		return "Sender gave up after " + took(d.SenderGone)
	case d != nil && d.Judgement != "":
		return sentenceStart(visible(d.Judgement, false))
	}
	return p.origin(c)
}

// onOneLine is a note in a row; line breaks in it are the user's own.
func onOneLine(note string) string { return label(strings.Join(strings.Fields(note), " ")) }

func (p presenter) origin(c *store.Capture) string {
	return size(c.BodySize) + " from " + visible(ip(c.RemoteAddr), false)
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

// query is filters as the tail of an address: "" or "?…".
func query(v url.Values) string {
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}
