package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

func TestArrival(t *testing.T) {
	db := storetest.Open(t)
	c := full()
	if err := db.BeginArrival(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Count(t.Context(), store.Filter{}); n != 0 || err != nil {
		t.Errorf("%d captures before the end, %v", n, err)
	}
	if err := db.BeginArrival(t.Context(), c); !errors.Is(err, store.ErrExists) {
		t.Errorf("begun twice: %v, want ErrExists", err)
	}
	want := random(700_000)
	for _, piece := range [][]byte{want[:1000], want[1000:1000], want[1000:600_000], want[600_000:]} {
		if err := db.AppendBody(t.Context(), c.ID, piece); err != nil {
			t.Fatal(err)
		}
	}
	c.BodySize, c.BodySHA256, c.DedupeKey = int64(len(want)), "beef", "event:1"
	if err := db.FinishArrival(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	expect := *c
	expect.Failed = true
	if d := cmp.Diff(&expect, read(t, db, c.ID)); d != "" {
		t.Errorf("capture (-want +got):\n%s", d)
	}
	if got := body(t, db, c.ID); !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	if err := db.FinishArrival(t.Context(), c); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("finished twice: %v, want ErrNotFound", err)
	}
	if err := db.BeginArrival(t.Context(), c); !errors.Is(err, store.ErrExists) {
		t.Errorf("begun after its end: %v, want ErrExists", err)
	}
}

func TestArrivalWithoutABody(t *testing.T) {
	db := storetest.Open(t)
	c := storetest.Capture(1)
	if err := errors.Join(db.BeginArrival(t.Context(), c), db.FinishArrival(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	if got := body(t, db, c.ID); len(got) != 0 {
		t.Errorf("body %q", got)
	}
}

// The beginning of a long body is found, also when it came in small pieces.
func TestSearchInALongBody(t *testing.T) {
	db := storetest.Open(t)
	c := storetest.Capture(1)
	if err := db.BeginArrival(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	text := append(bytes.Repeat([]byte("-"), 64<<10), "hidden"...)
	copy(text[40_000:], "Needle")
	for ; len(text) > 0; text = text[min(len(text), 30_001):] {
		if err := db.AppendBody(t.Context(), c.ID, text[:min(len(text), 30_001)]); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.FinishArrival(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for search, want := range map[string]int{"needle": 1, "hidden": 0} {
		if n, err := db.Count(t.Context(), store.Filter{Search: search}); n != want || err != nil {
			t.Errorf("%s: %d, %v; want %d", search, n, err, want)
		}
	}
}

func TestLongBodyAtFlatMemory(t *testing.T) {
	db := storetest.Open(t)
	c := storetest.Capture(1)
	if err := db.BeginArrival(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	const size = 100 << 20
	before := inUse()
	piece, sent, most := random(256<<10), sha256.New(), uint64(0)
	for n := 0; n < size; n += len(piece) {
		piece[0], piece[1] = byte(n>>18), byte(n>>26)
		sent.Write(piece)
		if err := db.AppendBody(t.Context(), c.ID, piece); err != nil {
			t.Fatal(err)
		}
		if n%(16<<20) == 0 {
			most = max(most, inUse())
		}
	}
	c.BodySize, c.BodySHA256 = size, hex.EncodeToString(sent.Sum(nil))
	if err := db.FinishArrival(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	r, err := db.Body(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := sha256.New()
	for n := 0; ; n++ {
		if _, err = io.CopyN(got, r, 16<<20); err != nil {
			break
		}
		most = max(most, inUse())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if !errors.Is(err, io.EOF) || hex.EncodeToString(got.Sum(nil)) != c.BodySHA256 {
		t.Errorf("read back other bytes, %v", err)
	}
	if grown := int64(most) - int64(before); grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestBodyDeletedWhileRead(t *testing.T) {
	db := storetest.Open(t)
	c := storetest.Capture(1)
	if err := db.Add(t.Context(), c, random(2<<20)); err != nil {
		t.Fatal(err)
	}
	r, err := db.Body(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, 1000); err != nil {
		t.Fatal(err)
	}
	if err := db.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound, not a short body", err)
	}
}
