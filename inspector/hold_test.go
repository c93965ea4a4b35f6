package inspector_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// holding answers everything at once, also what a route claims.
func holding(a inspector.HeldAnswer) func(*inspector.Config) {
	return func(c *inspector.Config) {
		c.Hold = &a
		for n := range c.Routes {
			c.Routes[n].Hold = &a
		}
	}
}

var accepted = inspector.HeldAnswer{Status: 202, Body: `{"ok": true}`}

// drains has what is held delivered until the test, or what it returns, ends.
func (r *rig) drains() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.in.Drain(ctx)
	}()
	stop = func() { cancel(); <-ended }
	r.t.Cleanup(stop)
	return stop
}

// eventually waits until a condition holds; that it never does is the fault.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// down ends the app and says where it was.
func (r *rig) down() string {
	r.t.Helper()
	addr := r.app.ln.Addr().String()
	if err := r.app.ln.Close(); err != nil {
		r.t.Fatal(err)
	}
	return addr
}

func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nx-Case:  as sent\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// states counts the captures of each state.
func (r *rig) states() map[store.State]int {
	n := map[store.State]int{}
	for _, c := range r.captures() {
		n[c.State]++
	}
	return n
}

// targets are the targets of the requests that an app got, in order.
func targets(a *rawApp) (all []string) {
	for _, q := range a.got() {
		all = append(all, strings.Fields(q)[1])
	}
	return all
}

// TestHold: the sender has its answer at once, and the app each request once, in order and as it was sent, when it is there.
func TestHold(t *testing.T) {
	const many = 40
	r := newRig(t, holding(accepted))
	r.drains()
	addr := r.down()
	long := strings.Repeat("long ", 200_000)
	var want []string
	for n := range many {
		path, body := fmt.Sprint("/", n), fmt.Sprint("body ", n)
		if n == 7 {
			body = long
		}
		answer := r.send(post(path, body))
		if status(answer) != "202" || !strings.HasSuffix(answer, accepted.Body) || !strings.Contains(answer, "Content-Type: application/json\r\n") {
			t.Fatalf("answered %q", answer)
		}
		want = append(want, path)
	}
	if got := r.states(); got[store.Held] != many {
		t.Fatalf("states %v", got)
	}
	app := newRawAppAt(t, addr)
	eventually(t, "all are delivered", func() bool { return len(r.captures()) == many && r.states()[store.Complete] == many && r.settled() })
	if got := targets(app); !slices.Equal(got, want) {
		t.Errorf("the app got %v", got)
	}
	for n, c := range r.captures() {
		ds := r.deliveries(c.ID)
		if len(ds) != 1 || ds[0].Kind != store.Live || ds[0].Status != 200 || !ds[0].Accepted || !ds[0].WasHeld() || c.Delivering || c.Failed {
			t.Errorf("%s: %+v, %+v", c.Target, c, ds)
		}
		if n == 3 {
			q := app.got()[n]
			want := "POST /3 HTTP/1.1\r\nHost: h\r\nx-Case:  as sent\r\nContent-Length: 6\r\n" + added("h", c.ID) + "\r\nbody 3"
			if q != want {
				t.Errorf("the app got %q, want %q", q, want)
			}
		}
		if n == 7 && !strings.HasSuffix(app.got()[n], "\r\n\r\n"+long) {
			t.Error("the long body is not what was sent")
		}
	}
}

// settled says that no delivery is under way.
func (r *rig) settled() bool {
	return !slices.ContainsFunc(r.captures(), func(c *store.Capture) bool { return c.Delivering || c.Last == nil })
}

// TestHoldEnds: whatever comes once a byte has left is the end of a delivery, and none keeps the next one waiting.
func TestHoldEnds(t *testing.T) {
	r := newRig(t, holding(inspector.HeldAnswer{Status: 200}))
	ends := map[string]struct{ answer, err, text string }{
		"/fine":    {okAnswer, "", ""},
		"/bad":     {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "", ""},
		"/nothing": {"", store.OutcomeUnknown, "the app closed the connection without an answer"},
		"/half":    {"HTTP/1.1 2", "the app closed the connection in the middle of its answer", ""},
		"/garbage": {"ho ho ho\r\n\r\n", "the app's answer is not HTTP: ", ""},
	}
	r.app.do(func(c net.Conn, q string) bool {
		end := ends[strings.Fields(q)[1]]
		_, _ = io.WriteString(c, end.answer)
		return end.answer == okAnswer
	})
	paths := []string{"/nothing", "/bad", "/half", "/garbage", "/fine"}
	for _, path := range paths {
		if a := r.send(post(path, "x")); status(a) != "200" || !strings.Contains(a, "Content-Length: 0\r\n") {
			t.Errorf("answered %q", a)
		}
	}
	r.drains()
	eventually(t, "all have ended", func() bool { return r.states()[store.Complete] == len(paths) && r.settled() })
	if got := targets(r.app); !slices.Equal(got, paths) {
		t.Errorf("the app got %v", got)
	}
	for _, c := range r.captures() {
		d, want := c.Last, ends[c.Target]
		if c.DeliveriesCount != 1 || !strings.HasPrefix(d.Error, want.err) || (want.err == "") != (d.Error == "") || d.Judgement != want.text {
			t.Errorf("%s: %q, %q", c.Target, d.Error, d.Judgement)
		}
		if c.Failed != (c.Target != "/fine") {
			t.Errorf("%s: failed %v", c.Target, c.Failed)
		}
	}
	if n, err := r.db.Count(t.Context(), store.Filter{Resendable: true}); n != 3 || err != nil {
		t.Errorf("%d would be sent again, %v; want 3: not the unknown one", n, err)
	}
}

