package web

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"devhook/store"
)

var eventID = regexp.MustCompile(`(?m)^id: (\S+)\nevent: request\ndata: \{"id":"([^"]+)"`)

// collect reads a member's captures until it has n, and notes the position after the last.
func collect(t *testing.T, news <-chan []byte, n int) (ids []string, at string) {
	t.Helper()
	for len(ids) < n {
		select {
		case text, ok := <-news:
			if !ok {
				t.Fatalf("the feed ended after %d of %d", len(ids), n)
			}
			for _, m := range eventID.FindAllStringSubmatch(string(text), -1) {
				at, ids = m[1], append(ids, m[2])
			}
		case <-time.After(time.Minute):
			t.Fatalf("nothing more came after %d of %d", len(ids), n)
		}
	}
	return ids, at
}

func inOrder(t *testing.T, who string, want []*store.Capture, got []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d captures, want %d", who, len(got), len(want))
	}
	for i, c := range want {
		if got[i] != c.ID {
			t.Fatalf("%s: the %d-th is %s, want %s", who, i, got[i], c.ID)
		}
	}
}

// TestFeedTellsAllOfEverything has one member that reads, one that sleeps through more than its queue holds, and one that
// resumes from before: each is told of each capture once, in order, and all go on together.
func TestFeedTellsAllOfEverything(t *testing.T) {
	r := newRoom(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	join := func(from store.Position) <-chan []byte {
		news, err := r.feed.join(ctx, from)
		if err != nil {
			t.Fatal(err)
		}
		return news
	}
	awake, asleep := join(store.Position{}), join(store.Position{})
	var made []*store.Capture
	first := r.add(-1)
	made = append(made, first)
	ids, at := collect(t, awake, 1)
	inOrder(t, "awake", made, ids)
	from, err := store.ParsePosition(at)
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	var got []string
	const many = queueMost + 500
	reading.Go(func() { got, _ = collect(t, awake, many) })
	for range many {
		made = append(made, r.add(-1))
	}
	reading.Wait()
	inOrder(t, "awake", made[1:], got)
	resumed := join(from)
	got, _ = collect(t, resumed, many)
	inOrder(t, "resumed", made[1:], got)
	got, _ = collect(t, asleep, many+1)
	inOrder(t, "asleep", made, got)
	r.eventually("all follow the one feed", func() bool {
		r.feed.mu.Lock()
		defer r.feed.mu.Unlock()
		for m := range r.feed.members {
			if m.lost {
				return false
			}
		}
		return len(r.feed.members) == 3
	})
	last := r.add(-1)
	for who, news := range map[string]<-chan []byte{"awake": awake, "asleep": asleep, "resumed": resumed} {
		got, _ := collect(t, news, 1)
		inOrder(t, who, []*store.Capture{last}, got)
	}
}

// TestFeedRestsWhenNobodyListens shows that the last one to leave ends the reading, and that who comes then is told.
func TestFeedRestsWhenNobodyListens(t *testing.T) {
	r := newRoom(t)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		news, err := r.feed.join(ctx, store.Position{})
		if err != nil {
			t.Fatal(err)
		}
		c := r.add(-1)
		got, _ := collect(t, news, 1)
		inOrder(t, "the only one", []*store.Capture{c}, got)
		cancel()
		r.eventually("nobody reads", func() bool {
			r.feed.mu.Lock()
			defer r.feed.mu.Unlock()
			return r.feed.stop == nil && len(r.feed.members) == 0
		})
		r.add(-1) // told to nobody
	}
}

// TestFeedEndsWithTheStore shows that nobody waits for a store that is closed.
func TestFeedEndsWithTheStore(t *testing.T) {
	r := newRoom(t)
	news, err := r.feed.join(t.Context(), store.Position{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case text, ok := <-news:
		if ok {
			t.Errorf("told %q", text)
		}
	case <-time.After(time.Minute):
		t.Error("it goes on")
	}
}
