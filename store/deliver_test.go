package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"devhook/store"
	"devhook/store/storetest"
)

func added(t *testing.T, db *store.DB, n int) *store.Capture {
	t.Helper()
	c := storetest.Capture(n)
	if err := db.Add(t.Context(), c, storetest.Body(n)); err != nil {
		t.Fatal(err)
	}
	return c
}

func delivered(t *testing.T, db *store.DB, d *store.Delivery) *store.Delivery {
	t.Helper()
	if err := db.AddDelivery(t.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	return d
}

func read(t *testing.T, db *store.DB, id string) *store.Capture {
	t.Helper()
	c, err := db.Capture(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDeliveryReadsBackWhole(t *testing.T) {
	db := storetest.Open(t)
	c := added(t, db, 1)
	d := &store.Delivery{
		CaptureID: c.ID, Kind: store.Live, At: c.ReceivedAt, Target: "http://localhost:3000/%zz",
		Request: []byte("POST / HTTP/1.1\r\n\r\n"), RequestBody: []byte{}, Edited: true, Resigned: []string{"X-Sig", "t"},
		Notes:  []string{"it will send again", "messages[0] has no content"},
		Status: 500, Duration: 3 * time.Millisecond, Judgement: "answered 500, wants 2xx",
		Head: []byte("HTTP/1.1 500 \xff\r\n\r\n"), BodySize: 20 << 20, Truncated: true, SenderGone: 10 * time.Second,
	}
	if err := db.AddDelivery(t.Context(), d, []byte("oops"), true); err != nil {
		t.Fatal(err)
	}
	if d.N != 1 || d.Seq != 1 || len(d.ID) != 26 {
		t.Errorf("not filled in: %+v", d)
	}
	all, err := db.Deliveries(t.Context(), c.ID)
	if diff := cmp.Diff([]*store.Delivery{d}, all); diff != "" || err != nil {
		t.Errorf("deliveries: %v (-want +got):\n%s", err, diff)
	}
	one, err := db.Delivery(t.Context(), d.ID)
	if diff := cmp.Diff(d, one); diff != "" || err != nil {
		t.Errorf("delivery: %v (-want +got):\n%s", err, diff)
	}
	if got := body(t, db, d.ID); string(got) != "oops" {
		t.Errorf("answer %q", got)
	}
	got := read(t, db, c.ID)
	short := cmpopts.IgnoreFields(store.Delivery{}, "Head", "Request", "RequestBody")
	if diff := cmp.Diff(d, got.Last, short); diff != "" {
		t.Errorf("last (-want +got):\n%s", diff)
	}
	if got.Delivering || got.DeliveriesCount != 1 || !got.Failed {
		t.Errorf("capture after its delivery: %+v", got)
	}
}

func TestFailed(t *testing.T) {
	ok, bad := 200, 500
	type step struct {
		status int // 0: an error
		kind   store.Kind
	}
	cases := map[string]struct {
		state store.State
		steps []step
		want  bool
	}{
		"no delivery":           {store.Complete, nil, true},
		"accepted":              {store.Complete, []step{{ok, store.Live}}, false},
		"not accepted":          {store.Complete, []step{{bad, store.Live}}, true},
		"an error":              {store.Complete, []step{{0, store.Live}}, true},
		"accepted in the end":   {store.Complete, []step{{bad, store.Live}, {ok, store.Replay}}, false},
		"failed in the end":     {store.Complete, []step{{ok, store.Live}, {bad, store.Replay}}, true},
		"incomplete":            {store.Incomplete, nil, false},
		"malformed":             {store.Malformed, nil, false},
		"refused":               {store.Refused, nil, false},
		"held":                  {store.Held, nil, false},
		"incomplete, delivered": {store.Incomplete, []step{{bad, store.Replay}}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t)
			cap := storetest.Capture(1)
			cap.State, cap.Delivering = c.state, false
			if err := db.Add(t.Context(), cap, nil); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.steps {
				d := storetest.Delivery(cap.ID)
				d.Status, d.Kind, d.Accepted = s.status, s.kind, s.status == ok
				delivered(t, db, d)
			}
			if got := read(t, db, cap.ID).Failed; got != c.want {
				t.Errorf("failed %v, want %v", got, c.want)
			}
			n, err := db.Count(t.Context(), store.Filter{Failed: true})
			if (n == 1) != c.want || err != nil {
				t.Errorf("filter finds %d, %v", n, err)
			}
		})
	}
}

// TestImportedNeverFails holds that what arrived elsewhere is never sent unasked: not when nobody delivered it, nor after
// a replay that went wrong.
func TestImportedNeverFails(t *testing.T) {
	db := storetest.Open(t)
	cap := storetest.Capture(1)
	cap.State, cap.Delivering, cap.Instance = store.Complete, false, store.Imported
	if err := db.Add(t.Context(), cap, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if read(t, db, cap.ID).Failed {
			t.Error("it counts as failed")
		}
		for _, f := range []store.Filter{{Failed: true}, {Resendable: true, IncludeUnknown: true}} {
			if n, err := db.Count(t.Context(), f); n != 0 || err != nil {
				t.Errorf("%+v finds %d, %v", f, n, err)
			}
		}
		d := storetest.Delivery(cap.ID)
		d.Status, d.Kind, d.Accepted = 500, store.Replay, false
		delivered(t, db, d)
	}
}

func TestLaterDuplicateSettles(t *testing.T) {
	db := storetest.Open(t)
	var tries []*store.Capture
	for n := range 3 {
		c := storetest.Capture(n)
		c.DedupeKey = "event:1"
		if err := db.Add(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
		d := storetest.Delivery(c.ID)
		d.Accepted = n == 1
		delivered(t, db, d)
		tries = append(tries, c)
	}
	for n, want := range []bool{false, false, true} {
		if got := read(t, db, tries[n].ID).Failed; got != want {
			t.Errorf("try %d: failed %v, want %v", n, got, want)
		}
	}
	// A later replay of the accepted one makes that one failed, not the first.
	d := storetest.Delivery(tries[1].ID)
	d.Kind, d.Accepted = store.Replay, false
	delivered(t, db, d)
	for n, want := range []bool{false, true, true} {
		if got := read(t, db, tries[n].ID).Failed; got != want {
			t.Errorf("after a replay, try %d: failed %v, want %v", n, got, want)
		}
	}
}

func TestReplayUnderWay(t *testing.T) {
	db := storetest.Open(t)
	c := added(t, db, 1)
	live := storetest.Delivery(c.ID)
	live.Accepted = false
	delivered(t, db, live)
	r := &store.Delivery{CaptureID: c.ID, Target: "http://localhost:4000/"}
	if err := db.StartReplay(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	again := *r
	if err := db.StartReplay(t.Context(), &again); !errors.Is(err, store.ErrExists) {
		t.Errorf("started twice: %v, want ErrExists", err)
	}
	if got := read(t, db, c.ID); got.DeliveriesCount != 1 || got.Last.ID != live.ID {
		t.Errorf("a replay without outcome counts: %+v", got)
	}
	if n, err := db.Count(t.Context(), store.Filter{Resendable: true}); n != 0 || err != nil {
		t.Errorf("%d resendable, %v; want none while a replay is under way", n, err)
	}
	r.Status, r.Accepted = 204, true
	delivered(t, db, r)
	if got := read(t, db, c.ID); got.DeliveriesCount != 2 || got.Last.ID != r.ID || got.Last.Kind != store.Replay || got.Failed {
		t.Errorf("after its outcome: %+v", got)
	}
	if err := db.AddDelivery(t.Context(), r, nil, false); !errors.Is(err, store.ErrExists) {
		t.Errorf("completed twice: %v, want ErrExists", err)
	}
	if got := read(t, db, c.ID); got.DeliveriesCount != 2 {
		t.Errorf("%d deliveries after that", got.DeliveriesCount)
	}
}

// TestLongAnswerOfAReplay: what was recorded of an answer stays when its process ends, however long it is; also where an
// earlier devhook has left the replay among what is unfinished.
func TestLongAnswerOfAReplay(t *testing.T) {
	for _, size := range []int{1000, 64<<10 + 1, 600 << 10} {
		for _, left := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d bytes, left %v", size, left), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "x.db")
				db, err := store.Open(t.Context(), store.Options{Path: path})
				if err != nil {
					t.Fatal(err)
				}
				c, r, want := added(t, db, 1), &store.Delivery{Target: "http://localhost:4000/"}, random(size)
				r.CaptureID = c.ID
				delivered(t, db, storetest.Delivery(c.ID))
				if err := db.StartReplay(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				r.Status, r.Accepted = 204, true
				if err := db.AddDelivery(t.Context(), r, want, true); err != nil {
					t.Fatal(err)
				}
				if n := query(t, path, "SELECT count(*) FROM pending"); n != "0" {
					t.Errorf("%s are unfinished", n)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				if left {
					err := store.Exec(path, "INSERT INTO pending VALUES (?, 'replay', 'nobody', ?, '{}')", r.ID, c.ID)
					if err != nil {
						t.Fatal(err)
					}
				}
				db = storetest.OpenAt(t, path)
				if got := read(t, db, c.ID); got.DeliveriesCount != 2 || got.Last == nil || got.Last.ID != r.ID || got.Failed {
					t.Errorf("%d deliveries, the last %+v", got.DeliveriesCount, got.Last)
				}
				if got := body(t, db, r.ID); !bytes.Equal(got, want) {
					t.Errorf("%d bytes of the answer are there", len(got))
				}
				if n := query(t, path, "SELECT count(*) FROM pending"); n != "0" {
					t.Errorf("%s are unfinished in the end", n)
				}
			})
		}
	}
}

func TestDeliveryOfNothing(t *testing.T) {
	db := storetest.Open(t)
	if err := db.AddDelivery(t.Context(), storetest.Delivery("01J"), nil, true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := db.StartReplay(t.Context(), storetest.Delivery("01J")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := db.Delivery(t.Context(), "01J"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := db.Body(t.Context(), "01J"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if _, err := db.Capture(t.Context(), "01J"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// An answer recorded in pieces before its delivery is known.
func TestAnswerInPieces(t *testing.T) {
	db := storetest.Open(t)
	c := added(t, db, 1)
	d := storetest.Delivery(c.ID)
	d.ID = store.NewID(time.Now())
	var want []byte
	for n := range 5 {
		piece := random(100_000 + n)
		want = append(want, piece...)
		if err := db.AppendBody(t.Context(), d.ID, piece); err != nil {
			t.Fatal(err)
		}
	}
	d.BodySize, d.Truncated = 1<<30, true
	if err := db.AddDelivery(t.Context(), d, nil, true); err != nil {
		t.Fatal(err)
	}
	if got := body(t, db, d.ID); !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if err := db.AppendBody(t.Context(), d.ID, []byte("more")); !errors.Is(err, store.ErrExists) {
		t.Errorf("appended to a finished delivery: %v, want ErrExists", err)
	}
	if err := db.AppendBody(t.Context(), c.ID, []byte("more")); !errors.Is(err, store.ErrExists) {
		t.Errorf("appended to a finished capture: %v, want ErrExists", err)
	}
}

func TestSyncTogether(t *testing.T) {
	db := storetest.Open(t)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if err := db.Sync(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
