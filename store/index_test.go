package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// indexAll does all that the indexer would do, without its rests.
func indexAll(t *testing.T, db *DB) {
	t.Helper()
	if err := db.IndexAll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, db *DB, note, body string) *Capture {
	t.Helper()
	c := &Capture{Method: "POST", Target: "/hooks", Note: note, Head: []byte("POST /hooks HTTP/1.1\r\nX-Head: Stra\xc3\x9fe\r\n\r\n")}
	if err := db.Add(t.Context(), c, []byte(body)); err != nil {
		t.Fatal(err)
	}
	return c
}

func found(t *testing.T, db *DB, text string) int {
	t.Helper()
	n, err := db.Count(t.Context(), Filter{Search: text})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	all, err := db.List(t.Context(), Filter{Search: text})
	if err != nil || len(all) != n {
		t.Fatalf("%s: %d counted, %d listed, %v", text, n, len(all), err)
	}
	return n
}

// What the index proposes changes no answer, wherever it has come to.
func TestSearchIsTheSameWithAndWithoutIndex(t *testing.T) {
	db := openTest(t)
	for n := range 100 {
		put(t, db, fmt.Sprint("note", n), fmt.Sprintf(`{"id":"evt_%03d","phone":"%%2B1650555%04d","text":"w`+"\xe4"+`rme 100%%_ \"q\" λόγος"}`, n, n))
	}
	put(t, db, "binary", "before\x00behind")
	put(t, db, "long", string(make([]byte, inlineBody))+"beyond")
	texts := []string{
		"evt_042", "EVT_04", "65055500", "1650555", "note7", "strAße", "STRASSE", `"100%_"`, `"\"q\""`, "λόγος", "ΛΌΓΟΣ", "-evt_042",
		"body:evt_042,evt_043", "head:evt_042", "head:x-head", "before", "behind", "beyond", "zz", "ev", `"w` + "\xe4" + `rme"`, "evt_042 note42", "evt_042 note43",
		"note:note42", "path:/hoo evt_01", "path:/nothing", `"id\":\"evt_0"`, "* OR evt", `NEAR(a b)`, `"^evt_0"`, "body:ev,evt_042",
	}
	var want []int
	for _, text := range texts {
		want = append(want, found(t, db, text))
	}
	check := func(when string) {
		for i, text := range texts {
			if n := found(t, db, text); n != want[i] {
				t.Errorf("%s: %s: %d found, want %d", when, text, n, want[i])
			}
		}
	}
	inWriter(t, db, func(w *conn) error { return indexUpTo(w, 50) })
	check("half of it indexed")
	indexAll(t, db)
	check("all indexed")
	if upto, _, err := db.indexed(t.Context()); upto != 102 || err != nil {
		t.Errorf("indexed up to %d, %v", upto, err)
	}
	if want[0] != 1 || want[1] != 10 || want[3] != 100 {
		t.Errorf("found %v", want)
	}
}

