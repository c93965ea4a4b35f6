//go:build unix

package relay_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// opener is the system's OpenSSH client, with a key the relay knows.
type opener struct {
	relay *tunneltest.Relay
	key   ssh.Signer
	args  []string
	app   string // host:port
}

func newOpener(t *testing.T, change func(*relay.Config)) *opener {
	t.Helper()
	o := &opener{relay: stockRelay(t, change)}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if o.key, err = ssh.NewSignerFromKey(private); err != nil {
		t.Fatal(err)
	}
	o.relay.Allow(o.key.PublicKey(), relay.Grant{})
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	host, port, _ := net.SplitHostPort(o.relay.SSH)
	known := fmt.Sprintf("[%s]:%s %s", host, port, ssh.MarshalAuthorizedKey(o.relay.HostKey))
	for name, text := range map[string][]byte{"id": pem.EncodeToMemory(block), "known": []byte(known)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.args = []string{
		"-F", "none", "-p", port, "-i", filepath.Join(dir, "id"), "-o", "IdentitiesOnly=yes",
		"-o", "UserKnownHostsFile=" + filepath.Join(dir, "known"), "-o", "StrictHostKeyChecking=yes", host,
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		fmt.Fprintf(w, "%s %s %s", q.Method, q.URL, body)
	}))
	t.Cleanup(app.Close)
	o.app = app.Listener.Addr().String()
	return o
}

// A client is an ssh that runs.
type client struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	end chan error

	mu  sync.Mutex
	out bytes.Buffer
}

func (c *client) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *client) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// start runs ssh; with tty inside of a terminal that script(1) makes.
func (o *opener) start(t *testing.T, tty bool, args ...string) *client {
	t.Helper()
	args = append(args, o.args...)
	c := &client{cmd: exec.Command("ssh", args...), end: make(chan error, 1)}
	if tty {
		c.cmd = exec.Command("script", "-qec", "ssh "+strings.Join(args, " "), "/dev/null")
	}
	c.cmd.Stdout, c.cmd.Stderr = c, c
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.end <- c.cmd.Wait() }()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.in.Close()
		<-c.end
	})
	return c
}

func (c *client) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-c.end:
		c.end <- err
		return err
	case <-time.After(patience):
		t.Fatalf("ssh goes on:\n%s", c.output())
		return nil
	}
}

// webhook calls a public port until a tunnel is there.
func (o *opener) webhook(t *testing.T, port int) {
	t.Helper()
	eventually(t, "a webhook comes through", func() bool {
		got, _ := get(t, o.relay, port)
		return strings.HasPrefix(got, "HTTP/1.1 200 ") && strings.HasSuffix(got, "POST / x")
	})
}

func TestOpenSSHWithoutAShell(t *testing.T) {
	o := newOpener(t, nil)
	c := o.start(t, false, "-N", "-R", "8000:"+o.app, "-R", "0.0.0.0:8080:"+o.app)
	o.webhook(t, 8000)
	o.webhook(t, 8080)
	if got := c.output(); got != "" {
		t.Errorf("ssh -N shows %q", got)
	}
	// As Ctrl-C ends it; but SIGINT is ignored by what a script has started in the background.
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.ended(t)
	other := tunneltest.Key(t) // it took its leave: its ports are free at once
	o.relay.Allow(other.PublicKey(), relay.Grant{})
	eventually(t, "the ports are free", func() bool { return forward(t, stock(t, o.relay, other), "tcpip-forward", "", 8080) })
}

func TestOpenSSHShowsTheAddress(t *testing.T) {
	o := newOpener(t, nil)
	c := o.start(t, false, "-R", "8000:"+o.app)
	eventually(t, "the address is shown", func() bool { return strings.Contains(c.output(), "http://relay.test:8000\r\n") })
	o.webhook(t, 8000)
	_ = c.in.Close()
	if err := c.ended(t); err != nil {
		t.Errorf("at the end of its input ssh ends with %v:\n%s", err, c.output())
	}
	for _, key := range []string{"\x03", "\x04"} {
		c := o.start(t, true, "-R", "8000:"+o.app)
		eventually(t, "the address is shown", func() bool { return strings.Contains(c.output(), "http://relay.test:8000\r\n") })
		o.webhook(t, 8000)
		if _, err := io.WriteString(c.in, key); err != nil {
			t.Fatal(err)
		}
		if err := c.ended(t); err != nil {
			t.Errorf("after %q ssh ends with %v:\n%s", key, err, c.output())
		}
	}
}

func TestOpenSSHIsToldWhatIsRefused(t *testing.T) {
	o := newOpener(t, nil)
	c := o.start(t, false, "-R", "9999:"+o.app)
	if c.ended(t) == nil || !strings.Contains(c.output(), "port 9999 is not offered to this key") || !strings.Contains(c.output(), "no public port: ask for one") {
		t.Errorf("ssh shows:\n%s", c.output())
	}
	for _, args := range [][]string{{"-W", "127.0.0.1:22"}, {"-s", "-R", "8000:" + o.app}} {
		if c := o.start(t, false, args...); c.ended(t) == nil {
			t.Errorf("ssh %v ends well:\n%s", args, c.output())
		}
	}
	o.args = append(o.args, "uptime")
	if c := o.start(t, false, "-R", "8000:"+o.app); c.ended(t) == nil || !strings.Contains(c.output(), "exec request failed") {
		t.Errorf("a command ends with:\n%s", c.output())
	}
}

func TestOpenSSHThatIsKilledKeepsItsPort(t *testing.T) {
	o := newOpener(t, nil)
	c := o.start(t, false, "-N", "-R", "8000:"+o.app)
	o.webhook(t, 8000)
	_ = c.cmd.Process.Kill()
	_ = c.ended(t)
	other := tunneltest.Key(t)
	o.relay.Allow(other.PublicKey(), relay.Grant{})
	eventually(t, "503", func() bool { got, _ := get(t, o.relay, 8000); return strings.HasPrefix(got, "HTTP/1.1 503 ") })
	if forward(t, stock(t, o.relay, other), "tcpip-forward", "", 8000) {
		t.Error("another key has the port")
	}
	o.start(t, false, "-N", "-R", "8000:"+o.app)
	o.webhook(t, 8000)
}
