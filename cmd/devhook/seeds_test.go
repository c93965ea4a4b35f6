//go:build unix

package main_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"devhook/inspector/provider"
)

// A seedApp answers with the status of the moment and keeps what came, as a provider would see it.
type seedApp struct {
	status atomic.Int32
	mu     sync.Mutex
	got    []*provider.Request
}

func (a *seedApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	q := &provider.Request{Method: r.Method, Target: r.RequestURI, URL: "http://" + r.Host + r.RequestURI, Body: body, At: time.Now()}
	for name, values := range r.Header {
		for _, v := range values {
			q.Fields = append(q.Fields, provider.Field{Name: name, Value: v})
		}
	}
	a.mu.Lock()
	a.got = append(a.got, q)
	a.mu.Unlock()
	w.WriteHeader(int(a.status.Load()))
}

// take gives what came since the last time.
func (a *seedApp) take() []*provider.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	got := a.got
	a.got = nil
	return got
}

// A seedRun is a devhook up with routes for the senders that devhook began with.
type seedRun struct {
	t    *testing.T
	app  *seedApp
	up   *up
	db   string
	env  []string
	keys map[string]provider.Secret
}

func seedNames() []string { return []string{"telerivet", "seven", "ricloud", "zipwhip"} }

func startSeeds(t *testing.T) *seedRun {
	t.Helper()
	r := &seedRun{t: t, app: &seedApp{}, db: filepath.Join(t.TempDir(), "devhook.db"), env: environ(t), keys: map[string]provider.Secret{}}
	r.app.status.Store(200)
	args := []string{"--local", serveApp(t, r.app), "--inspect", "off"}
	for _, name := range seedNames() {
		args = append(args, "--verify", r.verify(name))
	}
	r.up = startUp(t, r.db, r.env, nil, args...)
	return r
}

// verify is what --verify says of a sender; its secret goes into the environment.
func (r *seedRun) verify(name string) string {
	p, _ := provider.ByName(name)
	if p.MakeSecret == nil {
		return name + "@/hooks/" + name
	}
	variable := strings.ToUpper(name) + "_SECRET"
	_, value := p.MakeSecret(sha256.Sum256([]byte(name)))
	if _, there := r.keys[name]; !there {
		r.keys[name] = provider.Secret{Ref: "env:" + variable, Value: value}
		r.env = append(r.env, variable+"="+value)
	}
	return name + "@/hooks/" + name + "=env:" + variable
}

// send posts a sample below its sender's path, signed for that address, and gives the capture of it.
func (r *seedRun) send(p *provider.Provider, s provider.Sample) map[string]any {
	r.t.Helper()
	q := s.Request
	q.Target = "/hooks/" + p.Name + q.Target
	q.URL = r.up.public + q.Target
	q.Fields, q.Body = slices.Clone(q.Fields), slices.Clone(q.Body)
	if p.Sign != nil {
		if _, err := p.Resign(&q, r.keys[p.Name], time.Now()); err != nil {
			r.t.Fatal(err)
		}
	}
	call, err := http.NewRequestWithContext(r.t.Context(), q.Method, q.URL, bytes.NewReader(q.Body))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range q.Fields {
		call.Header[f.Name] = append(call.Header[f.Name], f.Value)
	}
	res, err := fresh.Do(call)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = res.Body.Close()
	if want := int(r.app.status.Load()); res.StatusCode != want {
		r.t.Fatalf("%s %s: answered %s, want the app's %d", p.Name, s.Event, res.Status, want)
	}
	return captured(r.t, r.db, "--limit", "1")[0]
}

// TestSeedsEndToEnd sends every sample of the four through the tunnel: verdict, event and id in the record, and what is
// signed anew for a replay is right at the app.
func TestSeedsEndToEnd(t *testing.T) {
	r := startSeeds(t)
	replay := []string{"replay", "--resign", "--json", "--db", r.db}
	for _, name := range seedNames() {
		replay = append(replay, "--verify", r.verify(name))
	}
	sent := 0
	for _, name := range seedNames() {
		p, _ := provider.ByName(name)
		verdict := "valid"
		if p.Sign == nil {
			verdict = "invalid" // proven by an address that this machine has not
		}
		for _, s := range p.Samples() {
			c := r.send(p, s)
			if sent++; c["provider"] != name || c["verdict"] != verdict || c["event"] != s.Event || c["event_id"] != s.ID || c["failed"] != false {
				t.Errorf("%s %s %s is recorded as %v %v %v %v: %v", name, s.Event, s.ID, c["provider"], c["event"], c["event_id"], c["verdict"], c["reason"])
			}
			if p.Sign != nil {
				replay = append(replay, c["id"].(string))
			}
		}
	}
	r.app.take()
	out, errs, code := devhook(t, r.env, replay...)
	if code != 0 {
		t.Fatalf("replay: exit %d: %s%s", code, out, errs)
	}
	again := r.app.take()
	for _, q := range again {
		p, _ := provider.ByName(strings.Split(q.Target, "/")[2])
		if got := p.Check(q, []provider.Secret{r.keys[p.Name]}); got.Verdict != provider.Valid {
			t.Errorf("%s %s, signed anew, is %s: %s", q.Method, q.Target, got.Verdict, got.Reason)
		}
	}
	t.Logf("%d sent, %d signed anew and replayed", sent, len(again))
	if n := strings.Count(out, `"accepted":true`); len(again) == 0 || n != len(again) || strings.Count(out, `"resigned":[]`) > 0 {
		t.Errorf("%d replays arrived, %d are recorded as accepted", len(again), n)
	}
}

// TestSeedsJudgements: each sender makes its own of an answer, and of one that is signed with another secret.
func TestSeedsJudgements(t *testing.T) {
	r := startSeeds(t)
	for _, tt := range []struct {
		name   string
		status int32
		fault  string // "" where the sender counts it as success
	}{
		{"telerivet", 200, ""},
		{"telerivet", 204, "answered 204, wants 200"},
		{"telerivet", 302, "answered 302, wants 200; redirects are not followed"},
		{"seven", 204, ""},
		{"seven", 302, ""},
		{"seven", 404, "answered 404, wants 2xx or 3xx"},
		{"seven", 503, "answered 503, wants 2xx or 3xx"},
		{"ricloud", 201, ""},
		{"ricloud", 302, "answered 302, wants 2xx"},
		{"zipwhip", 204, ""},
		{"zipwhip", 500, "answered 500, wants 2xx"},
	} {
		p, _ := provider.ByName(tt.name)
		r.app.status.Store(tt.status)
		c := r.send(p, p.Samples()[0])
		d := c["last_delivery"].(map[string]any)
		if got := fmt.Sprint(d["judgement"]); got != tt.fault || d["accepted"] != (tt.fault == "") || c["failed"] != (tt.fault != "") && c["duplicate_of"] == nil {
			t.Errorf("%s and %d: accepted %v, failed %v, judged %q, want %q", tt.name, tt.status, d["accepted"], c["failed"], got, tt.fault)
		}
	}
	r.app.status.Store(200)
	for _, name := range seedNames() {
		p, _ := provider.ByName(name)
		if p.Sign == nil {
			continue
		}
		_, value := p.MakeSecret(sha256.Sum256([]byte("another")))
		right := r.keys[name]
		r.keys[name] = provider.Secret{Ref: right.Ref, Value: value}
		if c := r.send(p, p.Samples()[0]); c["verdict"] != "invalid" {
			t.Errorf("%s with another secret is %v: %v", name, c["verdict"], c["reason"])
		}
		r.keys[name] = right
	}
}
