package hookstest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

const zipwhipSession = "3d0f1dde-aaff-4ce8-b61a-af212a860abc:299538202"

type zipwhipHook struct {
	ID     int    `json:"webhookId"`
	Type   string `json:"type"`
	Event  string `json:"event"`
	URL    string `json:"url"`
	Method string `json:"method"`
}

type zipwhip struct {
	mu              sync.Mutex
	phone, password string
	next            int
	hooks           []zipwhipHook
}

// Zipwhip is Zipwhip's API for one number. How a refusal looks is in no document: success false with a text in desc is
// made up. That webhookId is needed in an update is the guide's table; its example leaves it out.
func Zipwhip(phone, password string) *Fake {
	z := &zipwhip{phone: phone, password: password, next: 687557714}
	f := newFake()
	f.targets = z.targets
	f.mux.HandleFunc("POST /user/login", z.login)
	f.mux.HandleFunc("GET /webhook/list", z.list)
	f.mux.HandleFunc("POST /webhook/add", z.with(z.add, []string{"session", "type", "event", "url"}, []string{"method"}))
	f.mux.HandleFunc("POST /webhook/update", z.with(z.update, []string{"session", "webhookId"}, []string{"url", "method"}))
	f.mux.HandleFunc("POST /webhook/delete", z.with(z.remove, []string{"session", "webhookId"}, nil))
	return f
}

func zipwhipRefuses(w http.ResponseWriter, why string) {
	answer(w, http.StatusOK, map[string]any{"success": false, "desc": why, "response": nil})
}

func zipwhipDid(w http.ResponseWriter, hooks ...zipwhipHook) {
	if hooks == nil {
		hooks = []zipwhipHook{}
	}
	answer(w, http.StatusOK, map[string]any{"success": true, "response": hooks})
}

func (z *zipwhip) login(w http.ResponseWriter, r *http.Request) {
	values, wrong := form(r, []string{"username", "password"}, nil)
	switch {
	case wrong != "":
		zipwhipRefuses(w, wrong)
	case values.Get("username") != z.phone || values.Get("password") != z.password:
		zipwhipRefuses(w, "invalid username or password")
	default:
		answer(w, http.StatusOK, map[string]any{"success": true, "response": zipwhipSession})
	}
}

// with reads a form and checks its session.
func (z *zipwhip) with(next func(http.ResponseWriter, url.Values), required, optional []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		values, wrong := form(r, required, optional)
		z.mu.Lock()
		defer z.mu.Unlock()
		switch {
		case wrong != "":
			zipwhipRefuses(w, wrong)
		case values.Get("session") != zipwhipSession:
			zipwhipRefuses(w, "invalid session")
		case values.Has("method") && !slices.Contains([]string{"POST", "PUT", "GET"}, values.Get("method")):
			zipwhipRefuses(w, "invalid method")
		case values.Has("url") && !address(values.Get("url")):
			zipwhipRefuses(w, "invalid url")
		default:
			next(w, values)
		}
	}
}

func (z *zipwhip) list(w http.ResponseWriter, r *http.Request) {
	z.mu.Lock()
	defer z.mu.Unlock()
	switch wrong := parameters(r.URL.Query(), []string{"session"}, nil); {
	case wrong != "":
		zipwhipRefuses(w, wrong)
	case r.URL.Query().Get("session") != zipwhipSession:
		zipwhipRefuses(w, "invalid session")
	default:
		zipwhipDid(w, z.hooks...)
	}
}

func (z *zipwhip) add(w http.ResponseWriter, values url.Values) {
	kind, event := values.Get("type"), values.Get("event")
	known := kind == "message" && slices.Contains([]string{"receive", "send", "progress", "read", "delete"}, event) ||
		kind == "optout" && event == "change"
	if !known {
		zipwhipRefuses(w, "invalid type or event")
		return
	}
	h := zipwhipHook{z.next, kind, event, values.Get("url"), values.Get("method")}
	if h.Method == "" {
		h.Method = "POST"
	}
	z.next++
	z.hooks = append(z.hooks, h)
	zipwhipDid(w, h)
}

func (z *zipwhip) find(values url.Values) int {
	return slices.IndexFunc(z.hooks, func(h zipwhipHook) bool { return strconv.Itoa(h.ID) == values.Get("webhookId") })
}

func (z *zipwhip) update(w http.ResponseWriter, values url.Values) {
	i := z.find(values)
	if i < 0 {
		zipwhipRefuses(w, "no such webhook")
		return
	}
	if values.Has("url") {
		z.hooks[i].URL = values.Get("url")
	}
	if values.Has("method") {
		z.hooks[i].Method = values.Get("method")
	}
	zipwhipDid(w, z.hooks[i])
}

func (z *zipwhip) remove(w http.ResponseWriter, values url.Values) {
	i := z.find(values)
	if i < 0 {
		zipwhipRefuses(w, "no such webhook")
		return
	}
	z.hooks = slices.Delete(z.hooks, i, i+1)
	zipwhipDid(w)
}

func (z *zipwhip) targets() (all []Target) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, h := range z.hooks {
		event := h.Event
		if h.Type == "optout" {
			event = h.Type
		}
		all = append(all, Target{URL: h.URL, Events: []string{event}, Method: h.Method})
	}
	return all
}
