package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// room is a Server on a real loopback listener over a real store.
type room struct {
	*testing.T
	*Server
	db     *store.DB
	app    *app
	url    string // "http://127.0.0.1:port"
	client *http.Client
}

// app stands for the inspector: it records a delivery as a replay does.
type app struct {
	db     *store.DB
	mu     sync.Mutex
	status int           // what the app answers
	gate   chan struct{} // when set, each replay waits for it
	edits  []Edit
	ids    []string
}

func (a *app) Replay(ctx context.Context, id string, e Edit) (*store.Delivery, error) {
	c, err := a.db.Capture(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.gate != nil {
		<-a.gate
	}
	a.mu.Lock()
	a.edits, a.ids = append(a.edits, e), append(a.ids, id)
	status := a.status
	a.mu.Unlock()
	d := delivery(c, status)
	d.Kind, d.Resigned = store.Replay, nil
	if err := a.db.StartReplay(ctx, d); err != nil {
		return nil, err
	}
	return d, a.db.AddDelivery(ctx, d, []byte(`{"ok":true}`), true)
}

func (a *app) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ids)
}

func delivery(c *store.Capture, status int) *store.Delivery {
	d := &store.Delivery{
		CaptureID: c.ID, Kind: store.Live, At: time.Now(), Target: "http://localhost:3000" + c.Target, Status: status,
		Duration: 12 * time.Millisecond, Accepted: status == 200,
	}
	switch {
	case status == 0:
		d.Error = "nothing listens on localhost:3000"
	case status != 200:
		d.Judgement = fmt.Sprintf("answered %d, wants 200", status)
	}
	if status != 0 {
		d.Head = fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: 11\r\nSet-Cookie: sid=s3cr3t-cookie\r\n\r\n", status, http.StatusText(status))
		d.BodySize = 11
	}
	return d
}

// newRoom starts a room; change may alter its configuration first.
func newRoom(t *testing.T, change ...func(*Config)) *room {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t)
	r := &room{T: t, db: db, app: &app{db: db, status: 200}, url: "http://" + ln.Addr().String()}
	c := Config{
		Store: db, Replayer: r.app, Hosts: []string{ln.Addr().String()},
		Titles: map[string]string{"telerivet": "Telerivet", "seven": "seven.io", "stripe": "Stripe", "github": "GitHub"},
		Status: func() Status {
			return Status{
				Phase: "online", Probed: true, PublicURL: "http://127.0.0.1:8080", InspectorURL: r.url, App: "http://localhost:3000",
				Relay: "embedded relay", DB: "/home/me/.local/state/devhook/devhook.db", Version: "1.0.0",
			}
		},
	}
	for _, f := range change {
		f(&c)
	}
	if r.Server, err = New(c); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- r.Serve(ln) }()
	r.client = &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		r.client.CloseIdleConnections()
		if err := errors.Join(r.Shutdown(ctx), <-done); err != nil {
			t.Errorf("shut down: %v", err)
		}
	})
	return r
}

// sms is a capture like Telerivet's, changed by change.
func sms(change ...func(*store.Capture)) (*store.Capture, []byte) {
	body := []byte("event=incoming_message&id=SM1a&content=Hello&contact%5Bname%5D=Ana&contact%5Bvars%5D%5Bcity%5D=Recife&time_created=1795299061&secret=s3cr3t-field")
	c := &store.Capture{
		ReceivedAt: time.Now(), State: store.Complete, Method: "POST", Target: "/hooks/sms?x=1", Host: "127.0.0.1:8080", Proto: "HTTP/1.1",
		PublicURL: "http://127.0.0.1:8080/hooks/sms?x=1", RemoteAddr: "203.0.113.9:4444", Framing: "length",
		Provider: "telerivet", Event: "incoming_message", EventID: "SM1a", Verdict: store.Valid, Reason: "the secret fits",
		Checks: []store.Check{{OK: true, Text: "field secret equals env:TELERIVET_SECRET"}}, App: "http://localhost:3000",
	}
	for _, f := range change {
		f(c)
	}
	if c.Head == nil {
		c.Head = fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nuser-agent: Telerivet\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nAuthorization: Basic czNjcjN0OmhlYWRlcg==\r\n\r\n", c.Method, c.Target, len(body))
	}
	return c, body
}

// add stores a capture and, with a status, its live delivery: 0 is no answer, -1 is no delivery.
func (r *room) add(status int, change ...func(*store.Capture)) *store.Capture {
	r.Helper()
	c, body := sms(change...)
	return r.addBody(status, c, body)
}

func (r *room) addBody(status int, c *store.Capture, body []byte) *store.Capture {
	r.Helper()
	sum := sha256.Sum256(body)
	c.BodySize, c.BodySHA256 = int64(len(body)), hex.EncodeToString(sum[:])
	c.Delivering = status >= 0
	if err := r.db.Add(r.Context(), c, body); err != nil {
		r.Fatal(err)
	}
	if status >= 0 {
		d := delivery(c, status)
		var answer []byte
		if status > 0 {
			answer = []byte(`{"ok":true}`)
		}
		if err := r.db.AddDelivery(r.Context(), d, answer, false); err != nil {
			r.Fatal(err)
		}
	}
	return c
}

// eventually waits until something becomes true.
func (r *room) eventually(what string, holds func() bool) {
	r.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.Fatalf("never: %s", what)
		}
	}
}

// call asks the room; header lines are "Name: value".
func (r *room) call(method, path, body string, header ...string) *answered {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return &answered{t: r.T, what: method + " " + path, Response: resp, body: string(b)}
}

func (r *room) get(path string, header ...string) *answered {
	r.Helper()
	return r.call("GET", path, "", header...)
}

func (r *room) form(path, fields string) *answered {
	r.Helper()
	return r.call("POST", path, fields, "Content-Type: application/x-www-form-urlencoded", "Origin: "+r.url, "Sec-Fetch-Site: same-origin")
}

func (r *room) post(path, doc string, header ...string) *answered {
	r.Helper()
	return r.call("POST", path, doc, append(header, "Content-Type: application/json")...)
}

type answered struct {
	*http.Response
	t    *testing.T
	what string
	body string
}

func (a *answered) is(status int) *answered {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s: answered %d, want %d\n%s", a.what, a.StatusCode, status, a.body)
	}
	return a
}

func (a *answered) has(parts ...string) *answered {
	a.t.Helper()
	for _, p := range parts {
		if !strings.Contains(a.body, p) {
			a.t.Errorf("%s: %q is missing in\n%s", a.what, p, a.body)
		}
	}
	return a
}

func (a *answered) lacks(parts ...string) *answered {
	a.t.Helper()
	for _, p := range parts {
		if strings.Contains(a.body, p) {
			a.t.Errorf("%s: %q is in\n%s", a.what, p, a.body)
		}
	}
	return a
}

func (a *answered) json(v any) *answered {
	a.t.Helper()
	if err := json.NewDecoder(bytes.NewReader([]byte(a.body))).Decode(v); err != nil {
		a.t.Fatalf("%s: %v in\n%s", a.what, err, a.body)
	}
	return a
}
