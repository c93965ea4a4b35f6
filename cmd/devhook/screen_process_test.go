//go:build unix

package main_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// console is a program in a real pseudo-terminal, with an emulator at the other end that keeps what a person would see.
type console struct {
	t      *testing.T
	pty    *os.File
	cmd    *exec.Cmd
	screen *vt.Emulator
	ended  chan struct{}

	mu  sync.Mutex // of raw and screen
	raw strings.Builder
}

func openConsole(t *testing.T, cmd *exec.Cmd, width, height int) *console {
	t.Helper()
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	if err != nil {
		t.Fatal(err)
	}
	c := &console{t: t, pty: f, cmd: cmd, screen: vt.NewEmulator(width, height), ended: make(chan struct{})}
	go c.read()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the shell and what it runs: a hang-up may be ignored here
		<-c.ended
		_ = f.Close()
	})
	return c
}

// read feeds the emulator until the program ends.
func (c *console) read() {
	defer close(c.ended)
	buf := make([]byte, 4096)
	for {
		n, err := c.pty.Read(buf)
		c.mu.Lock()
		c.raw.Write(buf[:n])
		_, _ = c.screen.Write(buf[:n])
		c.mu.Unlock()
		if err != nil {
			_ = c.cmd.Wait()
			return
		}
	}
}

func (c *console) bytes() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.raw.String()
}

// text is the screen without the blanks at the ends of its lines.
func (c *console) text() string {
	c.mu.Lock()
	lines := strings.Split(c.screen.String(), "\n")
	c.mu.Unlock()
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// await waits until the screen matches.
func (c *console) await(pattern string) string {
	c.t.Helper()
	wanted := regexp.MustCompile("(?m)" + pattern)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if text := c.text(); wanted.MatchString(text) {
			return text
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the screen never matched %q:\n%s", pattern, c.text())
		}
	}
}

