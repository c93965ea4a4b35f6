package inspector_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// stripes is an event as Stripe sends it to a path, signed with a secret.
func stripes(t *testing.T, path, event, secret string) string {
	t.Helper()
	p, _ := provider.ByName("stripe")
	q := &provider.Request{
		Method: "POST", Target: path, Body: fmt.Appendf(nil, `{"id":"evt_1","object":"event","type":%q}`, event),
	}
	if _, err := p.Resign(q, provider.Secret{Value: secret}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return raw(q)
}

// byEvent has two routes for payments on one path, one below it and one above, each with an app of its own.
func byEvent(t *testing.T, apps map[string]*rawApp) func(*inspector.Config) {
	p, _ := provider.ByName("stripe")
	route := func(name, path string, events ...string) inspector.Route {
		apps[name] = newRawApp(t)
		app, err := inspector.NewApp(apps[name].port(), inspector.AppOptions{Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return inspector.Route{
			Path: path, Provider: p, Secrets: []provider.Secret{{Ref: "env:" + name, Value: name}}, App: app, Events: events, RejectInvalid: true,
		}
	}
	return func(c *inspector.Config) {
		c.Limits.Verify = 300 << 10
		c.Routes = []inspector.Route{
			route("above", "/"), route("rest", "/pay"), route("intents", "/pay", "payment_intent.*", "*.refunded"),
			route("later", "/pay", "payment_intent.canceled"), route("below", "/pay/x", "invoice.paid"),
		}
	}
}

// TestRouteByEvent: the longest path whose events fit, on one path the first that names the event before those that name none.
func TestRouteByEvent(t *testing.T) {
	for _, c := range []struct{ path, event, want string }{
		{"/pay", "payment_intent.succeeded", "intents"},
		{"/pay", "payment_intent.canceled", "intents"},
		{"/pay", "charge.refunded", "intents"},
		{"/pay", "charge.refunded.more", "rest"},
		{"/pay", "xpayment_intent.succeeded", "rest"},
		{"/pay/x", "invoice.paid", "below"},
		{"/pay/x", "payment_intent.created", "intents"},
		{"/other", "payment_intent.created", "above"},
	} {
		apps := map[string]*rawApp{}
		r := newRig(t, byEvent(t, apps))
		if got := status(r.send(stripes(t, c.path, c.event, c.want))); got != "200" {
			t.Errorf("%s at %s: answered %s", c.event, c.path, got)
		}
		for name, app := range apps {
			if n := len(app.got()); (n == 1) != (name == c.want) {
				t.Errorf("%s at %s: the app of %s got %d requests", c.event, c.path, name, n)
			}
		}
		got := r.only()
		if got.Verdict != store.Valid || got.App != "http://localhost:"+apps[c.want].port() {
			t.Errorf("%s at %s: recorded as %s for %s", c.event, c.path, got.Verdict, got.App)
		}
		if _, err := r.in.Replay(t.Context(), got.ID, inspector.Edit{}); err != nil || len(apps[c.want].got()) != 2 {
			t.Errorf("%s at %s: replayed elsewhere, %v", c.event, c.path, err)
		}
	}
}

// TestEventThatIsNotTold: a request of no event takes no route by event, unless it is too long to be looked at: then
// padding would be a way past that route's check.
func TestEventThatIsNotTold(t *testing.T) {
	apps := map[string]*rawApp{}
	r := newRig(t, byEvent(t, apps))
	if got := status(r.send("POST /pay HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}")); got != "403" {
		t.Errorf("without an event: answered %s, want the refusal of the route for the rest", got)
	}
	long := strings.Repeat(" ", 400_000)
	if got := status(r.send(fmt.Sprintf("POST /pay HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(long), long))); got != "403" {
		t.Errorf("too long: answered %s, want 403", got)
	}
	all := r.captures()
	if len(all) != 2 || all[0].App != "http://localhost:"+apps["rest"].port() || all[1].App != "http://localhost:"+apps["intents"].port() {
		t.Errorf("recorded for other apps than those of the rest and the intents")
	}
}

// TestAppOfARouteThatIsGone: a replay goes to the app that a capture was for while a route has it, then to the one that
// its route has now.
func TestAppOfARouteThatIsGone(t *testing.T) {
	apps := map[string]*rawApp{}
	var routes []inspector.Route
	r := newRig(t, byEvent(t, apps), func(c *inspector.Config) { routes = slices.Clone(c.Routes) })
	r.send(stripes(t, "/pay", "payment_intent.created", "intents"))
	id := r.only().ID
	r.in.SetRoutes(routes[:2])
	if _, err := r.in.Replay(t.Context(), id, inspector.Edit{}); err != nil || len(apps["rest"].got()) != 1 {
		t.Errorf("with the route gone: %v, the app of the rest got %d requests", err, len(apps["rest"].got()))
	}
	r.in.SetRoutes(nil)
	if _, err := r.in.Replay(t.Context(), id, inspector.Edit{}); err != nil || len(r.app.got()) != 1 {
		t.Errorf("without routes: %v, the app got %d requests", err, len(r.app.got()))
	}
}
