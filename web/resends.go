package web

import (
	"net/http"
	"net/url"
	"strconv"

	"devhook/store"
	"devhook/web/view"
)

// askResend asks about what failed, as the filters choose it, or about the captures named with id=.
func (s *Server) askResend(w http.ResponseWriter, r *http.Request) error {
	if refs := r.URL.Query()["id"]; len(refs) > 0 {
		return s.askChosen(w, r, refs, filters(r.URL.Query()))
	}
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
		Action: "/resend", Button: "Resend " + strconv.Itoa(len(ids)), Icon: "replay", Cancel: "/" + query(kept), None: len(ids) == 0,
	}
	switch searched := len(kept) > 0; {
	case c.None && searched:
		c.Heading, c.Text = "No failed request fits this search", "Those that fit were taken, are still on their way, or have an outcome nobody knows."
	case c.None:
		c.Heading, c.Text = "Nothing has failed", "Every request was taken, is still on its way, or has an outcome nobody knows."
	case searched:
		c.Text = "Only those that fit the search. " + c.Text
	}
	if !c.None {
		c.Fields = []view.Pair{{Name: "nonce", Value: s.plans.put(ids)}}
	}
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(c))
}

// askChosen asks about the captures that were selected in the list.
func (s *Server) askChosen(w http.ResponseWriter, r *http.Request, refs []string, kept url.Values) error {
	ids, err := s.chosenIDs(r.Context(), s.stillThere(r.Context(), refs))
	if err != nil {
		return err
	}
	never := 0
	for _, id := range ids {
		c, err := s.cfg.Store.Capture(r.Context(), id)
		if err != nil {
			return err
		}
		if neverWhole(c) != "" {
			never++
		}
	}
	c := view.Confirm{
		Page: s.page(r, "Resend selected"), Heading: "Resend " + view.Counted(len(ids), "selected request") + "?",
		Text:   "Oldest first, one at a time, each to the app it was for. Your app may have seen them already.",
		Action: "/resend", Button: "Resend " + strconv.Itoa(len(ids)-never), Icon: "replay", Cancel: "/" + query(kept),
		Fields: []view.Pair{{Name: "nonce", Value: s.plans.put(ids)}}, None: never == len(ids),
	}
	switch {
	case c.None:
		c.Heading, c.Text = "Nothing here can be sent again", "What is selected never was a whole request."
	case never > 0:
		c.Text += " " + strconv.Itoa(never) + " of them can’t be sent again: not whole, or not understood as HTTP."
	}
	return render(r.Context(), w, http.StatusOK, view.ConfirmPage(c))
}

// formResend starts what the question page asked about and goes to its progress. A form that names captures with id=
// and has no nonce comes from the list: it gets the question.
func (s *Server) formResend(w http.ResponseWriter, r *http.Request) error {
	f, err := form(w, r)
	if err != nil {
		return err
	}
	if f.Get("nonce") == "" && len(f["id"]) > 0 {
		return s.askChosen(w, r, f["id"], filters(f))
	}
	j, known, err := s.plans.use(f.Get("nonce"), s.launch)
	if err != nil {
		return err
	}
	if !known { // a page from long ago
		http.Redirect(w, r, "/resend", http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, "/resends/"+j.id, http.StatusSeeOther)
	return nil
}

// resendPage is the progress of a resend: without script it is loaded anew every second or two, with it only its middle.
func (s *Server) resendPage(w http.ResponseWriter, r *http.Request) error {
	j, err := s.jobs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	v := s.progress(j)
	v.Page = s.page(r, v.Title)
	return render(r.Context(), w, http.StatusOK, view.ResendPage(v))
}

// resendProgress is its middle alone.
func (s *Server) resendProgress(w http.ResponseWriter, r *http.Request) error {
	j, err := s.jobs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.ResendProgress(s.progress(j)))
}

// formCancel stops a resend after its present delivery, which is not cut.
func (s *Server) formCancel(w http.ResponseWriter, r *http.Request) error {
	if _, err := form(w, r); err != nil {
		return err
	}
	j, err := s.jobs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	j.stop()
	http.Redirect(w, r, "/resends/"+j.id, http.StatusSeeOther)
	return nil
}

// shownSendings is how many of a resend's outcomes its page lists, the latest.
const shownSendings = 200

func (s *Server) progress(j *job) view.Resend {
	sent, state, err := j.seen()
	v := view.Resend{ID: j.id, All: len(j.ids), Done: len(sent), State: string(state), Running: state == underWay}
	for _, one := range sent {
		switch {
		case one.delivery == nil:
			v.Passed++
		case one.delivery.Accepted:
			v.Taken++
		default:
			v.Failed++
		}
	}
	v.Title, v.Said = resendSaid(v, err)
	for i := len(sent) - 1; i >= max(0, len(sent)-shownSendings); i-- {
		v.Sent = append(v.Sent, s.sendingView(sent[i]))
	}
	v.More = len(sent) - len(v.Sent)
	return v
}

// resendSaid is the heading of a resend and a sentence on it.
func resendSaid(v view.Resend, err error) (title, said string) {
	left := v.All - v.Done
	switch jobState(v.State) {
	case underWay:
		return "Resending " + strconv.Itoa(v.Done) + " of " + strconv.Itoa(v.All), "It goes on when this page is closed."
	case cancelled:
		return "Cancelled after " + strconv.Itoa(v.Done) + " of " + strconv.Itoa(v.All), view.Counted(left, "request") + " not sent."
	case stopped:
		return "Stopped after " + strconv.Itoa(v.Done) + " of " + strconv.Itoa(v.All), sentence(asFault(err).detail)
	}
	if v.Passed == v.All {
		return "Nothing was resent", ""
	}
	return "Resent " + view.Counted(v.All-v.Passed, "request"), ""
}

func (s *Server) sendingView(one sending) view.Sending {
	v := view.Sending{Short: short(one.id), Href: "/requests/" + one.id, Why: sentence(visible(one.why, false)), Answer: view.Answer{Class: "none", Text: "none"}}
	d := one.delivery
	if d == nil {
		return v
	}
	v.Href += "?" + url.Values{"tab": {"deliveries"}, "done": {d.ID}}.Encode() + "#delivery-" + d.ID
	v.To, v.Answer = cut(visible(s.mask.Target(d.Target), false), 200), answer(d, false)
	if d.Status != 0 {
		v.Took = took(d.Duration)
	}
	if !d.Accepted {
		v.Fail = sentence(why(d))
	}
	if d.Error == store.OutcomeUnknown {
		v.Fail = "Outcome unknown."
	}
	return v
}
