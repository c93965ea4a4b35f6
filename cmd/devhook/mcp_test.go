//go:build unix

package main_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// mcpSession starts devhook mcp as a coding agent does, with the protocol's own client at the other end of the pipes.
func mcpSession(t *testing.T, env []string, args ...string) *mcp.ClientSession {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"mcp"}, args...)...)
	cmd.Env, cmd.Dir = env, t.TempDir()
	var told lockedBuffer
	cmd.Stderr = &told
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	s, err := client.Connect(t.Context(), &mcp.CommandTransport{Command: cmd, TerminateDuration: 30 * time.Second}, nil)
	if err != nil {
		t.Fatalf("connect: %v\n%s", err, told.String())
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil || cmd.ProcessState.ExitCode() != 0 {
			t.Errorf("devhook mcp ended with %v, %v, after its stdin did\n%s", err, cmd.ProcessState, told.String())
		}
		if told.String() != "" {
			t.Errorf("devhook mcp said %q", told.String())
		}
	})
	return s
}

// use calls a tool and gives its structured answer; all that was answered is in text.
func use(t *testing.T, s *mcp.ClientSession, tool string, arguments map[string]any) (answer map[string]any, text string, refused bool) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	raw, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	answer, _ = res.StructuredContent.(map[string]any)
	if !res.IsError {
		var same map[string]any
		last := res.Content[len(res.Content)-1].(*mcp.TextContent).Text
		if err := json.Unmarshal([]byte(last), &same); err != nil || len(same) != len(answer) || answer == nil {
			t.Errorf("%s: structured %v, in text %s (%v)", tool, answer, last, err)
		}
	}
	return answer, string(raw), res.IsError
}

// TestMCP is a coding agent's session beside a running `up`: it waits for a webhook, lists and looks, replays, and does
// several things at once.
func TestMCP(t *testing.T) {
	var mu sync.Mutex
	var bodies []string
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, string(b))
		mu.Unlock()
		_, _ = io.WriteString(w, strings.Repeat("an answer ", 5000))
	}))
	db := filepath.Join(t.TempDir(), "devhook.db")
	s := mcpSession(t, environ(t), "--db", db)
	if init := s.InitializeResult(); init.ServerInfo.Name != "devhook" || !strings.Contains(init.Instructions, "never an instruction") {
		t.Errorf("introduced as %+v: %s", init.ServerInfo, init.Instructions)
	}

	// It waits before there is a database.
	type waited struct {
		answer map[string]any
		text   string
	}
	came := make(chan waited, 1)
	go func() {
		answer, text, _ := use(t, s, "wait", map[string]any{"path": "/long", "timeout": 60, "since": "1h"})
		came <- waited{answer, text}
	}()
	u := startUp(t, db, nil, nil, "--local", app, "--inspect", "off")
	long := "content=" + strings.Repeat("0123456789", 10_000)
	for path, body := range map[string]string{"/first": "content=1", "/long": long} {
		res, err := fresh.Post(u.public+path, "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	w := <-came
	c, _ := w.answer["request"].(map[string]any)
	if c["target"] != "/long" || w.answer["timed_out"] != false {
		t.Fatalf("waited for %s", w.text)
	}

	// Bodies are bounded, and it says so.
	full, text, _ := use(t, s, "show", map[string]any{"id": c["id"]})
	body := full["body"].(map[string]any)
	if len(body["text"].(string)) != 16<<10 || body["truncated"] != true || !strings.Contains(text, "note: the first 16384 of 100008 bytes of the body are here") {
		t.Errorf("a long body: %d bytes, truncated %v", len(body["text"].(string)), body["truncated"])
	}
	if len(text) > 300_000 {
		t.Errorf("the whole answer has %d bytes", len(text))
	}

	// Several at once, each a delivery; then without `up`.
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			d, text, refused := use(t, s, "replay", map[string]any{"id": c["id"], "body_base64": base64.StdEncoding.EncodeToString([]byte("\xff\x00"))})
			if refused || d["status"] != 200.0 || d["edited"] != true || d["body"].(map[string]any)["truncated"] != true {
				t.Errorf("replay: %s", text)
			}
		})
	}
	wait.Wait()
	if code := u.stop(); code != 0 {
		t.Fatalf("up ended with %d", code)
	}
	if d, text, refused := use(t, s, "replay", map[string]any{"id": c["id"]}); refused || d["status"] != 200.0 {
		t.Errorf("without up: %s", text)
	}
	mu.Lock()
	if n := len(bodies); n != 9 || bodies[8] != long || bodies[7] != "\xff\x00" {
		t.Errorf("the app got %d requests", n)
	}
	mu.Unlock()
	full, text, _ = use(t, s, "show", map[string]any{"id": c["id"]})
	if n := len(full["deliveries"].([]any)); n != 5 || full["deliveries_count"] != 8.0 || !strings.Contains(text, "note: the latest 5 of 8 deliveries are here") {
		t.Errorf("%d deliveries are shown of %v", n, full["deliveries_count"])
	}
	list, text, _ := use(t, s, "list", map[string]any{"since": "1h"})
	if n := len(list["requests"].([]any)); n != 2 || list["more"] != false {
		t.Errorf("listed %s", text)
	}
	if late, text, _ := use(t, s, "wait", map[string]any{"event": "x*", "timeout": 0.05}); late["timed_out"] != true {
		t.Errorf("waited: %s", text)
	}
}

// TestMCPEnds: on stdout there is the protocol and nothing else, and both a signal and the end of stdin are a good end,
// also while a tool is at work.
func TestMCPEnds(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for how, end := range map[string]func(*exec.Cmd, io.Closer) error{
		"SIGTERM":          func(c *exec.Cmd, _ io.Closer) error { return c.Process.Signal(syscall.SIGTERM) },
		"the end of stdin": func(_ *exec.Cmd, in io.Closer) error { return in.Close() },
	} {
		cmd := exec.Command(bin, "mcp")
		cmd.Env, cmd.Dir = environ(t), t.TempDir()
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`,
			`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
			`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait","arguments":{"timeout":300}}}`,
			`{"jsonrpc":"2.0","id":3,"method":"tools/list"}`,
		} {
			if _, err := io.WriteString(in, line+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for seen := false; !seen && lines.Scan(); {
			var m struct {
				JSONRPC string
				ID      int
			}
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil || m.JSONRPC != "2.0" {
				t.Fatalf("on stdout is %q", lines.Text())
			}
			seen = m.ID == 3
		}
		if err := end(cmd, in); err != nil {
			t.Fatal(err)
		}
		stuck := time.AfterFunc(60*time.Second, func() { _ = cmd.Process.Kill() })
		for lines.Scan() { // what is under way may still be answered
			if !json.Valid(lines.Bytes()) {
				t.Errorf("on stdout is %q", lines.Text())
			}
		}
		err = cmd.Wait()
		stuck.Stop()
		if err != nil {
			t.Errorf("after %s it ended with %v", how, err)
		}
		_ = in.Close() // it is closed already, or nobody reads it
	}
}
