package inspector_test

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"devhook/inspector"
	"devhook/store"
)

// TestReplayHeld: a replay of what is held is its delivery: it leaves its queue, and comes once.
func TestReplayHeld(t *testing.T) {
	r := newRig(t, holding(accepted))
	for n := range 3 {
		r.send(post(fmt.Sprint("/", n), "x"))
	}
	id := r.captures()[1].ID
	d, err := r.in.Replay(t.Context(), id, inspector.Edit{})
	if err != nil || d.Kind != store.Live || d.Status != 200 || !d.WasHeld() {
		t.Fatalf("%+v, %v", d, err)
	}
	if c := r.captures()[1]; c.State != store.Complete || c.Delivering || c.DeliveriesCount != 1 {
		t.Errorf("the capture: %+v", c)
	}
	if d, err := r.in.Replay(t.Context(), id, inspector.Edit{}); err != nil || d.Kind != store.Replay {
		t.Errorf("the second: %+v, %v", d, err)
	}
	r.drains()
	eventually(t, "the rest is delivered", func() bool { return r.states()[store.Held] == 0 && r.settled() })
	if got := targets(r.app); !slices.Equal(got, []string{"/1", "/1", "/0", "/2"}) {
		t.Errorf("the app got %v", got)
	}
}

// TestReplayHeldChanged: something else than what is held, or sent elsewhere, takes nothing out of a queue.
func TestReplayHeldChanged(t *testing.T) {
	r := newRig(t, holding(accepted))
	other := newRawApp(t)
	r.send(post("/0", "x"))
	id := r.captures()[0].ID
	for _, e := range []inspector.Edit{
		{To: "http://127.0.0.1:" + other.port()},
		{Method: "PUT"},
		{Target: "/edited"},
		{HasBody: true, Body: []byte("y")},
		{Headers: [][2]string{{"X-New", "1"}}},
		{To: r.target.URL() + "/elsewhere"},
	} {
		d, err := r.in.Replay(t.Context(), id, e)
		if err != nil || d.Kind != store.Replay || d.Status != 200 {
			t.Errorf("%+v: %+v, %v", e, d, err)
		}
	}
	if got := r.states(); got[store.Held] != 1 {
		t.Fatalf("states %v", got)
	}
	r.drains()
	eventually(t, "it is delivered", func() bool { return r.states()[store.Complete] == 1 && !r.captures()[0].Delivering })
	if got := targets(r.app); got[len(got)-1] != "/0" || len(got) != 6 {
		t.Errorf("the app got %v", got)
	}
}

// TestReplayHeldInVain: while the app is down a replay is a delivery with an error, and what is held waits on.
func TestReplayHeldInVain(t *testing.T) {
	r := newRig(t, holding(accepted))
	addr := r.down()
	r.send(post("/0", "x"))
	id := r.captures()[0].ID
	for range 2 {
		d, err := r.in.Replay(t.Context(), id, inspector.Edit{})
		if err != nil || d.Kind != store.Replay || !strings.HasPrefix(d.Error, "nothing listens on ") {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	if c := r.captures()[0]; c.State != store.Held || c.DeliveriesCount != 2 || c.Failed {
		t.Errorf("the capture: %+v", c)
	}
	r.drains()
	app := newRawAppAt(t, addr)
	eventually(t, "it is delivered", func() bool { return r.states()[store.Complete] == 1 && r.captures()[0].DeliveriesCount == 3 })
	if got := targets(app); !slices.Equal(got, []string{"/0"}) {
		t.Errorf("the app got %v", got)
	}
}

// TestReplayHeldAtOnce: replays and the queue itself at the same time don't make two deliveries of one.
func TestReplayHeldAtOnce(t *testing.T) {
	const many = 20
	r := newRig(t, holding(accepted))
	for n := range many {
		r.send(post(fmt.Sprint("/", n), "x"))
	}
	all := r.captures()
	var work sync.WaitGroup
	var mu sync.Mutex
	again := map[string]bool{} // replays of what had left its queue
	stop := r.drains()
	for _, c := range slices.Backward(all) {
		for range 2 {
			work.Go(func() {
				d, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{})
				switch {
				case errors.Is(err, inspector.ErrJustLeft):
				case err != nil:
					t.Error(err)
				case d.Kind == store.Replay:
					mu.Lock()
					defer mu.Unlock()
					again[d.ID] = true
				}
			})
		}
	}
	work.Wait()
	eventually(t, "all are delivered", func() bool { return r.states()[store.Held] == 0 && r.settled() })
	stop()
	if got := len(r.app.got()); got != many+len(again) {
		t.Errorf("the app got %d, want %d and %d replays of what had been delivered", got, many, len(again))
	}
	for _, c := range all {
		live := 0
		for _, d := range r.deliveries(c.ID) {
			if d.Kind == store.Live {
				live++
			}
		}
		if live != 1 {
			t.Errorf("%s has %d live deliveries", c.Target, live)
		}
	}
}

// TestReplayHeldUnknown: whoever got it and said nothing is not asked again by the queue.
func TestReplayHeldUnknown(t *testing.T) {
	r := newRig(t, holding(accepted))
	r.app.do(func(net.Conn, string) bool { return false })
	r.send(post("/0", "x"))
	d, err := r.in.Replay(t.Context(), r.captures()[0].ID, inspector.Edit{})
	if err != nil || d.Kind != store.Live || d.Error != store.OutcomeUnknown {
		t.Errorf("%+v, %v", d, err)
	}
	if c := r.only(); c.State != store.Complete {
		t.Errorf("state %s", c.State)
	}
	if n, err := r.db.Count(t.Context(), store.Filter{Search: "is:unknown"}); n != 1 || err != nil {
		t.Errorf("%d are listed as unknown, %v", n, err)
	}
}
