package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

func spooled(id, address, owner string, at time.Time) *store.Spooled {
	return &store.Spooled{
		ID: id, Address: address, Owner: owner, ReceivedAt: at.UTC(), Sender: "192.0.2.1:4", Scheme: "https", Host: "shop.relay.test", Port: 443,
		Size: 14, Head: []byte("head of " + id), Body: []byte("body"),
	}
}

// TestSpool: what waits is given back as it came, in order, to its owner, also after the file was opened anew.
func TestSpool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	db := storetest.OpenAt(t, path)
	began := time.Now()
	var want []*store.Spooled
	for n := range 5 {
		w := spooled(fmt.Sprint("ID", n), []string{"shop", "8080"}[n%2], "ann", began.Add(time.Duration(n)*time.Minute))
		if err := db.AddSpooled(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		want = append(want, w)
	}
	if err := db.AddSpooled(t.Context(), spooled("ID0", "shop", "ann", began)); !errors.Is(err, store.ErrExists) {
		t.Errorf("the same arrival again: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = storetest.OpenAt(t, path)
	for _, n := range []int{0, 2, 4} {
		got, err := db.NextSpooled(t.Context(), "shop", "ann")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[n], got); diff != "" {
			t.Errorf("number %d (-want +got):\n%s", n, diff)
		}
		if _, err := db.DropSpooled(t.Context(), store.SpoolChoice{Seq: got.Seq}); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range [][2]string{{"shop", "ann"}, {"8080", "bob"}} {
		if w, err := db.NextSpooled(t.Context(), who[0], who[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v gets %v, %v", who, w, err)
		}
	}
	sums, err := db.SpooledSums(t.Context())
	sum := []store.SpooledSum{{Address: "8080", Owner: "ann", Count: 2, Size: 28, Oldest: want[1].ReceivedAt}}
	if diff := cmp.Diff(sum, sums); diff != "" || err != nil {
		t.Errorf("sums (-want +got): %v\n%s", err, diff)
	}
}

func TestSpoolChoices(t *testing.T) {
	db := storetest.Open(t)
	began := time.Now()
	for n := range 12 {
		w := spooled(fmt.Sprint("ID", n), fmt.Sprint("a", n%2), fmt.Sprint("o", n%3), began.Add(time.Duration(n)*time.Minute))
		if err := db.AddSpooled(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range []struct {
		which store.SpoolChoice
		count int
	}{
		{store.SpoolChoice{Address: "a0", Owner: "o1"}, 2},
		{store.SpoolChoice{Address: "a0", Owner: "o1"}, 0},
		{store.SpoolChoice{Before: began.Add(3 * time.Minute)}, 3}, // 0, 1, 2
		{store.SpoolChoice{Owner: "o0", Before: began.Add(time.Hour)}, 3},
		{store.SpoolChoice{}, 4},
	} {
		sums, err := db.DropSpooled(t.Context(), one.which)
		count := 0
		for _, s := range sums {
			count += s.Count
		}
		if err != nil || count != one.count {
			t.Errorf("%+v: %d, %v; want %d", one.which, count, err, one.count)
		}
	}
}

// TestSpoolLong: a long body comes in pieces. What is not stored to its end, or dropped, leaves nothing behind.
func TestSpoolLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	db := storetest.OpenAt(t, path)
	body := bytes.Repeat([]byte("0123456789"), 60_000)
	long := func(id string) *store.Spooled {
		for rest := body; len(rest) > 0; rest = rest[min(len(rest), 256<<10):] {
			if err := db.AppendBody(t.Context(), id, rest[:min(len(rest), 256<<10)]); err != nil {
				t.Fatal(err)
			}
		}
		w := spooled(id, "shop", "ann", time.Now())
		w.Body = nil
		return w
	}
	if err := db.AddSpooled(t.Context(), long("KEPT")); err != nil {
		t.Fatal(err)
	}
	long("LEFT")
	long("GIVEN UP")
	if err := db.DropBody(t.Context(), "GIVEN UP"); err != nil {
		t.Fatal(err)
	}
	w := spooled("NONE", "shop", "ann", time.Now())
	w.Body = nil
	if err := db.AddSpooled(t.Context(), w); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a body that never came: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = storetest.OpenAt(t, path)
	got, err := db.NextSpooled(t.Context(), "shop", "ann")
	if err != nil || got.ID != "KEPT" || got.Body != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	r, err := db.SpooledBody(t.Context(), got.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if all, err := io.ReadAll(r); err != nil || !bytes.Equal(all, body) {
		t.Errorf("%d bytes of %d, %v", len(all), len(body), err)
	}
	if owners := query(t, path, "SELECT group_concat(DISTINCT owner) FROM chunks"); owners != "KEPT" {
		t.Errorf("chunks of %s", owners)
	}
	if _, err := db.DropSpooled(t.Context(), store.SpoolChoice{Seq: got.Seq}); err != nil {
		t.Fatal(err)
	}
	if n := query(t, path, "SELECT (SELECT count(*) FROM chunks) || ' ' || (SELECT count(*) FROM pending)"); n != "0 0" {
		t.Errorf("chunks and pending left: %s", n)
	}
}
