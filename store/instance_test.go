package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

// holdChild is an `up` with a delivery, an arrival, a replay and an answer
// under way. It says so and waits until its stdin ends; then it records the
// outcome and leaves orderly.
func holdChild(path string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		return err
	}
	c, arriving := storetest.Capture(1), storetest.Capture(2)
	replay := &store.Delivery{Target: "http://localhost:3000/again", Edited: true, RequestBody: []byte("edited")}
	err = errors.Join(
		db.Register(ctx, store.Instance{ID: "child", PID: os.Getpid(), PublicURL: "http://127.0.0.1:8080"}),
		db.Add(ctx, c, storetest.Body(1)),
		db.BeginArrival(ctx, arriving),
		db.AppendBody(ctx, arriving.ID, []byte("half a bo")),
		db.AppendBody(ctx, "01ANSWER", []byte("half an answer")))
	replay.CaptureID = c.ID
	if err := errors.Join(err, db.StartReplay(ctx, replay)); err != nil {
		return err
	}
	fmt.Println(c.ID, arriving.ID, replay.ID)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return errors.Join(db.AddDelivery(ctx, storetest.Delivery(c.ID), nil, true), db.Close())
}

// held is a running holdChild.
type held struct {
	capture, arriving, replay string
	kill, end                 func()
}

func hold(t *testing.T, path string) held {
	t.Helper()
	c := child(t, "hold", path)
	in, err1 := c.StdinPipe()
	out, err2 := c.StdoutPipe()
	if err := errors.Join(err1, err2, c.Start()); err != nil {
		t.Fatal(err)
	}
	var h held
	if _, err := fmt.Fscan(bufio.NewReader(out), &h.capture, &h.arriving, &h.replay); err != nil {
		t.Fatal(err)
	}
	h.kill = func() {
		if err := c.Process.Kill(); err != nil {
			t.Error(err)
		}
		c.Wait() // says that it was killed
	}
	h.end = func() {
		if err := errors.Join(in.Close(), c.Wait()); err != nil {
			t.Error(err)
		}
	}
	return h
}

func TestTheLivingAreLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	h := hold(t, path)
	db := storetest.OpenAt(t, path)
	if err := db.Register(t.Context(), store.Instance{ID: "me", LocalURL: "http://localhost:3000"}); err != nil {
		t.Fatal(err)
	}
	if c := read(t, db, h.capture); !c.Delivering || c.DeliveriesCount != 0 {
		t.Errorf("capture of a living process: %+v", c)
	}
	if _, err := db.Capture(t.Context(), h.arriving); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("arrival of a living process: %v", err)
	}
	all, err := db.Instances(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "child" || !all[0].Alive || !all[1].Alive {
		t.Errorf("instances: %v, %+v", err, all)
	}
	h.end()
	if c := read(t, db, h.capture); c.Delivering || c.DeliveriesCount != 2 || c.Last.Error != store.OutcomeUnknown {
		t.Errorf("after its outcome and its end: %+v, %+v", c, c.Last)
	}
	if all, err := db.Instances(t.Context()); err != nil || len(all) != 1 || all[0].ID != "me" {
		t.Errorf("instances: %v, %+v", err, all)
	}
}

func TestTheDeadAreWrittenDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	h := hold(t, path)
	db := storetest.OpenAt(t, path)
	changes := watch(t, db, store.Position{Capture: 1})
	h.kill()
	if all, err := db.Instances(t.Context()); err != nil || len(all) != 1 || all[0].Alive || all[0].PID == 0 {
		t.Errorf("before: %v, %+v", err, all)
	}
	if err := db.Register(t.Context(), store.Instance{ID: "me"}); err != nil {
		t.Fatal(err)
	}
	checkWrittenDown(t, db, h)
	seen := map[string]int{}
	for range 3 {
		if got := <-changes; got.Delivery != nil {
			seen[string(got.Delivery.Kind)]++
		} else {
			seen[name(got)]++
		}
	}
	if want := map[string]int{"live": 1, "request " + h.arriving: 1, "replay": 1}; !maps.Equal(seen, want) {
		t.Errorf("changes %v, want %v", seen, want)
	}
	if all, err := db.Instances(t.Context()); err != nil || len(all) != 1 || all[0].ID != "me" {
		t.Errorf("instances: %v, %+v", err, all)
	}
	if locks, err := filepath.Glob(path + "*.lock"); err != nil || len(locks) != 1 {
		t.Errorf("locks left: %q", locks)
	}
	if n := rows(t, db); n != 2+2+2+1 { // captures, payloads, deliveries, the chunk of the arrival
		t.Errorf("%d rows", n)
	}
}

func checkWrittenDown(t *testing.T, db *store.DB, h held) {
	t.Helper()
	ds, err := db.Deliveries(t.Context(), h.capture)
	if err != nil || len(ds) != 2 {
		t.Fatalf("%v: %d deliveries, want 2", err, len(ds))
	}
	if d := ds[0]; d.Kind != store.Live || d.Error != store.OutcomeUnknown || d.Target != "http://localhost:3000/hooks/sms?n=1" {
		t.Errorf("live: %+v", d)
	}
	if d := ds[1]; d.Kind != store.Replay || d.ID != h.replay || d.Error != store.OutcomeUnknown || !d.Edited ||
		string(d.RequestBody) != "edited" || d.Target != "http://localhost:3000/again" {
		t.Errorf("replay: %+v", d)
	}
	c := read(t, db, h.arriving)
	if got := body(t, db, c.ID); c.State != store.Incomplete || string(got) != "half a bo" || c.BodySize != 9 || c.Delivering {
		t.Errorf("arrival: %q, %+v", got, c)
	}
}

// Reading is enough: who opens the database sees what became of it.
func TestOpenWritesTheDeadDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	h := hold(t, path)
	h.kill()
	checkWrittenDown(t, storetest.OpenAt(t, path), h)
}

// A process that only replays is no instance, but dies like one.
func TestACommandOwnsItsReplay(t *testing.T) {
	db := storetest.Open(t)
	c := added(t, db, 1)
	delivered(t, db, storetest.Delivery(c.ID))
	cmd := storetest.OpenAt(t, db.Path())
	r := &store.Delivery{CaptureID: c.ID}
	if err := cmd.StartReplay(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if all, err := db.Instances(t.Context()); len(all) != 0 || err != nil {
		t.Errorf("instances: %v, %+v", err, all)
	}
	if err := db.Register(t.Context(), store.Instance{}); err != nil {
		t.Fatal(err)
	}
	if n := read(t, db, c.ID).DeliveriesCount; n != 1 {
		t.Errorf("%d deliveries while it lives", n)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, db, c.ID).Last; got.ID != r.ID || got.Error != store.OutcomeUnknown {
		t.Errorf("last %+v", got)
	}
}

func TestInstances(t *testing.T) {
	db := storetest.Open(t)
	i := store.Instance{ID: "me", PID: 7, StartedAt: time.Unix(5, 6).UTC(), PublicURL: "a", InspectorURL: "b", LocalURL: "c"}
	if err := db.Register(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	if err := db.Register(t.Context(), i); !errors.Is(err, store.ErrExists) {
		t.Errorf("registered twice: %v, want ErrExists", err)
	}
	i.PublicURL = "d"
	if err := db.UpdateInstance(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	i.Alive = true
	all, err := db.Instances(t.Context())
	if d := cmp.Diff([]store.Instance{i}, all); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if err := db.UpdateInstance(t.Context(), store.Instance{ID: "x"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("updated none: %v", err)
	}
	for _, id := range []string{"../x", "a b", "a/b", "é"} {
		if err := db.Register(t.Context(), store.Instance{ID: id}); err == nil {
			t.Errorf("registered %q", id)
		}
	}
}
