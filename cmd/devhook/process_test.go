//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// These tests run devhook as its users do: built once, started as a process of its own, and stopped the hard way.

// binary builds devhook and gives the path. The build is shared by all tests of the run.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "devhook-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "devhook")
	out, err := exec.Command("go", "build", "-o", path, "devhook/cmd/devhook").CombinedOutput()
	if err != nil {
		return "", &buildError{string(out), err}
	}
	return path, nil
})

type buildError struct {
	output string
	err    error
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + e.output }

// up is a running `devhook up --json`.
type up struct {
	t      *testing.T
	cmd    *exec.Cmd
	public string // base URL
	page   string // inspector's base URL, "" if off
	db     string
	events chan map[string]any // all but ready, and of several tunnels that too; dropped when nobody reads
	stderr *lockedBuffer
	exited chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// counted is how often a test does something: as often as a variable says, for scripts/scorecard, or otherwise as is good
// for every day.
func counted(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// environ is a clean environment for devhook, with a home of its own.
func environ(t *testing.T, more ...string) []string {
	home := t.TempDir()
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"), "GORACE=atexit_sleep_ms=10", // as in scripts
	}, more...)
}

// startUp starts `up` and waits until it says that it is ready. wrap comes before the command, such as strace and its
// arguments.
func startUp(t *testing.T, db string, env, wrap []string, args ...string) *up {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	words := append(append([]string{}, wrap...), bin, "up", "--json", "--db", db)
	words = append(words, args...)
	u := &up{
		t: t, cmd: exec.Command(words[0], words[1:]...), db: db,
		events: make(chan map[string]any, 4096), stderr: &lockedBuffer{}, exited: make(chan error, 1),
	}
	if env == nil {
		env = environ(t)
	}
	u.cmd.Env, u.cmd.Stderr, u.cmd.Dir = env, u.stderr, t.TempDir()
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := u.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan map[string]any, 1)
	go u.read(out, ready)
	t.Cleanup(u.kill)
	select {
	case e := <-ready:
		u.public, _ = e["public_url"].(string)
		u.page, _ = e["inspector_url"].(string)
	case err := <-u.exited:
		u.exited <- err
		t.Fatalf("up ended before it was ready: %v\n%s", err, u.stderr)
	case <-time.After(60 * time.Second):
		t.Fatalf("up is not ready after a minute\n%s", u.stderr)
	}
	return u
}

func (u *up) read(out io.Reader, ready chan<- map[string]any) {
	sc := bufio.NewScanner(out)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		var e map[string]any
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			u.t.Errorf("up printed %q with --json", sc.Bytes())
			continue
		}
		if e["event"] == "ready" {
			if _, several := e["tunnel"]; !several {
				ready <- e
				continue
			}
			select {
			case ready <- e:
			default: // an earlier tunnel is
			}
		}
		select {
		case u.events <- e:
		default:
		}
	}
	u.exited <- u.cmd.Wait()
}

// kill ends the process and what it was wrapped in, at once.
func (u *up) kill() {
	select {
	case err := <-u.exited:
		u.exited <- err
		return
	default:
	}
	_ = syscall.Kill(-u.cmd.Process.Pid, syscall.SIGKILL)
	err := <-u.exited
	u.exited <- err
}

// stop asks for a clean end and returns the exit code.
func (u *up) stop() int {
	u.t.Helper()
	_ = u.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-u.exited:
		u.exited <- err
	case <-time.After(30 * time.Second):
		u.t.Fatalf("up did not end within 30 s of SIGTERM\n%s", u.stderr)
	}
	return u.cmd.ProcessState.ExitCode()
}

// devhook runs a command to its end and returns what it printed.
func devhook(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir = &o, &e, t.TempDir()
	if cmd.Env = env; env == nil {
		cmd.Env = environ(t)
	}
	_ = cmd.Run()
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// captured are the captures in a database, newest first, as `devhook requests --json` prints them.
func captured(t *testing.T, db string, args ...string) []map[string]any {
	t.Helper()
	out, errs, code := devhook(t, nil, append([]string{"requests", "--json", "--limit", "100000", "--db", db}, args...)...)
	if code != 0 {
		t.Fatalf("requests: exit %d: %s", code, errs)
	}
	var all []map[string]any
	for line := range strings.Lines(out) {
		var c map[string]any
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("requests printed %q: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

// fresh is an HTTP client that opens a connection for each request, as most senders do.
var fresh = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       60 * time.Second,
}

// serveApp runs an app on loopback and gives its port.
func serveApp(t *testing.T, h http.Handler) string {
	t.Helper()
	return serveAppAt(t, "127.0.0.1:0", h)
}

func serveAppAt(t *testing.T, addr string, h http.Handler) string {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(ln) }()
	t.Cleanup(func() { _ = s.Close() })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}
