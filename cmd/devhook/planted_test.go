//go:build unix

package main_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What is planted: credentials that senders put into requests, that the app puts into answers, and that devhook is
// configured with. Each is unlike anything else.
const (
	plantedForm     = "pl4nted-form-Qx7"     // telerivet's secret: configured, and in its requests
	plantedWrong    = "pl4nted-wrong-Kd2"    // in its place
	plantedHMAC     = "pl4nted-hmac-Vb9"     // github's secret: configured, and in no request
	plantedBearer   = "pl4nted-bearer-Zt4"   // in Authorization
	plantedPassword = "pl4nted-password-Lm6" // in Authorization, in base64
	plantedCookie   = "pl4nted-cookie-Hs3"   // in Cookie
	plantedKey      = "pl4nted-key-Wy8"      // in X-Api-Key
	plantedQuery    = "pl4nted-query-Rn5"    // in the target
	plantedJSON     = "pl4nted-json-Fg1"     // deep in a body
	plantedAnswer   = "pl4nted-answer-Jc0"   // in the app's body
	plantedSession  = "pl4nted-session-Pv2"  // in the app's Set-Cookie
)

var planted = []string{
	plantedForm, plantedWrong, plantedHMAC, plantedBearer, plantedPassword, plantedCookie, plantedKey, plantedQuery,
	plantedJSON, plantedAnswer, plantedSession, base64.StdEncoding.EncodeToString([]byte("user:" + plantedPassword)),
}

// spellings are the ways in which a text may be hidden from the eye and yet be there: as it is, in hex, and in base64
// wherever it begins in what was encoded.
func spellings(secret string) []string {
	all := []string{secret, hex.EncodeToString([]byte(secret))}
	for lead, cut := range []int{0, 2, 3} {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", lead) + secret))
		all = append(all, text[cut:len(text)-4])
	}
	return all
}

// TestSpellings: a credential is found in what was encoded, wherever it began.
func TestSpellings(t *testing.T) {
	for _, before := range []string{"", "a", "ab", "abc", "POST / HTTP/1.1\r\n\r\nsecret="} {
		text := base64.StdEncoding.EncodeToString([]byte(before + plantedForm + "&b=c"))
		found := false
		for _, s := range spellings(plantedForm) {
			found = found || strings.Contains(text, s)
		}
		if !found {
			t.Errorf("not found behind %q in %s", before, text)
		}
	}
}

// plantedApp lets in whoever has the right credentials and answers with some of its own.
func plantedApp(let *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(plantedHMAC))
		mac.Write(body)
		ok := false
		switch r.URL.Path {
		case "/hooks/sms":
			form, err := url.ParseQuery(string(body))
			ok = err == nil && form.Get("secret") == plantedForm
		case "/hooks/git":
			ok = r.Header.Get("X-Hub-Signature-256") == "sha256="+hex.EncodeToString(mac.Sum(nil))
		case "/hooks/keys":
			ok = r.Header.Get("Authorization") == "Bearer "+plantedBearer && r.Header.Get("X-Api-Key") == plantedKey && r.FormValue("token") == plantedQuery
		case "/hooks/basic":
			_, password, _ := r.BasicAuth()
			ok = password == plantedPassword && strings.Contains(string(body), plantedJSON)
		}
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		let.Add(1)
		w.Header().Set("Content-Type", "application/json")
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: plantedSession})
		_, _ = io.WriteString(w, `{"ok":true,"access_token":"`+plantedAnswer+`"}`)
	})
}

