package hookstest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

type sevenHook struct {
	ID      string  `json:"id"`
	URL     string  `json:"target_url"`
	Headers string  `json:"headers"`
	Event   string  `json:"event_type"`
	Filter  *string `json:"event_filter"`
	Method  string  `json:"request_method"`
	Enabled bool    `json:"enabled"`
	Created string  `json:"created"`
}

type seven struct {
	mu    sync.Mutex
	key   string
	next  int
	hooks []sevenHook
}

// Seven is seven.io's API at /hooks for one key. The document tells no refusal; the shape of one is that of a success,
// with success false and a message, and a wrong key is answered with the bare code that seven.io's PHP client knows. The
// document has forms; JSON is taken as well, since seven.io's own client for Node.js (5.6.0) sends it.
func Seven(key string) *Fake {
	s := &seven{key: key, next: 12345}
	f := newFake()
	f.mux.HandleFunc("GET /hooks", s.guard(s.list))
	f.mux.HandleFunc("POST /hooks", s.guard(s.add))
	f.mux.HandleFunc("DELETE /hooks", s.guard(s.remove))
	f.targets = s.targets
	return f
}

func (s *seven) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != s.key {
			answer(w, http.StatusUnauthorized, 900)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		next(w, r)
	}
}

type sevenAnswer struct {
	Success bool    `json:"success"`
	Code    *int    `json:"code"`
	ID      *int    `json:"id"`
	Message *string `json:"error_message"`
}

func sevenRefuses(w http.ResponseWriter, why string) {
	answer(w, http.StatusOK, sevenAnswer{Message: &why})
}

func sevenDid(w http.ResponseWriter, id int) {
	answer(w, http.StatusOK, sevenAnswer{Success: true, ID: &id})
}

func (s *seven) list(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery != "" {
		sevenRefuses(w, "unknown parameters")
		return
	}
	hooks := s.hooks
	if hooks == nil {
		hooks = []sevenHook{}
	}
	answer(w, http.StatusOK, map[string]any{"success": true, "code": nil, "hooks": hooks})
}

func (s *seven) add(w http.ResponseWriter, r *http.Request) {
	values, wrong := sevenValues(r, []string{"target_url", "event_type"}, []string{"headers", "event_filter", "request_method"})
	if wrong == "" {
		wrong = sevenFault(values)
	}
	if wrong != "" {
		sevenRefuses(w, wrong)
		return
	}
	h := sevenHook{
		ID: strconv.Itoa(s.next), URL: values.Get("target_url"), Event: values.Get("event_type"), Headers: values.Get("headers"),
		Method: values.Get("request_method"), Enabled: true, Created: "2026-11-21 22:10:03",
	}
	if h.Method == "" {
		h.Method = "POST"
	}
	if filter := values.Get("event_filter"); filter != "" {
		h.Filter = &filter
	}
	s.hooks = append(s.hooks, h)
	s.next++
	sevenDid(w, s.next-1)
}

// sevenValues reads a form, or JSON of texts and numbers.
func sevenValues(r *http.Request, required, optional []string) (url.Values, string) {
	if r.Header.Get("Content-Type") != "application/json" {
		return form(r, required, optional)
	}
	var members map[string]any
	if wrong := object(r, &members); wrong != "" {
		return nil, wrong
	}
	values := url.Values{}
	for name, v := range members {
		values.Set(name, fmt.Sprint(v))
	}
	return values, parameters(values, required, optional)
}

func sevenFault(values url.Values) string {
	events := []string{"all", "rcs", "sms_mo", "dlr", "voice_call", "voice_status", "voice_dtmf", "tracking"}
	switch {
	case !address(values.Get("target_url")):
		return "target_url is no valid URL"
	case !slices.Contains(events, values.Get("event_type")):
		return "event_type is invalid"
	case !slices.Contains([]string{"", "POST", "GET", "JSON"}, values.Get("request_method")):
		return "request_method is invalid"
	}
	return ""
}

// remove takes an id, or the same three parameters that the webhook was made with.
func (s *seven) remove(w http.ResponseWriter, r *http.Request) {
	values, wrong := sevenValues(r, nil, []string{"id", "target_url", "event_type", "request_method"})
	if wrong == "" && !values.Has("id") {
		wrong = parameters(values, []string{"target_url", "event_type", "request_method"}, nil)
	}
	if wrong == "" && values.Has("id") {
		wrong = parameters(values, []string{"id"}, nil)
	}
	if wrong != "" {
		sevenRefuses(w, wrong)
		return
	}
	i := slices.IndexFunc(s.hooks, func(h sevenHook) bool {
		if id := values.Get("id"); id != "" {
			return h.ID == id
		}
		return h.URL == values.Get("target_url") && h.Event == values.Get("event_type") && h.Method == values.Get("request_method")
	})
	if i < 0 {
		sevenRefuses(w, "the webhook does not exist")
		return
	}
	id, _ := strconv.Atoi(s.hooks[i].ID) // it was made of a number
	s.hooks = slices.Delete(s.hooks, i, i+1)
	sevenDid(w, id)
}

func (s *seven) targets() (all []Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hooks {
		t := Target{URL: h.URL, Events: []string{h.Event}, Method: h.Method, Headers: h.Headers}
		if h.Event == "all" {
			t.Events = nil
		}
		all = append(all, t)
	}
	return all
}
