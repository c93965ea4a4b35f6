package inspector

import (
	"net/url"
	"path"
	"strings"

	"devhook/inspector/provider"
)

// Route says which sender calls a path, with which secrets.
type Route struct {
	Path          string // prefix, matched at segment borders; "" and "/" match every path
	Provider      *provider.Provider
	Secrets       []provider.Secret
	RejectInvalid bool // as Config.RejectInvalid, for this route
}

// matches reports whether a path lies under the route's, which has no slash at its end any more.
func (r *Route) matches(path string) bool {
	rest, ok := strings.CutPrefix(path, r.Path)
	return ok && (rest == "" || rest[0] == '/' || r.Path == "")
}

// routedPath is the path of a target as an app may well read it: without the host of an absolute one, without escapes
// and detours. A request must not get past a route's check by another spelling.
func routedPath(target string) string {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		_, target, _ = strings.Cut(rest, "/")
	}
	if end := strings.IndexAny(target, "?#"); end >= 0 {
		target = target[:end]
	}
	if plain, err := url.PathUnescape(target); err == nil {
		target = plain
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return path.Clean(target)
}

// pick chooses the route and the provider: the longest path that matches; among equal ones the provider that knows
// the request as its own. Without a route a provider may still recognise it.
func (i *Inspector) pick(q *provider.Request) (*Route, *provider.Provider) {
	path := routedPath(q.Target)
	var first *Route
	all := *i.routes.Load()
	for n := range all {
		r := &all[n]
		if !r.matches(path) {
			continue
		}
		if first != nil && len(r.Path) < len(first.Path) {
			break
		}
		if first == nil {
			first = r
		}
		if r.Provider.Knows(q) {
			return r, r.Provider
		}
	}
	if first != nil {
		return first, first.Provider
	}
	return nil, i.known.Recognise(q)
}

// elsewhere are the secrets of the other routes: they prove nothing here, but a hint may say that one of them fits.
func (i *Inspector) elsewhere(here *Route) []provider.Secret {
	routes := *i.routes.Load()
	if len(routes) == 1 {
		return nil
	}
	var all []provider.Secret
	for n := range routes {
		if r := &routes[n]; r != here {
			all = append(all, r.Secrets...)
		}
	}
	return all
}
