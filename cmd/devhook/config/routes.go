package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fileRoute is an entry of routes: in devhook.yaml before it is checked.
type fileRoute struct {
	at       place
	path     value
	provider value
	secrets  []value
	events   []value
	local    *value
	reject   *value
	hold     *fileHold
}

// setRoutes takes --verify, or else the routes of the file: the list as a whole
// is one setting, so that a flag says exactly what is checked.
func (l *loader) setRoutes(verify []value) {
	if len(verify) > 0 {
		for _, v := range verify {
			l.verifyRoute(v)
		}
		return
	}
	for _, r := range l.routes {
		l.fileRoute(r)
	}
}

// verifyRoute reads PROVIDER[@PATH][=SECRET].
func (l *loader) verifyRoute(v value) {
	target, secret, hasSecret := strings.Cut(v.text, "=")
	provider, path, hasPath := strings.Cut(target, "@")
	if !hasPath {
		path = "/"
	}
	r := Route{Path: path, Provider: provider, RejectInvalid: l.cfg.RejectInvalid, Hold: l.cfg.Hold}
	if !l.knownSender(value{provider, v.at}) || !l.validPath(value{path, v.at}) {
		return
	}
	if l.passedOver(provider) {
		return
	}
	if hasSecret && !l.src.NoSecrets {
		r.Secrets = l.secrets(senderHolder(provider, path), value{secret, v.at})
	}
	l.addRoute(r, v.at)
}

func (l *loader) fileRoute(f fileRoute) {
	r := Route{Path: "/", Provider: f.provider.text, RejectInvalid: l.cfg.RejectInvalid}
	if f.provider.text == "" {
		l.fault(f.at, "add provider: NAME; "+listSenders, "this route names no provider")
		return
	}
	if f.path.text != "" {
		r.Path = f.path.text
		if !l.validPath(f.path) {
			return
		}
	}
	if f.reject != nil {
		b, err := strconv.ParseBool(f.reject.text)
		if err != nil {
			l.fault(f.reject.at, "write true or false", "%q is neither true nor false", f.reject.text)
		}
		r.RejectInvalid = b
	}
	r.Hold = l.routeHold(f)
	if !l.knownSender(f.provider) || !l.routeEvents(f, &r) || !l.routeApp(f, &r) {
		return
	}
	if l.passedOver(r.Provider) {
		return
	}
	for _, s := range f.secrets {
		if l.src.NoSecrets {
			break
		}
		r.Secrets = append(r.Secrets, l.secrets(senderHolder(r.Provider, r.Path), s)...)
	}
	l.addRoute(r, f.at)
}

// routeEvents reads which events take a route.
func (l *loader) routeEvents(f fileRoute, r *Route) bool {
	for _, v := range f.events {
		if v.text == "" || strings.ContainsAny(v.text, " \t\r\n,") {
			l.fault(v.at, "write one name, with * for any letters, or a list: [payment_intent.*, charge.refunded]", "%q is no event", v.text)
			return false
		}
		r.Events = append(r.Events, v.text)
	}
	if len(f.events) > 0 && !l.tellsEvents(r.Provider) {
		l.fault(f.events[0].at, "leave event out: its requests are told apart by path only", "the events of %s can't be told", r.Provider)
		return false
	}
	return true
}

// tellsEvents says whether it is known which event a sender's request is.
func (l *loader) tellsEvents(provider string) bool {
	for _, s := range l.cfg.Senders {
		if s.Name == provider {
			return s.Event != ""
		}
	}
	return !slices.Contains(l.src.Eventless, provider)
}

// routeApp reads a route's own app.
func (l *loader) routeApp(f fileRoute, r *Route) bool {
	if f.local == nil {
		return true
	}
	base, problem := parseLocal(f.local.text)
	if problem != "" {
		l.fault(f.local.at, "write the app's port, host:port or URL: local: 4000", "%q %s", bare(f.local.text), problem)
		return false
	}
	r.Local = base
	l.apps = append(l.apps, app{base, f.local.at})
	return true
}

// passedOver: a command for one sender needs no other's secret.
func (l *loader) passedOver(provider string) bool { return l.src.Only != "" && provider != l.src.Only }

func (l *loader) addRoute(r Route, at place) {
	for _, other := range l.cfg.Routes {
		if other.Path == r.Path && other.Provider == r.Provider && slices.Equal(other.Events, r.Events) {
			l.fault(at, "write one route with several secrets, separated by commas", "%s at %s is named twice", r.Provider, r.Path)
			return
		}
	}
	l.cfg.Routes = append(l.cfg.Routes, r)
}

// senderName is the form of a provider's name. Anything else may be a secret
// that slipped into its place and is not repeated.
var senderName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,23}$`)

// listSenders is where all names are: they are too many for a line.
const listSenders = "devhook providers lists them"

func (l *loader) knownSender(v value) bool {
	if slices.Contains(l.senderNames(), v.text) {
		return true
	}
	near := Closest(v.text, l.senderNames())
	switch {
	case near == "" && !senderName.MatchString(v.text):
		l.fault(v.at, "write PROVIDER[@PATH][=env:NAME]; "+listSenders, "the provider's name is none")
	case near == "":
		l.fault(v.at, listSenders, "no provider is called %s", v.text)
	default:
		l.fault(v.at, "did you mean "+near+"?", "no provider is called %s", v.text)
	}
	return false
}

func (l *loader) validPath(v value) bool {
	if strings.HasPrefix(v.text, "/") && !strings.ContainsAny(v.text, "?# \t\r\n") {
		return true
	}
	l.fault(v.at, "write a prefix of the path that the sender calls: /hooks/sms", "%q is no path", v.text)
	return false
}
