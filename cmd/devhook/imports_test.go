package main_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// arrows is the house's import table: which of our packages a package may import. A package that is not listed
// may not exist: a new room is a decision, so it is written here first.
var arrows = map[string][]string{
	"cmd/devhook": {
		"cmd/devhook/config", "tunnel", "tunnel/http1", "tunnel/relay",
		"inspector", "inspector/provider", "inspector/export", "inspector/hooks", "store", "web", "web/view",
	},
	"web":              {"web/view", "store", "tunnel/http1", "inspector/export"},
	"inspector":        {"inspector/provider", "store", "tunnel/http1"},
	"inspector/export": {"store", "tunnel/http1"},
	"inspector/hooks":  {"inspector/provider"},
	"tunnel/relay":     {"tunnel", "tunnel/http1"},

	// It holds the senders' own packages against ours, and against the APIs that ours are tested with.
	"scripts/sdks": {"inspector/provider", "inspector/hooks/hookstest"},
	// It needs thousands of agents in one process, and asks a store how far its index has come.
	"scripts/benchmark": {"store", "tunnel"},

	// The leaves.
	"store":              nil,
	"tunnel":             nil,
	"tunnel/http1":       nil,
	"inspector/provider": nil,
	"web/view":           nil,
	"cmd/devhook/config": nil,
}

// testRooms are the packages of test helpers, beside what they serve. Only tests, each other and scripts may import them.
var testRooms = map[string][]string{
	"store/storetest":                 {"store"},
	"inspector/provider/providertest": {"inspector/provider"},
	"inspector/hooks/hookstest":       {},
	"tunnel/http1/http1test":          {},
	"tunnel/tunneltest":               {"tunnel", "tunnel/http1", "tunnel/relay"},
}

// outside lists, for the packages that are kept small on purpose, the modules beyond the standard library.
// A package that is not listed may use any module of go.mod.
var outside = map[string][]string{
	"store":              {"modernc.org/sqlite", "github.com/oklog/ulid/v2", "github.com/gofrs/flock", "golang.org/x/sys"},
	"tunnel/http1":       {},
	"inspector/provider": {"golang.org/x/crypto"},
	"inspector/export":   {"al.essio.dev/pkg/shellescape"},
	"cmd/devhook/config": {"github.com/goccy/go-yaml", "github.com/zalando/go-keyring"},
}

// never lists standard packages that would break a promise: providers are pure (no clock, network or store), the
// tunnel knows nothing of HTTP servers, and nobody delivers a webhook by a client that may send it twice.
var never = map[string][]string{
	"inspector/provider": {"net", "net/http", "os", "os/exec", "database/sql", "log", "log/slog"},
	"inspector":          {"net/http/httputil"},
	"tunnel":             {"net/http/httputil"},
	"tunnel/relay":       {"net/http/httputil"},
	"store":              {"net/http"},
}

// topLevel is everything that may stand in the top folder, beside dot files. SECURITY.md is where hosts of repositories look
// for how to report a weakness. dist is what scripts/release makes; git ignores it.
var topLevel = []string{
	"cmd", "tunnel", "inspector", "web", "store", "scripts",
	"go.mod", "go.sum", "Dockerfile", "README.md", "SECURITY.md", "LICENSE", "dist",
}

// A room is one package as its files show it, on every operating system at once.
type room struct {
	Path        string   // below the module: "tunnel/http1"
	Doc         bool     // some file has a package comment
	Imports     []string // by files that are built into the package
	TestImports []string // by its _test.go files
}

