//go:build unix

package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A clientCall is one line of testdata/ngrok/client.mjs. One with a Fault was refused.
type clientCall struct {
	Name, Fault string
	Status      int
	Got         json.RawMessage
}

// ngrokClient fetches the client as its lockfile has it, runs none of its install scripts (they would fetch ngrok itself),
// lets it call the inspector at base, and gives what came of each call.
func ngrokClient(t *testing.T, base string) map[string]clientCall {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "client.mjs"} {
		text, err := os.ReadFile(filepath.Join("testdata", "ngrok", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	var told strings.Builder
	node := exec.CommandContext(t.Context(), "node", "client.mjs", base)
	node.Dir, node.Stderr = dir, &told
	out, err := node.Output()
	if err != nil {
		t.Fatalf("client.mjs: %v\n%s%s", err, out, told.String())
	}
	calls := map[string]clientCall{}
	for line := range strings.Lines(string(out)) {
		var c clientCall
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("client.mjs printed %q: %v", line, err)
		}
		calls[c.Name] = c
	}
	return calls
}

// ngrokRequest is a captured request as the client hands it on.
type ngrokRequest struct {
	ID       string
	Duration int64
	Request  struct {
		Method, URI string
		Headers     map[string][]string
		Raw         []byte
	}
	Response struct {
		StatusCode int `json:"status_code"`
		Raw        []byte
	}
}

// TestNgrokClient has a client that others wrote for ngrok's agent API use the inspector of a running `up`, unchanged: it
// lists tunnels and requests, looks at one, replays it and clears. Credentials are masked for it, and a replay has the
// real ones.
func TestNgrokClient(t *testing.T) {
	var mu sync.Mutex
	var secrets []string
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		secrets = append(secrets, r.FormValue("secret"))
		w.WriteHeader([]int{500, 200, 200}[min(len(secrets), 3)-1])
		_, _ = io.WriteString(w, "answered")
	}))
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", app, "--inspect", "127.0.0.1:0")
	for _, path := range []string{"/first", "/second"} {
		res, err := fresh.Post(u.public+path, "application/x-www-form-urlencoded", strings.NewReader(seedForm("let me in")))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	calls := ngrokClient(t, u.page)
	got := func(name string, v any) {
		t.Helper()
		if c, ok := calls[name]; !ok || c.Fault != "" || json.Unmarshal(c.Got, v) != nil {
			t.Fatalf("%s: %+v, got %s", name, c, c.Got)
		}
	}

	var tunnels struct {
		Tunnels []struct {
			PublicURL string `json:"public_url"`
			Config    struct{ Addr string }
		}
	}
	got("tunnels", &tunnels)
	if len(tunnels.Tunnels) != 1 || tunnels.Tunnels[0].PublicURL != u.public || !strings.HasSuffix(tunnels.Tunnels[0].Config.Addr, ":"+app) {
		t.Errorf("tunnels %+v", tunnels)
	}
	var list, one, none struct{ Requests []ngrokRequest }
	got("list", &list)
	got("one", &one)
	got("none", &none)
	if len(list.Requests) != 2 || list.Requests[0].Request.URI != "/second" || len(one.Requests) != 1 || len(none.Requests) != 0 {
		t.Errorf("listed %+v, then %+v, cleared %+v", list, one, none)
	}
	var before, after ngrokRequest
	got("detail", &before)
	got("replayed", &after)
	if before.Request.Headers["Content-Type"][0] != "application/x-www-form-urlencoded" || before.Duration <= 0 || !strings.HasSuffix(string(before.Response.Raw), "\r\n\r\nanswered") {
		t.Errorf("detail %+v", before)
	}
	raw := string(before.Request.Raw)
	if !strings.HasPrefix(raw, "POST /first HTTP/1.1\r\n") || !strings.Contains(raw, "&secret=••••••••") || strings.Contains(raw, "let+me+in") {
		t.Errorf("raw %q", raw)
	}
	if before.Response.StatusCode != 500 || after.Response.StatusCode != 200 {
		t.Errorf("answers %d, after the replay %d", before.Response.StatusCode, after.Response.StatusCode)
	}
	for _, name := range []string{"replay", "clear"} {
		var done bool
		if got(name, &done); !done {
			t.Errorf("%s: the client was not told that it is done", name)
		}
	}
	for name, status := range map[string]int{"gone": 404, "replay gone": 404, "start": 405, "stop": 405} {
		if c := calls[name]; c.Status != status || c.Fault == "" || c.Fault == "undefined" {
			t.Errorf("%s: refused with %d %q, want %d and a reason", name, c.Status, c.Fault, status)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(secrets, ",") != "let me in,let me in,let me in" {
		t.Errorf("the app was sent the secrets %q", secrets)
	}
}

// TestNgrokLockfile: the lockfile names every package by its content, and no place to fetch it from.
func TestNgrokLockfile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "ngrok", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Resolved, Integrity string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Resolved != "" || !strings.HasPrefix(p.Integrity, "sha512-")) {
			t.Errorf("%s: from %q, integrity %q", name, p.Resolved, p.Integrity)
		}
	}
	if len(lock.Packages) < 2 {
		t.Errorf("%d packages", len(lock.Packages))
	}
}
