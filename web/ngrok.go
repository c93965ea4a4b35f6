package web

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"devhook/inspector/export"
	"devhook/store"
)

// This is ngrok's agent API (https://ngrok.com/docs/agent/api) in its own shapes, so that scripts and libraries that look
// for an ngrok on this port go on working. Each capture is a captured request with the answer to its latest delivery; a
// replay is one more delivery of it and no entry of its own. Tunnels are not started or stopped here.
//
// ngrok shows everything it has. Here credentials are masked, in "headers" as in "raw", as they are anywhere else;
// ?reveal=1 shows them, and a replay sends the real ones.

// ngrokName is what ngrok calls the tunnel that was started by its command line: the one there is, unless a file names
// several.
const ngrokName = "command_line"

// ngrokListed is how much of a body is put into "raw" in a list, in bytes; one request by itself has jsonBody of it.
// ngrok cuts long bodies too.
const ngrokListed = 16 << 10

type ngrokCapture struct {
	URI        string         `json:"uri"`
	ID         string         `json:"id"`
	TunnelName string         `json:"tunnel_name"`
	RemoteAddr string         `json:"remote_addr"` // without the port
	Start      string         `json:"start"`
	Duration   time.Duration  `json:"duration"` // nanoseconds, 0 without an answer
	Request    ngrokRequest   `json:"request"`
	Response   *ngrokResponse `json:"response"` // null without an answer
}

type ngrokRequest struct {
	Method  string              `json:"method"`
	Proto   string              `json:"proto"`
	Headers map[string][]string `json:"headers"` // names as Go writes them: Content-Type
	URI     string              `json:"uri"`
	Raw     []byte              `json:"raw"` // head and body; of a chunked one the chunks' content
}

type ngrokResponse struct {
	Status     string              `json:"status"` // "404 Not Found"
	StatusCode int                 `json:"status_code"`
	Proto      string              `json:"proto"`
	Headers    map[string][]string `json:"headers"`
	Raw        []byte              `json:"raw"`
}

// isNgrok says that an address is one of ngrok's, whose clients read other errors than ours.
func isNgrok(path string) bool {
	return slices.ContainsFunc([]string{"/api/tunnels", "/api/endpoints", "/api/requests/http"}, func(base string) bool {
		rest, ok := strings.CutPrefix(path, base)
		return ok && (rest == "" || rest[0] == '/')
	})
}

// failNgrok is fail in ngrok's shape.
func (s *Server) failNgrok(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody waits for it
	}
	f := asFault(err)
	if f.status >= 500 {
		s.log.Error("web: request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	_ = reply(w, f.status, map[string]any{
		"status_code": f.status, "msg": f.detail, "details": map[string]string{"path": r.URL.Path},
	}) // numbers and text are always encoded
}

// ngrokRequests lists captures, newest first.
func (s *Server) ngrokRequests(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := limitOf(q, pageRows, maxRows)
	if err != nil {
		return err
	}
	out := struct {
		URI      string         `json:"uri"`
		Requests []ngrokCapture `json:"requests"`
	}{"/api/requests/http", []ngrokCapture{}}
	name := q.Get("tunnel_name")
	if name != "" && !s.hasTunnel(name) {
		return reply(w, http.StatusOK, out)
	}
	list, err := s.cfg.Store.List(r.Context(), store.Filter{Limit: limit})
	if err != nil {
		return err
	}
	for _, c := range list {
		one, err := s.ngrokCapture(r, c.ID, ngrokListed)
		if errors.Is(err, store.ErrNotFound) {
			continue // gone since it was listed
		}
		if err != nil {
			return err
		}
		if name == "" || one.TunnelName == name {
			out.Requests = append(out.Requests, one)
		}
	}
	return reply(w, http.StatusOK, out)
}

func (s *Server) ngrokRequest(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	one, err := s.ngrokCapture(r, c.ID, jsonBody)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, one)
}

// ngrokCapture is one capture in ngrok's shape, with at most limit bytes of each body.
func (s *Server) ngrokCapture(r *http.Request, id string, limit int64) (ngrokCapture, error) {
	c, err := s.cfg.Store.Capture(r.Context(), id)
	if err != nil {
		return ngrokCapture{}, err
	}
	m := s.mask
	if revealed(r) {
		m = nil
	}
	o := ngrokCapture{
		URI: "/api/requests/http/" + c.ID, ID: c.ID, TunnelName: s.tunnelOf(c), RemoteAddr: withoutPort(c.RemoteAddr), Start: stamp(c.ReceivedAt),
		Request: ngrokRequest{Method: c.Method, Proto: c.Proto, Headers: ngrokHeaders(c.Head, m), URI: m.Target(c.Target)},
	}
	if o.Request.Raw, err = s.rawMessage(r.Context(), c.Head, c.ID, limit, m); err != nil || c.Last == nil || c.Last.Status == 0 {
		return o, err
	}
	d, err := s.cfg.Store.Delivery(r.Context(), c.Last.ID)
	if err != nil {
		return ngrokCapture{}, err
	}
	o.Duration = d.Duration
	o.Response = &ngrokResponse{StatusCode: d.Status, Headers: ngrokHeaders(d.Head, m)}
	o.Response.Proto, o.Response.Status = statusLine(d.Head)
	o.Response.Raw, err = s.rawMessage(r.Context(), d.Head, d.ID, limit, m)
	return o, err
}

// rawMessage is a head with the body that owner has.
func (s *Server) rawMessage(ctx context.Context, head []byte, owner string, limit int64, m *export.Mask) ([]byte, error) {
	body, _, err := readBody(ctx, s.cfg.Store, owner, limit)
	return slices.Concat(m.Head(head), m.Body(contentType(head), body)), err
}

func ngrokHeaders(head []byte, m *export.Mask) map[string][]string {
	all := http.Header{}
	for _, f := range fieldsOf(head) {
		all.Add(f.Name, m.Header(f.Name, f.Value))
	}
	return all
}

// statusLine is an answer's first line: "HTTP/1.1" and "404 Not Found".
func statusLine(head []byte) (proto, status string) {
	line, _, _ := strings.Cut(string(head), "\n")
	proto, status, _ = strings.Cut(strings.TrimSpace(line), " ")
	return proto, strings.TrimSpace(status)
}

func withoutPort(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

// ngrokReplay sends a capture once more and waits for the outcome, which is no error even if the app is down. Names that
// it doesn't know are let pass: clients have their own spellings of tunnel_name.
func (s *Server) ngrokReplay(w http.ResponseWriter, r *http.Request) error {
	raw, err := readAll(w, r, 64<<10)
	if err != nil {
		return err
	}
	if mediaType(r.Header.Get("Content-Type")) != "application/json" {
		return fault{status: http.StatusUnsupportedMediaType, detail: "the request must be application/json"}
	}
	var o struct {
		ID         string `json:"id"`
		TunnelName string `json:"tunnel_name"`
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return fault{http.StatusBadRequest, "the JSON can't be used: " + jsonFault(err), err}
	}
	switch {
	case o.ID == "":
		return bad(`say what to replay: {"id":"…"}`)
	case o.TunnelName != "" && !s.hasTunnel(o.TunnelName):
		return errNoTunnel
	}
	r.SetPathValue("id", o.ID)
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	if _, err := s.replayOnce(r.Context(), c, "", "", Edit{}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// ngrokClear forgets all captures but the pinned ones.
func (s *Server) ngrokClear(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.cfg.Store.Clear(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