// plantedRequests are one of each kind; all but the last are let in.
func plantedRequests(t *testing.T, public string) {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(plantedHMAC))
	const push = `{"zen":"Keep it logically awesome.","hook_id":1,"repository":{"full_name":"a/b"}}`
	mac.Write([]byte(push))
	const form, doc = "application/x-www-form-urlencoded", "application/json"
	for _, q := range []struct {
		target, kind, body string
		header             []string
		status             int
	}{
		{"/hooks/sms", form, seedForm(plantedForm), nil, 200},
		{"/hooks/git", doc, push, []string{"X-Github-Event", "ping", "X-Hub-Signature-256", "sha256=" + hex.EncodeToString(mac.Sum(nil))}, 200},
		{"/hooks/keys?token=" + plantedQuery, form, "a=b", []string{"Authorization", "Bearer " + plantedBearer, "X-Api-Key", plantedKey, "Cookie", "s=" + plantedCookie}, 200},
		{"/hooks/basic", doc, `{"user":{"name":"a","credentials":{"password":"` + plantedJSON + `"}}}`, []string{
			"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+plantedPassword)),
		}, 200},
		{"/hooks/sms", form, seedForm(plantedWrong), nil, 401},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", public+q.target, strings.NewReader(q.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", q.kind)
		for i := 0; i < len(q.header); i += 2 {
			req.Header.Set(q.header[i], q.header[i+1])
		}
		res, err := fresh.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != q.status {
			t.Fatalf("%s: answered %d, want %d", q.target, res.StatusCode, q.status)
		}
	}
}

// background is a command that goes on, and what it prints.
type background struct {
	cmd *exec.Cmd
	out lockedBuffer
}

func startBackground(t *testing.T, env []string, ready string, args ...string) *background {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	b := &background{cmd: exec.Command(bin, args...)}
	b.cmd.Env, b.cmd.Dir, b.cmd.Stdout, b.cmd.Stderr = env, t.TempDir(), &b.out, &b.out
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.cmd.Process.Kill() })
	b.shows(t, ready)
	return b
}

// shows waits until the command has printed what matches.
func (b *background) shows(t *testing.T, pattern string) string {
	t.Helper()
	wanted := regexp.MustCompile("(?m)" + pattern)
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if m := wanted.FindStringSubmatch(b.out.String()); m != nil {
			return m[len(m)-1]
		}
		if time.Now().After(end) {
			t.Fatalf("%v never printed %q:\n%s", b.cmd.Args, pattern, b.out.String())
		}
	}
}

func (b *background) end(t *testing.T) {
	t.Helper()
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	if err := b.cmd.Wait(); err != nil {
		t.Errorf("%v: %v", b.cmd.Args, err)
	}
}

// search says which of the planted credentials are in a text, in any spelling.
func search(t *testing.T, where, text string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s: there is nothing to search", where)
	}
	for _, secret := range planted {
		for _, s := range spellings(secret) {
			if strings.Contains(text, s) {
				t.Errorf("%s shows %s, as %q", where, secret, s)
			}
		}
	}
}

// TestPlantedCredentials sends credentials in every place where senders put them and looks for them, base64 too, in all
// that devhook prints, serves and tells: only the very bytes (/body and /head) have them, which is their contract. Replays
// from everywhere still authenticate.
func TestPlantedCredentials(t *testing.T) {
	var let atomic.Int32
	app := serveApp(t, plantedApp(&let))
	db := filepath.Join(t.TempDir(), "devhook.db")
	env := environ(t, "SMS="+plantedForm, "GIT="+plantedHMAC)
	routes := []string{"--verify", "telerivet@/hooks/sms=env:SMS", "--verify", "github@/hooks/git=env:GIT"}
	up := startBackground(t, env, `^ready$`, append([]string{"up", "--db", db, "--local", app, "--inspect", "127.0.0.1:0"}, routes...)...)
	public, page := up.shows(t, `^public +(\S+)`), up.shows(t, `^inspector +(\S+)`)
	lines := startBackground(t, env, "following", "tail", "--db", db)
	objects := startBackground(t, env, "following", "tail", "--json", "--db", db)
	plantedRequests(t, public)
	ids := make([]string, 0, 5)
	for _, c := range captured(t, db) {
		ids = append(ids, c["id"].(string))
	}
	if len(ids) != 5 || let.Load() != 4 {
		t.Fatalf("%d recorded, %d let in", len(ids), let.Load())
	}

	commandsHide(t, env, db, ids, routes)
	replayed := pagesHide(t, page, ids)
	replayed += agentsHide(t, env, db, ids, routes)
	if n := int(let.Load()); n != 4+replayed+len(ids)-1 {
		t.Errorf("the app let in %d, want 4 and %d replays", n, replayed+len(ids)-1)
	}
	for _, b := range []*background{lines, objects, up} {
		b.shows(t, `/hooks/git`)
		b.end(t)
		search(t, strings.Join(b.cmd.Args[1:3], " "), b.out.String())
	}
	files, err := filepath.Glob(db + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if raw, err := os.ReadFile(name); err != nil || bytes.Contains(raw, []byte(plantedHMAC)) {
			t.Errorf("%s: a configured secret is in it (%v)", name, err)
		}
	}
}

