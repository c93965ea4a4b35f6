package inspector

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"devhook/inspector/provider"
)

// Route says which sender calls a path, with which secrets.
type Route struct {
	Path          string // prefix, matched at segment borders; "" and "/" match every path
	Provider      *provider.Provider
	Secrets       []provider.Secret
	Events        []string    // only these take the route, * for any letters: "payment_intent.*"; none: every request does
	App           *App        // where its requests go; nil: Config.App
	RejectInvalid bool        // answer 403 to what fails verification and keep it from the app
	Hold          *HeldAnswer // answer at once, deliver when the app is there; nil: the app answers
}

// matches reports whether a path lies under the route's, which has no slash at its end any more. Many an app takes capital
// letters for small ones.
func (r *Route) matches(path string) bool {
	n := len(r.Path)
	return len(path) >= n && strings.EqualFold(path[:n], r.Path) && (len(path) == n || path[n] == '/' || n == 0)
}

// fits reports whether a request's event is one of the route's. One that can't be told because the body is too long to be
// looked at fits: padding must be no way past the route's check.
func (r *Route) fits(q *provider.Request) bool {
	if len(r.Events) == 0 {
		return true
	}
	event := r.Provider.Describe(q).Name
	if event == "" {
		return q.BodyTruncated
	}
	return slices.ContainsFunc(r.Events, func(pattern string) bool { return EventLike(pattern, event) })
}

// EventLike reports whether an event is one that a pattern names, in which * stands for any letters.
func EventLike(pattern, event string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == event
	}
	event, ok := strings.CutPrefix(event, parts[0])
	for _, part := range parts[1:last] {
		if ok {
			_, event, ok = strings.Cut(event, part)
		}
	}
	return ok && strings.HasSuffix(event, parts[last])
}

// proves reports whether the route's sender can be proven: by a secret or by its address.
func (r *Route) proves() bool { return len(r.Secrets) > 0 || r.Provider.Sources != nil }

// routedPaths are the paths that an app may well take a target to ask for: without the host of an absolute one, without
// escapes and detours. A request must not get past a route's check by another spelling.
func routedPaths(target string) (all []string) {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		_, target, _ = strings.Cut(rest, "/")
	}
	if end := strings.IndexAny(target, "?#"); end >= 0 {
		target = target[:end]
	}
	add := func(p string) {
		p = path.Clean("/" + p)
		all = append(all, p)
		if plain := withoutParameters(p); plain != p {
			all = append(all, plain)
		}
	}
	plain := strings.ReplaceAll(unescaped(target), `\`, "/")
	add(plain)
	if rest, ok := strings.CutPrefix(plain, "//"); ok { // what resolves it against an address takes this for a host
		_, rest, _ = strings.Cut(rest, "/")
		add(rest)
	}
	return all
}

// unescaped undoes %XX; what is no escape stays as it is, as with the most forgiving of apps.
func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	var out []byte
	for len(s) > 0 {
		n := 1
		if s[0] == '%' && len(s) > 2 {
			n = 3
		}
		plain, err := url.PathUnescape(s[:n])
		if err != nil {
			plain, n = s[:1], 1
		}
		out, s = append(out, plain...), s[n:]
	}
	return string(out)
}

// withoutParameters cuts what stands behind a semicolon in each part of a path, which servers in Java do.
func withoutParameters(p string) string {
	parts := strings.Split(p, "/")
	for n, part := range parts {
		parts[n], _, _ = strings.Cut(part, ";")
	}
	return path.Clean(strings.Join(parts, "/"))
}

// pick chooses the route and the provider. Of the paths that the target may be read as the first counts that leads to a
// sender who can be proven, or else the first that leads to any. Without a route a provider may still recognise the request.
func (i *Inspector) pick(q *provider.Request) (*Route, *provider.Provider) {
	var first *Route
	for _, path := range routedPaths(q.Target) {
		r := i.routeFor(path, q)
		if r != nil && r.proves() {
			return r, r.Provider
		}
		if first == nil {
			first = r
		}
	}
	if first != nil {
		return first, first.Provider
	}
	return nil, i.known.Recognise(q)
}

// routeFor is the one with the longest path that matches. Among equal ones the first counts that names the request's
// event, then that whose provider knows the request as its own, then the first that names no events.
func (i *Inspector) routeFor(path string, q *provider.Request) (first *Route) {
	all := *i.routes.Load()
	known := false
	for n := range all {
		r := &all[n]
		if first != nil && len(r.Path) < len(first.Path) {
			break
		}
		switch {
		case !r.matches(path) || !r.fits(q):
		case len(r.Events) > 0:
			return r
		case first == nil:
			first, known = r, r.Provider.Knows(q)
		case !known && r.Provider.Knows(q):
			first, known = r, true
		}
	}
	return first
}

// appFor is the app of a route; nil is none.
func (i *Inspector) appFor(r *Route) *App {
	if r != nil && r.App != nil {
		return r.App
	}
	return i.cfg.App
}

// apps are all that deliveries go to now.
func (i *Inspector) apps() []*App {
	all := []*App{i.cfg.App}
	for _, r := range *i.routes.Load() {
		if r.App != nil {
			all = append(all, r.App)
		}
	}
	return all
}

// DeliversTo reports whether one of the apps has this base URL.
func (i *Inspector) DeliversTo(url string) bool { return i.appAt(url) != nil }

// appAt is the app at a base URL; nil if nothing goes there now.
func (i *Inspector) appAt(url string) *App {
	for _, a := range i.apps() {
		if a != nil && a.URL() == url {
			return a
		}
	}
	return nil
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
