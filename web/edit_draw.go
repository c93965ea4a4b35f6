package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// drawEdit is the form as it stands; wrong is why it wasn't sent.
func (s *Server) drawEdit(w http.ResponseWriter, r *http.Request, e *editing, t typed, sign Signing, wrong error) error {
	c := e.capture
	kept := query(filters(r.URL.Query()))
	p := s.presenter(false)
	v := view.Edit{
		Page: s.page(r, "Edit and resend"), ID: c.ID, Short: short(c.ID), Title: cut(visible(c.Method, false)+" "+p.target(c), 80),
		Action: "/requests/" + c.ID + "/edit" + kept, Back: "/requests/" + c.ID + kept, Nonce: newNonce(),
		Method: t.method, Methods: methods(t.method), Target: t.target, To: t.to, Apps: s.apps(r, c), Reveal: t.reveal, Resign: t.resign,
		Sign: e.signView(sign),
	}
	was := e.unedited()
	v.WasMethod, v.WasTarget, v.WasTo = was.method, was.target, was.to
	v.Lines = e.lines(t, sign)
	v.Framing = [2]string{"Content-Length", "counted when sent"}
	if c.Framing == "chunked" {
		v.Framing = [2]string{"Transfer-Encoding", "chunked, as it came"}
	}
	v.Body = e.bodyView(t)
	v.Masked = e.masked()
	v.Changes = e.changes(t)
	status := http.StatusOK
	var soft errJSON
	switch {
	case errors.As(wrong, &soft):
		status, v.Warning = http.StatusUnprocessableEntity, "The body is "+soft.said
	case wrong != nil:
		status, v.Wrong = http.StatusUnprocessableEntity, sentence(asFault(wrong).detail)
	}
	return render(r.Context(), w, status, view.EditPage(v))
}

// methods are offered, with the one that is chosen.
func methods(chosen string) []string {
	usual := []string{"POST", "PUT", "PATCH", "GET", "DELETE", "HEAD", "OPTIONS"}
	if chosen == "" || slices.Contains(usual, chosen) {
		return usual
	}
	return append([]string{chosen}, usual...)
}

// apps are offered as places to send to.
func (s *Server) apps(r *http.Request, c *store.Capture) []string {
	out := []string{s.status().App, c.App}
	list, err := s.cfg.Store.Instances(r.Context())
	if err != nil {
		s.log.Debug("web: other apps are not offered", "err", err)
	}
	for _, i := range list {
		if i.Alive {
			out = append(out, i.LocalURL)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(a string) bool { return a == "" })
}

func (e *editing) signView(sign Signing) view.Signing {
	v := view.Signing{Sets: sign.Sets, WhyNot: sentence(sign.WhyNot), Seals: sign.Seals}
	v.Says = parts("Proves the sender anew with `" + strings.ReplaceAll(sign.Secret, "`", "'") + "`")
	if sign.Proof != "" {
		v.Says = append(v.Says, view.Part{Text: ": " + sign.Proof})
	}
	v.Says = append(v.Says, view.Part{Text: "."})
	if strings.Contains(strings.ToLower(sign.Proof), "url") {
		v.URL = visible(e.mask.Target(sign.URL), false)
	}
	return v
}

// lines are the rows of the headers, each beside what it was filled with.
func (e *editing) lines(t typed, sign Signing) []view.EditLine {
	var out []view.EditLine
	for i, l := range t.lines {
		v := l.view()
		v.At, v.New = strconv.Itoa(i), l.of < 0
		if l.of >= 0 && l.of < len(e.fields) {
			f := e.fields[l.of]
			v.WasName, v.WasValue = e.shown(f)
			v.Masked = e.mask.Header(f.Name, f.Value) != f.Value
			v.Signed = slices.ContainsFunc(sign.Sets, func(n string) bool { return strings.EqualFold(n, f.Name) })
		}
		out = append(out, v)
	}
	return out
}

// masked is how many values the form hides.
func (e *editing) masked() int {
	n := e.target.Hides()
	if e.body != nil {
		n += e.body.Hides()
	}
	for _, f := range e.fields {
		if e.mask.Header(f.Name, f.Value) != f.Value {
			n++
		}
	}
	return n
}

func (e *editing) bodyView(t typed) view.EditBody {
	b := view.EditBody{Size: size(e.capture.BodySize), Text: t.text, WhyNot: e.whyNot, Replace: t.replace, FileGone: t.fileName != ""}
	if e.body == nil {
		return b
	}
	b.Was = e.body.Text
	b.JSON = looksJSON(mediaType(contentType(e.capture.Head)), e.raw)
	if b.JSON && len(e.raw) > 0 {
		b.Fault = jsonSaid([]byte(t.text))
	}
	b.Unseen = !clean(strings.ReplaceAll(e.body.Text, "\r", ""), true)
	return b
}

// changes are what the form changes against what came, in words.
func (e *editing) changes(t typed) []view.Change {
	edit, err := e.edit(t)
	if err != nil {
		return nil
	}
	var out []view.Change
	add := func(part, now, note string) {
		out = append(out, view.Change{Part: part, Now: cut(visible(now, false), 120), Note: note})
	}
	if edit.Method != "" {
		add("Method", edit.Method, "was "+label(e.capture.Method))
	}
	if edit.Target != "" {
		add("Path", t.target, "was "+cut(e.shownTarget(), 120))
	}
	if edit.To != "" {
		add("App", edit.To, "")
	}
	for _, l := range t.lines {
		switch {
		case l.of < 0 && l.name != "":
			add(label(l.name), l.value, "added")
		case l.of >= 0:
			if name, value := e.shown(e.fields[l.of]); l.name != "" && (l.name != name || l.value != value) {
				add(label(l.name), l.value, "was "+cut(name+": "+value, 120))
			}
		}
	}
	for _, name := range edit.DropHeaders {
		add(label(name), "", "left out")
	}
	if edit.HasBody {
		add("Body", "", size(int64(len(edit.Body)))+", was "+size(e.capture.BodySize))
	}
	return out
}