// commandsHide looks at what the commands print. It replays each request once.
func commandsHide(t *testing.T, env []string, db string, ids, routes []string) {
	t.Helper()
	run := func(code int, args ...string) {
		t.Helper()
		out, errs, got := devhook(t, env, append(args, "--db", db)...)
		if got != code {
			t.Errorf("%v: exit %d, want %d\n%s%s", args, got, code, out, errs)
		}
		search(t, strings.Join(args, " "), out+errs)
	}
	run(0, "requests")
	run(0, "requests", "--json")
	run(0, "requests", "--failed")
	run(0, "resend", "--failed", "--dry-run")
	for i, id := range ids {
		refused := map[bool]int{true: 1}[i == 0] // the newest has the wrong secret
		run(0, "show", id)
		run(0, "show", "--json", id)
		run(0, "show", "--raw", id)
		run(refused, "replay", id)
	}
	git, sms := ids[3], ids[4]
	run(0, append([]string{"verify", sms}, routes...)...)
	run(1, append([]string{"verify", ids[0], "--json"}, routes...)...)
	run(1, "verify", git, "--provider", "github", "--secret", "env:SMS")
	run(2, "verify", git, "--provider", "github", "--secret", plantedHMAC[:6])
	run(1, "replay", sms, "--to", "http://127.0.0.1:1/?token="+plantedQuery)
	run(1, "show", "nosuchid")
}

// pagesHide looks at every page and at every answer of the API that its own document names, and says how many replays it
// made that must be let in.
func pagesHide(t *testing.T, page string, ids []string) (replayed int) {
	t.Helper()
	get := func(path string) string {
		t.Helper()
		res, err := fresh.Get(page + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(get("/api/openapi.json")), &doc); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/rows", "/tunnel", "/resend", "/clear", "/requests/{id}", "/requests/{id}/detail", "/requests/{id}/delete", "/nothing"}
	for path, item := range doc.Paths {
		if item["get"] != nil && path != "/api/events" && !strings.HasSuffix(path, "/body") && !strings.HasSuffix(path, "/head") {
			paths = append(paths, path)
		}
	}
	if len(paths) < 18 {
		t.Errorf("only %d addresses: %v", len(paths), paths)
	}
	for _, path := range paths {
		for _, id := range ids {
			one := strings.NewReplacer("{id}", id, "{name}", "command_line").Replace(path)
			if strings.HasSuffix(path, "/export") {
				for _, as := range []string{"curl", "http", "json", "har"} {
					search(t, one+" as "+as, get(one+"?as="+as))
				}
				continue
			}
			search(t, one, get(one))
			if !strings.Contains(path, "{id}") {
				break
			}
		}
	}
	search(t, "/api/events", firstEvents(t, page+"/api/events?from=0-1"))
	for _, id := range ids[1:] {
		for path, body := range map[string]string{"/api/requests/" + id + "/replay": "{}", "/api/requests/http": `{"id":"` + id + `"}`} {
			res, err := fresh.Post(page+path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil || res.StatusCode >= 300 {
				t.Errorf("%s: %s %v", path, res.Status, err)
			}
			search(t, path, string(b)+res.Status)
			replayed++
		}
	}
	if !strings.Contains(get("/api/requests/"+ids[4]+"/body"), plantedForm) || !strings.Contains(get("/api/requests/"+ids[2]+"/head"), plantedBearer) {
		t.Error("the very bytes are not the very bytes: this test looks for what was never there")
	}
	return replayed
}

// firstEvents is what an event stream has at once.
func firstEvents(t *testing.T, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := fresh.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var all bytes.Buffer
	for buf := make([]byte, 4096); strings.Count(all.String(), "event: delivery") < 5; {
		n, err := res.Body.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v after %s", err, all.String())
		}
	}
	return all.String()
}
