package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel"
)

var at = time.Date(2026, 11, 21, 22, 14, 27, 0, time.Local)

func shownView() *view {
	v := newView(&term{}, masks(provider.All()), provider.All(), func() [][2]string {
		return [][2]string{{"public", "https://shop.relay.example.com"}, {"inspector", "http://localhost:4040"}, {"app", "http://localhost:3000"}}
	})
	v.now = func() time.Time { return at }
	v.set(true, false)
	v.tunnel(tunnel.State{Phase: tunnel.Online, RTT: 18 * time.Millisecond})
	return v
}

// came is a capture that an app answered.
func came(n int, target, event string, verdict store.Verdict, status int) *store.Capture {
	c := &store.Capture{
		ID: fmt.Sprintf("01JDB7Q4M8T0Z5X2C9R1W6K3%02d", n), Method: "POST", Target: target, Provider: "telerivet", Event: event, Verdict: verdict,
		State: store.Complete, ReceivedAt: at.Add(time.Duration(n) * time.Second), DeliveriesCount: 1,
	}
	c.Last = &store.Delivery{Kind: store.Live, Status: status, Duration: 38 * time.Millisecond, Accepted: status == 200}
	c.Failed = !c.Last.Accepted
	return c
}

func TestPicture(t *testing.T) {
	v := shownView()
	first := came(0, "/hooks/sms", "incoming_message", store.Valid, 204)
	first.Last.Judgement = "answered 204, wants 200"
	waits := came(2, "/hooks/ricloud/"+strings.Repeat("long/", 8)+"receive", "", store.Missing, 0)
	waits.Last, waits.Failed, waits.Delivering, waits.Provider, waits.Reason = nil, true, true, "", "no secret field"
	v.note(store.ChangeRequest, first)
	v.note(store.ChangeRequest, came(1, "/hooks/sms", "incoming_message", store.Invalid, 200))
	v.note(store.ChangeRequest, waits)
	v.recorded = 1284
	want := `
  devhook                                                       ● online  18 ms

  public     https://shop.relay.example.com
  inspector  http://localhost:4040
  app        http://localhost:3000

  22:14:29  ! POST /hook…g/receive                                waits
            no secret field
  22:14:28  ✕ POST /hooks/sms       telerivet incoming_message      200    38ms
  22:14:27  ● POST /hooks/sms       telerivet incoming_message      204    38ms
            Telerivet will count this as failed: answered 204, wants 200

  1,284 recorded, 1 failed: devhook resend --failed   Ctrl-C ends it`
	if diff := cmp.Diff(strings.Split(want, "\n"), v.lines(79, 23)); diff != "" {
		t.Error(diff)
	}
}

// TestPictureFits holds that no size of a terminal gets more than it can hold, and that the newest webhook is there if
// anything of them is.
func TestPictureFits(t *testing.T) {
	v := shownView()
	for n := range 40 {
		c := came(n, "/hooks/日本語/"+strings.Repeat("x", n), "incoming_message", store.Invalid, 500)
		c.Hints = []string{strings.Repeat("a hint ", n)}
		v.note(store.ChangeRequest, c)
	}
	for width := 20; width < 200; width += 7 {
		for height := 1; height < 60; height++ {
			lines := v.lines(width, height)
			if len(lines) > height {
				t.Fatalf("%dx%d: %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if widthOf(line) > width {
					t.Fatalf("%dx%d: %d columns: %s", width, height, widthOf(line), line)
				}
			}
			if text := strings.Join(lines, "\n"); height > 12 && !strings.Contains(text, "22:15:06") {
				t.Fatalf("%dx%d: the newest is missing:\n%s", width, height, text)
			}
		}
	}
}

