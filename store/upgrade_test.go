package store_test

import (
	"compress/gzip"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"modernc.org/sqlite"

	"devhook/store"
	"devhook/store/storetest"
)

// schema1 unpacks a database as the last release of schema 1 left it: 39
// captures, one of them in chunks, one pinned, one noted, and 31 deliveries.
func schema1(tb testing.TB, path string) { earlier(tb, path, 1) }

// earlier unpacks a database of an earlier schema. That of schema 2 was one of
// schema 1: to it came three captures with a delivery each, another pin, another
// note, and the index of all texts.
func earlier(tb testing.TB, path string, schema int) {
	tb.Helper()
	packed, err := os.Open(filepath.Join("testdata", fmt.Sprintf("schema%d.db.gz", schema)))
	if err != nil {
		tb.Fatal(err)
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := io.ReadAll(plain)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// contents is all that a database says of captures and deliveries.
const contents = `SELECT (SELECT group_concat(c.id || c.state || c.target || c.verdict || c.pinned || c.note || c.status || c.deliveries
		|| hex(p.head) || length(p.body) || p.chunks, x'0a' ORDER BY c.seq) FROM captures c JOIN payloads p ON p.capture = c.seq)
	|| (SELECT group_concat(d.id || d.capture || d.status || d.edited || hex(d.body), x'0a' ORDER BY d.seq) FROM deliveries d)
	|| (SELECT group_concat(owner || n || length(data)) FROM chunks) || (SELECT group_concat(name || seq) FROM sqlite_sequence WHERE name <> 'conclusions')`

// tables is the schema itself.
const tables = `SELECT group_concat(type || name || coalesce(sql, ''), x'0a' ORDER BY type, name) FROM sqlite_schema`

func query(t *testing.T, path, q string) string {
	t.Helper()
	s, err := store.Query(path, q)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found is what searches find in a database of each earlier schema.
var found = map[int]map[string]int{
	1: {"": 39, "refund": 1, "is:pinned": 1, "is:edited": 1, "is:replayed": 1, "payment_intent.succeeded": 1, "SM0000": 39, "is:failed": 10, "is:held": 0},
	2: {"": 42, "refund": 1, "is:pinned": 2, "is:edited": 1, "is:replayed": 1, "second invoice": 1, "is:noted": 2, "SM0000": 39, "is:failed": 10, "is:held": 0},
}

func TestUpgrade(t *testing.T) {
	if len(found) != store.SchemaVersion-1 {
		t.Errorf("%d earlier schemas are looked at, of %d", len(found), store.SchemaVersion-1)
	}
	for schema, want := range found {
		t.Run(fmt.Sprint("schema ", schema), func(t *testing.T) { upgrade(t, schema, want) })
	}
}

func upgrade(t *testing.T, schema int, want map[string]int) {
	path := filepath.Join(t.TempDir(), "odd name %41?#.db")
	earlier(t, path, schema)
	before := query(t, path, contents)
	if len(before) < 10_000 {
		t.Fatalf("only %d bytes of contents", len(before))
	}
	db := storetest.OpenAt(t, path)
	if got := query(t, path, contents); got != before {
		t.Error("the upgrade changed something")
	}
	backup := db.Opening().Backup
	if backup != fmt.Sprintf("%s.schema%d-backup", path, schema) || db.Opening().Damaged != "" {
		t.Errorf("opening: %+v", db.Opening())
	}
	if query(t, backup, "PRAGMA user_version") != strconv.Itoa(schema) || query(t, backup, contents) != before || query(t, backup, "PRAGMA integrity_check") != "ok" {
		t.Error("the copy is not what was there before")
	}
	if info, err := os.Stat(backup); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*part*")); len(left) > 0 || err != nil {
		t.Errorf("left: %q", left)
	}
	for text, want := range want {
		if n, err := db.Count(t.Context(), store.Filter{Search: text}); n != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", text, n, err, want)
		}
	}
	if err := errors.Join(webhook(t, db, 100), db.Check(t.Context())); err != nil {
		t.Error(err)
	}
	if again := storetest.OpenAt(t, path); again.Opening() != (store.Opening{}) {
		t.Errorf("opened again: %+v", again.Opening())
	}
}

// An earlier copy stays what it was.
func TestUpgradeKeepsAnotherBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	schema1(t, path)
	write(t, path+".schema1-backup", []byte("mine"))
	if got := storetest.OpenAt(t, path).Opening().Backup; got != path+".schema1-backup-2" {
		t.Errorf("the copy is %s", got)
	}
	if b, err := os.ReadFile(path + ".schema1-backup"); string(b) != "mine" || err != nil {
		t.Errorf("it reads %q, %v", b, err)
	}
}

func TestUpgradeAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	schema1(t, path)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := store.Open(t.Context(), store.Options{Path: path, SetAside: true})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(webhook(t, db, 1), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, err := storetest.OpenAt(t, path).Count(t.Context(), store.Filter{}); n != 45 || err != nil {
		t.Errorf("%d captures, %v", n, err)
	}
	if copies, err := filepath.Glob(path + ".*"); len(copies) != 1 || err != nil {
		t.Errorf("copies %q, %v", copies, err)
	}
}

// Without a copy the schema stays as it is.
func TestUpgradeWithoutRoomForTheCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	schema1(t, path)
	if err := os.MkdirAll(filepath.Join(path+".backup-part", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path); err == nil || !strings.Contains(err.Error(), "copy it before its schema is changed") && !strings.Contains(err.Error(), "backup-part") {
		t.Errorf("opened: %v", err)
	}
	if v := query(t, path, "PRAGMA user_version"); v != "1" {
		t.Errorf("schema %s", v)
	}
}

