//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// seedForm is the incoming_message of Telerivet's own documentation, with the fields it lists.
func seedForm(secret string) string {
	f := url.Values{
		"event": {"incoming_message"}, "id": {"SM5df0a1b2c3d4e5f6"}, "message_type": {"sms"}, "content": {"Hello world"},
		"from_number": {"+16505550123"}, "from_number_e164": {"+16505550123"}, "to_number": {"+16505550199"},
		"time_created": {"1795299240"}, "time_sent": {"1795299238"}, "contact_id": {"CT1234"}, "phone_id": {"PN1234"},
		"service_id": {"SV1234"}, "message_service_id": {"SV1234"}, "project_id": {"PJ1234"}, "contact[name]": {"Ann"},
	}
	if secret != "" {
		f.Set("secret", secret)
	}
	return f.Encode()
}

// TestTelerivetByCurl posts the documented example with curl to the public address, three times: with the right secret,
// with another and with none.
func TestTelerivetByCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is needed: apt-get install curl")
	}
	app, port := startSocketApp(t, func(string) (string, bool) { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true })
	db := filepath.Join(t.TempDir(), "state", "devhook.db")
	env := environ(t, "TELERIVET_SECRET=let me in")
	u := startUp(t, db, env, nil, "--local", port, "--inspect", "off", "--verify", "telerivet@/hooks/sms=env:TELERIVET_SECRET")
	host := strings.TrimPrefix(u.public, "http://")
	for n, tt := range []struct{ secret, verdict string }{{"let me in", "valid"}, {"let me out", "invalid"}, {"", "missing"}} {
		body := seedForm(tt.secret)
		out, err := exec.CommandContext(t.Context(), "curl", "-sS", "-i", "--data-binary", body, u.public+"/hooks/sms").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "HTTP/1.1 200 OK\r\n") {
			t.Fatalf("curl: %v\n%s", err, out)
		}
		c := captured(t, db)[0]
		if c["verdict"] != tt.verdict || c["provider"] != "telerivet" || c["event"] != "incoming_message" {
			t.Errorf("%v %v %v, want %s", c["verdict"], c["provider"], c["event"], tt.verdict)
		}
		head, got, _ := strings.Cut(app.requests()[n], "\r\n\r\n")
		if diff := cmp.Diff(body, got); diff != "" {
			t.Errorf("body (-sent +app):\n%s", diff)
		}
		checkCurlHead(t, head, host, len(body), c["id"].(string))
	}
}

// checkCurlHead compares the head at the app with what curl sends and what the table adds.
func checkCurlHead(t *testing.T, head, host string, size int, id string) {
	t.Helper()
	lines := strings.Split(head, "\r\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[2], "User-Agent: curl/") {
		t.Fatalf("head %q", head)
	}
	want := []string{
		"POST /hooks/sms HTTP/1.1", "Host: " + host, lines[2], "Accept: */*", "Content-Length: " + strconv.Itoa(size),
		"Content-Type: application/x-www-form-urlencoded",
		"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: " + host, "X-Forwarded-Proto: http", "X-Devhook-Id: " + id,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("head (-sent +app):\n%s", diff)
	}
}

// TestAppStopped: the sender gets 502 and the capture stays; when the app is back, `resend --failed` delivers it once.
func TestAppStopped(t *testing.T) {
	hold, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := hold.Addr().String()
	_ = hold.Close()
	db := filepath.Join(t.TempDir(), "state", "devhook.db")
	u := startUp(t, db, nil, nil, "--local", addr, "--inspect", "off")
	res, err := fresh.Post(u.public+"/later", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	line, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != 502 || strings.Count(string(line), "\n") != 1 || !strings.Contains(string(line), "nothing listens on "+addr) {
		t.Errorf("answered %s %q", res.Status, line)
	}
	if n := len(captured(t, db, "--failed")); n != 1 {
		t.Fatalf("%d failed captures, want 1", n)
	}
	var calls []string
	var mu sync.Mutex
	serveAppAt(t, addr, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		calls = append(calls, r.URL.Path+" "+string(b))
		mu.Unlock()
	}))
	for range 2 { // the second finds nothing left to do
		if _, errs, code := devhook(t, nil, "resend", "--failed", "--db", db); code != 0 {
			t.Fatalf("resend: exit %d: %s", code, errs)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]string{"/later hello"}, calls); diff != "" {
		t.Errorf("at the app (-want +got):\n%s", diff)
	}
	if failed := captured(t, db, "--failed"); len(failed) != 0 {
		t.Errorf("still failed: %v", failed)
	}
}

