package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// keep adds a capture that waits for an app, owned by an instance.
func keep(tb testing.TB, db *store.DB, n int, owner, app, route string) *store.Capture {
	tb.Helper()
	c := storetest.Capture(n)
	c.State, c.Delivering = store.Held, false
	c.Instance, c.App, c.Queue = owner, app, route
	if err := db.Add(tb.Context(), c, storetest.Body(n)); err != nil {
		tb.Fatal(err)
	}
	return c
}

const shop = "http://localhost:3000"

func next(t *testing.T, db *store.DB, owner, route string) *store.Waiting {
	t.Helper()
	w, err := db.NextHeld(t.Context(), owner, store.Place{App: shop, Route: route})
	if err != nil {
		t.Fatalf("next of %s at %q: %v", owner, route, err)
	}
	return w
}

func TestHeldInOrder(t *testing.T) {
	db := storetest.Open(t)
	var want []string
	for n := range 6 {
		c := keep(t, db, n, "I1", shop, []string{"/sms", "/pay"}[n%2])
		if n%2 == 0 {
			want = append(want, c.ID)
		}
	}
	keep(t, db, 6, "I2", shop, "/sms")
	for n, id := range want {
		w := next(t, db, "I1", "/sms")
		if w.ID != id || w.Size == 0 || w.Since.IsZero() {
			t.Errorf("%d: %+v, want %s", n, w, id)
		}
		if err := db.BeginHeld(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if c := read(t, db, id); c.State != store.Complete || !c.Delivering {
			t.Errorf("begun: %s, delivering %v", c.State, c.Delivering)
		}
		if err := db.BeginHeld(t.Context(), w); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("begun twice: %v", err)
		}
		delivered(t, db, storetest.Delivery(id))
	}
	if _, err := db.NextHeld(t.Context(), "I1", store.Place{App: shop, Route: "/sms"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the last: %v", err)
	}
	places, err := db.Places(t.Context(), "I1")
	if err != nil || len(places) != 1 || places[0] != (store.Place{App: shop, Route: "/pay"}) {
		t.Errorf("places %v, %v", places, err)
	}
	if n, err := db.Count(t.Context(), store.Filter{Search: "is:held"}); n != 4 || err != nil {
		t.Errorf("%d are held, %v", n, err)
	}
	if n, err := db.Count(t.Context(), store.Filter{Resendable: true}); n != 0 || err != nil {
		t.Errorf("%d held ones count as failed, %v", n, err)
	}
}

// What did not reach the app waits again where it was, and the reason is told.
func TestHeldPutBack(t *testing.T) {
	db := storetest.Open(t)
	first, second := keep(t, db, 1, "I1", shop, ""), keep(t, db, 2, "I1", shop, "")
	w := next(t, db, "I1", "")
	later := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if err := db.Postpone(t.Context(), w.ID, later, "nothing listens"); err != nil {
		t.Fatal(err)
	}
	w = next(t, db, "I1", "")
	if w.ID != first.ID || w.Tries != 1 || !w.Next.Equal(later) || w.Why != "nothing listens" {
		t.Errorf("postponed: %+v", w)
	}
	if err := errors.Join(db.BeginHeld(t.Context(), w), db.PutBack(t.Context(), w)); err != nil {
		t.Fatal(err)
	}
	if back := next(t, db, "I1", ""); *back != *w {
		t.Errorf("put back: %+v, want %+v", back, w)
	}
	if err := db.PutBack(t.Context(), w); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("put back twice: %v", err)
	}
	if err := db.BeginHeld(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	delivered(t, db, storetest.Delivery(w.ID))
	if err := db.PutBack(t.Context(), w); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("put back after its outcome: %v", err)
	}
	if w := next(t, db, "I1", ""); w.ID != second.ID {
		t.Errorf("next is %s", w.ID)
	}
}

// A replay in vain, before or meanwhile, doesn't keep what no byte left of from waiting again.
func TestHeldPutBackAfterReplay(t *testing.T) {
	db := storetest.Open(t)
	keep(t, db, 1, "I1", shop, "")
	w := next(t, db, "I1", "")
	if one, err := db.HeldOne(t.Context(), w.ID); err != nil || *one != *w {
		t.Errorf("by its ID: %+v, %v, want %+v", one, err, w)
	}
	vain := storetest.Delivery(w.ID)
	vain.Kind, vain.Error = store.Replay, "nothing listens"
	delivered(t, db, vain)
	if err := errors.Join(db.BeginHeld(t.Context(), w), db.PutBack(t.Context(), w)); err != nil {
		t.Fatal(err)
	}
	if back := next(t, db, "I1", ""); *back != *w {
		t.Errorf("put back: %+v, want %+v", back, w)
	}
	if err := db.Cancel(t.Context(), w.ID); err != nil {
		t.Fatal(err)
	}
	if one, err := db.HeldOne(t.Context(), w.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("cancelled: %+v, %v", one, err)
	}
}

