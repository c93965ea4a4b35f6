package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// named is a capture that a relay may hand over again under this name.
func named(n int, arrival string) *store.Capture {
	c := storetest.Capture(n)
	c.ArrivalID = arrival
	return c
}

// arrivedAs fails unless err says that an arrival is here already as a capture.
func arrivedAs(t *testing.T, err error, id string) {
	t.Helper()
	var again *store.ArrivedError
	if !errors.As(err, &again) || again.CaptureID != id {
		t.Errorf("got %v, want that it is here as %s", err, id)
	}
}

func TestArrivedOnce(t *testing.T) {
	db := storetest.Open(t)
	c := named(1, "A1")
	if err := db.Add(t.Context(), c, storetest.Body(1)); err != nil {
		t.Fatal(err)
	}
	before := rows(t, db)
	arrivedAs(t, db.Add(t.Context(), named(2, "A1"), random(300_000)), c.ID)
	if id, err := db.Arrived(t.Context(), "A1"); id != c.ID || err != nil {
		t.Errorf("arrived as %q, %v", id, err)
	}
	if _, err := db.Arrived(t.Context(), "A2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another: %v", err)
	}
	// A long one comes in pieces first; none of them is left.
	long := named(3, "A1")
	if err := errors.Join(db.BeginArrival(t.Context(), long), db.AppendBody(t.Context(), long.ID, random(20<<20))); err != nil {
		t.Fatal(err)
	}
	arrivedAs(t, db.FinishArrival(t.Context(), long), c.ID)
	if n := rows(t, db); n != before {
		t.Errorf("%d rows more than before", n-before)
	}
	// It is known also when the capture is gone.
	if err := db.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	arrivedAs(t, db.Add(t.Context(), named(4, "A1"), nil), c.ID)
	for n := range 2 { // those without a name are all different
		if err := db.Add(t.Context(), named(5+n, ""), nil); err != nil {
			t.Error(err)
		}
	}
}

// Of several at once, also of two processes' handles, exactly one wins.
func TestArrivedAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	dbs := []*store.DB{storetest.OpenAt(t, path), storetest.OpenAt(t, path)}
	const arrivals, each = 40, 6
	var won [arrivals]atomic.Int32
	var wg sync.WaitGroup
	for n := range arrivals * each {
		wg.Go(func() {
			name := fmt.Sprint("A", n%arrivals)
			c, db := named(n, name), dbs[n%len(dbs)]
			err := db.Add(t.Context(), c, storetest.Body(n))
			var again *store.ArrivedError
			switch {
			case err == nil:
				won[n%arrivals].Add(1)
			case !errors.As(err, &again):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for n := range won {
		if got := won[n].Load(); got != 1 {
			t.Errorf("arrival %d was recorded %d times", n, got)
		}
	}
	if n, err := dbs[0].Count(t.Context(), store.Filter{}); n != arrivals || err != nil {
		t.Errorf("%d captures, %v", n, err)
	}
}

// What was cut off by a crash leaves its name to the whole that comes again.
func TestArrivedCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := storetest.OpenAt(t, path)
	c := named(1, "A1")
	if err := errors.Join(db.BeginArrival(t.Context(), c), db.AppendBody(t.Context(), c.ID, []byte("half")), db.Close()); err != nil {
		t.Fatal(err)
	}
	db = storetest.OpenAt(t, path)
	if got := read(t, db, c.ID); got.State != store.Incomplete {
		t.Errorf("the cut one is %s", got.State)
	}
	whole := named(2, "A1")
	if err := db.Add(t.Context(), whole, storetest.Body(2)); err != nil {
		t.Fatal(err)
	}
	arrivedAs(t, db.Add(t.Context(), named(3, "A1"), nil), whole.ID)
}

// Names are kept for long after their captures, but not for ever.
func TestArrivedIsForgotten(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), store.Options{Path: t.TempDir() + "/x.db", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kept, gone := named(1, "kept"), named(2, "gone")
	if err := errors.Join(db.Add(t.Context(), kept, nil), db.Add(t.Context(), gone, nil), db.Delete(t.Context(), gone.ID)); err != nil {
		t.Fatal(err)
	}
	for _, days := range []int{60, 60} {
		arrivedAs(t, db.Add(t.Context(), named(3, "gone"), nil), gone.ID)
		now = now.AddDate(0, 0, days)
		if _, err := db.Prune(t.Context(), store.Keep{}); err != nil {
			t.Fatal(err)
		}
	}
	arrivedAs(t, db.Add(t.Context(), named(4, "kept"), nil), kept.ID)
	if err := db.Add(t.Context(), named(5, "gone"), nil); err != nil {
		t.Errorf("after 120 days: %v", err)
	}
}
