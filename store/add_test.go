package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

// full is a capture that has something in every field.
func full() *store.Capture {
	c := storetest.Capture(1)
	c.Target = "/%zz;\xff\xfe?a=1;b=2#x"
	c.Head = []byte("POST \xff\x00 HTTP/1.1\r\n\r\n")
	c.Trailer = []byte("X-T: 1\r\n")
	c.EventID, c.DedupeKey = "SM1", "sms:SM1"
	c.Hints = []string{"first", `"second"`}
	c.Instance, c.Note, c.Pinned = "I1", "look here", true
	return c
}

func TestAddReadsBackWhole(t *testing.T) {
	db := storetest.Open(t)
	c := full()
	if err := db.Add(t.Context(), c, []byte("body")); err != nil {
		t.Fatal(err)
	}
	if len(c.ID) != 26 || c.Seq != 1 || c.BodySize != 4 || len(c.BodySHA256) != 64 {
		t.Errorf("not filled in: %+v", c)
	}
	got, err := db.Capture(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := *c
	want.Failed = true // by the definition: complete and no delivery
	if d := cmp.Diff(&want, got); d != "" {
		t.Errorf("capture (-want +got):\n%s", d)
	}
	if got := body(t, db, c.ID); string(got) != "body" {
		t.Errorf("body %q", got)
	}
}

func TestAddFillsIn(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 10, 3, 123456789, time.UTC)
	db, err := store.Open(t.Context(), store.Options{Path: t.TempDir() + "/x.db", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := &store.Capture{}
	if err := db.Add(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	got, err := db.Capture(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := &store.Capture{
		ID: c.ID, Seq: 1, ReceivedAt: now, State: store.Complete, Verdict: store.Unchecked,
		Framing: "none", Failed: true,
		BodySHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("capture (-want +got):\n%s", d)
	}
	if got := body(t, db, c.ID); len(got) != 0 {
		t.Errorf("body %q", got)
	}
}

func TestAddTwice(t *testing.T) {
	db := storetest.Open(t)
	c := storetest.Capture(1)
	if err := db.Add(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	again := storetest.Capture(2)
	again.ID = c.ID
	if err := db.Add(t.Context(), again, nil); !errors.Is(err, store.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
}

func TestBodiesOfAllSizes(t *testing.T) {
	db := storetest.Open(t)
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 256 << 10, 256<<10 + 1, 1 << 20, 5<<20 + 3} {
		want := random(size)
		c := storetest.Capture(size)
		if err := db.Add(t.Context(), c, want); err != nil {
			t.Fatal(err)
		}
		if got := body(t, db, c.ID); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d others", size, len(got))
		}
		d := storetest.Delivery(c.ID)
		if err := db.AddDelivery(t.Context(), d, want, false); err != nil {
			t.Fatal(err)
		}
		if got := body(t, db, d.ID); !bytes.Equal(got, want) {
			t.Errorf("answer of %d bytes: got %d others", size, len(got))
		}
	}
}

// What the caller does with its slices afterwards is its own affair, also
// when it has left before the write.
func TestAddCopies(t *testing.T) {
	db := storetest.Open(t)
	c, b := storetest.Capture(1), []byte("body")
	if err := db.Add(t.Context(), c, b); err != nil {
		t.Fatal(err)
	}
	copy(b, "XXXX")
	if got := body(t, db, c.ID); string(got) != "body" {
		t.Errorf("body %q", got)
	}
}

// Of captures with one key exactly one is the first, whoever wins.
func TestDuplicatesAtOnce(t *testing.T) {
	db := storetest.Open(t)
	other := storetest.OpenAt(t, db.Path())
	const events, retries = 8, 12
	var wg sync.WaitGroup
	for n := range events * retries {
		wg.Go(func() {
			c := storetest.Capture(n)
			c.DedupeKey = fmt.Sprint("event:", n%events)
			if err := []*store.DB{db, other}[n/events%2].Add(t.Context(), c, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := db.List(t.Context(), store.Filter{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	for _, c := range all {
		if c.DuplicateOf != first[c.DedupeKey] {
			t.Errorf("%s: duplicate of %q, want %q", c.DedupeKey, c.DuplicateOf, first[c.DedupeKey])
		}
		if c.DuplicateOf == "" {
			first[c.DedupeKey] = c.ID
		}
	}
	if len(all) != events*retries || len(first) != events {
		t.Errorf("%d captures, %d first ones", len(all), len(first))
	}
}

func TestDuplicateOfAnotherSender(t *testing.T) {
	db := storetest.Open(t)
	a, b := storetest.Capture(1), storetest.Capture(2)
	a.DedupeKey, b.DedupeKey, b.Provider = "1", "1", "stripe"
	for _, c := range []*store.Capture{a, b} {
		if err := db.Add(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
		if c.DuplicateOf != "" {
			t.Errorf("%s: duplicate of %q", c.Provider, c.DuplicateOf)
		}
	}
}

func body(tb testing.TB, db *store.DB, id string) []byte {
	tb.Helper()
	r, err := db.Body(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func random(size int) []byte {
	b := make([]byte, size)
	rnd := rand.NewChaCha8([32]byte{byte(size)})
	rnd.Read(b)
	return b
}
