package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

func watch(t *testing.T, db *store.DB, from store.Position) <-chan store.Change {
	t.Helper()
	ch, err := db.Watch(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestWatch(t *testing.T) {
	db := storetest.Open(t)
	added(t, db, 0) // before: not seen
	ch := watch(t, db, store.Position{})
	c := added(t, db, 1)
	got := <-ch
	if got.Kind != store.ChangeRequest || got.Capture.ID != c.ID || got.Delivery != nil || !got.Capture.Delivering {
		t.Errorf("got %+v", got)
	}
	d := delivered(t, db, storetest.Delivery(c.ID))
	got = <-ch
	if got.Kind != store.ChangeDelivery || got.Capture.ID != c.ID || got.Delivery.ID != d.ID || got.Capture.Last.ID != d.ID {
		t.Errorf("got %+v", got)
	}
	if want := (store.Position{Capture: c.Seq, Delivery: d.Seq}); got.At != want {
		t.Errorf("at %v, want %v", got.At, want)
	}
}

// What happened while nobody looked comes in the order it happened.
func TestWatchInOrder(t *testing.T) {
	db := storetest.Open(t)
	from := store.Position{Capture: added(t, db, 0).Seq}
	start := storetest.Capture(0).ReceivedAt
	var want []string
	for n := 1; n <= 250; n++ { // more than one page
		c := storetest.Capture(n)
		c.ReceivedAt = start.Add(time.Duration(n) * time.Second)
		if err := db.Add(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
		want = append(want, "request "+c.ID)
		if n%3 == 0 {
			continue
		}
		d := storetest.Delivery(c.ID)
		d.At = c.ReceivedAt
		delivered(t, db, d)
		want = append(want, "delivery "+c.ID)
	}
	ch := watch(t, db, from)
	for n, w := range want {
		if got := <-ch; got.Kind+" "+got.Capture.ID != w {
			t.Fatalf("change %d is %s %s, want %s", n, got.Kind, got.Capture.ID, w)
		}
	}
}

// Another handle stands for another process: they share no memory.
func TestWatchSeesOtherProcesses(t *testing.T) {
	db := storetest.Open(t)
	other := storetest.OpenAt(t, db.Path())
	ch := watch(t, db, store.Position{})
	c := added(t, other, 1)
	if got := <-ch; got.Capture.ID != c.ID {
		t.Errorf("got %+v", got)
	}
}

func TestWatchEndsWithTheStore(t *testing.T) {
	db := storetest.Open(t)
	ch := watch(t, db, store.Position{})
	ctx, cancel := context.WithCancel(t.Context())
	second, err := db.Watch(ctx, store.Position{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range second {
		t.Error("a change after the end")
	}
	added(t, db, 1) // nobody reads: Close must not wait for it
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range ch {
		continue
	}
}

// A watcher that reads nothing holds nobody up, and misses nothing after.
func TestWatchSlowlyAndResume(t *testing.T) {
	db := storetest.Open(t)
	ch := watch(t, db, store.Position{})
	var want, got []string
	for n := range 350 {
		c := added(t, db, n)
		want = append(want, "request "+c.ID, "delivery "+delivered(t, db, storetest.Delivery(c.ID)).ID)
	}
	var at store.Position
	for range 40 {
		c := <-ch
		got, at = append(got, name(c)), c.At
	}
	parsed, err := store.ParsePosition(at.String())
	if err != nil || parsed != at {
		t.Fatalf("position %v became %v, %v", at, parsed, err)
	}
	ch = watch(t, db, parsed)
	for len(got) < len(want) {
		got = append(got, name(<-ch))
	}
	for _, id := range got {
		if _, after, _ := cut(got, id); after {
			t.Errorf("%s twice", id)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Error("not every change came once")
	}
}

// cut says where id is in all, and whether it is there again.
func cut(all []string, id string) (at int, again bool, ok bool) {
	at = slices.Index(all, id)
	return at, at >= 0 && slices.Contains(all[at+1:], id), at >= 0
}

func name(c store.Change) string {
	if c.Kind == store.ChangeDelivery {
		return "delivery " + c.Delivery.ID
	}
	return "request " + c.Capture.ID
}

func TestWatchAcrossDeletion(t *testing.T) {
	db := storetest.Open(t)
	first := added(t, db, 1)
	at := store.Position{Capture: first.Seq}
	gone := added(t, db, 2)
	delivered(t, db, storetest.Delivery(gone.ID))
	if err := db.Delete(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	ch := watch(t, db, at)
	last := added(t, db, 3)
	if got := <-ch; got.Capture.ID != last.ID {
		t.Errorf("got %+v", got)
	}
}

func TestWatchFromAnotherFilesPosition(t *testing.T) {
	db := storetest.Open(t)
	added(t, db, 1)
	ch := watch(t, db, store.Position{Capture: 1000, Delivery: 7})
	c := added(t, db, 2)
	if got := <-ch; got.Capture.ID != c.ID {
		t.Errorf("got %+v", got)
	}
}

func TestParsePosition(t *testing.T) {
	for _, s := range []string{"", "1", "-", "1-", "-1", "1-2-", "1-2-3-4", "1-2--3", "1-2-03", "1-2 ", "+1-2", "01-2", "1--2", "a-b", "99999999999999999999-1"} {
		if p, err := store.ParsePosition(s); err == nil {
			t.Errorf("%q: %v", s, p)
		}
	}
}

// What is concluded later, or marked by the user, is told of too, also to other
// processes.
func TestWatchConclusions(t *testing.T) {
	db := storetest.Open(t)
	other := storetest.OpenAt(t, db.Path())
	c := added(t, db, 1)
	ch := watch(t, db, store.Position{})
	c.Verdict, c.Reason = store.Invalid, "another secret"
	if err := other.Conclude(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	got := <-ch
	if got.Kind != store.ChangeConclusion || got.Capture.Verdict != store.Invalid || got.Delivery != nil || got.At.Conclusion != 1 {
		t.Errorf("got %+v", got)
	}
	at := got.At
	next := added(t, db, 2)
	for n := range 250 { // more than two pages
		if err := db.SetPinned(t.Context(), c.ID, n%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SetNote(t.Context(), next.ID, "look"); err != nil {
		t.Fatal(err)
	}
	parsed, err := store.ParsePosition(at.String())
	if err != nil || parsed != at {
		t.Fatalf("position %v became %v, %v", at, parsed, err)
	}
	ch = watch(t, db, parsed)
	if got := <-ch; got.Kind != store.ChangeRequest || got.Capture.ID != next.ID {
		t.Errorf("got %+v, want the request", got)
	}
	changes := 0
	for got = range ch {
		if changes++; got.Kind != store.ChangeConclusion {
			t.Errorf("got %+v", got)
		}
		if got.Capture.Note == "look" {
			break
		}
	}
	if changes > 10 {
		t.Errorf("%d changes of one capture were sent", changes)
	}
	old, err := store.ParsePosition("1-0")
	if err != nil {
		t.Fatal(err)
	}
	ch = watch(t, db, old) // of a time when there were no conclusions
	if got := <-ch; got.Kind != store.ChangeRequest || got.At.Conclusion != 252 {
		t.Errorf("got %+v", got)
	}
	if err := db.Delete(t.Context(), c.ID); err != nil { // its conclusions go with it
		t.Fatal(err)
	}
	ch = watch(t, db, at)
	<-ch
	if got := <-ch; got.Capture.ID != next.ID || got.At.Conclusion != 252 {
		t.Errorf("got %+v", got)
	}
}

// Everything at once: writers on two handles, readers, a watcher that sees
// each capture before its delivery, and someone who deletes.
func TestTogether(t *testing.T) {
	db := storetest.Open(t)
	other := storetest.OpenAt(t, db.Path())
	const writers, each = 16, 15
	ch := watch(t, db, store.Position{})
	var writing, reading sync.WaitGroup
	broken := make(chan error, writers*each)
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				if err := webhook(t, []*store.DB{db, other}[w%2], w*each+n); err != nil {
					broken <- err
				}
			}
		})
	}
	done := make(chan struct{})
	for _, f := range []store.Filter{{Limit: 50}, {Failed: true}, {Search: "SM00001"}, {Status: "2xx", OldestFirst: true}} {
		reading.Go(func() {
			for stop := false; !stop; {
				select {
				case <-done:
					stop = true
				default:
				}
				if _, err := db.List(t.Context(), f); err != nil {
					t.Error(err)
				}
				if _, err := other.Count(t.Context(), f); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	for range 2 * writers * each {
		var c store.Change
		select {
		case c = <-ch:
		case err := <-broken:
			t.Fatal(err)
		}
		if c.Kind == store.ChangeDelivery && !seen["request "+c.Capture.ID] {
			t.Error("a delivery before its capture")
		}
		if seen[name(c)] {
			t.Error("twice: ", name(c))
		}
		seen[name(c)] = true
	}
	writing.Wait()
	close(done)
	reading.Wait()
	if n, err := db.Count(t.Context(), store.Filter{Status: "200"}); n != writers*each || err != nil {
		t.Error(fmt.Sprint(n), err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// An outcome that was written down long after it ended, as a dead process's are, passes over none of those that were written
// before it, although their captures come on later pages. Those of the first page have none: they were refused, say.
func TestWatchAfterAnOldOutcome(t *testing.T) {
	db := storetest.Open(t)
	from := store.Position{Capture: added(t, db, 0).Seq}
	start := storetest.Capture(0).ReceivedAt
	var first *store.Capture
	missing := map[string]bool{}
	for n := 1; n <= 250; n++ { // more than two pages
		c := storetest.Capture(n)
		c.ReceivedAt = start.Add(time.Duration(n) * time.Second)
		if err := db.Add(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
		missing["request "+c.ID] = true
		if n == 1 {
			first = c
		}
		if n < 150 {
			continue
		}
		d := storetest.Delivery(c.ID)
		d.At = c.ReceivedAt
		missing["delivery "+delivered(t, db, d).ID] = true
	}
	d := storetest.Delivery(first.ID)
	d.At, d.Duration, d.Error = first.ReceivedAt, 0, store.OutcomeUnknown
	missing["delivery "+delivered(t, db, d).ID] = true
	ch := watch(t, db, from)
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for len(missing) > 0 {
		select {
		case c := <-ch:
			if !missing[name(c)] {
				t.Fatalf("%s came twice", name(c))
			}
			delete(missing, name(c))
		case <-late.C:
			t.Fatalf("%d changes never came", len(missing))
		}
	}
}