// TestHoldQueuesBehind: what comes while older ones wait comes after them, though the app is there; another route's requests
// do not wait for it.
func TestHoldQueuesBehind(t *testing.T) {
	r := newRig(t, withRoute("github", "/a", ""), withRoute("gitlab", "/b", ""), holding(accepted))
	r.drains()
	called, let := make(chan struct{}), make(chan struct{})
	r.app.do(func(c net.Conn, q string) bool {
		if strings.HasPrefix(q, "POST /a/1 ") {
			close(called)
			<-let
		}
		_, err := io.WriteString(c, okAnswer)
		return err == nil
	})
	r.send(post("/a/1", "x"))
	<-called
	for _, path := range []string{"/a/2", "/b/1", "/a/3", "/b/2", "/c"} {
		r.send(post(path, "x"))
	}
	eventually(t, "the others are delivered", func() bool { return len(r.app.got()) == 4 })
	if got := targets(r.app); slices.Contains(got, "/a/2") {
		t.Errorf("the app got %v", got)
	}
	close(let)
	eventually(t, "all are delivered", func() bool { return len(r.app.got()) == 6 && r.settled() })
	var a, b []string
	for _, target := range targets(r.app) {
		switch target[:2] {
		case "/a":
			a = append(a, target)
		case "/b":
			b = append(b, target)
		}
	}
	if !slices.Equal(a, []string{"/a/1", "/a/2", "/a/3"}) || !slices.Equal(b, []string{"/b/1", "/b/2"}) {
		t.Errorf("out of order: %v, %v", a, b)
	}
}

// TestHoldJudgesFirst: what is not proven is refused as ever, and who wants a real answer gets one.
func TestHoldJudgesFirst(t *testing.T) {
	r := newRig(t, withTelerivet("right"), withRoute("slack", "/slack", ""), rejecting, holding(accepted))
	r.drains()
	addr := r.down()
	for _, one := range []struct{ raw, want string }{
		{telerivet("wrong"), "403"},
		{telerivet("right"), "202"},
		{post("/slack", `{"type":"url_verification","challenge":"abc"}`), "200"}, // answered by devhook
		{"GET /page HTTP/1.1\r\nHost: h\r\n\r\n", "502"},
	} {
		if got := r.send(one.raw); status(got) != one.want {
			t.Errorf("%.40q: answered %q, want %s", one.raw, got, one.want)
		}
	}
	if got := r.states(); got[store.Held] != 1 || got[store.Refused] != 1 {
		t.Errorf("states %v", got)
	}
	app := newRawAppAt(t, addr)
	eventually(t, "the proven one is delivered", func() bool { return len(app.got()) == 1 && r.settledBut(store.Refused) })
	if got := app.got(); len(got) != 1 || !strings.Contains(got[0], "secret=right") {
		t.Errorf("the app got %q", got)
	}
}

// settledBut is settled without the captures of a state.
func (r *rig) settledBut(st store.State) bool {
	return !slices.ContainsFunc(r.captures(), func(c *store.Capture) bool { return c.State != st && (c.Delivering || c.Last == nil) })
}

// TestHoldNotStored: what can't be kept is not answered as if it were.
func TestHoldNotStored(t *testing.T) {
	r := newRig(t, holding(accepted))
	r.drains()
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := r.send(post("/", "x")); status(got) != "503" || !strings.Contains(got, "Retry-After: 30\r\n") {
		t.Errorf("answered %q", got)
	}
	if got := r.app.got(); len(got) != 0 {
		t.Errorf("the app got %q", got)
	}
}

