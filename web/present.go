package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// opened is what a detail is drawn from.
type opened struct {
	capture    *store.Capture
	deliveries []*store.Delivery // newest first
	answers    map[string][]byte // bodies of the answers, by delivery ID, as far as they are shown
	body       []byte            // the first previewBytes of it
	more       bool              // the body is longer than that
	filters    url.Values
	tab        string
	reveal     bool
	nonce      string
	done       string // ID of a delivery that was just made
}

var tabNames = []view.Tab{
	{Name: "summary", Title: "Summary", Key: "1"},
	{Name: "headers", Title: "Headers", Key: "2"},
	{Name: "body", Title: "Body", Key: "3"},
	{Name: "raw", Title: "Raw", Key: "4"},
	{Name: "deliveries", Title: "Deliveries", Key: "5"},
}

// titleMost is how much of a target stands over the detail; all of it is among the facts.
const titleMost = 200

// lazyBytes is the body size from which its panels are drawn only when they are opened.
const lazyBytes = 64 << 10

func (p presenter) detail(o opened) view.Detail {
	c := o.capture
	d := view.Detail{
		ID: c.ID, Short: short(c.ID), Method: orWord(visible(c.Method, false), "?"), Path: cut(p.target(c), titleMost),
		Verdict: verdict(c), Event: label(c.Event), Sender: p.sender(c.Provider),
		At: c.ReceivedAt.Local(), Clock: clock(c.ReceivedAt), Pinned: c.Pinned, Nonce: o.nonce, WhyNot: whyNot(c),
		Filters: pairs(o.filters), Query: query(o.filters), Back: "/" + query(o.filters),
		Delete: "/requests/" + c.ID + "/delete" + query(o.filters),
		Tab:    o.tab, Reveal: o.reveal,
	}
	d.Malformed, d.NotEdited, d.Note = c.State == store.Malformed, neverWhole(c), visible(c.Note, true)
	if p.lifts != nil && !o.reveal {
		d.Lifted = p.lifts.shown
	}
	d.Answers = p.answers(o)
	d.Callout = p.callout(c)
	d.Way = p.way(c, o.deliveries)
	d.Deliveries, d.NoneYet = p.deliveries(o), noneYet(c)
	d.Facts = p.facts(o)
	d.Headers = p.headers(c)
	d.Body = p.body(o)
	d.Raw = p.raw(o, d.Headers.Masked)
	d.Tabs = tabs(d, c.BodySize)
	d.Notice, d.NoticeFail = notice(o)
	return d
}

// tabs have their counts and addresses; the body's panels of a long body are left for when they are opened.
func tabs(d view.Detail, bodySize int64) []view.Tab {
	counts := map[string]string{
		"headers": strconv.Itoa(len(d.Headers.Lines)), "body": size(bodySize), "deliveries": strconv.Itoa(len(d.Deliveries)),
	}
	out := make([]view.Tab, len(tabNames))
	for i, t := range tabNames {
		t.Count = counts[t.Name]
		t.Href = d.Address(t.Name, d.Reveal)
		t.Lazy = bodySize > lazyBytes && (t.Name == "body" || t.Name == "raw")
		out[i] = t
	}
	return out
}

// noneYet says why a capture has no deliveries.
func noneYet(c *store.Capture) string {
	switch {
	case c.Delivering:
		return "The app is still answering."
	case c.State == store.Held:
		return "The app gets it when it is there."
	}
	return "The app was not called."
}

// whyNot says why a capture can't be replayed; "" if it can.
func whyNot(c *store.Capture) string {
	if c.Delivering && c.Last == nil {
		return "The app is still answering"
	}
	return neverWhole(c)
}

// neverWhole says why there is no request that could be sent; "" if there is one.
func neverWhole(c *store.Capture) string {
	switch c.State {
	case store.Malformed:
		return "It was not understood as HTTP, so there is nothing to send"
	case store.Incomplete:
		return "Its body did not arrive whole"
	}
	return ""
}