func TestImportTable(t *testing.T) {
	module, rooms := readRooms(t, "../..")
	if len(rooms) == 0 {
		t.Fatal("no package found")
	}
	for _, fault := range importFaults(module, rooms) {
		t.Error(fault)
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, fault := range topLevelFaults(names) {
		t.Error(fault)
	}
}

// importFaults judges rooms by the tables above and tells every arrow that they lack.
func importFaults(module string, rooms []room) []string {
	var faults []string
	for _, r := range rooms {
		if !r.Doc {
			faults = append(faults, r.Path+" has no package comment")
		}
		faults = append(faults, roomFaults(module, r)...)
	}
	return faults
}

// roomFaults judges one room. Programs under scripts stand apart: nobody imports them, and but for those in arrows they
// import nothing of ours.
func roomFaults(module string, r room) []string {
	allowed, known := arrows[r.Path]
	if helper, ok := testRooms[r.Path]; ok {
		allowed, known = helper, true
	}
	if strings.HasPrefix(r.Path, "scripts/") {
		known = true
	}
	if !known {
		return []string{r.Path + " is not in the import table"}
	}
	var faults []string
	for _, imp := range r.Imports {
		faults = append(faults, arrowFaults(module, r.Path, imp, allowed)...)
	}
	for _, imp := range r.TestImports {
		own, ok := within(module, imp)
		if ok && own != r.Path && !slices.Contains(allowed, own) && testRooms[own] == nil {
			faults = append(faults, fmt.Sprintf("a test of %s imports %s: the table has no such arrow", r.Path, own))
		}
	}
	return faults
}

// arrowFaults judges one import of a package's own files.
func arrowFaults(module, from, imp string, allowed []string) []string {
	if own, ok := within(module, imp); ok {
		if slices.Contains(allowed, own) {
			return nil
		}
		return []string{fmt.Sprintf("%s imports %s: the table has no such arrow", from, own)}
	}
	if slices.Contains(never[from], imp) {
		return []string{fmt.Sprintf("%s imports %s: barred for this package", from, imp)}
	}
	first, _, _ := strings.Cut(imp, "/")
	modules, limited := outside[from]
	if !limited || !strings.Contains(first, ".") {
		return nil
	}
	for _, m := range modules {
		if imp == m || strings.HasPrefix(imp, m+"/") {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s imports %s: not among its modules", from, imp)}
}

func topLevelFaults(names []string) []string {
	var faults []string
	for _, name := range names {
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) {
			faults = append(faults, name+" does not belong in the top folder")
		}
	}
	return faults
}

// within cuts the module's name from an import path; ok says whether it is one of ours.
func within(module, imp string) (rest string, ok bool) {
	if imp == module {
		return ".", true
	}
	return strings.CutPrefix(imp, module+"/")
}

// readRooms reads the import lines of every Go file below root, whatever system it is built for, so that an arrow
// can't hide behind a build tag. Files are read rather than asked of the go command: a cached result of this test
// is then dropped as soon as one of them changes.
func readRooms(t *testing.T, root string) (module string, rooms []room) {
	t.Helper()
	byPath := map[string]*room{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (base == "testdata" || base[0] == '.' || base[0] == '_') {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			return addFile(byPath, root, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range byPath {
		rooms = append(rooms, *r)
	}
	slices.SortFunc(rooms, func(a, b room) int { return strings.Compare(a.Path, b.Path) })
	return moduleName(t, root), rooms
}

// addFile adds one file's imports and package comment to its room.
func addFile(rooms map[string]*room, root, name string) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, filepath.Dir(name))
	if err != nil {
		return err
	}
	key := filepath.ToSlash(rel)
	if rooms[key] == nil {
		rooms[key] = &room{Path: key}
	}
	r, test := rooms[key], strings.HasSuffix(name, "_test.go")
	if !test && f.Doc != nil && strings.TrimSpace(f.Doc.Text()) != "" {
		r.Doc = true
	}
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		list := &r.Imports
		if test {
			list = &r.TestImports
		}
		if !slices.Contains(*list, imp) {
			*list = append(*list, imp)
		}
	}
	return nil
}

func moduleName(t *testing.T, root string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name)
		}
	}
	t.Fatal("go.mod names no module")
	return ""
}

