package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"devhook/inspector/export"
	"devhook/store"
	"devhook/tunnel/http1"
)

// editing is a capture as the edit page is filled with it. What comes back equal to what was shown was not edited, and
// is sent as it was recorded, whatever a browser, a mask or an escape made of it in between.
type editing struct {
	capture *store.Capture
	app     string        // where it goes unless another app is named
	fields  []http1.Field // the recorded lines, without those about framing
	mask    *export.Mask
	target  *export.Veil
	body    *export.Veil // nil: it can't be edited as text
	raw     []byte       // the recorded body, if it is edited as text
	whyNot  string       // why it can't be edited as text, a sentence
}

// textMost is the longest body that is put into a text area.
const textMost = 1 << 20

func (s *Server) editing(ctx context.Context, c *store.Capture, reveal bool) (*editing, error) {
	e := &editing{capture: c, app: s.status().App, mask: s.mask}
	if reveal {
		e.mask = nil
	}
	for _, f := range fieldsOf(c.Head) {
		if !framing(f.Name) {
			e.fields = append(e.fields, f)
		}
	}
	e.target = e.mask.VeilTarget(c.Target)
	body, more, err := readBody(ctx, s.cfg.Store, c.ID, textMost)
	if err != nil {
		return nil, err
	}
	switch encoding := headerOf(c.Head, "Content-Encoding"); {
	case more:
		e.whyNot = "It is longer than a text area takes."
	case !utf8.Valid(body) || strings.ContainsRune(string(body), 0):
		e.whyNot = "It is no text."
		if encoding != "" {
			e.whyNot = "It is packed (" + label(encoding) + "); what replaces it has to be packed too, or that header to go."
		}
	default:
		e.raw, e.body = body, e.mask.VeilBody(contentType(c.Head), string(body))
	}
	return e, nil
}

// framing says that a header follows from the body and is not for an edit to say.
func framing(name string) bool {
	return strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding")
}

// shown is a recorded line as its row shows it.
func (e *editing) shown(f http1.Field) (name, value string) {
	return visible(f.Name, false), visible(e.mask.Header(f.Name, f.Value), false)
}

func (e *editing) shownTarget() string { return visible(e.target.Text, false) }

// unedited is the form as it is first shown.
func (e *editing) unedited() typed {
	t := typed{method: visible(e.capture.Method, false), target: e.shownTarget(), to: e.app, reveal: e.mask == nil}
	for i, f := range e.fields {
		name, value := e.shown(f)
		t.lines = append(t.lines, typedLine{i, name, value})
	}
	if e.body != nil {
		t.text, t.hasText = e.body.Text, true
	}
	return t
}

// faulty is an edit that can't be sent, and why.
func faulty(detail string) error {
	return fault{status: http.StatusUnprocessableEntity, detail: detail}
}

// edit is what the form asks for. Its errors are faults for the page to show beside the form.
func (e *editing) edit(t typed) (Edit, error) {
	out := Edit{Resign: t.resign}
	if t.method != visible(e.capture.Method, false) {
		out.Method = t.method
	}
	if t.to != e.app {
		out.To = t.to
	}
	var err error
	if out.Target, err = e.newTarget(t.target); err != nil {
		return out, err
	}
	lines, err := e.newLines(t.lines)
	if err != nil {
		return out, err
	}
	out.Headers, out.DropHeaders = difference(e.fields, lines)
	if out.Body, out.HasBody, err = e.newBody(t); err != nil {
		return out, err
	}
	if t.method == "" {
		return out, faulty("a request needs a method")
	}
	if err := checkEdit(out); err != nil {
		return out, faulty(asFault(err).detail)
	}
	return out, nil
}

func (e *editing) newTarget(now string) (string, error) {
	if now == e.shownTarget() {
		return "", nil
	}
	if now == "" {
		return "", faulty("a request needs a path")
	}
	target, err := e.target.Lift(now)
	if err != nil {
		return "", errMasked("path")
	}
	if target != e.capture.Target && target != "*" && target[0] != '/' {
		return "", faulty("the path must start with /")
	}
	return target, nil
}