func TestQueues(t *testing.T) {
	db := storetest.Open(t)
	if err := db.Register(t.Context(), store.Instance{ID: "I1"}); err != nil {
		t.Fatal(err)
	}
	oldest := keep(t, db, 1, "I1", shop, "/pay")
	keep(t, db, 2, "I1", shop, "/sms")
	keep(t, db, 3, "I1", shop, "/pay")
	keep(t, db, 4, "gone", "http://localhost:4000", "")
	empty := store.Place{App: shop, Route: "/empty"}
	if err := errors.Join(db.Pause(t.Context(), placeOf(oldest)), db.Pause(t.Context(), empty), db.Pause(t.Context(), empty)); err != nil {
		t.Fatal(err)
	}
	var got []string
	all, err := db.Queues(t.Context())
	for _, q := range all {
		got = append(got, fmt.Sprint(q.App, q.Route, " ", q.Count, " ", q.Bytes > 0, " ", !q.Paused.IsZero(), " ", q.Alive))
	}
	want := shop + "/pay 2 true true true, " + shop + "/sms 1 true false true, http://localhost:4000 1 true false false, " + shop + "/empty 0 false true false"
	if err != nil || strings.Join(got, ", ") != want {
		t.Errorf("%v\n got %s\nwant %s", err, strings.Join(got, ", "), want)
	}
	if all[0].First.ID != oldest.ID {
		t.Errorf("the oldest is %s", all[0].First.ID)
	}
	if w := next(t, db, "I1", "/pay"); w.Paused.IsZero() || w.Urgent {
		t.Errorf("paused: %+v", w)
	}
	if n, err := db.Hurry(t.Context(), nil); n != 3 || err != nil {
		t.Errorf("hurried %d, %v", n, err)
	}
	if w := next(t, db, "I1", "/pay"); !w.Urgent || w.ID != oldest.ID {
		t.Errorf("hurried: %+v", w)
	}
	later := time.Now().Add(time.Hour)
	if err := errors.Join(db.Postpone(t.Context(), oldest.ID, later, "x"), db.Resume(t.Context(), placeOf(oldest)), db.Resume(t.Context(), empty)); err != nil {
		t.Fatal(err)
	}
	if w := next(t, db, "I1", "/pay"); !w.Paused.IsZero() || w.Urgent || !w.Next.IsZero() {
		t.Errorf("resumed: %+v", w)
	}
	held, err := db.Held(t.Context(), &store.Place{App: shop, Route: "/pay"}, 1)
	if err != nil || len(held) != 1 || held[0].ID != oldest.ID {
		t.Errorf("held at one place: %v, %v", held, err)
	}
	if held, err = db.Held(t.Context(), nil, 0); err != nil || len(held) != 4 || held[0].ID != oldest.ID {
		t.Errorf("held anywhere: %d, %v", len(held), err)
	}
}

func placeOf(c *store.Capture) store.Place { return store.Place{App: c.App, Route: c.Queue} }

