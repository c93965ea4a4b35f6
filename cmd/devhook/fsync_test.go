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

// TestFsyncBeforeAnswer traces `up` and holds that between the write of a request's record, with the app's answer in it, and
// the first byte of the answer there is an fsync that has returned.
func TestFsyncBeforeAnswer(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is needed: apt-get install strace")
	}
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "taken "+r.URL.Path+"!")
	}))
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	u := startUp(t, filepath.Join(dir, "state", "devhook.db"), nil,
		[]string{strace, "-f", "-y", "-s", "8192", "-o", trace, "-e", "trace=pwrite64,write,writev,sendto,fsync,fdatasync"},
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
	t.Logf("%d answers left after an fsync of their record", answers-len(bad))
}

// TestFsyncBeforeHeldAnswer holds the same of what is answered before the app: it is down here.
func TestFsyncBeforeHeldAnswer(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is needed: apt-get install strace")
	}
	dir := t.TempDir()
	trace, config := filepath.Join(dir, "trace"), filepath.Join(dir, "devhook.yaml")
	// The answer is the request's own path, so that the trace tells which one it is of.
	const requests = 10
	yaml := "routes:\n"
	for n := range requests {
		yaml += fmt.Sprintf("  - {path: /n/%d, provider: github, hold: {body: \"taken /n/%d!\"}}\n", n, n)
	}
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	u := startUp(t, filepath.Join(dir, "state", "devhook.db"), nil,
		[]string{strace, "-f", "-y", "-s", "8192", "-o", trace, "-e", "trace=pwrite64,write,writev,sendto,fsync,fdatasync"},
		"--local", freePort(t), "--inspect", "off", "--config", config)
	for n := range requests {
		path := fmt.Sprintf("/n/%d", n)
		res, err := fresh.Post(u.public+path, "text/plain", strings.NewReader("taken "+path+"!")) // as the app's answer is in the record elsewhere
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
	answerOf   = regexp.MustCompile(`taken /n/(\d+)!`)
)

// checkOrder reads a trace line by line. The record of an answer must have been written to the log, and the log fsynced
// after that, before the answer leaves. Other writes, of the index of texts, may come at any time.
func checkOrder(trace string) (answers int, bad []string) {
	const dirty, safe = 1, 2
	state, answered := map[string]int{}, map[string]bool{}
	for line := range strings.Lines(trace) {
		switch {
		case dbWrite.MatchString(line):
			for _, m := range answerOf.FindAllStringSubmatch(line, -1) {
				if !answered[m[1]] { // a page that is written again holds earlier ones too
					state[m[1]] = dirty
				}
			}
		case syncDone.MatchString(line):
			for n := range state {
				state[n] = safe
			}
		case answerSent.MatchString(line):
			answers++
			n := answerOf.FindStringSubmatch(line)[1]
			answered[n] = true
			if state[n] == 0 {
				bad = append(bad, "answered with nothing written: "+line)
			}
			if state[n] == dirty {
				bad = append(bad, "answered before an fsync: "+line)
			}
		}
	}
	return answers, bad
}

// TestCheckOrder shows that the check can fail.
func TestCheckOrder(t *testing.T) {
	write := func(n int) string {
		return fmt.Sprintf("7 pwrite64(9</x/devhook.db-wal>, \"\\0taken /n/%d!\\3\"..., 4096, 0) = 4096\n", n)
	}
	answer := func(n int) string {
		return fmt.Sprintf("8 write(12<socket:[1]>, \"HTTP/1.1 200 OK\\r\\n\\r\\ntaken /n/%d!\", 90) = 90\n", n)
	}
	const (
		index = "7 pwrite64(9</x/devhook.db-wal>, \"\\0tak\\3\"..., 4096, 0) = 4096\n"
		fsync = "7 fsync(9</x/devhook.db-wal>) = 0\n"
	)
	for trace, want := range map[string]int{
		write(1) + fsync + answer(1):                                     0,
		write(1) + fsync + index + answer(1):                             0,
		write(1) + answer(1) + fsync:                                     1,
		fsync + answer(1):                                                1,
		index + fsync + answer(1):                                        1,
		write(1) + fsync + write(1) + answer(1):                          1,
		write(1) + fsync + write(2) + answer(1) + answer(2):              1,
		write(1) + fsync + answer(1) + answer(2):                         1,
		write(1) + fsync + answer(1) + write(1) + write(12) + answer(12): 1,
		write(1) + fsync + answer(1) + write(2) + fsync + answer(2):      0,
	} {
		if _, bad := checkOrder(trace); len(bad) != want {
			t.Errorf("%d faults found, want %d, in\n%s", len(bad), want, trace)
		}
	}
}
