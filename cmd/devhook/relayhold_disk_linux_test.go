package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRelayHoldsHalfTheDisk: what is held leaves half of the disk's room to others, whatever --hold-size says, and what was
// acknowledged is handed over.
func TestRelayHoldsHalfTheDisk(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal("unshare is needed: apt-get install util-linux")
	}
	key, line := holdKey(t)
	dir := t.TempDir()
	r := &holdRelay{t: t, ip: lonely(34), dir: dir, args: []string{"--hold", "1h"}, stderr: &lockedBuffer{}}
	r.authorize(line)
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	r.wrap = []string{unshare, "-rm", "sh", "-c", fmt.Sprintf(`mount -t tmpfs -o size=16m none %s && exec "$@"`, state), "sh"}
	r.start()
	t.Cleanup(func() { r.kill() })
	_ = r.agentAt(key, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	kept, body := 0, strings.Repeat("x", 200_000)
	for {
		status, _, head := post(t, r.public(8080)+"/hook", body)
		if status == 507 && head.Get("Retry-After") != "" {
			break
		}
		if kept++; status != 200 || kept > 60 {
			t.Fatalf("number %d: %d\n%s", kept, status, r.stderr)
		}
	}
	if kept < 5 || kept > 40 {
		t.Errorf("%d of 200 KB were kept on 16 MB", kept)
	}
	r.logs("would be over half of the disk's room")
	a := r.agentAt(key, 8080, holdOK, nil)
	r.awaitMetric("handed_over_total", fmt.Sprint(kept))
	if got := a.all(); len(got) != kept || got[kept-1].body != body {
		t.Errorf("%d handed over, %d kept", len(got), kept)
	}
}
