//go:build unix

package main_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// A holdRelay is a relay process that holds webhooks, on addresses of its own.
type holdRelay struct {
	t      *testing.T
	ip     string
	dir    string // state and keys
	args   []string
	wrap   []string // comes before the command
	cmd    *exec.Cmd
	ended  chan error
	stderr *lockedBuffer
}

// newHoldRelay starts a relay that knows these public keys.
func newHoldRelay(t *testing.T, n int, keys string, args ...string) *holdRelay {
	t.Helper()
	r := &holdRelay{t: t, ip: lonely(n), dir: t.TempDir(), args: args, stderr: &lockedBuffer{}}
	r.authorize(keys)
	r.start()
	t.Cleanup(func() { r.kill() })
	return r
}

func (r *holdRelay) authorize(keys string) {
	r.t.Helper()
	path := filepath.Join(r.dir, "keys")
	if err := os.WriteFile(path+".new", []byte(keys), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		r.t.Fatal(err)
	}
}

func (r *holdRelay) start() {
	r.t.Helper()
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	words := append(slices.Clone(r.wrap), bin, "relay",
		"--bind", r.ip, "--ports", "8000,8080", "--ssh", r.ip+":2222", "--http", r.ip+":7080", "--metrics", r.ip+":9464",
		"--state", filepath.Join(r.dir, "state"), "--authorized-keys", filepath.Join(r.dir, "keys"))
	words = append(words, r.args...)
	r.cmd = exec.Command(words[0], words[1:]...)
	r.cmd.Env, r.cmd.Stderr, r.cmd.Dir = environ(r.t), r.stderr, r.dir
	said, err := r.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ready := make(chan struct{})
	r.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) {
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if lines.Text() == "ready" {
				close(ready)
			}
		}
		ended <- cmd.Wait()
	}(r.cmd, r.ended)
	select {
	case <-ready:
	case err := <-r.ended:
		r.ended <- err
		r.t.Fatalf("the relay ended before it was ready: %v\n%s", err, r.stderr)
	case <-time.After(time.Minute):
		r.t.Fatalf("the relay never was ready\n%s", r.stderr)
	}
}

// kill is kill -9.
func (r *holdRelay) kill() {
	_ = r.cmd.Process.Kill()
	err := <-r.ended
	r.ended <- err
}

func (r *holdRelay) public(port int) string { return fmt.Sprintf("http://%s:%d", r.ip, port) }

// metric is one of the relay's own, by its name without the prefix.
func (r *holdRelay) metric(name string) string {
	res, err := fresh.Get("http://" + r.ip + ":9464/metrics")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "devhook_relay_"+name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return "no " + name
}

// awaitMetric waits until a metric has a value.
func (r *holdRelay) awaitMetric(name, want string) {
	r.t.Helper()
	soon(r.t, name+" "+want, func() bool { return r.metric(name) == want })
}

// logs waits until the relay has said something.
func (r *holdRelay) logs(text string) {
	r.t.Helper()
	soon(r.t, "the log says "+text, func() bool { return strings.Contains(r.stderr.String(), text) })
}

// soon waits until ok says so.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

// post sends one webhook, once.
func post(t *testing.T, url, body string) (status int, text string, head http.Header) {
	t.Helper()
	res, err := fresh.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b), res.Header
}

// A holdKey is an agent's key with its line for authorized_keys.
func holdKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s, string(ssh.MarshalAuthorizedKey(s.PublicKey()))
}

// handedOver is an exchange as an agent got it.
type handedOver struct {
	id, target, body, remote, host string
	held                           time.Time
	port                           int
}

// A holdAgent is an agent in this process that notes what it gets.
type holdAgent struct {
	l    *tunnel.Listener
	line net.Conn

	mu    sync.Mutex
	got   []handedOver
	news  []tunnel.HeldNews
	takes func(n int) bool // whether the n-th is recorded; nil: all are
	mute  bool             // nothing is answered
}

// agentAt starts an agent that asks for a port and wants requests held.
func (r *holdRelay) agentAt(key ssh.Signer, port int, hold *tunnel.Hold, change func(*holdAgent)) *holdAgent {
	r.t.Helper()
	a := &holdAgent{}
	if change != nil {
		change(a)
	}
	c := tunnel.Config{
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			c, err := d.DialContext(ctx, "tcp", r.ip+":2222")
			a.mu.Lock()
			a.line = c
			a.mu.Unlock()
			return c, err
		},
		Addr: r.ip + ":2222", Signer: key, HostKey: ssh.InsecureIgnoreHostKey(), Port: port, Hold: hold,
		Held: func(n tunnel.HeldNews) { a.mu.Lock(); a.news = append(a.news, n); a.mu.Unlock() },
	}
	var err error
	if a.l, err = tunnel.Listen(r.t.Context(), c); err != nil {
		r.t.Fatalf("agent: %v\n%s", err, r.stderr)
	}
	r.t.Cleanup(func() { _ = a.l.Close() })
	go func() {
		for {
			c, err := a.l.Accept()
			if err != nil {
				return
			}
			go a.take(c.(*tunnel.Conn))
		}
	}()
	return a
}

func (a *holdAgent) take(c *tunnel.Conn) {
	defer c.Close()
	rd := http1.NewReader(c)
	q, err := rd.ReadRequest(http1.Limits{})
	if err != nil {
		return
	}
	body, err := io.ReadAll(rd.Body(q.Framing()))
	if err != nil {
		return
	}
	a.mu.Lock()
	a.got = append(a.got, handedOver{c.ArrivalID(), q.Target, string(body), c.RemoteAddr().String(), c.PublicHost(), c.Held(), c.LocalPort()})
	takes, mute := a.takes == nil || a.takes(len(a.got)), a.mute
	a.mu.Unlock()
	if mute {
		<-c.Gone()
		return
	}
	if takes {
		c.Recorded()
	}
	if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\napp\n"); err == nil {
		_ = c.Finish(true)
	}
}

func (a *holdAgent) all() []handedOver {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]handedOver(nil), a.got...)
}

// cut ends the agent's connection without a word.
func (a *holdAgent) cut() {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.line.Close()
}