func errMasked(where string) error {
	return faulty("the " + where + " holds a masked value that was changed; reveal the credentials to edit them")
}

// newLines are the header lines as they are to be sent, in their order.
func (e *editing) newLines(rows []typedLine) ([]http1.Field, error) {
	var out []http1.Field
	for _, l := range rows {
		f, err := e.newLine(l)
		if err != nil {
			return nil, err
		}
		if f.Name != "" {
			out = append(out, f)
		}
	}
	if len(out) > lineMost {
		return nil, faulty("a request has at most 200 header lines")
	}
	return out, nil
}

// newLine is one of them, nameless if the row's name was emptied.
func (e *editing) newLine(l typedLine) (http1.Field, error) {
	f := http1.Field{Name: l.name, Value: l.value}
	if l.of >= len(e.fields) {
		return f, faulty("this form is not of this request; load the page again")
	}
	if l.of >= 0 {
		was := e.fields[l.of]
		name, value := e.shown(was)
		if l.name == name {
			f.Name = was.Name
		}
		switch {
		case l.value == value:
			f.Value = was.Value
		case value != visible(was.Value, false) && strings.Contains(l.value, "•"):
			return f, errMasked("header " + label(l.name))
		}
	}
	switch {
	case l.name == "" && l.of < 0 && l.value != "":
		return f, faulty("a header needs a name")
	case l.name == "":
		return http1.Field{}, nil
	case framing(f.Name):
		return f, faulty(f.Name + " follows from the body; leave it out")
	case !http1.ValidField(f.Name, ""):
		return f, faulty("the name of a header must be one word: " + label(l.name))
	case !http1.ValidField(f.Name, f.Value):
		return f, faulty("the value of " + label(l.name) + " must be one line without control characters")
	}
	return f, nil
}

// difference is what makes the lines now of those that were: of a name with any change all lines.
func difference(was, now []http1.Field) (set [][2]string, drop []string) {
	named := func(list []http1.Field, name string) []http1.Field {
		return slices.DeleteFunc(slices.Clone(list), func(f http1.Field) bool { return !strings.EqualFold(f.Name, name) })
	}
	for _, f := range now {
		if !slices.Equal(named(was, f.Name), named(now, f.Name)) {
			set = append(set, [2]string{f.Name, f.Value})
		}
	}
	for i, f := range was {
		first := len(named(was[:i], f.Name)) == 0
		if first && len(named(now, f.Name)) == 0 {
			drop = append(drop, f.Name)
		}
	}
	return set, drop
}

// newBody is the body to send instead of the recorded one, if it was edited.
func (e *editing) newBody(t typed) (body []byte, edited bool, err error) {
	switch {
	case t.fileName != "":
		return t.file, true, nil
	case e.body == nil && t.replace:
		return []byte(retyped("", t.text)), true, nil
	case e.body == nil || !t.hasText:
		return nil, false, nil
	}
	text := retyped(e.body.Text, t.text)
	if text == e.body.Text {
		return nil, false, nil
	}
	text, err = e.body.Lift(text)
	if errors.Is(err, export.ErrSign) {
		return nil, false, errMasked("body")
	}
	return []byte(text), true, err
}

// uncovered is the form with its credentials shown in place of their masks; what was typed stays.
func (e *editing) uncovered(t typed, open *editing) (typed, error) {
	if t.target == e.shownTarget() {
		t.target = open.shownTarget()
	} else if lifted, err := e.target.Lift(t.target); err == nil {
		t.target = lifted
	}
	t.lines = slices.Clone(t.lines)
	for i, l := range t.lines {
		if l.of < 0 || l.of >= len(e.fields) {
			continue
		}
		if _, value := e.shown(e.fields[l.of]); l.value == value {
			_, t.lines[i].value = open.shown(e.fields[l.of])
		}
	}
	if e.body != nil && t.hasText {
		text, err := e.body.Lift(retyped(e.body.Text, t.text))
		if err != nil {
			return t, errMasked("body")
		}
		t.text = text
	}
	t.reveal = true
	return t, nil
}
