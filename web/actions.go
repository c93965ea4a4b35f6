package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"devhook/store"
	"devhook/web/view"
)

// formBytes bounds what a page's form sends.
const formBytes = 64 << 10

// form reads a form of one of our pages. Only the fields in the body count: an address can't press a button.
func form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if t := mediaType(r.Header.Get("Content-Type")); t != "application/x-www-form-urlencoded" {
		return nil, fault{status: http.StatusUnsupportedMediaType, detail: "this takes the form of a page"}
	}
	raw, err := readAll(w, r, formBytes)
	if err != nil {
		return nil, err
	}
	f, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, fault{http.StatusBadRequest, "the form can’t be read", err}
	}
	return f, nil
}

// back sends a browser to the capture after something was done to it.
func back(w http.ResponseWriter, r *http.Request, id string, q url.Values) {
	http.Redirect(w, r, "/requests/"+id+query(q), http.StatusSeeOther)
}

func (s *Server) formReplay(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if f.Get("nonce") == "" {
		return bad("this form is not complete; load the page again")
	}
	d, err := s.replayOnce(r.Context(), c, "page "+f.Get("nonce"), "", Edit{})
	if err != nil {
		return err
	}
	back(w, r, c.ID, with(filters(f), "done", d.ID))
	return nil
}

func (s *Server) formPin(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	pinned, err := strconv.ParseBool(f.Get("pinned"))
	if err != nil {
		return badParameter("pinned", "1 or 0")
	}
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if err := s.cfg.Store.SetPinned(r.Context(), c.ID, pinned); err != nil {
		return err
	}
	back(w, r, c.ID, filters(f))
	return nil
}

// noteBytes is the longest note.
const noteBytes = 4000

// noteOf is a note as it is kept: without blanks around it and what can't be seen, its line ends plain.
func noteOf(text string) (string, error) {
	whole := utf8.ValidString(text)
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if hidden(r, true) {
			return -1
		}
		return r
	}, text))
	if len(text) > noteBytes || !whole {
		return "", badParameter("note", "text of at most "+strconv.Itoa(noteBytes)+" bytes")
	}
	return text, nil
}

// note keeps a text on the capture that is asked for.
func (s *Server) note(r *http.Request, text string) (*store.Capture, error) {
	text, err := noteOf(text)
	if err != nil {
		return nil, err
	}
	c, err := s.resolve(r)
	if err != nil {
		return nil, err
	}
	return c, s.cfg.Store.SetNote(r.Context(), c.ID, text)
}

// formNote keeps the user's note on a capture; an empty one takes it away.
func (s *Server) formNote(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	if !f.Has("note") {
		return bad("this form is not complete; load the page again")
	}
	c, err := s.note(r, f.Get("note"))
	if err != nil {
		return err
	}
	back(w, r, c.ID, filters(f))
	return nil
}

// apiNote keeps {"note":"…"} on a capture; "" takes it away.
func (s *Server) apiNote(w http.ResponseWriter, r *http.Request) error {
	var o struct {
		Note *string `json:"note"`
	}
	if _, err := readJSON(w, r, formBytes, &o); err != nil {
		return err
	}
	if o.Note == nil {
		return bad(`say what to note: {"note":"…"}`)
	}
	if _, err := s.note(r, *o.Note); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) askDelete(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	kept := filters(r.URL.Query())
	p := s.presenter(false)
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(view.Confirm{
		Page: s.page(r, "Delete"), Heading: "Delete " + cut(visible(c.Method, false)+" "+p.target(c), 80) + "?",
		Text:   "The request and its deliveries are removed from the database. This can’t be undone.",
		Action: "/requests/" + c.ID + "/delete", Button: "Delete", Fields: pairs(kept), Cancel: "/requests/" + c.ID + query(kept),
	}))
}

func (s *Server) formDelete(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if err := s.cfg.Store.Delete(r.Context(), c.ID); err != nil {
		return err
	}
	http.Redirect(w, r, "/"+query(filters(f)), http.StatusSeeOther)
	return nil
}

// formDeleteChosen deletes the captures named with id=, when it is asked for with sure=1. Without, as the list's form
// comes, it asks first.
func (s *Server) formDeleteChosen(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	if len(f["id"]) == 0 {
		return bad("nothing is selected")
	}
	kept := filters(f)
	if f.Get("sure") == "" {
		ids, err := s.chosenIDs(r.Context(), s.stillThere(r.Context(), f["id"]))
		if err != nil {
			return err
		}
		fields := append(pairs(kept), view.Pair{Name: "sure", Value: "1"})
		for _, id := range ids {
			fields = append(fields, view.Pair{Name: "id", Value: id})
		}
		return render(r.Context(), w, http.StatusOK, view.ConfirmPage(view.Confirm{
			Page: s.page(r, "Delete selected"), Heading: "Delete " + view.Counted(len(ids), "selected request") + "?",
			Text:   "They are removed from the database with their deliveries, pinned ones too. This can’t be undone.",
			Action: "/delete", Button: "Delete " + strconv.Itoa(len(ids)), Fields: fields, Cancel: "/" + query(kept),
		}))
	}
	for _, id := range f["id"] {
		if err := s.cfg.Store.Delete(r.Context(), id); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	http.Redirect(w, r, "/"+query(kept), http.StatusSeeOther)
	return nil
}

func (s *Server) askClear(w http.ResponseWriter, r *http.Request) error {
	n, err := s.cfg.Store.Count(r.Context(), store.Filter{})
	if err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(view.Confirm{
		Page: s.page(r, "Clear"), Heading: "Delete all " + view.Counted(n, "request") + "?",
		Text:   "Pinned ones stay, and those that wait for the app. The others are removed from the database with their deliveries. This can’t be undone.",
		Action: "/clear", Button: "Delete all", Cancel: "/", None: n == 0,
	}))
}

func (s *Server) formClear(w http.ResponseWriter, r *http.Request) error {
	if _, err := form(w, r); err != nil {
		return err
	}
	if _, err := s.cfg.Store.Clear(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
