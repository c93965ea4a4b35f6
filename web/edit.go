package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"devhook/store"
)

// askEdit is the edit page of a capture: a form that works without script. ?reveal=1 shows credentials in it.
func (s *Server) askEdit(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if why := neverWhole(c); why != "" {
		return fault{status: http.StatusConflict, detail: uncapital(why)}
	}
	e, err := s.editing(r.Context(), c, revealed(r))
	if err != nil {
		return err
	}
	sign, err := s.signing(r, c)
	if err != nil {
		return err
	}
	t := e.unedited()
	t.resign = sign.WhyNot == ""
	return s.drawEdit(w, r, e, t, sign, nil)
}

// formEdit sends what the form says, or draws it again: with a row more or less, with the credentials shown, or with
// what is wrong with it. Fields are verb, target, to, of/name/value for each header line, text or file, resign, nonce,
// and do for the button.
func (s *Server) formEdit(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if why := neverWhole(c); why != "" {
		return fault{status: http.StatusConflict, detail: uncapital(why)}
	}
	t, err := readTyped(w, r)
	if err != nil {
		return err
	}
	e, err := s.editing(r.Context(), c, t.reveal)
	if err != nil {
		return err
	}
	sign, err := s.signing(r, c)
	if err != nil {
		return err
	}
	if t.press() {
		if t.do == "reveal" {
			return s.revealEdit(w, r, e, t, sign)
		}
		return s.drawEdit(w, r, e, t, sign, nil)
	}
	edit, err := e.edit(t)
	if err == nil && t.do != "anyway" {
		err = e.wrongJSON(edit)
	}
	if err != nil {
		return s.drawEdit(w, r, e, t, sign, err)
	}
	d, err := s.replayOnce(r.Context(), c, "edit "+t.nonce+" "+t.print, t.print, edit)
	if f := asFault(err); err != nil && d == nil && f.status < 500 && f.status != http.StatusNotFound {
		return s.drawEdit(w, r, e, t, sign, err)
	}
	if err != nil {
		return err
	}
	q := with(with(filters(r.URL.Query()), "tab", "deliveries"), "done", d.ID)
	http.Redirect(w, r, "/requests/"+c.ID+query(q)+"#delivery-"+d.ID, http.StatusSeeOther)
	return nil
}

func (s *Server) revealEdit(w http.ResponseWriter, r *http.Request, e *editing, t typed, sign Signing) error {
	open, err := s.editing(r.Context(), e.capture, true)
	if err != nil {
		return err
	}
	shown, err := e.uncovered(t, open)
	if err != nil {
		return s.drawEdit(w, r, e, t, sign, err)
	}
	return s.drawEdit(w, r, open, shown, sign, nil)
}

// signing is what signing a capture anew computes, or why it can't be.
func (s *Server) signing(r *http.Request, c *store.Capture) (Signing, error) {
	if s.cfg.Signer == nil {
		return Signing{WhyNot: "nothing can be signed here"}, nil
	}
	return s.cfg.Signer.Signing(r.Context(), c.ID)
}

// errJSON is a warning: the body is sent when its button is pressed once more.
type errJSON struct{ said string }

func (e errJSON) Error() string { return "web: " + e.said }

// wrongJSON warns of a body that was edited, calls itself JSON and isn't.
func (e *editing) wrongJSON(edit Edit) error {
	kind := contentType(e.capture.Head)
	for _, h := range edit.Headers {
		if strings.EqualFold(h[0], "Content-Type") {
			kind = h[1]
		}
	}
	if !edit.HasBody || len(edit.Body) == 0 || !looksJSON(mediaType(kind), edit.Body) {
		return nil
	}
	if said := jsonSaid(edit.Body); said != "" {
		return errJSON{said}
	}
	return nil
}

// jsonSaid is what is wrong with a JSON text and where; "" if it is well formed.
func jsonSaid(body []byte) string {
	var v json.RawMessage
	err := json.Unmarshal(body, &v)
	if err == nil {
		return ""
	}
	at := len(body)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = min(at, max(0, int(syntax.Offset)-1))
	}
	line := 1 + bytes.Count(body[:at], []byte("\n"))
	column := 1 + len([]rune(string(body[bytes.LastIndexByte(body[:at], '\n')+1:at])))
	return fmt.Sprintf("not well-formed JSON: line %d, column %d: %s", line, column, visible(strings.TrimPrefix(err.Error(), "json: "), false))
}
