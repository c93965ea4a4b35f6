package main_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHeldOnAFullDisk: a webhook that finds no room is answered 503 and not kept by halves. What was acknowledged before is
// delivered once there is room again.
func TestHeldOnAFullDisk(t *testing.T) {
	needNamespaces(t)
	dir, port := t.TempDir(), freePort(t)
	mount := fmt.Sprintf(`mount -t tmpfs -o size=8m none %s && head -c 3000000 /dev/zero > %s/pad && exec "$@"`, dir, dir)
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal("unshare is needed: apt-get install util-linux")
	}
	u := startUp(t, filepath.Join(dir, "state", "devhook.db"), nil, []string{unshare, "-rm", "sh", "-c", mount, "sh"},
		"--local", port, "--inspect", "off", "--hold")
	var kept []string
	full := 0
	for n := 0; full < 3; n++ {
		path := fmt.Sprint("/", n)
		res, err := fresh.Post(u.public+path, "text/plain", strings.NewReader(strings.Repeat("x", 200_000)))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		switch {
		case res.StatusCode == 200:
			kept = append(kept, path)
		case res.StatusCode == 503 && res.Header.Get("Retry-After") == "30":
			full++
		default:
			t.Fatalf("%s: answered %s", path, res.Status)
		}
		if n > 1000 {
			t.Fatal("the disk is never full")
		}
	}
	if len(kept) == 0 {
		t.Fatal("nothing was kept before the disk was full")
	}
	app := &called{}
	serveAppAt(t, "127.0.0.1:"+port, app)
	if err := os.Remove(fmt.Sprintf("/proc/%d/root%s/pad", u.cmd.Process.Pid, dir)); err != nil {
		t.Fatal(err)
	}
	until(t, "the app has all", func() bool { return len(app.got()) >= len(kept) })
	u.stop()
	if got := app.got(); !slices.Equal(got, kept) {
		t.Errorf("the app got %v, want %v", got, kept)
	}
	t.Logf("%d were kept, %d refused", len(kept), full)
}
