package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"devhook/inspector/export"
	"devhook/store"
)

func (s *Server) apiList(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := limitOf(q, pageRows, maxRows)
	if err != nil {
		return err
	}
	f, err := filterOf(q, s.now(), limit+1)
	if err != nil {
		return err
	}
	list, err := s.cfg.Store.List(r.Context(), f)
	if err != nil {
		return err
	}
	out := struct {
		Requests []any   `json:"requests"`
		Next     *string `json:"next"`
	}{Requests: []any{}}
	if len(list) > limit {
		list = list[:limit]
		out.Next = &list[limit-1].ID
	}
	for _, c := range list {
		out.Requests = append(out.Requests, CaptureJSON(c, s.mask))
	}
	return reply(w, http.StatusOK, out)
}

// resolve finds the capture an address means: a full ID, or enough of one.
func (s *Server) resolve(r *http.Request) (*store.Capture, error) {
	id, err := s.cfg.Store.Resolve(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.Capture(r.Context(), id)
}

func (s *Server) apiCapture(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	full, err := CaptureFull(r.Context(), s.cfg.Store, c, s.mask, revealed(r))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, full)
}

func revealed(r *http.Request) bool {
	on, err := strconv.ParseBool(r.URL.Query().Get("reveal"))
	return err == nil && on
}

func (s *Server) apiDelete(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if err := s.cfg.Store.Delete(r.Context(), c.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) apiClear(w http.ResponseWriter, r *http.Request) error {
	n, err := s.cfg.Store.Clear(r.Context())
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]int{"deleted": n})
}

// attachment makes an answer a file: whatever the bytes are, no browser shows them.
func attachment(w http.ResponseWriter, name, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}

func (s *Server) apiBody(w http.ResponseWriter, r *http.Request) (err error) {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	body, err := s.cfg.Store.Body(r.Context(), c.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	attachment(w, c.ID+".body", "application/octet-stream")
	if r.Method == http.MethodHead {
		return nil
	}
	_, copied := io.Copy(w, body)
	if copied != nil && r.Context().Err() == nil {
		s.log.Error("web: body was not sent whole", "id", c.ID, "err", copied)
		panic(http.ErrAbortHandler) // cut the answer: it must not look whole
	}
	return nil
}

func (s *Server) apiHead(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	attachment(w, c.ID+".head", "application/octet-stream")
	_, _ = w.Write(c.Head)
	return nil
}

func (s *Server) apiReplay(w http.ResponseWriter, r *http.Request) error {
	e, print, err := readEdit(w, r)
	if err != nil {
		return err
	}
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 255 {
		return bad("the Idempotency-Key must be at most 255 characters")
	}
	if key != "" {
		key = "api " + key
	}
	d, err := s.replayOnce(r.Context(), c, key, print, e)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, DeliveryJSON(d, s.mask))
}

func (s *Server) apiPin(pinned bool) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := s.resolve(r)
		if err != nil {
			return err
		}
		if err := s.cfg.Store.SetPinned(r.Context(), c.ID, pinned); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// exportBytes is the longest body that is put into an export.
const exportBytes = 32 << 20

func (s *Server) apiExport(w http.ResponseWriter, r *http.Request) error {
	as := r.URL.Query().Get("as")
	if !slices.Contains([]string{"curl", "http", "har", "json"}, as) {
		return badParameter("as", "curl, http, har or json")
	}
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	mask := s.mask
	if revealed(r) {
		mask = nil
	}
	if as == "json" {
		full, err := CaptureFull(r.Context(), s.cfg.Store, c, mask, mask == nil)
		if err != nil {
			return err
		}
		attachment(w, c.ID+".json", "application/json")
		return reply(w, http.StatusOK, full)
	}
	body, more, err := readBody(r.Context(), s.cfg.Store, c.ID, exportBytes)
	if err != nil {
		return err
	}
	if more {
		return fault{status: http.StatusRequestEntityTooLarge, detail: "the body is over " + size(exportBytes) + "; save it by itself"}
	}
	if as == "har" {
		return s.exportHAR(w, r, c, body, mask)
	}
	return s.exportText(w, c, as, body, mask)
}

// exportHAR is the request with the latest answer to it.
func (s *Server) exportHAR(w http.ResponseWriter, r *http.Request, c *store.Capture, body []byte, m *export.Mask) error {
	e := export.Exchange{Capture: c, Body: body, Delivery: c.Last}
	if c.Last != nil {
		list, err := s.cfg.Store.Deliveries(r.Context(), c.ID)
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.ID == c.Last.ID {
				e.Delivery = d
			}
		}
		if e.Answer, _, err = readBody(r.Context(), s.cfg.Store, c.Last.ID, exportBytes); err != nil {
			return err
		}
	}
	out, err := export.HAR([]export.Exchange{e}, s.status().Version, m)
	if err != nil {
		return fault{http.StatusConflict, "a malformed request is no HAR; save it as http", err}
	}
	attachment(w, c.ID+".har", "application/json")
	_, _ = w.Write(out)
	return nil
}

func (s *Server) exportText(w http.ResponseWriter, c *store.Capture, as string, body []byte, m *export.Mask) error {
	if as == "http" {
		attachment(w, c.ID+".http", "application/octet-stream")
		_, _ = w.Write(export.Raw(c, body, m))
		return nil
	}
	line, err := export.Curl(c, body, m)
	if err != nil {
		return fault{http.StatusConflict, "a malformed request is no curl command; save it as http", err}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, line)
	return nil
}
