//go:build unix

package main_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A tally is what two apps got: by the number of each request the names of the apps that had it.
type tally struct {
	mu  sync.Mutex
	got map[string][]string
}

// app is one of the apps; it answers with its name.
func (y *tally) app(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		y.mu.Lock()
		n := r.Header.Get("X-Try")
		y.got[n] = append(y.got[n], name)
		y.mu.Unlock()
		fmt.Fprint(w, name)
	})
}

// telerivets calls an address as Telerivet does and gives the status and the answer.
func telerivets(address, secret, number string) (int, string) {
	form := url.Values{"event": {"incoming_message"}, "id": {"SM" + number}, "content": {"hello"}, "secret": {secret}}
	q, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err.Error()
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("X-Try", number)
	res, err := fresh.Do(q)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(body)
}

// sixRoutes is a file of two tunnels. open leads one of the routes to the app at a port.
func sixRoutes(first, second, open string) string {
	return fmt.Sprintf(`inspect: "off"
bind: %[4]s
tunnels:
  - local: %[1]s
    routes:
      - {path: /sms, provider: telerivet, secret: file:secret}
      - {path: /events, provider: telerivet, secret: file:secret, event: [incoming_*], local: %[2]s}
      - {path: /events, provider: telerivet, secret: file:secret}
  - local: %[2]s
    routes:
      - {path: /sms, provider: telerivet, secret: file:secret}
      - {path: /open, provider: telerivet, secret: file:secret, local: %[3]s}
      - {path: /strict, provider: telerivet, secret: file:secret, reject_invalid: true}
`, first, second, open, lonely(6))
}

// untilAnswered calls until the answer is the wanted one, and tells how long that took.
func untilAnswered(t *testing.T, address, secret, number string, status int, body string) time.Duration {
	t.Helper()
	began := time.Now()
	for time.Since(began) < time.Minute {
		if got, text := telerivets(address, secret, number); got == status && (body == "" || text == body) {
			return time.Since(began)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not come to answer %d %q", address, status, body)
	return 0
}

// TestTwoTunnelsUnderLoad: two tunnels, two apps and six routes of one file. A changed secret and a changed route take
// effect within two seconds while requests come, and none of those is lost or comes twice.
func TestTwoTunnelsUnderLoad(t *testing.T) {
	got := &tally{got: map[string][]string{}}
	one, two := serveApp(t, got.app("one")), serveApp(t, got.app("two"))
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "devhook.yaml"), filepath.Join(dir, "secret")
	put := func(path, text string) {
		t.Helper()
		next := path + ".new" // as an editor does
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Fatal(err)
		}
	}
	put(secret, "s0")
	put(file, sixRoutes(one, two, two))
	u := startUp(t, filepath.Join(dir, "d", "devhook.db"), nil, nil, "--config", file)
	public := map[string]string{}
	for len(public) < 2 {
		if e := <-u.events; e["event"] == "ready" {
			public[e["local_url"].(string)] = e["public_url"].(string)
		}
	}
	first, second := public["http://localhost:"+one], public["http://localhost:"+two]

	goes := map[string]string{first + "/sms": "one", first + "/events": "two", second + "/sms": "two", second + "/open": "", first + "/none": "one"}
	stop, number := make(chan struct{}), make(chan int)
	var load sync.WaitGroup
	go func() {
		defer close(number)
		for n := 0; ; n++ {
			select {
			case number <- n:
			case <-stop:
				return
			}
		}
	}()
	sent := make(map[string]string)
	var mu sync.Mutex
	for range 4 {
		load.Go(func() {
			for n := range number {
				for address, want := range goes {
					name := fmt.Sprintf("%d-%s", n, address)
					status, body := telerivets(address, "s0", name)
					if status != 200 || want != "" && body != want {
						t.Errorf("%s: answered %d %q, want %s", name, status, body, cmp.Or(want, "one or two"))
					}
					mu.Lock()
					sent[name] = body
					mu.Unlock()
				}
			}
		})
	}

	slow := 0
	for n := 1; n <= 3; n++ { // a busy machine may be late once
		fresh := fmt.Sprintf("s%d", n)
		put(secret, fresh)
		took := untilAnswered(t, second+"/strict", fresh, "strict", 200, "two")
		open, name := one, "one"
		if n%2 == 0 {
			open, name = two, "two"
		}
		put(file, sixRoutes(one, two, open))
		moved := untilAnswered(t, second+"/open", fresh, "open", 200, name)
		t.Logf("the secret took effect after %v, the route after %v", took.Round(time.Millisecond), moved.Round(time.Millisecond))
		if took > 2*time.Second || moved > 2*time.Second {
			slow++
		}
	}
	if slow > 1 {
		t.Errorf("%d of 3 changes took longer than two seconds", slow)
	}
	close(stop)
	load.Wait()

	got.mu.Lock()
	defer got.mu.Unlock()
	for name, app := range sent {
		if had := got.got[name]; len(had) != 1 || had[0] != app {
			t.Errorf("%s was answered by %s; %v had it", name, app, had)
		}
	}
	recorded := map[bool]int{}
	for _, c := range captured(t, u.db) {
		target := c["target"].(string)
		recorded[target != "/strict" && c["last_delivery"] != nil]++
	}
	if recorded[true] < len(sent) {
		t.Errorf("%d were sent, %d are recorded with their delivery", len(sent), recorded[true])
	}
	t.Logf("%d requests under way meanwhile", len(sent))
	if code := u.stop(); code != 0 {
		t.Errorf("up ended with %d\n%s", code, u.stderr)
	}
}

