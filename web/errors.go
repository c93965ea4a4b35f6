package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// handler answers a request or says why it can't; fail is the only place that writes errors.
type handler func(w http.ResponseWriter, r *http.Request) error

// fault is an error with the status it is answered with and a sentence for the one who asked. err is for the log.
type fault struct {
	status int
	detail string
	err    error
}

func (f fault) Error() string {
	if f.err != nil {
		return "web: " + f.detail + ": " + f.err.Error()
	}
	return "web: " + f.detail
}

func (f fault) Unwrap() error { return f.err }

// known are the store's errors and what they mean to someone looking.
var known = []struct {
	err    error
	status int
	detail string
}{
	{store.ErrNotFound, http.StatusNotFound, "no such request; it may have been deleted"},
	{store.ErrAmbiguous, http.StatusConflict, "more than one request has an ID like this; write more of it"},
	{store.ErrFull, http.StatusInsufficientStorage, "the disk is full: nothing was written"},
	{store.ErrReadOnly, http.StatusServiceUnavailable, "the database can only be read"},
	{store.ErrLocked, http.StatusServiceUnavailable, "another process keeps the database busy; try again"},
	{store.ErrDamaged, http.StatusInternalServerError, "the database is damaged; devhook doctor says more"},
	{store.ErrClosed, http.StatusServiceUnavailable, "devhook is stopping"},
}

func asFault(err error) fault {
	var f fault
	if errors.As(err, &f) {
		return f
	}
	var other busy
	if errors.As(err, &other) {
		return fault{http.StatusConflict, "a resend is under way; wait until it is done", err}
	}
	var refused *Refusal
	if errors.As(err, &refused) {
		return fault{http.StatusUnprocessableEntity, refused.Reason, err}
	}
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fault{http.StatusRequestEntityTooLarge, "the request is too long", err}
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return fault{k.status, k.detail, err}
		}
	}
	return fault{http.StatusInternalServerError, "something went wrong; the log of devhook says what", err}
}

// fail writes an error: a problem document (RFC 9457) for programs, a page for people.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody waits for it
	}
	f := asFault(err)
	if f.status >= 500 {
		s.log.Error("web: request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	for _, h := range []string{"Content-Disposition", "Content-Length", "ETag"} {
		w.Header().Del(h)
	}
	if isAPI(r) {
		problem(w, f)
		return
	}
	p := view.Fault{
		Page: s.page(r, http.StatusText(f.status)), Status: f.status, Word: http.StatusText(f.status),
		Heading: heading(f.status), Text: sentence(f.detail),
	}
	if other := (busy{}); errors.As(err, &other) {
		p.Link, p.LinkText = "/resends/"+other.job.id, "Look at it"
	}
	if err := render(r.Context(), w, f.status, view.FaultPage(p)); err != nil {
		s.log.Error("web: error page", "err", err)
	}
}

func heading(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "Nothing is here"
	case status >= 500:
		return "That went wrong"
	}
	return "That can’t be done"
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

func problem(w http.ResponseWriter, f fault) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if f.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "about:blank", "title": http.StatusText(f.status), "status": f.status, "detail": f.detail,
	}) // the connection is gone if this fails: there is nobody left to tell
}
