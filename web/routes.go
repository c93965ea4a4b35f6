package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is one thing the room can be asked. Paths with {id} and a last word, as /api/requests/{id}/body, are mounted
// under {id}/{part}: ServeMux would refuse them beside /api/requests/http/{id}.
type route struct {
	method, path string
	serve        handler
}

// forgets says that a route deletes captures: of what is no more, the store has nothing to tell.
func (rt route) forgets() bool {
	last := rt.path[strings.LastIndexByte(rt.path, '/')+1:]
	return rt.method == http.MethodDelete && last != "pin" && strings.HasPrefix(rt.path, "/api/requests") || rt.method == http.MethodPost && (last == "delete" || last == "clear")
}

// routes are all of them. Whatever isn't GET changes something and is guarded as such; a GET never does.
func (s *Server) routes() []route {
	return append(s.queueRoutes(), []route{
		{"GET", "/{$}", s.home},
		{"GET", "/rows", s.rows},
		{"GET", "/complete", s.complete},
		{"GET", "/tunnel", s.tunnel},
		{"GET", "/diff", s.diff},
		{"GET", "/requests/{id}", s.request},
		{"GET", "/requests/{id}/value", s.value},
		{"GET", "/requests/{id}/image", s.image},
		{"POST", "/requests/{id}/replay", s.formReplay},
		{"GET", "/requests/{id}/edit", s.askEdit},
		{"POST", "/requests/{id}/edit", s.formEdit},
		{"POST", "/requests/{id}/pin", s.formPin},
		{"POST", "/requests/{id}/note", s.formNote},
		{"GET", "/requests/{id}/delete", s.askDelete},
		{"POST", "/requests/{id}/delete", s.formDelete},
		{"POST", "/delete", s.formDeleteChosen},
		{"GET", "/resend", s.askResend},
		{"POST", "/resend", s.formResend},
		{"GET", "/resends/{id}", s.resendPage},
		{"GET", "/resends/{id}/progress", s.resendProgress},
		{"POST", "/resends/{id}/cancel", s.formCancel},
		{"GET", "/clear", s.askClear},
		{"POST", "/clear", s.formClear},
		{"GET", "/status", s.statusPage},
		{"GET", "/static/{file}", s.static},

		{"GET", "/api/requests", s.apiList},
		{"DELETE", "/api/requests", s.apiClear},
		{"GET", "/api/requests/{id}", s.apiCapture},
		{"DELETE", "/api/requests/{id}", s.apiDelete},
		{"GET", "/api/requests/{id}/body", s.apiBody},
		{"GET", "/api/requests/{id}/head", s.apiHead},
		{"GET", "/api/requests/{id}/export", s.apiExport},
		{"POST", "/api/requests/{id}/replay", s.apiReplay},
		{"PUT", "/api/requests/{id}/pin", s.apiPin(true)},
		{"DELETE", "/api/requests/{id}/pin", s.apiPin(false)},
		{"PUT", "/api/requests/{id}/note", s.apiNote},
		{"POST", "/api/resend", s.apiResend},
		{"GET", "/api/resends/{id}", s.apiResendState},
		{"DELETE", "/api/resends/{id}", s.apiResendCancel},
		{"GET", "/api/status", s.apiStatus},
		{"GET", "/api/events", s.events},
		{"GET", "/api/openapi.json", s.apiDocument},

		{"GET", "/api/tunnels", s.ngrokTunnelList},
		{"GET", "/api/tunnels/{name}", s.ngrokTunnel},
		{"GET", "/api/endpoints", s.ngrokEndpointList},
		{"GET", "/api/endpoints/{name}", s.ngrokEndpoint},
		{"GET", "/api/requests/http", s.ngrokRequests},
		{"POST", "/api/requests/http", s.ngrokReplay},
		{"DELETE", "/api/requests/http", s.ngrokClear},
		{"GET", "/api/requests/http/{id}", s.ngrokRequest},
	}...)
}

// queueRoutes are those about what waits for its app.
func (s *Server) queueRoutes() []route {
	return []route{
		{"GET", "/queue", s.queuePage},
		{"POST", "/queue/pause", s.formQueue(s.pauseAt)},
		{"POST", "/queue/resume", s.formQueue(s.resumeAt)},
		{"POST", "/queue/deliver", s.formQueue(s.hurryAt)},
		{"GET", "/queue/cancel", s.askQueueCancel},
		{"POST", "/queue/cancel", s.formQueueCancel},
		{"GET", "/api/queue", s.apiQueue},
		{"POST", "/api/queue/pause", s.apiQueueDo("paused", s.pauseAt)},
		{"POST", "/api/queue/resume", s.apiQueueDo("resumed", s.resumeAt)},
		{"POST", "/api/queue/deliver", s.apiQueueDo("tried", s.hurryAt)},
		{"POST", "/api/queue/cancel", s.apiQueueCancel},
	}
}

// mount puts the routes on a mux. What is on none is a 404, or a 405 that says what is allowed.
func (s *Server) mount() http.Handler {
	mux := http.NewServeMux()
	parts := map[string]map[string]handler{} // by pattern with {part}, then by part
	for _, rt := range s.routes() {
		if rt.forgets() {
			rt.serve = s.telling(rt.serve)
		}
		base, part, found := strings.Cut(rt.path, "/{id}/")
		if !found {
			mux.Handle(rt.method+" "+rt.path, s.handle(rt.serve))
			continue
		}
		pattern := rt.method + " " + base + "/{id}/{part}"
		if parts[pattern] == nil {
			parts[pattern] = map[string]handler{}
			mux.Handle(pattern, s.handle(s.dispatch(parts[pattern])))
		}
		parts[pattern][part] = rt.serve
	}
	mux.Handle("/", s.handle(s.lost))
	return mux
}

func (s *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A part of the query that can't be read would be left out unsaid, and a list without its filter shown.
		_, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			err = fault{http.StatusBadRequest, "the query of this address can't be read", err}
		} else {
			err = h(w, r)
		}
		switch {
		case err == nil:
		case isNgrok(r.URL.Path):
			s.failNgrok(w, r, err)
		default:
			s.fail(w, r, err)
		}
	})
}

func (s *Server) dispatch(parts map[string]handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h, ok := parts[r.PathValue("part")]; ok {
			return h(w, r)
		}
		return s.lost(w, r)
	}
}

// lost answers what is on no route.
func (s *Server) lost(w http.ResponseWriter, r *http.Request) error {
	allowed := s.allow(r.URL.Path)
	if len(allowed) == 0 {
		return fault{status: http.StatusNotFound, detail: "there is nothing at this address"}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return fault{status: http.StatusMethodNotAllowed, detail: "this address takes " + strings.Join(allowed, ", ")}
}

// allow are the methods that a path takes.
func (s *Server) allow(path string) []string {
	var out []string
	for _, rt := range s.routes() {
		if !matches(rt.path, path) {
			continue
		}
		out = append(out, rt.method)
		if rt.method == http.MethodGet {
			out = append(out, http.MethodHead)
		}
	}
	slices.Sort(out)
	return slices.Compact(out) // /api/requests/http is ngrok's and looks like one of /api/requests/{id}
}

func matches(pattern, path string) bool {
	want, got := strings.Split(strings.TrimSuffix(pattern, "{$}"), "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		if w != got[i] && (!strings.HasPrefix(w, "{") || got[i] == "") {
			return false
		}
	}
	return true
}
