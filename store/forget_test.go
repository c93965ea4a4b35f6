package store_test

import (
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// rows counts what is left in all tables of bytes.
func rows(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+db.Path()+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	err = raw.QueryRow(`SELECT (SELECT count(*) FROM captures) + (SELECT count(*) FROM payloads) +
		(SELECT count(*) FROM deliveries) + (SELECT count(*) FROM chunks) + (SELECT count(*) FROM pending)`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// large adds a capture with a body and an answer in chunks, and a replay under way.
func large(t *testing.T, db *store.DB, n int) *store.Capture {
	t.Helper()
	c := storetest.Capture(n)
	if err := db.Add(t.Context(), c, random(20<<20)); err != nil {
		t.Fatal(err)
	}
	if err := db.AddDelivery(t.Context(), storetest.Delivery(c.ID), random(1<<20), false); err != nil {
		t.Fatal(err)
	}
	if err := db.StartReplay(t.Context(), &store.Delivery{CaptureID: c.ID}); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDeleteLeavesNothing(t *testing.T) {
	db := storetest.Open(t)
	kept := added(t, db, 1)
	before := rows(t, db)
	c := large(t, db, 2)
	if err := db.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if n := rows(t, db); n != before {
		t.Errorf("%d rows more than before", n-before)
	}
	if _, err := db.Body(t.Context(), c.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("body: %v, want ErrNotFound", err)
	}
	if read(t, db, kept.ID).Seq != 1 {
		t.Error("the other one changed")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(db.Path()); err != nil || info.Size() > 6<<20 {
		t.Errorf("the file still has %d bytes, %v", info.Size(), err)
	}
}

func TestSequencesAreNotUsedTwice(t *testing.T) {
	db := storetest.Open(t)
	c := added(t, db, 1)
	d := delivered(t, db, storetest.Delivery(c.ID))
	if err := db.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	next := added(t, db, 2)
	if d2 := delivered(t, db, storetest.Delivery(next.ID)); next.Seq <= c.Seq || d2.Seq <= d.Seq {
		t.Errorf("capture %d after %d, delivery %d after %d", next.Seq, c.Seq, d2.Seq, d.Seq)
	}
}

func TestClear(t *testing.T) {
	db := storetest.Open(t)
	pinned, inFlight := added(t, db, 1), added(t, db, 2)
	delivered(t, db, storetest.Delivery(pinned.ID))
	if err := db.SetPinned(t.Context(), pinned.ID, true); err != nil {
		t.Fatal(err)
	}
	for n := range 250 {
		delivered(t, db, storetest.Delivery(added(t, db, 10+n).ID))
	}
	n, err := db.Clear(t.Context())
	if n != 250 || err != nil {
		t.Errorf("cleared %d, %v; want 250", n, err)
	}
	all, err := db.List(t.Context(), store.Filter{OldestFirst: true})
	if err != nil || len(all) != 2 || all[0].ID != pinned.ID || all[1].ID != inFlight.ID {
		t.Errorf("%v: left %d", err, len(all))
	}
	if n, err := db.Clear(t.Context()); n != 0 || err != nil {
		t.Errorf("cleared %d again, %v", n, err)
	}
}

// aging adds one capture of each sort that Prune has an opinion on.
func aging(t *testing.T, db *store.DB, at time.Time) map[string]string {
	ids := map[string]string{}
	add := func(name string, state store.State, outcomes ...store.Delivery) {
		c := storetest.Capture(1)
		c.ReceivedAt, c.State, c.Note, c.Delivering = at, state, name, name == "in flight"
		c.Pinned = name == "pinned"
		if err := db.Add(t.Context(), c, random(70_000)); err != nil {
			t.Fatal(err)
		}
		for _, d := range outcomes {
			d.CaptureID, d.Kind = c.ID, store.Replay
			delivered(t, db, &d)
		}
		ids[name] = c.ID
	}
	good, bad := store.Delivery{Status: 200, Accepted: true}, store.Delivery{Status: 500}
	add("pinned", store.Complete, good)
	add("held", store.Held)
	add("in flight", store.Complete)
	add("undelivered", store.Complete, store.Delivery{Error: "connection refused"})
	add("never tried", store.Complete)
	add("good", store.Complete, good)
	add("answered", store.Complete, bad, store.Delivery{Error: "connection refused"})
	add("refused", store.Refused)
	return ids
}

func TestPruneByAge(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), store.Options{Path: t.TempDir() + "/x.db", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	aging(t, db, now.Add(-48*time.Hour))
	aging(t, db, now.Add(-time.Hour))
	n, err := db.Prune(t.Context(), store.Keep{Age: 24 * time.Hour})
	if n != 3 || err != nil {
		t.Errorf("pruned %d, %v; want 3", n, err)
	}
	old, err := db.List(t.Context(), store.Filter{OldestFirst: true, Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"pinned", "held", "in flight", "undelivered", "never tried"} {
		if old[i].Note != want {
			t.Errorf("left at %d: %s, want %s", i, old[i].Note, want)
		}
	}
}

func TestPruneBySize(t *testing.T) {
	db := storetest.Open(t)
	for n := range 60 {
		c := storetest.Capture(n)
		if err := db.Add(t.Context(), c, random(300_000)); err != nil {
			t.Fatal(err)
		}
		delivered(t, db, storetest.Delivery(c.ID))
	}
	if n, err := db.Prune(t.Context(), store.Keep{Size: 1 << 30, Age: 1 << 60}); n != 0 || err != nil {
		t.Errorf("pruned %d within the limits, %v", n, err)
	}
	n, err := db.Prune(t.Context(), store.Keep{Size: 9 << 20})
	if err != nil {
		t.Fatal(err)
	}
	left, err := db.List(t.Context(), store.Filter{})
	if err != nil || len(left) != 60-n || len(left) < 10 || len(left) > 32 {
		t.Errorf("pruned %d, %d left, %v; want about 28 left", n, len(left), err)
	}
	if left[0].EventID != "SM000059" {
		t.Errorf("the newest is %s", left[0].EventID)
	}
}

// Size takes nothing that age does not take: pinned, held, in flight and
// undelivered ones stay, however much more is asked for.
func TestPruneBySizeSpares(t *testing.T) {
	db := storetest.Open(t)
	aging(t, db, time.Now())
	n, err := db.Prune(t.Context(), store.Keep{Size: 1})
	if n != 3 || err != nil {
		t.Errorf("pruned %d, %v; want 3", n, err)
	}
	left, err := db.List(t.Context(), store.Filter{OldestFirst: true})
	if err != nil || len(left) != 5 {
		t.Fatalf("%d left, %v", len(left), err)
	}
	for i, want := range []string{"pinned", "held", "in flight", "undelivered", "never tried"} {
		if left[i].Note != want {
			t.Errorf("left at %d: %s, want %s", i, left[i].Note, want)
		}
	}
}
