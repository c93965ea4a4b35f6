package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestDiskRunsFull runs `up` on a file system of 8 MiB until it is full, and then makes it larger. What can't be stored is
// not acknowledged and not given to the app; what was stored stays; with space again it goes on by itself.
func TestDiskRunsFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("devhook-test", dir, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
		t.Fatalf("this test needs root, to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	var mu sync.Mutex
	calls := map[string]int{}
	app := serveApp(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		calls[r.URL.Path]++
	}))
	db := filepath.Join(dir, "devhook.db")
	u := startUp(t, db, nil, nil, "--local", app, "--inspect", "off")
	t.Cleanup(u.kill) // before the file system goes
	send := func(path string) (*http.Response, string) {
		res, err := fresh.Post(u.public+path, "text/plain", strings.NewReader(strings.Repeat("x", 100<<10)))
		if err != nil {
			t.Fatalf("%v\n%s", err, u.stderr)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res, string(b)
	}
	stored := map[string]bool{}
	refused := 0
	for n := 0; refused < 20; n++ {
		if n > 1000 {
			t.Fatal("the disk never runs full")
		}
		path := fmt.Sprintf("/%d", n)
		switch res, said := send(path); {
		case res.StatusCode == 200:
			stored[path] = true
		case res.StatusCode == 503 && strings.Contains(said, "the app got this request"): // there was room for the request, not for the answer
			stored[path] = true
		case res.StatusCode == 503 && res.Header.Get("Retry-After") != "":
			refused++
			mu.Lock()
			if calls[path] > 0 {
				t.Errorf("the app got %s, which was answered with 503: %s", path, said)
			}
			mu.Unlock()
		default:
			t.Fatalf("%s on a full disk: %s %v", path, res.Status, res.Header)
		}
	}
	if !strings.Contains(u.stderr.String(), "the disk is full") {
		t.Errorf("nothing is said of it: %s", u.stderr)
	}
	if err := syscall.Mount("devhook-test", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	for {
		if res, _ := send("/again"); res.StatusCode == 200 {
			break
		}
		if time.Since(freed) > time.Minute {
			t.Fatalf("it does not go on with space again\n%s", u.stderr)
		}
	}
	took := time.Since(freed)
	seen := map[string]bool{}
	for _, c := range captured(t, db) {
		seen[c["target"].(string)] = true
	}
	for path := range stored {
		if !seen[path] {
			t.Errorf("%s was acknowledged and is lost", path)
		}
	}
	if _, err := os.Stat(db); err != nil || len(stored) < 10 {
		t.Errorf("%d stored before it was full, %v", len(stored), err)
	}
	t.Logf("%d acknowledged, then %d refused by a full disk; with space again after %.3f s", len(stored), refused, took.Seconds())
}