func (c *console) resize(width, height int) {
	c.t.Helper()
	c.mu.Lock()
	c.screen.Resize(width, height)
	c.mu.Unlock()
	if err := pty.Setsize(c.pty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *console) keys(text string) {
	c.t.Helper()
	if _, err := c.pty.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

// upIn is devhook up in a terminal of that kind, with an app that answers 500 at /bad.
func upIn(t *testing.T, width, height int, env ...string) *console {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/bad") {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(app.Close)
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `trap : INT; echo a line before; "$0" "$@"; echo and one after`,
		bin, "up", app.URL, "--inspect", "off", "--verify", "telerivet@/hooks=env:SECRET")
	cmd.Env = environ(t, append([]string{"SECRET=s3cret"}, env...)...)
	cmd.Dir = t.TempDir()
	return openConsole(t, cmd, width, height)
}

func (c *console) public() string {
	return regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(c.await(`public +http://127\.0\.0\.1:\d+`))
}

func hook(t *testing.T, url, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
}

// TestScreen follows one picture through its life: it is drawn in place, what is printed goes above it, another size of the
// terminal is taken up, and plain lines are left at the end.
func TestScreen(t *testing.T) {
	c := upIn(t, 90, 24, "TERM=xterm-256color")
	c.await(`● online`)
	public := c.public()
	if text := c.await(`^  no webhook came yet$`); !strings.Contains(text, "a line before\n\n  devhook ") || !strings.Contains(text, "only this machine; see --relay") {
		t.Errorf("the first picture:\n%s", text)
	}
	hook(t, public+"/hooks/sms", "event=incoming_message&id=1&secret=s3cret")
	c.await(`^  \d\d:\d\d:\d\d  ● POST /hooks/sms +telerivet incoming_message +200 +\d+ms$`)
	hook(t, public+"/hooks/sms", "event=incoming_message&id=2&secret=wrong")
	c.await(`✕ POST /hooks/sms .*\n            the secret field differs from env:SECRET$`)
	hook(t, public+"/bad/"+strings.Repeat("x", 200)+"/end", "a=1")
	text := c.await(`○ POST /bad/x+…x+/end +500 +\d+ms$`)
	c.await(`^  3 recorded, 1 failed: devhook resend --failed   Ctrl-C ends it$`)
	if strings.Count(text, "  devhook ") != 1 || strings.Index(text, "/bad/") > strings.Index(text, "✕") {
		t.Errorf("not one picture with the newest on top:\n%s", text)
	}
	if strings.Contains(c.bytes(), "\x1b[?1049h") || !strings.Contains(c.bytes(), "\x1b[32m") {
		t.Error("it took the whole screen, or has no colour")
	}

	c.resize(60, 20)
	text = c.await(`^  devhook {35,} ● online$`)
	c.await(`○ POST /b.*…x*/end +500 `)
	if strings.Count(text, "  devhook ") != 1 {
		t.Errorf("after the terminal got narrower:\n%s", text)
	}
	c.resize(120, 30)
	c.await(`^  devhook {75,} ● online$`)

	c.keys("\x03")
	text = c.await(`^and one after$`)
	for _, want := range []string{
		`(?m)^public     http://127.0.0.1:\d+$`, `(?m)^app        http://127.0.0.1:\d+$`, `(?m)POST /hooks/sms  telerivet incoming_message  invalid  200 `,
		`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  stopped: 0 deliveries drained, 3 recorded$`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("the end has no %s:\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "●✕") || strings.Contains(text, "Ctrl-C ends it") || strings.Index(text, "valid  200") > strings.Index(text, "/bad/") {
		t.Errorf("the end is no log:\n%s", text)
	}
}

// TestScreenManyRows holds that the picture stays within the terminal, whatever comes.
func TestScreenManyRows(t *testing.T) {
	c := upIn(t, 80, 16, "TERM=xterm")
	c.await(`● online`)
	public := c.public()
	for n := range 30 {
		hook(t, fmt.Sprintf("%s/bad/%d", public, n), "a=1")
	}
	text := c.await(`^  30 recorded, 30 failed`)
	if strings.Count(text, "devhook  ") != 1 || !strings.Contains(text, "/bad/29") || strings.Contains(text, "/bad/1 ") {
		t.Errorf("the picture:\n%s", text)
	}
}

// TestScreenColourless holds that NO_COLOR leaves the picture and takes its colours.
func TestScreenColourless(t *testing.T) {
	c := upIn(t, 80, 24, "TERM=xterm", "NO_COLOR=1")
	c.await(`● online$`)
	hook(t, c.public()+"/bad", "a=1")
	c.await(`○ POST /bad .*500`)
	if sgr := regexp.MustCompile(`\x1b\[[0-9;]*m`).FindString(c.bytes()); sgr != "" {
		t.Errorf("a colour: %q", sgr)
	}
}

// TestScreenAfterStop holds that after Ctrl-Z the picture begins anew and leaves alone what was written meanwhile.
func TestScreenAfterStop(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Env = environ(t, "TERM=xterm", "PS1=> ", "HISTFILE=", "DEVHOOK="+bin)
	cmd.Dir = t.TempDir()
	c := openConsole(t, cmd, 80, 40)
	c.await(`^>$`)
	c.keys("$DEVHOOK up 3999 --inspect off\n")
	c.await(`● online$`)
	hook(t, c.public()+"/before", "a=1")
	c.await(`POST /before `)
	c.keys("\x1a")
	c.await(`Stopped`)
	c.keys("sleep 1; echo in between\n") // nobody is quicker, and a shorter stop can't be told from a busy machine
	c.await(`^in between$`)
	c.keys("fg\n")
	text := c.await(`^in between\n> fg\n(.*\n)+  devhook .*● online$`)
	if strings.Count(text, "POST /before ") != 2 {
		t.Errorf("the picture before, or the one after, is not whole:\n%s", text)
	}
	c.keys("\x03")
	c.await(`stopped: 0 deliveries drained, 1 recorded$`)
}

// TestShowOnTerminal holds that JSON is laid out in colour, and that codes in it stay text; raw bytes only a pipe gets.
func TestShowOnTerminal(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := `{"head":"POST /a HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n","body":{"text":"{\"a\":\"\u009b31m\u202e\",\"b\":1}"}}`
	file = strings.Replace(file, "Content-Length: 18", fmt.Sprintf("Content-Length: %d", len(`{"a":"`)+len("\u009b31m\u202e")+len(`","b":1}`)), 1)
	if err := os.WriteFile(dir+"/a.json", []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `"$0" import a.json && "$0" show latest && "$0" show latest --raw; "$0" show latest --json; echo done`, bin)
	cmd.Env, cmd.Dir = environ(t, "TERM=xterm"), dir
	c := openConsole(t, cmd, 100, 60)
	text := c.await(`^done$`)
	if !strings.Contains(text, `    "a": "\u009b31m\u202e",`+"\n"+`    "b": 1`) || !strings.Contains(c.bytes(), "\x1b[36m\"b\"\x1b[0m: \x1b[33m1\x1b[0m") {
		t.Errorf("no JSON in colour:\n%s", text)
	}
	if !strings.Contains(text, "devhook: it holds bytes that a terminal would act on") {
		t.Errorf("raw bytes went to the terminal:\n%s", text)
	}
	if strings.ContainsAny(c.bytes(), "\u009b\u202e") {
		t.Errorf("a code got through: %q", c.bytes())
	}
}

// TestScreenDumb holds that a terminal which can't redraw gets lines, with no code in them.
func TestScreenDumb(t *testing.T) {
	c := upIn(t, 200, 24, "TERM=dumb")
	c.await(`^ready$`)
	hook(t, c.public()+"/hooks/sms", "event=incoming_message&secret=s3cret")
	c.await(`  -->  POST /hooks/sms  telerivet incoming_message  valid  \[`)
	c.await(`  <--   200  \d+ms  \[`)
	if err := syscall.Kill(c.cmd.Process.Pid, 0); err != nil {
		t.Fatal(err)
	}
	c.keys("\x03")
	c.await(`stopped: 0 deliveries drained, 1 recorded$`)
	if strings.Contains(c.bytes(), "\x1b") {
		t.Errorf("a code: %q", c.bytes())
	}
}
