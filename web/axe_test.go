package web

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe-core, as its registry states it. Its package is fetched once and kept in .out, never in the repository.
const (
	axeVersion   = "4.14.1"
	axeIntegrity = "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// TestPagesAreAccessible lets axe-core judge every page in both themes, narrow and wide. The short form takes each theme
// at one width.
func TestPagesAreAccessible(t *testing.T) {
	script := axe(t)
	empty, full := newTab(newRoom(t)), newTab(newRoom(t))
	s := full.full()
	judged := 0
	for _, look := range []struct {
		theme string
		width int64
		short bool
	}{{"dark", 360, true}, {"light", 1440, true}, {"light", 360, false}, {"dark", 1440, false}} {
		if !look.short && !inFull() {
			continue
		}
		for _, tab := range []*tab{empty, full} {
			tab.media(look.width, look.theme)
		}
		for _, p := range places() {
			tab := full
			if p.empty {
				tab = empty
			}
			path, there := p.is(tab.room, s)
			if !there {
				continue
			}
			tab.open(path)
			if p.set != nil {
				p.set(tab)
			}
			judged++
			for _, v := range tab.violations(script) {
				t.Errorf("%s (%s, %d px): %s", p.name, look.theme, look.width, v)
			}
		}
	}
	t.Logf("axe-core %s judged %d pages", axeVersion, judged)
	forgive(full, "404")
	forgive(empty, "404")
}

// forgive takes back what the browser says of pages that are not there on purpose.
func forgive(t *tab, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var rest []string
	for _, p := range t.problems {
		if !strings.Contains(p, what) {
			rest = append(rest, p)
		}
	}
	t.problems = rest
}

// TestAxeNotices makes sure that the check above can fail.
func TestAxeNotices(t *testing.T) {
	tab := newTab(newRoom(t))
	tab.add(200)
	tab.open("/")
	tab.do(run("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/mark.svg\">')"))
	tab.do(run("document.documentElement.lang = ''"))
	said := strings.Join(tab.violations(axe(t)), "\n")
	for _, rule := range []string{"image-alt", "html-has-lang"} {
		if !strings.Contains(said, rule) {
			t.Errorf("%s was not noticed in: %s", rule, said)
		}
	}
}

// violations are what axe-core finds on the page as it is.
func (t *tab) violations(script string) []string {
	t.Helper()
	text, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](script+`;
		axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(r.violations.map((v) =>
			v.id + ", " + v.impact + ": " + v.help + v.nodes.map((n) => "\n    " + n.target.join(" ") + "\n      " + n.html.slice(0, 160)
				+ "\n      " + n.any.concat(n.all, n.none).map((c) => c.message).join("; ").slice(0, 300)).join(""))))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// axe is the script of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	kept := filepath.Join("..", ".out", "axe-core-"+axeVersion+".tgz")
	archive, err := os.ReadFile(kept)
	if errors.Is(err, fs.ErrNotExist) || err == nil && integrity(archive) != axeIntegrity {
		archive = fetchAxe(t, kept)
	} else if err != nil {
		t.Fatal(err)
	}
	script, err := fileOf(archive, "package/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

func integrity(archive []byte) string {
	sum := sha512.Sum512(archive)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func fetchAxe(t *testing.T, to string) []byte {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "npm", "pack", "--silent", "axe-core@"+axeVersion)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	name, err := cmd.Output()
	if err != nil {
		t.Fatalf("npm pack axe-core@%s: %v", axeVersion, err)
	}
	archive, err := os.ReadFile(filepath.Join(dir, strings.TrimSpace(string(name))))
	if err != nil {
		t.Fatal(err)
	}
	if got := integrity(archive); got != axeIntegrity {
		t.Fatalf("axe-core@%s is another package than it was: %s", axeVersion, got)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, archive, 0o644)); err != nil {
		t.Fatal(err)
	}
	return archive
}

// fileOf is a file of a package.
func fileOf(archive []byte, name string) ([]byte, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(unzipped); ; {
		f, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if f.Name == name {
			return io.ReadAll(files)
		}
	}
}