// TestHoldPaused: nothing is delivered while the queue is paused, but what the user wants now.
func TestHoldPaused(t *testing.T) {
	r := newRig(t, holding(accepted))
	at := store.Place{App: r.target.URL()}
	if err := r.db.Pause(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	r.drains()
	for n := range 4 {
		r.send(post(fmt.Sprint("/", n), "x"))
	}
	if n, err := r.db.Hurry(t.Context(), &at); n != 1 || err != nil {
		t.Fatalf("hurried %d, %v", n, err)
	}
	eventually(t, "the oldest is delivered", func() bool { return r.states()[store.Complete] == 1 && len(r.app.got()) == 1 })
	if err := r.db.Cancel(t.Context(), r.captures()[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := r.db.Resume(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rest is delivered", func() bool { return r.states()[store.Held] == 0 && len(r.app.got()) == 3 })
	if got := targets(r.app); !slices.Equal(got, []string{"/0", "/2", "/3"}) {
		t.Errorf("the app got %v", got)
	}
}

// TestHoldIsTakenOver: what an ended instance left goes on, in order and before what comes now; another app's does not.
func TestHoldIsTakenOver(t *testing.T) {
	r := newRig(t, holding(accepted), func(c *inspector.Config) { c.Instance = "gone" })
	for n := range 3 {
		r.send(post(fmt.Sprint("/", n), "x"))
	}
	other := &store.Capture{State: store.Held, Instance: "gone", App: "http://localhost:1", Method: "POST", Target: "/other", Head: []byte(post("/other", ""))}
	if err := r.db.Add(t.Context(), other, nil); err != nil {
		t.Fatal(err)
	}
	var told []string
	next := inspector.New(inspector.Config{
		Store: r.db, Instance: "test", App: r.target, Hold: &accepted,
		Adopted: func(id string) { told = append(told, id) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); next.Drain(ctx) }()
	eventually(t, "the app's are delivered", func() bool { return r.states()[store.Held] == 1 && r.settledBut(store.Held) })
	cancel()
	<-ended
	if err := next.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := targets(r.app); !slices.Equal(got, []string{"/0", "/1", "/2"}) || len(told) != 3 {
		t.Errorf("the app got %v, told of %d", got, len(told))
	}
	if w, err := r.db.NextHeld(t.Context(), "", store.Place{App: other.App}); err != nil || w.ID != other.ID {
		t.Errorf("the other app's: %+v, %v", w, err)
	}
}

// TestHoldEndsInOrder: at the end what has begun is finished and the rest stays held.
func TestHoldEndsInOrder(t *testing.T) {
	r := newRig(t, holding(accepted))
	called, let := make(chan struct{}), make(chan struct{})
	r.app.do(func(c net.Conn, _ string) bool {
		close(called)
		<-let
		_, err := io.WriteString(c, okAnswer)
		return err == nil
	})
	for n := range 3 {
		r.send(post(fmt.Sprint("/", n), "x"))
	}
	stop := r.drains()
	<-called
	go func() { time.Sleep(20 * time.Millisecond); close(let) }()
	stop()
	if got := r.states(); got[store.Held] != 2 || len(r.app.got()) != 1 {
		t.Errorf("states %v, the app got %v", got, targets(r.app))
	}
	if c := r.captures()[0]; c.Last == nil || c.Last.Status != 200 {
		t.Errorf("the first: %+v", c.Last)
	}
}

// TestHoldAutoreply: an answer that would have asked something of the sender says that it is lost.
func TestHoldAutoreply(t *testing.T) {
	r := newRig(t, withTelerivet("right"), holding(accepted))
	body := `{"messages":[{"content":"hi"}]}`
	r.app.respond(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	r.drains()
	r.send(telerivet("right"))
	eventually(t, "it is delivered", r.settled)
	notes := r.only().Last.Notes
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "Telerivet never gets this answer") }) {
		t.Errorf("notes %q", notes)
	}
}

// TestHeldAnswer: the bytes of an answer that the app did not give.
func TestHeldAnswer(t *testing.T) {
	for _, tt := range []struct {
		a    inspector.HeldAnswer
		raw  string
		want string
	}{
		{inspector.HeldAnswer{Status: 200}, post("/", "x"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Devhook-Id: ID\r\n\r\n"},
		{inspector.HeldAnswer{Status: 204, Body: "x"}, post("/", "x"), "HTTP/1.1 204 No Content\r\nX-Devhook-Id: ID\r\n\r\n"},
		{inspector.HeldAnswer{Status: 200, Body: "<Response/>"}, post("/", "x"), "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: 11\r\nX-Devhook-Id: ID\r\n\r\n<Response/>"},
		{inspector.HeldAnswer{Status: 200, Body: "{ok"}, "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nX-Devhook-Id: ID\r\nConnection: close\r\n\r\n{ok"},
	} {
		r := newRig(t, holding(tt.a))
		got := r.send(tt.raw)
		if want := strings.Replace(tt.want, "ID", r.only().ID, 1); got != want {
			t.Errorf("answered %q\nwant %q", got, want)
		}
	}
	for name, want := range map[string]string{"github": "", "telerivet": "answered 202"} {
		p, _ := provider.ByName(name)
		if got := accepted.Suits(p); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%s makes %q of it", name, got)
		}
	}
}
