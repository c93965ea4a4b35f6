package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"devhook/store"
	"devhook/store/storetest"
)

func TestListLeavesHeadsOut(t *testing.T) {
	db := storetest.Open(t)
	added(t, db, 1)
	all, err := db.List(t.Context(), store.Filter{})
	if err != nil || len(all) != 1 || all[0].Head != nil || len(all[0].Checks) != 2 {
		t.Errorf("%v: %+v", err, all)
	}
}

// pages reads a list page by page; between is called after each.
func pages(t *testing.T, db *store.DB, f store.Filter, between func(last string)) []string {
	t.Helper()
	var ids []string
	for {
		page, err := db.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			ids = append(ids, c.ID)
		}
		if len(page) < f.Limit {
			return ids
		}
		f.Before = page[len(page)-1].ID
		between(f.Before)
	}
}

func TestPagesStayPut(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		t.Run(fmt.Sprint("oldest first ", oldest), func(t *testing.T) {
			db := storetest.Open(t)
			var want []string
			for n := range 25 {
				want = append(want, added(t, db, n).ID)
			}
			more, next := []string{}, 25
			got := pages(t, db, store.Filter{Limit: 4, OldestFirst: oldest}, func(string) {
				if next < 28 {
					more = append(more, added(t, db, next).ID)
					next++
				}
			})
			if oldest {
				want = append(want, more...) // they come after the others
			} else {
				slices.Reverse(want) // they came before the first page
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %d: %v\nwant %d: %v", len(got), got, len(want), want)
			}
		})
	}
}

// The capture that a page begins after may be deleted meanwhile.
func TestPagesAfterADeletedOne(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		t.Run(fmt.Sprint("oldest first ", oldest), func(t *testing.T) {
			db := storetest.Open(t)
			var want []string
			for n := range 11 {
				want = append(want, added(t, db, n).ID)
			}
			if !oldest {
				slices.Reverse(want)
			}
			got := pages(t, db, store.Filter{Limit: 3, OldestFirst: oldest}, func(last string) {
				if err := db.Delete(t.Context(), last); err != nil {
					t.Fatal(err)
				}
			})
			if !slices.Equal(got, want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	db := storetest.Open(t)
	if _, err := db.Resolve(t.Context(), "latest"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("latest of none: %v, want ErrNotFound", err)
	}
	const a, b, c = "01JD0000000000000000Q7RK2M", "01JD0000000000000001Q7RK2M", "01JE0000000000000002ABCDEF"
	for _, id := range []string{a, b, c} {
		capture := storetest.Capture(1)
		capture.ID = id
		if err := db.Add(t.Context(), capture, nil); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		want string
		err  error
	}{
		a: {a, nil}, strings.ToLower(b): {b, nil},
		"latest": {c, nil}, "Latest": {c, nil},
		"01je": {c, nil}, "abcdef": {c, nil}, "1q7rk2m": {b, nil},
		"q7rk2m": {"", store.ErrAmbiguous}, "01JD": {"", store.ErrAmbiguous}, "0": {"", store.ErrAmbiguous},
		"": {"", store.ErrNotFound}, "%": {"", store.ErrNotFound}, "_": {"", store.ErrNotFound},
		"ZZZ": {"", store.ErrNotFound}, "000000": {"", store.ErrNotFound},
		a + "X": {"", store.ErrNotFound}, "'": {"", store.ErrNotFound}, "é": {"", store.ErrNotFound},
	}
	for ref, want := range cases {
		if got, err := db.Resolve(t.Context(), ref); got != want.want || !errors.Is(err, want.err) {
			t.Errorf("%q: %q, %v; want %q, %v", ref, got, err, want.want, want.err)
		}
	}
}

// A prefix of one that is the suffix of another names both.
func TestResolvePrefixAgainstSuffix(t *testing.T) {
	db := storetest.Open(t)
	for _, id := range []string{"01JD00000000000000000000AA", "AA000000000000000000000001"} {
		c := storetest.Capture(1)
		c.ID = id
		if err := db.Add(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := db.Resolve(t.Context(), "aa"); !errors.Is(err, store.ErrAmbiguous) {
		t.Errorf("got %q, %v; want ErrAmbiguous", got, err)
	}
}

func TestErrorsNameTheirObject(t *testing.T) {
	db := storetest.Open(t)
	_, err := db.Resolve(t.Context(), "zzz")
	if err == nil || err.Error() != `store: find "zzz": not found` {
		t.Errorf("got %v", err)
	}
}

func TestMarks(t *testing.T) {
	db := storetest.Open(t)
	c := added(t, db, 1)
	if err := errors.Join(db.SetPinned(t.Context(), c.ID, true), db.SetNote(t.Context(), c.ID, "for Ann")); err != nil {
		t.Fatal(err)
	}
	c.Provider, c.Verdict, c.Reason, c.Hints, c.Checks = "stripe", store.Invalid, "too old", []string{"clock"}, nil
	if err := db.Conclude(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	got := read(t, db, c.ID)
	if !got.Pinned || got.Note != "for Ann" || got.Provider != "stripe" || got.Verdict != store.Invalid ||
		got.Reason != "too old" || len(got.Hints) != 1 || got.Checks != nil {
		t.Errorf("got %+v", got)
	}
	for _, err := range []error{
		db.SetPinned(t.Context(), "X", true), db.SetNote(t.Context(), "X", ""),
		db.Conclude(t.Context(), &store.Capture{ID: "X"}), db.Delete(t.Context(), "X"),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of none: %v, want ErrNotFound", err)
		}
	}
}