// stepEnv is to which schema the migrating child goes, and after which statement
// it kills itself: "2 7".
const stepEnv = "DEVHOOK_STORE_STEP"

// statements are those of a migration. They begin at a line's start, and what
// belongs to one is indented.
func statements(tb testing.TB, text string) []string {
	tb.Helper()
	var all []string
	open := false
	for _, line := range strings.SplitAfter(text, "\n") {
		if !open && (strings.HasPrefix(line, "--") || strings.TrimSpace(line) == "") {
			continue
		}
		if !open {
			all = append(all, "")
		}
		all[len(all)-1] += line
		trigger := strings.HasPrefix(all[len(all)-1], "CREATE TRIGGER")
		code, _, _ := strings.Cut(line, "--")
		open = !strings.Contains(code, ";") || trigger && !strings.HasPrefix(line, "END;")
	}
	return all
}

// migrateChild migrates, and is killed by a statement after the one it is told.
func migrateChild(path string) error {
	err := sqlite.RegisterScalarFunction("killed", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = p.Kill()
		}
		time.Sleep(time.Minute)
		return nil, err
	})
	if err != nil {
		return err
	}
	var schema, step int
	if _, err := fmt.Sscan(os.Getenv(stepEnv), &schema, &step); err != nil {
		return err
	}
	text, err := readMigration(schema)
	if err != nil {
		return err
	}
	all := statements(&testing.B{}, text)
	all = append(all[:step], append([]string{"SELECT killed();\n"}, all[step:]...)...)
	return store.Migrate(path, fstest.MapFS{
		fmt.Sprintf("migrations/%04d_killed.sql", schema): {Data: []byte(strings.Join(all, ""))},
	}, schema)
}

func readMigration(n int) (string, error) {
	names, err := filepath.Glob(fmt.Sprintf("migrations/%04d_*.sql", n))
	if err != nil || len(names) != 1 {
		return "", fmt.Errorf("%q, %w", names, err)
	}
	b, err := os.ReadFile(names[0])
	return string(b), err
}

// steps is how many statements each migration has.
var steps = map[int]int{2: 15, 3: 18}

// Killed after any statement of a migration, the file has the old schema, and
// opens with all that was in it.
func TestKilledAtEachStatement(t *testing.T) {
	for schema := 2; schema <= store.SchemaVersion; schema++ {
		t.Run(fmt.Sprint("schema ", schema), func(t *testing.T) { killedAtEach(t, schema) })
	}
}

func killedAtEach(t *testing.T, schema int) {
	text, err := readMigration(schema)
	if err != nil {
		t.Fatal(err)
	}
	have := len(statements(t, text))
	if have != steps[schema] {
		t.Errorf("%d statements, want %d", have, steps[schema])
	}
	old := strconv.Itoa(schema - 1)
	for step := range have + 1 {
		path := filepath.Join(t.TempDir(), "x.db")
		earlier(t, path, schema-1)
		before, was := query(t, path, contents), query(t, path, tables)
		c := child(t, "migrate", path)
		c.Env = append(c.Env, fmt.Sprint(stepEnv, "=", schema, " ", step))
		if err := c.Run(); err == nil || c.ProcessState.ExitCode() == 1 {
			t.Fatalf("step %d: the child ended by itself: %v", step, err)
		}
		if query(t, path, "PRAGMA user_version") != old || query(t, path, tables) != was || query(t, path, contents) != before {
			t.Fatalf("killed after statement %d: neither old nor new", step)
		}
		if db := storetest.OpenAt(t, path); query(t, path, contents) != before || db.Check(t.Context()) != nil {
			t.Fatalf("killed after statement %d: not as before", step)
		}
	}
}

// upgradeChild upgrades one database after another.
func upgradeChild(path string) error {
	for n := 0; ; n++ {
		db, err := store.Open(context.Background(), store.Options{Path: fmt.Sprint(path, n)})
		if err != nil {
			return err
		}
		acknowledge("%d", n)
		if err := db.Close(); err != nil {
			return err
		}
	}
}

// Killed at any moment, the copy included, the file is the old one or the new
// one, whole, and a copy under its own name is a whole one.
func TestKilledWhileUpgrading(t *testing.T) {
	const files = 12
	for round := range 8 {
		path, schema := filepath.Join(t.TempDir(), "x.db"), 1+round%(store.SchemaVersion-1)
		for n := range files {
			earlier(t, fmt.Sprint(path, n), schema)
		}
		before := query(t, path+"0", contents)
		c := child(t, "upgrade", path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 1)
		if _, err := out.Read(first); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { c.Process.Kill() })
		_, _ = io.Copy(io.Discard, out)
		c.Wait() // says that it was killed
		old := 0
		for n := range files {
			name := fmt.Sprint(path, n)
			if query(t, name, "PRAGMA user_version") == strconv.Itoa(schema) {
				old++
			}
			if query(t, name, contents) != before {
				t.Errorf("file %d: not as before", n)
			}
			backup := fmt.Sprintf("%s.schema%d-backup", name, schema)
			if _, err := os.Stat(backup); err == nil && query(t, backup, contents) != before {
				t.Errorf("file %d: the copy is not whole", n)
			}
			storetest.OpenAt(t, name)
			if query(t, name, contents) != before || query(t, name, "PRAGMA quick_check") != "ok" {
				t.Errorf("file %d: opened again, not as before", n)
			}
		}
		t.Logf("%d of %d were still old", old, files)
	}
}
