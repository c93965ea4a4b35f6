package web

import (
	"net/http"
	"net/url"
	"strconv"

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

func (s *Server) askClear(w http.ResponseWriter, r *http.Request) error {
	n, err := s.cfg.Store.Count(r.Context(), store.Filter{})
	if err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(view.Confirm{
		Page: s.page(r, "Clear"), Heading: "Delete all " + view.Counted(n, "request") + "?",
		Text:   "Pinned ones stay. The others are removed from the database with their deliveries. This can’t be undone.",
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

func (s *Server) askResend(w http.ResponseWriter, r *http.Request) error {
	kept := resendFilters(r.URL.Query())
	f, err := filterOf(kept, s.now(), 0)
	if err != nil {
		return err
	}
	ids, err := s.failedIDs(r.Context(), f)
	if err != nil {
		return err
	}
	c := view.Confirm{
		Page: s.page(r, "Resend failed"), Heading: "Resend " + view.Counted(len(ids), "failed request") + "?",
		Text:   "Oldest first, one at a time, each to the app it was for. Your app may have seen some of them already.",
		Action: "/resend", Button: "Resend " + strconv.Itoa(len(ids)), Icon: "replay", Cancel: "/", None: len(ids) == 0,
	}
	if len(ids) == 0 {
		c.Heading, c.Text = "Nothing has failed", "Every request was taken, is still on its way, or has an outcome nobody knows."
	} else {
		c.Fields = []view.Pair{{Name: "nonce", Value: s.plans.put(ids)}}
	}
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(c))
}

// formResend starts what the question page asked about and goes to the list, where the deliveries come in.
func (s *Server) formResend(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	ids, ok := s.plans.take(f.Get("nonce"))
	if !ok { // a second click, or a page from long ago
		http.Redirect(w, r, "/resend", http.StatusSeeOther)
		return nil
	}
	if !s.resending.TryLock() {
		return errResending
	}
	s.work.Go(func() {
		defer s.resending.Unlock()
		if err := s.resend(s.quit, ids, func(*store.Delivery) {}); err != nil && s.quit.Err() == nil {
			s.log.Error("web: resend stopped", "err", err)
		}
	})
	http.Redirect(w, r, "/?failed=1", http.StatusSeeOther)
	return nil
}
