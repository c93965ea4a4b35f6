package hookstest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

type telerivetHook struct {
	ID      string   `json:"id"`
	URL     string   `json:"url"`
	Secret  string   `json:"secret"`
	Events  []string `json:"events"`
	Project string   `json:"project_id"`
}

type telerivetConfig struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

type telerivetService struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"service_type"`
	Active  bool   `json:"active"`
	Project string `json:"project_id"`
	Filter  string `json:"contact_number_filter"`
	config  telerivetConfig
}

type telerivet struct {
	mu       sync.Mutex
	key      string
	page     int // entries on one page of a list
	next     int
	projects []string
	hooks    []*telerivetHook
	services []*telerivetService
}

// Telerivet is Telerivet's REST API below /v1 for one API key and some projects. page is how many entries one page of a
// list has at most. That webhooks are made by POST to, and listed by GET of, the collection is by analogy with services:
// the reference has only path, fields and deletion of one.
func Telerivet(key string, page int, projects ...string) *Fake {
	t := &telerivet{key: key, page: page, next: 1, projects: projects}
	f := newFake()
	f.targets = t.targets
	for pattern, next := range map[string]http.HandlerFunc{
		"GET /v1/projects":                                 t.listProjects,
		"GET /v1/projects/{project}/webhooks":              t.listHooks,
		"POST /v1/projects/{project}/webhooks":             t.addHook,
		"GET /v1/projects/{project}/webhooks/{id}":         t.withHook(func(*http.Request, *telerivetHook) string { return "" }),
		"POST /v1/projects/{project}/webhooks/{id}":        t.withHook(changeHook),
		"DELETE /v1/projects/{project}/webhooks/{id}":      t.removeHook,
		"GET /v1/projects/{project}/services":              t.listServices,
		"POST /v1/projects/{project}/services":             t.addService,
		"GET /v1/projects/{project}/services/{id}":         t.withService(t.showService),
		"GET /v1/projects/{project}/services/{id}/config":  t.withService(t.showConfig),
		"POST /v1/projects/{project}/services/{id}/config": t.withService(t.changeConfig),
		"DELETE /v1/projects/{project}/services/{id}":      t.withService(t.removeService),
	} {
		f.mux.HandleFunc(pattern, t.guard(next))
	}
	return f
}

func telerivetRefuses(w http.ResponseWriter, status int, code, why, param string) {
	told := map[string]string{"code": code, "message": why}
	if param != "" {
		told["param"] = param
	}
	answer(w, status, map[string]any{"error": told})
}

func (t *telerivet) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != t.key || password != "" {
			telerivetRefuses(w, http.StatusUnauthorized, "unauthorized", "Invalid API key.", "")
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if p := r.PathValue("project"); p != "" && !slices.Contains(t.projects, p) {
			telerivetRefuses(w, http.StatusNotFound, "not_found", "Project not found.", "")
			return
		}
		next(w, r)
	}
}

// cursor answers with one page of a list.
func cursor[T any](t *telerivet, w http.ResponseWriter, r *http.Request, all []T) {
	query := r.URL.Query()
	size, err := strconv.Atoi(query.Get("page_size"))
	wrong := parameters(query, nil, []string{"page_size", "marker", "offset", "sort", "sort_dir", "name", "service_type"})
	if query.Has("page_size") && (err != nil || size < 1 || size > 500) {
		wrong = "page_size is 1 to 500"
	}
	if wrong != "" {
		telerivetRefuses(w, http.StatusBadRequest, "invalid_param", wrong, "")
		return
	}
	from, _ := strconv.Atoi(query.Get("marker")) // a number, as we gave it
	to := min(len(all), from+t.page)
	told := map[string]any{"data": append([]T{}, all[min(from, len(all)):to]...), "truncated": to < len(all), "next_marker": nil}
	if to < len(all) {
		told["next_marker"] = strconv.Itoa(to)
	}
	answer(w, http.StatusOK, told)
}

func (t *telerivet) listProjects(w http.ResponseWriter, r *http.Request) {
	all := []map[string]string{}
	for _, p := range t.projects {
		all = append(all, map[string]string{"id": p, "name": "Project " + p})
	}
	cursor(t, w, r, all)
}

func (t *telerivet) listHooks(w http.ResponseWriter, r *http.Request) {
	all := []*telerivetHook{}
	for _, h := range t.hooks {
		if h.Project == r.PathValue("project") {
			all = append(all, h)
		}
	}
	cursor(t, w, r, all)
}

type telerivetWish struct {
	URL    *string  `json:"url"`
	Secret *string  `json:"secret"`
	Events []string `json:"events"`
}

// put changes a webhook, or names the parameter that is wrong.
func (wish telerivetWish) put(h *telerivetHook) (param string) {
	known := []string{"send_status", "send_broadcast", "contact_update", "message_metadata"}
	for _, e := range wish.Events {
		if !slices.Contains(known, e) {
			return "events"
		}
	}
	if wish.URL != nil && !address(*wish.URL) {
		return "url"
	}
	if wish.URL != nil {
		h.URL = *wish.URL
	}
	if wish.Secret != nil {
		h.Secret = *wish.Secret
	}
	if wish.Events != nil {
		h.Events = wish.Events
	}
	return ""
}

func (t *telerivet) addHook(w http.ResponseWriter, r *http.Request) {
	var wish telerivetWish
	if wrong := object(r, &wish); wrong != "" {
		telerivetRefuses(w, http.StatusBadRequest, "invalid_param", wrong, "")
		return
	}
	h := &telerivetHook{ID: fmt.Sprintf("WH%04d", t.next), Project: r.PathValue("project")}
	param := wish.put(h)
	if param == "" && h.URL == "" {
		param = "url"
	}
	if param == "" && len(h.Events) == 0 {
		param = "events"
	}
	if param != "" {
		telerivetRefuses(w, http.StatusBadRequest, "invalid_param", "Invalid value.", param)
		return
	}
	t.next++
	t.hooks = append(t.hooks, h)
	answer(w, http.StatusOK, h)
}

func changeHook(r *http.Request, h *telerivetHook) (param string) {
	var wish telerivetWish
	if object(r, &wish) != "" {
		return "body"
	}
	return wish.put(h)
}

func (t *telerivet) hook(r *http.Request) int {
	return slices.IndexFunc(t.hooks, func(h *telerivetHook) bool {
		return h.ID == r.PathValue("id") && h.Project == r.PathValue("project")
	})
}

func (t *telerivet) withHook(change func(*http.Request, *telerivetHook) (param string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := t.hook(r)
		if i < 0 {
			telerivetRefuses(w, http.StatusNotFound, "not_found", "Webhook not found.", "")
			return
		}
		if param := change(r, t.hooks[i]); param != "" {
			telerivetRefuses(w, http.StatusBadRequest, "invalid_param", "Invalid value.", param)
			return
		}
		answer(w, http.StatusOK, t.hooks[i])
	}
}

func (t *telerivet) removeHook(w http.ResponseWriter, r *http.Request) {
	i := t.hook(r)
	if i < 0 {
		telerivetRefuses(w, http.StatusNotFound, "not_found", "Webhook not found.", "")
		return
	}
	t.hooks = slices.Delete(t.hooks, i, i+1)
	answer(w, http.StatusOK, map[string]any{})
}

func (t *telerivet) targets() (all []Target) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.services {
		if s.Active {
			all = append(all, Target{URL: s.config.URL, Events: []string{"incoming_message"}, Method: "POST", Secret: s.config.Secret})
		}
	}
	for _, h := range t.hooks {
		all = append(all, Target{URL: h.URL, Events: h.Events, Method: "POST", Secret: h.Secret})
	}
	return all
}
