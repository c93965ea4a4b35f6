package web

import (
	"net/http"

	"devhook/store"
)

// resendObject is a resend as the API tells it.
type resendObject struct {
	ID         string          `json:"id"`
	State      jobState        `json:"state"` // "under way", "done", "cancelled" or "stopped"
	Total      int             `json:"total"`
	Sent       int             `json:"sent"`
	Deliveries []any           `json:"deliveries"`
	Skipped    []skippedObject `json:"skipped"`
	Error      *string         `json:"error"`
}

// skippedObject is a capture that was passed over.
type skippedObject struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

func (s *Server) resendJSON(j *job) resendObject {
	sent, state, err := j.seen()
	o := resendObject{ID: j.id, State: state, Total: len(j.ids), Sent: len(sent), Deliveries: []any{}, Skipped: []skippedObject{}}
	for _, one := range sent {
		if one.delivery == nil {
			o.Skipped = append(o.Skipped, skippedObject{one.id, uncapital(one.why)})
		} else {
			o.Deliveries = append(o.Deliveries, DeliveryJSON(one.delivery, s.mask))
		}
	}
	if err != nil {
		o.Error = orNull(asFault(err).detail)
	}
	return o
}

// apiResend sends what failed, or {"ids":[…]}, oldest first, and answers when all are sent. Whoever asked may leave: then
// it stops after the present delivery. The page can look at it and cancel it too.
func (s *Server) apiResend(w http.ResponseWriter, r *http.Request) error {
	var o struct {
		Failed         bool     `json:"failed"`
		Since          string   `json:"since"`
		Provider       string   `json:"provider"`
		IncludeUnknown bool     `json:"include_unknown"`
		IDs            []string `json:"ids"`
	}
	if _, err := readJSON(w, r, 1<<20, &o); err != nil {
		return err
	}
	var ids []string
	var err error
	switch {
	case o.Failed == (len(o.IDs) > 0):
		return bad(`say what to resend: {"failed":true} or {"ids":["…"]}`)
	case o.Failed:
		f := store.Filter{Provider: o.Provider, IncludeUnknown: o.IncludeUnknown}
		if f.Since, err = since(o.Since, s.now()); err == nil {
			ids, err = s.failedIDs(r.Context(), f)
		}
	default:
		ids, err = s.chosenIDs(r.Context(), o.IDs)
	}
	if err != nil {
		return err
	}
	j, err := s.jobs.start(r.Context(), ids, s.now())
	if err != nil {
		return err
	}
	if err := s.run(j); err != nil && j.now() != cancelled {
		return err
	}
	return reply(w, http.StatusOK, s.resendJSON(j))
}

// apiResendState is a resend as it stands.
func (s *Server) apiResendState(w http.ResponseWriter, r *http.Request) error {
	j, err := s.jobs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, s.resendJSON(j))
}

// apiResendCancel stops a resend after its present delivery and answers when it has.
func (s *Server) apiResendCancel(w http.ResponseWriter, r *http.Request) error {
	j, err := s.jobs.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	j.stop()
	select {
	case <-j.finish:
		return reply(w, http.StatusOK, s.resendJSON(j))
	case <-r.Context().Done():
		return r.Context().Err()
	}
}