// TestImportFaults shows that the table can fail: each case is one package of a made-up house.
func TestImportFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		room room
		want []string
	}{
		{"nothing wrong", room{
			Path: "inspector", Doc: true,
			Imports: []string{"fmt", "devhook/store", "devhook/inspector/provider", "devhook/tunnel/http1"},
		}, nil},
		{"an arrow the table lacks", room{Path: "web", Doc: true, Imports: []string{"devhook/inspector"}}, []string{
			"web imports inspector: the table has no such arrow",
		}},
		{"a leaf that imports one of ours", room{Path: "store", Doc: true, Imports: []string{"devhook/tunnel/http1"}}, []string{
			"store imports tunnel/http1: the table has no such arrow",
		}},
		{"a leaf with a foreign module", room{
			Path: "store", Doc: true,
			Imports: []string{"database/sql", "modernc.org/sqlite/lib", "github.com/spf13/cobra"},
		}, []string{
			"store imports github.com/spf13/cobra: not among its modules",
		}},
		{"a module whose name only begins alike", room{Path: "store", Doc: true, Imports: []string{"modernc.org/sqlite3"}}, []string{
			"store imports modernc.org/sqlite3: not among its modules",
		}},
		{"a provider with a network", room{Path: "inspector/provider", Doc: true, Imports: []string{"net/http"}}, []string{
			"inspector/provider imports net/http: barred for this package",
		}},
		{"a test helper in the product", room{Path: "cmd/devhook", Doc: true, Imports: []string{"devhook/store/storetest"}}, []string{
			"cmd/devhook imports store/storetest: the table has no such arrow",
		}},
		{"a test helper in a test", room{Path: "web", Doc: true, TestImports: []string{"devhook/web", "devhook/store/storetest"}}, nil},
		{"a test with an arrow the table lacks", room{Path: "web", Doc: true, TestImports: []string{"devhook/tunnel/relay"}}, []string{
			"a test of web imports tunnel/relay: the table has no such arrow",
		}},
		{"a helper that reaches too far", room{Path: "store/storetest", Doc: true, Imports: []string{"devhook/web"}}, []string{
			"store/storetest imports web: the table has no such arrow",
		}},
		{"a script that uses the product", room{Path: "scripts/house", Doc: true, Imports: []string{"devhook/store"}}, []string{
			"scripts/house imports store: the table has no such arrow",
		}},
		{"a package nobody planned", room{Path: "internal/util", Doc: true}, []string{"internal/util is not in the import table"}},
		{"a package in the top folder", room{Path: ".", Doc: true}, []string{". is not in the import table"}},
		{"no package comment", room{Path: "tunnel"}, []string{"tunnel has no package comment"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, importFaults("devhook", []room{c.room})); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTopLevelFaults(t *testing.T) {
	got := topLevelFaults([]string{".git", ".ci", "cmd", "go.mod", "LICENSE", "utils", "main.go"})
	want := []string{"utils does not belong in the top folder", "main.go does not belong in the top folder"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// TestTablesAgree keeps the tables honest among themselves: an arrow may only point at a package that is listed, and
// the listed packages form no cycle.
func TestTablesAgree(t *testing.T) {
	rows := maps.Clone(arrows)
	maps.Copy(rows, testRooms)
	var visit func(at string, trail []string)
	visit = func(at string, trail []string) {
		if slices.Contains(trail, at) {
			t.Fatalf("cycle: %s", strings.Join(append(trail, at), " → "))
		}
		for _, to := range rows[at] {
			if _, ok := rows[to]; !ok {
				t.Errorf("%s → %s: no such row", at, to)
			}
			visit(to, append(slices.Clone(trail), at))
		}
	}
	for at := range rows {
		visit(at, nil)
	}
	for at := range testRooms {
		if _, ok := arrows[path.Dir(at)]; !ok {
			t.Errorf("%s serves %s, which has no row", at, path.Dir(at))
		}
	}
}