func TestCancel(t *testing.T) {
	db := storetest.Open(t)
	one, other := keep(t, db, 1, "I1", shop, "/pay"), keep(t, db, 2, "I1", shop, "/sms")
	if err := db.SetNote(t.Context(), one.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	news := watch(t, db, store.Position{})
	if err := db.Cancel(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	c := read(t, db, one.ID)
	if c.State != store.Complete || c.Delivering || !c.Failed || c.Note != "mine\n"+store.Cancelled || c.DeliveriesCount != 0 {
		t.Errorf("cancelled: %+v", c)
	}
	if got := <-news; got.Kind != store.ChangeConclusion || got.Capture.ID != one.ID || got.Capture.State != store.Complete {
		t.Errorf("told: %+v", got)
	}
	if err := db.Cancel(t.Context(), one.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("cancelled twice: %v", err)
	}
	for n := range 2*cancelled + 1 {
		keep(t, db, 3+n, "I1", shop, "/pay")
	}
	if n, err := db.CancelAll(t.Context(), &store.Place{App: shop, Route: "/pay"}); n != 2*cancelled+1 || err != nil {
		t.Errorf("cancelled %d, %v", n, err)
	}
	if w := next(t, db, "I1", "/sms"); w.ID != other.ID {
		t.Errorf("elsewhere: %+v", w)
	}
	if n, err := db.CancelAll(t.Context(), nil); n != 1 || err != nil {
		t.Errorf("cancelled %d, %v", n, err)
	}
	if all, err := db.Queues(t.Context()); len(all) != 0 || err != nil {
		t.Errorf("left: %v, %v", all, err)
	}
}

// cancelled is how many are cancelled in one step.
const cancelled = 100

// Only one by one, by their ID, are held ones forgotten.
func TestHeldIsNotCleared(t *testing.T) {
	db := storetest.Open(t)
	one, two := keep(t, db, 1, "I1", shop, ""), keep(t, db, 2, "I1", shop, "")
	delivered(t, db, storetest.Delivery(added(t, db, 3).ID))
	if n, err := db.Clear(t.Context()); n != 1 || err != nil {
		t.Errorf("cleared %d, %v", n, err)
	}
	if err := db.Delete(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	if w := next(t, db, "I1", ""); w.ID != two.ID {
		t.Errorf("next: %+v", w)
	}
}

// heldChild holds three webhooks for two apps, begins with one, says so, and
// waits to be killed.
func heldChild(path string, begin func(*store.DB, *store.Waiting) error) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		return err
	}
	if err := db.Register(ctx, store.Instance{ID: "child", PID: os.Getpid()}); err != nil {
		return err
	}
	for n, app := range []string{shop, shop, "http://localhost:4000"} {
		c := storetest.Capture(n)
		c.State, c.Delivering, c.Instance, c.App = store.Held, false, "child", app
		if err := db.Add(ctx, c, nil); err != nil {
			return err
		}
	}
	w, err := db.NextHeld(ctx, "child", store.Place{App: shop})
	if err == nil {
		err = begin(db, w)
	}
	if err != nil {
		return err
	}
	fmt.Println(w.ID)
	select {}
}

func queueChild(path string) error {
	return heldChild(path, func(db *store.DB, w *store.Waiting) error { return db.BeginHeld(context.Background(), w) })
}

// announceChild is killed half-way through the beginning.
func announceChild(path string) error { return heldChild(path, store.AnnounceHeld) }

// TestKilledBeforeTheFirstByte: what was on its way to the app, but not so far that a byte could have left, waits on as long as
// the machine runs; after a power cut nobody knows.
func TestKilledBeforeTheFirstByte(t *testing.T) {
	for _, cut := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x.db")
		c := child(t, "announce", path)
		out, err := c.StdoutPipe()
		if err := errors.Join(err, c.Start()); err != nil {
			t.Fatal(err)
		}
		id, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		id = strings.TrimSpace(id)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait() // says that it was killed
		if cut {
			if err := store.RenameBoot(path, "another"); err != nil {
				t.Fatal(err)
			}
		}
		db := storetest.OpenAt(t, path)
		if err := db.Register(t.Context(), store.Instance{ID: "me"}); err != nil {
			t.Fatal(err)
		}
		want := 2
		if cut {
			want = 1
		}
		if n, err := db.TakeOver(t.Context(), "me", []string{shop}); n != want || err != nil {
			t.Errorf("power cut %v: took %d, %v", cut, n, err)
		}
		got, w := read(t, db, id), next(t, db, "me", "")
		unknown := got.Last != nil && got.Last.Error == store.OutcomeUnknown && got.State == store.Complete && !got.Delivering
		if (w.ID == id) == cut || unknown != cut {
			t.Errorf("power cut %v: next is %s, it is %+v", cut, w.ID, got)
		}
		if left, err := store.Query(path, "SELECT count(*) FROM pending"); left != "0" || err != nil {
			t.Errorf("power cut %v: %s are left as unfinished, %v", cut, left, err)
		}
	}
}

func TestTakeOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	c := child(t, "queue", path)
	out, err := c.StdoutPipe()
	if err := errors.Join(err, c.Start()); err != nil {
		t.Fatal(err)
	}
	begun, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	begun = strings.TrimSpace(begun)
	db := storetest.OpenAt(t, path)
	if err := db.Register(t.Context(), store.Instance{ID: "me"}); err != nil {
		t.Fatal(err)
	}
	take := func(want int, apps ...string) {
		t.Helper()
		if n, err := db.TakeOver(t.Context(), "me", apps); n != want || err != nil {
			t.Errorf("took %d for %q, %v; want %d", n, apps, err, want)
		}
	}
	take(0, shop) // its owner lives
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait() // says that it was killed
	take(0, "http://localhost:5000")
	take(0)
	take(1, shop, "http://localhost:5000")
	if w := next(t, db, "me", ""); w.ID == begun {
		t.Error("what had begun would be delivered again")
	}
	if got := read(t, db, begun); got.Delivering || got.Last == nil || got.Last.Error != store.OutcomeUnknown || got.DeliveriesCount != 1 {
		t.Errorf("what had begun: %+v", got)
	}
	take(0, shop)
	take(1, "http://localhost:4000") // and the first app's is given up
	if all, err := db.Queues(t.Context()); err != nil || len(all) != 2 || all[0].Alive || all[0].First.Owner != "" || !all[1].Alive {
		t.Errorf("queues: %+v, %v", all, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = storetest.OpenAt(t, path)
	if all, err := db.Queues(t.Context()); err != nil || len(all) != 2 || all[1].First.Owner != "" {
		t.Errorf("after an orderly end: %+v, %v", all, err)
	}
}
