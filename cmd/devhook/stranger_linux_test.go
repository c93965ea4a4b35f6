package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	strangersSecret = "s3cr3t-of-the-configuration"
	strangersBody   = "what only the developer may read"
)

// asNobody runs a shell command as another user of this machine.
func asNobody(t *testing.T, command string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Env = "/", []string{"PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, _ := cmd.CombinedOutput() // what is refused ends with an error
	return string(out)
}

// TestAnotherUserGetsNothing has a second user of this machine try the inspector, the database, the process list and what
// the kernel tells of the process.
func TestAnotherUserGetsNothing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("root is needed, to be another user")
	}
	app := serveApp(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	dir := t.TempDir()
	for _, open := range []string{dir, filepath.Dir(dir)} { // so that the file itself is what keeps others out
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	db := filepath.Join(dir, "devhook.db")
	u := startUp(t, db, environ(t, "SECRET="+strangersSecret), nil, "--local", app, "--inspect", "127.0.0.1:0", "--verify", "github=env:SECRET")
	res, err := fresh.Post(u.public+"/hook", "text/plain", strings.NewReader(strangersBody))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	id := captured(t, db)[0]["id"].(string)
	if got := asNobody(t, "id -u; cat "+filepath.Join(dir, "..", "..")+" /proc/self/cmdline | tr '\\0' ' '"); !strings.HasPrefix(got, "65534\n") {
		t.Fatalf("another user is %q", got)
	}

	paths := []string{"/", "/requests/" + id, "/status", "/api/requests", "/api/requests/" + id + "/body", "/api/events", "/api/tunnels", "/static/app.css"}
	for _, path := range paths {
		if got := asNobody(t, "curl -s -m 20 -w '%{http_code}' "+u.page+path); got != "403" {
			t.Errorf("%s answers another user %q", path, got)
		}
	}
	if got := asNobody(t, "curl -s -m 20 -w '%{http_code}' -X DELETE "+u.page+"/api/requests"); got != "403" || len(captured(t, db)) != 1 {
		t.Errorf("another user deletes: %q", got)
	}
	proc := fmt.Sprintf("/proc/%d/", u.cmd.Process.Pid)
	tried := []string{
		"cat " + db, "cat " + db + "-wal", "cat " + db + "-shm", "cp " + db + " /dev/stdout", "ls " + proc + "fd/", "cat " + proc + "fd/*",
		"cat " + proc + "environ", "cat " + proc + "mem", "cat " + proc + "cmdline", "ps axwwe", "cat /proc/[0-9]*/cmdline",
	}
	for _, command := range tried {
		got := asNobody(t, command)
		if strings.Contains(got, strangersSecret) || strings.Contains(got, strangersBody) || strings.Contains(got, "SQLite format") {
			t.Errorf("%s gives another user %.500q", command, got)
		}
	}
	// The same looks find it where it may be found.
	own, err := os.ReadFile(proc + "environ")
	if kept, dbErr := os.ReadFile(db + "-wal"); err != nil || !strings.Contains(string(own), strangersSecret) || dbErr != nil || !strings.Contains(string(kept), strangersBody) {
		t.Errorf("this user does not see it either: %v, %v", err, dbErr)
	}
	t.Logf("%d addresses and %d looks gave another user nothing", len(paths)+1, len(tried))
}
