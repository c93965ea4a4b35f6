package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/inspector/provider"
	"devhook/store"
)

// TestEightyColumns holds that what devhook says of a webhook needs no more
// than 80 columns, with a long path and yesterday's date too.
func TestEightyColumns(t *testing.T) {
	now := time.Now()
	c := &store.Capture{
		ID: "01JDB7Q4M8T0Z5X2C9R1W6K3VN", Method: "DELETE", Target: "/hooks/" + strings.Repeat("long/", 30) + "end", Provider: "telerivet",
		Event: "incoming_message", Verdict: store.Unchecked, Reason: strings.Repeat("no provider is set ", 9), State: store.Complete, Failed: true,
		ReceivedAt: now.Add(-48 * time.Hour), RemoteAddr: "203.0.113.2:51884", DeliveriesCount: 12, Head: []byte("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n"),
	}
	d := &store.Delivery{
		CaptureID: c.ID, Kind: store.Replay, Judgement: "nothing listens on localhost:3000", Target: "http://localhost:3000/x",
		Notes: []string{strings.Repeat("a note ", 20)}, Duration: time.Minute,
	}
	c.Last = d
	var out bytes.Buffer
	narrow := &term{out: &out, err: &out, width: 80, colour: true}
	f := newFeed(&cli{term: narrow}, nil)
	for _, oneLine := range []bool{false, true} {
		f.oneLine = oneLine
		for _, kind := range []string{store.ChangeRequest, store.ChangeDelivery} {
			if err := errors.Join(f.say(kind, c, d), f.print()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := narrow.requestTable([]*store.Capture{c}, masks(provider.All()), now); err != nil {
		t.Fatal(err)
	}
	p := page{w: &out, term: narrow, known: provider.All(), mask: masks(provider.All())}
	p.verdict(c)
	p.facts(c)
	p.deliveries(c, []*store.Delivery{d})
	for line := range strings.Lines(out.String()) {
		if n := widthOf(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(out.String(), "none ! r11") {
		t.Error("the table lost the answer")
	}
}

func TestFold(t *testing.T) {
	narrow := &term{width: 31}
	got := narrow.fold("12:00:00  200  \x1b[31mred\x1b[0m  and some more words", 10)
	if diff := cmp.Diff("12:00:00  200  \x1b[31mred\x1b[0m  and some\n          more words", got); diff != "" {
		t.Error(diff)
	}
	if got := new(term).fold(strings.Repeat("word ", 40), 10); strings.Contains(got, "\n") {
		t.Error("a pipe's line was broken")
	}
}
