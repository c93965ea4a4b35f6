package inspector

import (
	"testing"
	"time"

	"devhook/store"
)

// TestDue holds when the oldest of a queue is tried.
func TestDue(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 10, 0, 0, time.UTC)
	app, err := NewApp("3000", AppOptions{})
	if err != nil {
		t.Fatal(err)
	}
	i := New(Config{App: app, Now: func() time.Time { return now }})
	later := now.Add(10 * time.Second)
	for name, c := range map[string]struct {
		w    store.Waiting
		open bool
		want bool
	}{
		"new":                     {store.Waiting{}, false, true},
		"its time has come":       {store.Waiting{Next: now}, false, true},
		"not yet":                 {store.Waiting{Next: later}, false, false},
		"the app is there":        {store.Waiting{Next: later}, true, true},
		"paused":                  {store.Waiting{Paused: now}, true, false},
		"paused, but wanted":      {store.Waiting{Paused: now, Urgent: true}, false, true},
		"the clock was set back":  {store.Waiting{Next: now.Add(time.Hour)}, false, true},
		"of an app that has left": {store.Waiting{Place: store.Place{App: "http://localhost:1"}, Urgent: true}, true, false},
	} {
		if c.w.App == "" {
			c.w.App = app.URL()
		}
		if got := (&lane{Inspector: i, open: c.open}).due(&c.w); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestBackoff holds the bounds of the pauses between tries.
func TestBackoff(t *testing.T) {
	for tries := range 100 {
		d := backoff(tries)
		if d < firstPause*3/4 || d > lastPause*5/4 || tries > 5 && d < lastPause*3/4 {
			t.Errorf("after %d tries: %s", tries, d)
		}
	}
}
