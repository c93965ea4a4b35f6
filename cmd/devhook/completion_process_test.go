//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// TestCompletionInBash presses Tab in a real, interactive bash.
func TestCompletionInBash(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "devhook.db")
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for n, target := range []string{"/hooks/first", "/hooks/`touch harm`"} {
		c := storetest.Capture(n)
		c.Method, c.Target, c.Delivering, c.ReceivedAt = "POST", target, false, time.Now()
		if err := db.Add(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Env = environ(t, "TERM=xterm", "PS1=> ", "DEVHOOK_DB="+path, "HISTFILE=")
	cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
	cmd.Dir = t.TempDir()
	c := openConsole(t, cmd, 100, 30)
	c.await(`^> $|^>$`)
	c.keys("source <(devhook completion bash); echo loaded\n")
	c.await(`^loaded$`)
	c.keys("devhook requ\t")
	c.await(`^> devhook requests$`)
	c.keys("--prov\tteler\t\n")
	c.await(`^> devhook requests --provider telerivet$`)
	c.keys("devhook show \t\t")
	text := c.await(`latest +\(the newest one\)`)
	found := regexp.MustCompile(`(?m)^([0-9a-z]{6})  \(\d\d:\d\d:\d\d POST /hooks/first .*`).FindStringSubmatch(text)
	if found == nil || !regexp.MustCompile("touch harm").MatchString(text) {
		t.Fatalf("no IDs:\n%s", text)
	}
	c.keys(found[1][:5] + "\t")
	c.await(`^> devhook show ` + found[1] + `$`)
	if _, err := os.Stat(filepath.Join(cmd.Dir, "harm")); err == nil {
		t.Error("a path was run as a command")
	}
}