func TestStateText(t *testing.T) {
	v := shownView()
	for want, state := range map[string]tunnel.State{
		"● online":                               {Phase: tunnel.Online},
		"◐ connecting, attempt 2":                {Phase: tunnel.Connecting, Attempt: 2},
		"◐ offline, attempt 2, next in 3 s":      {Phase: tunnel.Offline, Attempt: 2, Next: at.Add(2500 * time.Millisecond), Err: errors.New("cut")},
		`✕ offline: the key was refused\x1b[31m`: {Phase: tunnel.Offline, Err: errors.New("the key was refused\x1b[31m")},
		"◐ connecting: no heartbeat for 15 s":    {Phase: tunnel.Connecting, Err: errors.New("no heartbeat for 15 s")},
		"◐ connecting, attempt 1, next in 1 s":   {Phase: tunnel.Connecting, Attempt: 1, Next: at.Add(time.Millisecond)},
		"◐ connecting, attempt 9":                {Phase: tunnel.Connecting, Attempt: 9, Next: at.Add(-time.Second)},
		"● online  1200 ms":                      {Phase: tunnel.Online, RTT: 1200 * time.Millisecond},
	} {
		v.tunnel(state)
		if got := v.stateText(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	v.tunnel(tunnel.State{Phase: tunnel.Online})
	v.set(false, false)
	if got := v.stateText(); got != "○ online, unprobed" {
		t.Errorf("got %q", got)
	}
	v.set(true, true)
	if got := v.stateText(); got != "◐ ending" {
		t.Errorf("got %q", got)
	}
}

// TestFailingCount holds that a failure counts until it, or a retry of it, is accepted.
func TestFailingCount(t *testing.T) {
	v := shownView()
	failed, retry := came(1, "/a", "e", store.Valid, 500), came(2, "/a", "e", store.Valid, 500)
	failed.DedupeKey, retry.DedupeKey = "k", "k"
	count := func(want int) {
		t.Helper()
		if len(v.failing) != want {
			t.Errorf("%d fail, want %d", len(v.failing), want)
		}
	}
	v.note(store.ChangeRequest, failed)
	count(1)
	v.note(store.ChangeRequest, retry)
	count(2)
	v.note(store.ChangeRequest, came(3, "/b", "e", store.Valid, 500))
	count(3)
	done := came(2, "/a", "e", store.Valid, 200)
	done.DedupeKey = "k"
	v.note(store.ChangeDelivery, done)
	count(1)
	v.note(store.ChangeDelivery, came(3, "/b", "e", store.Valid, 200))
	count(0)
	if v.recorded != 3 || len(v.rows) != 3 {
		t.Errorf("%d recorded, %d rows", v.recorded, len(v.rows))
	}
}

// TestPictureQuotes holds that nothing a sender or an app wrote reaches the terminal as a code.
func TestPictureQuotes(t *testing.T) {
	v := shownView()
	evil := "\x1b]0;x\x07\u202e\r\n"
	c := came(1, "/"+evil, evil, store.Invalid, 0)
	c.Method, c.Last.Error, c.Reason = "POST"+evil, evil, evil
	v.note(store.ChangeRequest, c)
	c2 := came(2, "/", "", store.Invalid, 200)
	c2.Hints = []string{evil}
	v.note(store.ChangeRequest, c2)
	text := strings.Join(v.lines(200, 30), "\n")
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 && r != '\n' || r == 0x7f || r == 0x202e }) || strings.Count(text, `\x1b]0;x`) < 4 {
		t.Errorf("%q", text)
	}
}

// TestPictureOfHeld holds that what waits is shown and counted, and shown as it is once that was ended.
func TestPictureOfHeld(t *testing.T) {
	v := shownView()
	held := came(0, "/hooks/sms", "incoming_message", store.Valid, 0)
	held.State, held.Last, held.Failed, held.DeliveriesCount = store.Held, nil, false, 0
	v.note(store.ChangeRequest, held)
	if !v.setHeld(1) || v.setHeld(1) {
		t.Error("a new number is one that is told once")
	}
	picture := strings.Join(v.lines(80, 24), "\n")
	if !strings.Contains(picture, " held\n") || !strings.Contains(picture, "1 recorded, 1 held: devhook queue") {
		t.Errorf("no request that is held in\n%s", picture)
	}
	cancelled := *held
	cancelled.State, cancelled.Failed = store.Complete, true
	v.note(store.ChangeConclusion, &cancelled)
	v.note(store.ChangeConclusion, came(1, "/other", "", store.Valid, 200)) // of one that isn't shown
	v.setHeld(0)
	picture = strings.Join(v.lines(80, 24), "\n")
	if strings.Contains(picture, "held") || strings.Contains(picture, "/other") || !strings.Contains(picture, "1 recorded, 1 failed") {
		t.Errorf("not as it stands now:\n%s", picture)
	}
}