// vocabulary says how many captures the index knows a piece of text of.
func vocabulary(t *testing.T, db *DB, piece string) (n int) {
	t.Helper()
	raw, err := sql.Open("sqlite", db.path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	if _, err := raw.Exec("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, search, row)"); err != nil {
		t.Fatal(err)
	}
	if err := raw.QueryRow("SELECT coalesce(max(doc), 0) FROM vocabulary WHERE term = ?", piece).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestForgottenTextLeavesTheIndex(t *testing.T) {
	db := openTest(t)
	for n := range 40 {
		put(t, db, "", fmt.Sprint("body ", n))
	}
	c, noted := put(t, db, "", "zqxjkv"), put(t, db, "wvyqzw", "")
	indexAll(t, db)
	if vocabulary(t, db, "qxj") != 1 || vocabulary(t, db, "vyq") != 1 {
		t.Fatal("not in the index")
	}
	if err := db.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.SetNote(t.Context(), noted.ID, "kwjfnp"); err != nil {
		t.Fatal(err)
	}
	if n := found(t, db, "zqxjkv") + found(t, db, "wvyqzw"); n != 0 || found(t, db, "kwjfnp") != 1 {
		t.Errorf("%d found of what is gone", n)
	}
	indexAll(t, db)
	if n := vocabulary(t, db, "qxj") + vocabulary(t, db, "vyq"); n != 0 || vocabulary(t, db, "wjf") != 1 || vocabulary(t, db, "bod") != 40 {
		t.Error("what was forgotten is in the index still, or something else is not")
	}
	if _, err := db.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	indexAll(t, db)
	if n := vocabulary(t, db, "bod"); n != 0 {
		t.Errorf("%d bodies are in the index after all was cleared", n)
	}
	if _, purge, err := db.indexed(t.Context()); purge != purgeNone || err != nil {
		t.Errorf("purge %d, %v", purge, err)
	}
}

// In the background, by two processes at once: each capture is put into the
// index once.
func TestIndexInTheBackground(t *testing.T) {
	db := openTest(t)
	other, err := Open(t.Context(), Options{Path: db.path})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for n := range 150 {
		put(t, db, "", fmt.Sprint("pqz", n))
	}
	for _, d := range []*DB{db, other} {
		if err := d.Register(t.Context(), Instance{}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 50 {
		put(t, db, "", fmt.Sprint("pqz", n))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for upto := int64(0); upto < 200; {
		if upto, _, err = db.indexed(ctx); err != nil {
			t.Fatal(err)
		}
		rest(ctx.Done(), 10*time.Millisecond)
	}
	if n := vocabulary(t, db, "pqz"); n != 200 {
		t.Errorf("%d captures in the index, want 200", n)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// The feed of later changes stays small.
func TestConclusionsAreFew(t *testing.T) {
	db := openTest(t)
	c := put(t, db, "", "")
	inWriter(t, db, func(w *conn) error {
		for range 10_050 {
			if _, err := w.exec("UPDATE captures SET pinned = 1 - pinned WHERE id = ?", c.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err := db.SetPinned(t.Context(), c.ID, false); err != nil {
		t.Fatal(err)
	}
	if n, err := one(t.Context(), db.read, scanText, "SELECT count(*) || ' ' || min(seq) FROM conclusions"); n != "10000 51" || err != nil {
		t.Errorf("%s kept, %v", n, err)
	}
}

// Neither filling the index nor purging it makes the log long or keeps the
// writer for long.
func TestIndexKeepsTheLogShort(t *testing.T) {
	db := openTest(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		body := make([]byte, 12<<10)
		for i := range body {
			body[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[random.IntN(36)]
		}
		put(t, db, "", string(body))
	}
	longest := int64(0)
	look := func() {
		log, err := os.Stat(db.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, log.Size())
	}
	x := &indexer{db: db, grown: true}
	for range 2 {
		for more := true; more; look() {
			var err error
			if more, err = x.step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.next = time.Time{}
	}
	if longest > longLog {
		t.Errorf("the log had %d MiB", longest>>20)
	}
	t.Logf("the log had %d MiB at most", longest>>20)
}

// A damaged index is no damaged database: everything is found and forgotten as
// before, and the index is made anew.
func TestDamagedIndex(t *testing.T) {
	db := openTest(t)
	for n := range 50 {
		put(t, db, "", fmt.Sprint("body ", n))
	}
	c := put(t, db, "", "zqxjkv")
	indexAll(t, db)
	raw, err := sql.Open("sqlite", db.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("UPDATE search_data SET block = x'0001020304' WHERE id > 10"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if found(t, db, "zqxjkv") != 1 || found(t, db, "body") != 50 {
		t.Error("not found")
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := db.Delete(t.Context(), c.ID); err != nil {
		t.Error(err)
	}
	put(t, db, "", "wvyqzw")
	indexAll(t, db)
	if vocabulary(t, db, "bod") != 50 || vocabulary(t, db, "vyq") != 1 || vocabulary(t, db, "qxj") != 0 || found(t, db, "wvyqzw") != 1 {
		t.Error("the index was not made anew")
	}
	if _, err := os.Stat(suspect(db.path)); err == nil {
		t.Error("the database is suspected")
	}
}