// TestStreamsThroughTheTunnel: each event as it comes, and a WebSocket of another make echoing.
func TestStreamsThroughTheTunnel(t *testing.T) {
	next := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		for n := range 5 {
			fmt.Fprintf(w, "data: %d\n\n", n)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	up := websocket.Upgrader{}
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			kind, msg, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, msg) != nil {
				return
			}
		}
	})
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", serveApp(t, mux), "--inspect", "off")
	res, err := fresh.Get(u.public + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for n := range 5 {
		line, err := lines.ReadString('\n')
		if err != nil || line != fmt.Sprintf("data: %d\n", n) {
			t.Fatalf("event %d: %q, %v", n, line, err)
		}
		_, _ = lines.ReadString('\n')
		next <- struct{}{}
	}
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(u.public, "http")+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for n := range 1000 {
		msg := bytes.Repeat([]byte{byte(n)}, 1+n*13)
		if err := c.WriteMessage(websocket.BinaryMessage, msg); err != nil {
			t.Fatal(err)
		}
		if _, got, err := c.ReadMessage(); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("echo %d: %d bytes, %v", n, len(got), err)
		}
	}
}

// TestLongUploadMemory sends 100 MiB through relay, tunnel, store and agent, which are one process here, and as many
// back, and looks at that process's peak memory. BODY_MIB=1024 sends as many MiB.
func TestLongUploadMemory(t *testing.T) {
	size := int64(counted("BODY_MIB", 100)) << 20
	sums := make(chan string, 1)
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		if r.URL.Path == "/down" {
			n, _ := io.Copy(io.MultiWriter(w, h), io.LimitReader(rand.Reader, size))
			sums <- fmt.Sprintf("%d %x", n, h.Sum(nil))
			return
		}
		n, _ := io.Copy(h, r.Body)
		sums <- fmt.Sprintf("%d %x", n, h.Sum(nil))
	}))
	long := &http.Client{Transport: fresh.Transport} // however long it takes
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", app, "--inspect", "off")
	warm, err := fresh.Post(u.public+"/warm", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_ = warm.Body.Close()
	<-sums
	idle := peakMemory(t, u.cmd.Process.Pid)
	h := sha256.New()
	res, err := long.Post(u.public+"/up", "application/octet-stream", io.TeeReader(io.LimitReader(rand.Reader, size), h))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if want, got := fmt.Sprintf("%d %x", size, h.Sum(nil)), <-sums; got != want || res.StatusCode != 200 {
		t.Errorf("at the app %s, sent %s, answered %s", got, want, res.Status)
	}
	h.Reset()
	if res, err = long.Get(u.public + "/down"); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(h, res.Body)
	_ = res.Body.Close()
	if got, want := fmt.Sprintf("%d %x", n, h.Sum(nil)), <-sums; got != want || n != size || err != nil {
		t.Errorf("from the app %s, came %s, %v", want, got, err)
	}
	grown := peakMemory(t, u.cmd.Process.Pid) - idle
	t.Logf("peak memory grew by %d MiB for a body of %d MiB up and one down", grown>>10, size>>20)
	if grown > 64<<10 {
		t.Errorf("peak memory grew by %d MiB, want at most 64", grown>>10)
	}
}

// peakMemory is VmHWM of a process in KiB.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}

// TestDrain: SIGTERM lets what is under way end, and exits 0.
func TestDrain(t *testing.T) {
	entered := make(chan struct{})
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		time.Sleep(500 * time.Millisecond)
		_, _ = io.WriteString(w, "done")
	}))
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", app, "--inspect", "off")
	answers := make(chan string, 1)
	go func() {
		res, err := fresh.Get(u.public + "/slow")
		if err != nil {
			answers <- err.Error()
			return
		}
		b, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		answers <- res.Status + " " + string(b)
	}()
	<-entered
	code := u.stop()
	if got := <-answers; got != "200 OK done" || code != 0 {
		t.Errorf("answered %q, exit %d\n%s", got, code, u.stderr)
	}
}
