//go:build unix

package config

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPipeWithoutWriter holds that a pipe nobody writes to makes no one wait.
func TestPipeWithoutWriter(t *testing.T) {
	name := pipe(t)
	_, err := load(t, "", Sources{Flags: flags("local", "3000", "verify", "stripe=file:"+name)})
	if got, want := faults(err), "file:"+name+" is empty"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err = load(t, "", Sources{Flags: flags("local", "3000", "config", name)}); err != nil {
		t.Error(err)
	}
}

// TestPipe holds that a secret may come through a pipe: file:<(pass show shop).
func TestPipe(t *testing.T) {
	name := pipe(t)
	w, err := os.OpenFile(name, os.O_RDWR, 0) // both ends: opening waits for no reader
	if err != nil {
		t.Fatal(err)
	}
	read, err := os.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if _, err := w.WriteString("s3cret\n"); err != nil {
		t.Fatal(err)
	}
	go func() { _ = w.Close() }()
	cfg, err := load(t, "", Sources{Flags: flags("local", "3000", "verify", "stripe=file:"+name)})
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Routes[0].Secrets[0].Value; got != "s3cret" {
		t.Errorf("the secret is %q", got)
	}
}