// TestRelayThatComesLater: a relay that is away keeps only its own tunnel waiting, and one that ends takes no other along.
func TestRelayThatComesLater(t *testing.T) {
	ip, dir, env := lonely(7), t.TempDir(), environ(t)
	got := &tally{got: map[string][]string{}}
	one, two := serveApp(t, got.app("one")), serveApp(t, got.app("two"))
	file := filepath.Join(dir, "devhook.yaml")
	text := fmt.Sprintf("inspect: localhost:0\ntunnels: [{local: %s, relay: 'ws://%s:7080'}, {local: %s, bind: %s}]\n", one, ip, two, lonely(8))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	u := startUp(t, filepath.Join(dir, "d", "devhook.db"), env, nil, "--config", file, "--accept-new-host-key")
	if code, body := telerivets(u.public+"/x", "s", "1"); code != 200 || body != "two" {
		t.Errorf("the other tunnel answered %d %s", code, body)
	}
	u.await("warning", func(e map[string]any) bool {
		return e["tunnel"] == "localhost:"+one && strings.HasPrefix(e["hint"].(string), "it is tried again until it is there; ")
	})
	relayAt(t, env, ip)
	ready := u.await("ready", func(e map[string]any) bool { return e["tunnel"] == "localhost:"+one })
	if code, body := telerivets(ready["public_url"].(string)+"/x", "s", "2"); code != 200 || body != "one" {
		t.Errorf("the tunnel of the relay that came answered %d %s", code, body)
	}

	// Another up with the same key takes its address: this tunnel ends, the other goes on.
	port := ready["public_url"].(string)[len("http://"+ip+":"):]
	other := startUp(t, filepath.Join(dir, "e", "devhook.db"), env, nil, "--inspect", "off", "--local", two, "--relay", "ws://"+ip+":7080", "--port", port)
	u.await("warning", func(e map[string]any) bool {
		return e["tunnel"] == "localhost:"+one && strings.HasSuffix(e["hint"].(string), "; the other tunnels go on")
	})
	if code, body := telerivets(u.public+"/x", "s", "3"); code != 200 || body != "two" {
		t.Errorf("the tunnel that is left answered %d %s", code, body)
	}
	for _, one := range []*up{other, u} {
		if code := one.stop(); code != 0 {
			t.Errorf("up ended with %d\n%s", code, one.stderr)
		}
	}
}

// await waits for an event.
func (u *up) await(kind string, fits func(map[string]any) bool) map[string]any {
	u.t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case e := <-u.events:
			if e["event"] == kind && fits(e) {
				return e
			}
		case <-late:
			u.t.Fatalf("up told no such %s\n%s", kind, u.stderr)
		}
	}
}

// TestScreenOfTwoTunnels holds that the picture has a line for each tunnel, and so have the lines that it leaves.
func TestScreenOfTwoTunnels(t *testing.T) {
	dir, bind := t.TempDir(), lonely(9)
	text := fmt.Sprintf("inspect: 'off'\nbind: %s\ntunnels:\n  - local: 3001\n    routes: [{path: /sms, provider: telerivet}]\n  - local: 3002\n", bind)
	if err := os.WriteFile(filepath.Join(dir, "devhook.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "up")
	cmd.Env, cmd.Dir = environ(t, "TERM=xterm-256color"), dir
	c := openConsole(t, cmd, 110, 24)
	c.await(`● online(.|\n)*  public +http://` + bind + `:8080  to  http://localhost:3001    only this machine; see --relay\n` +
		`  checks +telerivet /sms\n  public +http://` + bind + `:8000  to  http://localhost:3002 .*\n  inspector  off$`)
	c.keys("\x03")
	<-c.ended
	c.await(`^tunnel     localhost:3001\npublic     http://` + bind + `:8080\ninspector  off\napp        http://localhost:3001\ntunnel     localhost:3002\n`)
}