// answers are the live answer and the latest replay's.
func (p presenter) answers(o opened) []view.Labelled {
	var out []view.Labelled
	for _, d := range o.deliveries {
		if d.Kind == store.Live {
			out = append(out, view.Labelled{Answer: answer(d, unjudged(o.capture)), Label: "live"})
		}
	}
	if l := len(o.deliveries); l > 0 && o.deliveries[0].Kind == store.Replay {
		out = append(out, view.Labelled{Answer: answer(o.deliveries[0], unjudged(o.capture)), Label: "replayed"})
	}
	if len(out) == 0 {
		out = append(out, view.Labelled{Answer: outcome(o.capture)})
	}
	return out
}

// notice tells what the delivery that was just made came to.
func notice(o opened) (string, bool) {
	for _, d := range o.deliveries {
		if d.ID != o.done {
			continue
		}
		if d.Status == 0 {
			return "Replayed: no answer, " + visible(d.Error, false), true
		}
		return fmt.Sprintf("Replayed: %d in %s", d.Status, took(d.Duration)), !d.Accepted
	}
	return "", false
}

// callout explains the verdict; for what never reached one it explains the state.
func (p presenter) callout(c *store.Capture) view.Callout {
	reason := reasonOf(c)
	out := view.Callout{Verdict: verdict(c), Icon: verdict(c)}
	switch c.State {
	case store.Malformed:
		out.Verdict, out.Icon = "invalid", "warning"
		out.Title = "Malformed: " + uncapital(orWord(reason, "not understood as HTTP"))
		out.Text = "It is kept byte for byte as it came and was answered with an error; the app was not called."
		return out
	case store.Incomplete:
		out.Verdict, out.Icon = "missing", "cut"
		out.Title = "Incomplete: cut off after " + size(c.BodySize) + declared(c)
		out.Text = "The sender or devhook stopped before the end of the body; the app was not called."
		return out
	}
	first, rest := firstSentence(reason)
	out.Title = sentenceStart(out.Verdict)
	if first != "" {
		out.Title += ": " + uncapital(strings.TrimSuffix(first, "."))
	}
	out.Text = rest
	if c.State == store.Refused {
		out.Text = strings.TrimSpace(rest + " It was refused: the app was not called.")
	}
	for _, k := range c.Checks {
		if len(c.Checks) == 1 && k.Text == c.Reason {
			break // it was said already
		}
		out.Checks = append(out.Checks, view.Check{OK: k.OK, Text: visible(k.Text, false)})
	}
	for _, h := range c.Hints {
		out.Hints = append(out.Hints, hint(visible(h, false)))
	}
	return out
}

// declared is how long a cut-off body should have been, if its head says so.
func declared(c *store.Capture) string {
	n, err := strconv.ParseInt(headerOf(c.Head, "Content-Length"), 10, 64)
	if err != nil || n <= c.BodySize {
		return ""
	}
	return " of " + size(n)
}

// firstSentence parts a reason after its first full stop.
func firstSentence(s string) (first, rest string) {
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1], sentence(s[i+2:])
	}
	return s, ""
}

// hint is a command line to copy, or a sentence whose `code` is set as such.
func hint(s string) view.Hint {
	if c, ok := strings.CutPrefix(s, "$ "); ok {
		return view.Hint{Command: c}
	}
	if strings.HasPrefix(s, "devhook ") && !strings.HasSuffix(s, ".") {
		return view.Hint{Command: s}
	}
	return view.Hint{Parts: parts(sentence(s))}
}

// parts sets what stands between backticks as code.
func parts(s string) []view.Part {
	var out []view.Part
	for i, part := range strings.Split(s, "`") {
		if part != "" {
			out = append(out, view.Part{Text: part, Code: i%2 == 1})
		}
	}
	return out
}

func pairs(v url.Values) []view.Pair {
	var out []view.Pair
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, view.Pair{Name: name, Value: value})
		}
	}
	return out
}
