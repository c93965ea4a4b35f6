//go:build unix

package main_test

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A house is a small repository in which scripts/release runs: the script and its packer as they are, and a program that is
// quick to build in place of devhook.
func house(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"LICENSE", "README.md", ".gitignore", "scripts/release", "scripts/devhook-relay.service", "scripts/pack/main.go"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, string(text))
	}
	put(t, dir, "go.mod", "module devhook\n\ngo 1.26.0\n")
	put(t, dir, "cmd/devhook/main.go", "package main\n\nvar released string\n\nfunc main() { print(released) }\n")
	inHouse(t, dir, "git", "init", "-q")
	commit(t, dir)
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	if err := os.WriteFile(full, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, dir string) {
	t.Helper()
	inHouse(t, dir, "git", "add", "-A")
	inHouse(t, dir, "git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "commit", "-qm", "a commit")
}

func inHouse(t *testing.T, dir string, words ...string) string {
	t.Helper()
	out, code := try(t, dir, words...)
	if code != 0 {
		t.Fatalf("%q: exit %d\n%s", words, code, out)
	}
	return out
}

func try(t *testing.T, dir string, words ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = dir
	b, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// packed lists what an archive holds: name, mode and time of each file, and its bytes.
func packed(t *testing.T, name string) (list []string, files map[string][]byte) {
	t.Helper()
	files = map[string][]byte{}
	add := func(name string, mode os.FileMode, at time.Time, r io.Reader) {
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = b
		list = append(list, fmt.Sprintf("%s %o %d", name, mode.Perm(), at.Unix()))
	}
	if strings.HasSuffix(name, ".zip") {
		z, err := zip.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			add(f.Name, f.Mode(), f.Modified, r)
		}
		return list, files
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(gz); ; {
		h, err := r.Next()
		if err == io.EOF {
			return list, files
		}
		if err != nil {
			t.Fatal(err)
		}
		add(h.Name, h.FileInfo().Mode(), h.ModTime, r)
	}
}

// TestReleasesAreReproducible holds that two runs of scripts/release, in two places, make the same bytes, that the sums are
// theirs, and what an archive holds.
func TestReleasesAreReproducible(t *testing.T) {
	first := house(t)
	run := []string{"./scripts/release", "v1.2.3", "linux/amd64", "windows/amd64"}
	sums := inHouse(t, first, run...)
	second := filepath.Join(t.TempDir(), "elsewhere")
	inHouse(t, first, "git", "clone", "-q", first, second)
	inHouse(t, second, "git", "tag", "v1.2.3")
	if again := inHouse(t, second, append([]string{"env", "GOFLAGS=-race", "GOAMD64=v2"}, run...)...); again != sums {
		t.Errorf("first\n%sthen\n%s", sums, again)
	}
	written, err := os.ReadFile(filepath.Join(first, "dist", "SHA256SUMS"))
	if err != nil || string(written) != sums {
		t.Errorf("SHA256SUMS holds %q (%v), printed was %q", written, err, sums)
	}
	epoch := strings.TrimSpace(inHouse(t, first, "git", "log", "-1", "--format=%ct"))
	for archive, want := range map[string]string{
		"devhook_v1.2.3_linux_amd64.tar.gz": "D/devhook 755 T|D/LICENSE 644 T|D/README.md 644 T|D/devhook-relay.service 644 T",
		"devhook_v1.2.3_windows_amd64.zip":  "D/devhook.exe 755 T|D/LICENSE 644 T|D/README.md 644 T",
	} {
		name := filepath.Join(first, "dist", archive)
		list, files := packed(t, name)
		folder, _, _ := strings.Cut(strings.Replace(archive, ".zip", ".tar.gz", 1), ".tar")
		want = strings.NewReplacer("D/", folder+"/", "T", epoch).Replace(want)
		if got := strings.Join(list, "|"); got != want {
			t.Errorf("%s holds\n%s, want\n%s", archive, got, want)
		}
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(whole), archive); !strings.Contains(sums, line) {
			t.Errorf("the sums lack %s", line)
		}
		if !strings.Contains(string(files["devhook"])+string(files["devhook.exe"]), "v1.2.3") {
			t.Errorf("%s: the program does not know its version", archive)
		}
	}
}

func TestReleasesThatAreRefused(t *testing.T) {
	dir := house(t)
	for _, words := range [][]string{{}, {"1.2.3"}, {"v1.2"}, {"v1.2.3;x"}, {"--help"}, {"v1.2.3", "plan9/m68k"}} {
		if out, code := try(t, dir, append([]string{"./scripts/release"}, words...)...); code != 2 {
			t.Errorf("%q: exit %d\n%s", words, code, out)
		}
	}
	refused := func(why string) {
		t.Helper()
		if out, code := try(t, dir, "./scripts/release", "v1.2.3", "linux/amd64"); code != 1 || !strings.Contains(out, why) {
			t.Errorf("exit %d, want 1 and %q:\n%s", code, why, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "dist")); err == nil {
			t.Error("something was made")
		}
	}
	inHouse(t, dir, "git", "tag", "v1.2.3")
	put(t, dir, "new.go", "package x\n")
	refused("new.go")
	commit(t, dir)
	refused("v1.2.3 is another commit's already")
}
