package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/inspector/provider"
	"devhook/store"
)

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"/hooks/sms?x=ä":        "/hooks/sms?x=ä",
		"a\x1b[31mred\x07":      `a\x1b[31mred\x07`,
		"two\nlines\r":          `two\x0alines\x0d`,
		"\xff\xc3":              `\xff\xc3`,
		"left\u202eright\u200b": `left\u202eright\u200b`,
		"\u0085\u009b":          `\u0085\u009b`,
		"tab\tnul\x00":          `tab\x09nul\x00`,
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	if got := middle("/hooks/ricloud/7f3c2a9e/receive", 16); got != "/hook…9e/receive" {
		t.Errorf("middle = %q", got)
	}
	if got := middle("/名前/とても長い道/終わり", 14); got != "/名…道/終わり" || widthOf(got) > 14 {
		t.Errorf("middle = %q, %d columns", got, widthOf(got))
	}
	if got := end("日本語", 5); got != "日本…" {
		t.Errorf("end = %q", got)
	}
	if got := middle("short", 16); got != "short" {
		t.Errorf("middle = %q", got)
	}
	if got := end("payment_intent.succeeded", 15); got != "payment_intent…" {
		t.Errorf("end = %q", got)
	}
}

// TestNoControlBytes holds that what a sender or an app wrote reaches the
// terminal quoted, on every line devhook prints of it.
func TestNoControlBytes(t *testing.T) {
	evil := "\x1b]0;x\x07\u202e\r\n"
	c := &store.Capture{
		ID: "01JDB7Q4M8T0Z5X2C9R1W6K3VN", Method: "POST" + evil, Target: "/" + evil, Provider: "telerivet", Event: evil, EventID: evil,
		Verdict: store.Invalid, Reason: evil, Hints: []string{evil}, Checks: []store.Check{{Text: evil}}, State: store.Incomplete,
		RemoteAddr: evil, Head: []byte("POST / HTTP/1.1\r\nX-" + evil + ": " + evil + "\r\nContent-Type: " + evil + "\r\n\r\n"), BodySize: 9, Note: evil,
	}
	d := &store.Delivery{CaptureID: c.ID, Kind: store.Replay, Error: evil, Judgement: evil, Target: "http://localhost/" + evil}
	c.Last = d
	var out bytes.Buffer
	term := newTerm(&out, &out, nil)
	cl := &cli{term: term}
	f := newFeed(cl, nil)
	for _, oneLine := range []bool{true, false} {
		f.oneLine = oneLine
		for _, kind := range []string{store.ChangeRequest, store.ChangeDelivery} {
			if err := errors.Join(f.say(kind, c, d), f.print()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := term.requestTable([]*store.Capture{c}, masks(provider.All()), time.Now()); err != nil {
		t.Fatal(err)
	}
	p := page{w: &out, term: term, known: provider.All(), mask: masks(provider.All())}
	p.title(c)
	p.verdict(c)
	p.facts(c)
	p.deliveries(c, []*store.Delivery{d})
	p.head(c.Head)
	p.body(c, []byte(evil+"text"), false)
	p.answer(&store.Delivery{Head: []byte("HTTP/1.1 200 " + evil + "\r\nX: " + evil + "\r\n\r\n"), BodySize: 9}, []byte(evil), false)
	out.WriteString(resultLine(provider.All(), c, d, evil) + "\n")
	term.logger().Warn(evil, "key", evil)
	for i, b := range out.Bytes() {
		if b < 0x20 && b != '\n' || b == 0x7f {
			t.Fatalf("control byte %#x at %q", b, out.Bytes()[max(0, i-40):i+1])
		}
	}
	if strings.Contains(out.String(), "\u202e") {
		t.Error("a direction mark got through")
	}
	if n := strings.Count(out.String(), `\x1b]0;x\x07`); n < 15 {
		t.Errorf("only %d quoted pieces: the test shows nothing", n)
	}
}

// TestStoreFailure holds that a webhook which could not be stored is told of
// loudly, with what to do.
func TestStoreFailure(t *testing.T) {
	var out bytes.Buffer
	newTerm(io.Discard, &out, nil).logger().Error("a request could not be stored", "method", "POST",
		"err", fmt.Errorf("store: add %q: %w", "01JD", store.ErrFull))
	want := "devhook: a request could not be stored, method POST: the disk is full, nothing was stored\n" +
		"hint: make room, or move the database with --db\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestColour(t *testing.T) {
	var out bytes.Buffer
	plain := newTerm(&out, &out, nil)
	if plain.colour || plain.paint(red, "x") != "x" {
		t.Error("colour without a terminal")
	}
	painted := &term{colour: true}
	if got := painted.paint(verdictColour("invalid"), "invalid"); got != "\x1b[31minvalid\x1b[0m" {
		t.Errorf("paint = %q", got)
	}
}

func TestTableFits(t *testing.T) {
	columns := []column{{head: "ID"}, {head: "PATH", limit: 40, shorten: middle}, {head: "MS", right: true}}
	rows := [][]string{{"abcdef", "/hooks/" + strings.Repeat("x", 50) + "/end", "7"}, {"ghijkl", "/", "1234"}}
	var out bytes.Buffer
	term := &term{out: &out, width: 30}
	if err := term.table(columns, rows); err != nil {
		t.Fatal(err)
	}
	want := "ID      PATH                MS\n" +
		"abcdef  /hook…xxxxxx/end     7\n" +
		"ghijkl  /                 1234\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestParseSince(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                     {},
		"1h30m":                now.Add(-90 * time.Minute),
		"2d":                   now.Add(-48 * time.Hour),
		"2026-11-20":           time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		"2026-11-20 22:10":     time.Date(2026, 11, 20, 22, 10, 0, 0, time.UTC),
		"2026-11-20T22:10:00Z": time.Date(2026, 11, 20, 22, 10, 0, 0, time.UTC),
	} {
		if got, err := parseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("parseSince(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"-1h", "-2d", "soon", "1x", "2026-13-01"} {
		if got, err := parseSince(text, now); err == nil {
			t.Errorf("parseSince(%q) = %v, want an error", text, got)
		}
	}
}

func TestWrap(t *testing.T) {
	got := wrap("the signature fits if the URL is https", 15)
	if diff := cmp.Diff([]string{"the signature", "fits if the URL", "is https"}, got); diff != "" {
		t.Error(diff)
	}
}
