package tunnel

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenFrame(t *testing.T) {
	want := &Open{
		Sender: "[2001:db8::1]:4444", Scheme: "https", Host: "relay.test:8443", ID: "01JD", LocalPort: 8443,
		Malformed: "two different Content-Length values", Upgrade: true,
	}
	f, rest, ok, err := parseFrame(append(AppendOpen(nil, want), 'x'))
	if err != nil || !ok || f.Type != FrameOpen || string(rest) != "x" {
		t.Fatalf("frame %+v, rest %q, %v, %v", f, rest, ok, err)
	}
	got, err := ParseOpen(f.Payload)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if later, err := ParseOpen(append(f.Payload, "what version 1 does not know"...)); err != nil || later.ID != want.ID {
		t.Errorf("with more behind it: %v", err)
	}
	for n := range f.Payload {
		if _, err := ParseOpen(f.Payload[:n]); !errors.Is(err, ErrProtocol) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

func TestOpenFrameIsBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<17)
	b := AppendOpen(nil, &Open{Sender: long, Scheme: long, Host: long, ID: long, Malformed: long})
	f, _, ok, err := parseFrame(b)
	if err != nil || !ok || len(f.Payload) > MaxOpen {
		t.Fatalf("%d bytes, %v, %v", len(b), ok, err)
	}
	if _, err := ParseOpen(f.Payload); err != nil {
		t.Error(err)
	}
}

func TestFramesOnTheWire(t *testing.T) {
	b := AppendCredit(nil, 65536)
	b = AppendBlocked(b)
	b = AppendEnd(b, EndKeep|EndConsumed)
	b = AppendUpgraded(b)
	b = AppendAbort(b, "why")
	want := []byte{3, 0, 0, 4, 0, 1, 0, 0, 4, 0, 0, 0, 5, 0, 0, 1, 3, 6, 0, 0, 0, 7, 0, 0, 3, 'w', 'h', 'y'}
	if !bytes.Equal(b, want) {
		t.Errorf("% x, want % x", b, want)
	}
	if n := len(AppendAbort(nil, strings.Repeat("x", 1000))); n != HeaderSize+MaxAbort {
		t.Errorf("a long abort frame has %d bytes", n)
	}
}

func TestFramesThatCannotBe(t *testing.T) {
	for name, b := range map[string][]byte{
		"type 0":              {0, 0, 0, 0},
		"type 8":              {8, 0, 0, 0},
		"empty data":          {2, 0, 0, 0},
		"data of 16 MiB":      {2, 255, 255, 255},
		"data one too long":   {2, 0, 0x7f, 0xfd},
		"open one too long":   {1, 0, 0x20, 1},
		"credit of 3 bytes":   {3, 0, 0, 3},
		"credit of 5 bytes":   {3, 0, 0, 5},
		"blocked with a byte": {4, 0, 0, 1},
		"end without flags":   {5, 0, 0, 0},
		"upgraded with more":  {6, 0, 0, 1},
		"abort of 64 KiB":     {7, 1, 0, 0},
	} {
		if _, _, ok, err := parseFrame(b); ok || !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v, %v: want a violation before the payload comes", name, ok, err)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(AppendOpen(nil, &Open{Sender: "192.0.2.1:1", ID: "x", Upgrade: true}))
	f.Add(AppendAbort(AppendUpgraded(AppendEnd(AppendBlocked(AppendCredit(nil, 1)), 3)), "x"))
	f.Add([]byte{2, 0, 0x7f, 0xfc, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		for {
			frame, rest, ok, err := parseFrame(b)
			if err != nil || !ok {
				if len(rest) != len(b) {
					t.Fatalf("took %d bytes of no frame", len(b)-len(rest))
				}
				return
			}
			if len(b)-len(rest) != HeaderSize+len(frame.Payload) {
				t.Fatalf("took %d bytes for a payload of %d", len(b)-len(rest), len(frame.Payload))
			}
			if frame.Type == FrameOpen {
				fuzzOpen(t, frame.Payload)
			}
			b = rest
		}
	})
}

func fuzzOpen(t *testing.T, p []byte) {
	o, err := ParseOpen(p)
	if err != nil {
		return
	}
	again := AppendOpen(nil, o)
	o2, err := ParseOpen(again[HeaderSize:])
	if diff := cmp.Diff(o, o2); err != nil || diff != "" {
		t.Fatalf("written and read again: %v\n%s", err, diff)
	}
}
