//go:build unix

package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFsyncBeforeAnswer traces `up` and holds that between the last write to the database and the first byte of each
// answer there is an fsync that has returned.
func TestFsyncBeforeAnswer(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is needed: apt-get install strace")
	}
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "taken "+r.URL.Path)
	}))
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	u := startUp(t, filepath.Join(dir, "state", "devhook.db"), nil,
		[]string{strace, "-f", "-y", "-s", "200", "-o", trace, "-e", "trace=pwrite64,write,writev,sendto,fsync,fdatasync"},
		"--local", app, "--inspect", "off")
	const requests = 25
	for n := range requests {
		res, err := fresh.Post(fmt.Sprintf("%s/n/%d", u.public, n), "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != 200 {
			t.Fatalf("answered %s", res.Status)
		}
		time.Sleep(10 * time.Millisecond)
	}
	u.kill()
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	answers, bad := checkOrder(string(b))
	if answers != requests {
		t.Errorf("%d answers in the trace, want %d", answers, requests)
	}
	for _, s := range bad {
		t.Error(s)
	}
}

var (
	dbWrite    = regexp.MustCompile(`^\d+ +pwrite64\(\d+<[^>]*devhook\.db-wal>`)
	syncDone   = regexp.MustCompile(`^\d+ +(f(data)?sync\(\d+<[^>]*devhook\.db-wal>\) += 0|<\.\.\. f(data)?sync resumed>.*= 0)`)
	answerSent = regexp.MustCompile(`^\d+ +(write|writev|sendto)\(\d+<[^>]*>, .*HTTP/1\.1 200 OK.*taken /n/`)
)

// checkOrder reads a trace line by line. Answers in it must not come while a write to the log has no finished fsync
// behind it.
func checkOrder(trace string) (answers int, bad []string) {
	synced, wrote := true, false
	for line := range strings.Lines(trace) {
		switch {
		case dbWrite.MatchString(line):
			synced, wrote = false, true
		case syncDone.MatchString(line):
			synced = true
		case answerSent.MatchString(line):
			answers++
			if !synced {
				bad = append(bad, "answered before an fsync: "+line)
			}
			if !wrote {
				bad = append(bad, "answered with nothing written since the last answer: "+line)
			}
			wrote = false
		}
	}
	return answers, bad
}

// TestCheckOrder shows that the check can fail.
func TestCheckOrder(t *testing.T) {
	const (
		write  = "7 pwrite64(9</x/devhook.db-wal>, \"\"..., 4096, 0) = 4096\n"
		fsync  = "7 fsync(9</x/devhook.db-wal>) = 0\n"
		answer = "8 write(12<socket:[1]>, \"HTTP/1.1 200 OK\\r\\n\\r\\ntaken /n/1\", 90) = 90\n"
	)
	for trace, want := range map[string]int{
		write + fsync + answer:                          0,
		write + answer + fsync:                          1,
		fsync + answer:                                  1,
		write + fsync + write + answer:                  1,
		write + fsync + answer + answer:                 1,
		write + fsync + answer + write + fsync + answer: 0,
	} {
		if _, bad := checkOrder(trace); len(bad) != want {
			t.Errorf("%d faults found, want %d, in\n%s", len(bad), want, trace)
		}
	}
}
