package tunnel_test

import (
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
)

func TestHoldAnswers(t *testing.T) {
	h := &tunnel.Hold{HoldAnswer: tunnel.HoldAnswer{Status: 200}, Routes: []tunnel.HoldRoute{
		{Path: "/hooks", HoldAnswer: tunnel.HoldAnswer{Status: 201}},
		{Path: "/hooks/sms/", HoldAnswer: tunnel.HoldAnswer{Status: 202}},
		{Path: "/off", HoldAnswer: tunnel.HoldAnswer{}},
	}}
	payload, err := tunnel.EncodeHold(h)
	if err != nil {
		t.Fatal(err)
	}
	if h, err = tunnel.DecodeHold(payload); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{
		"/": 200, "*": 200, "/hooks": 201, "/hooks?x=/hooks/sms": 201, "/Hooks/in": 201, "/hookster": 200, "/hooks/sms": 202, "/hooks/sms/1?y": 202,
		"/hooks/smsx": 201, "http://relay.test/hooks/sms": 202, "http://relay.test": 200, "/off/x": 0, "/off": 0,
	} {
		if got := h.Answer(target).Status; got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
	}
	if h, err := tunnel.DecodeHold([]byte{0, 0, 0, 0}); h != nil || err != nil {
		t.Errorf("no wish: %v %v", h, err)
	}
}

// What a relay keeps and answers in an agent's place is bounded, and can't break out of an answer's head.
func TestHoldIsChecked(t *testing.T) {
	ok := tunnel.HoldAnswer{Status: 200}
	for what, h := range map[string]*tunnel.Hold{
		"status":     {HoldAnswer: tunnel.HoldAnswer{Status: 302}},
		"low status": {HoldAnswer: tunnel.HoldAnswer{Status: 100}},
		"type":       {HoldAnswer: tunnel.HoldAnswer{Status: 200, Type: "text/plain\r\nX: y"}},
		"body":       {HoldAnswer: tunnel.HoldAnswer{Status: 200, Body: strings.Repeat("x", 65<<10)}},
		"path":       {HoldAnswer: ok, Routes: []tunnel.HoldRoute{{Path: "x", HoldAnswer: ok}}},
		"routes":     {HoldAnswer: ok, Routes: make([]tunnel.HoldRoute, 101)},
		"all":        {HoldAnswer: ok, Routes: []tunnel.HoldRoute{{Path: "/" + strings.Repeat("x", 170_000), HoldAnswer: ok}}},
	} {
		payload, err := tunnel.EncodeHold(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tunnel.DecodeHold(payload); err == nil || h.Check() == nil {
			t.Errorf("%s: decoded with %v", what, err)
		}
	}
	for _, payload := range []string{"", "\x00\x00\x00\x05null", "\x00\x00\x00\x02[]", "\x00\x00\x00\x01{"} {
		if h, err := tunnel.DecodeHold([]byte(payload)); err == nil {
			t.Errorf("%q: decoded as %v", payload, h)
		}
	}
}

func TestOpenOfAHeldRequest(t *testing.T) {
	at := time.Date(2026, 11, 21, 22, 10, 3, 123456789, time.UTC)
	for _, held := range []time.Time{{}, at} {
		o, err := tunnel.ParseOpen(tunnel.AppendOpen(nil, &tunnel.Open{Sender: "192.0.2.1:1", ID: "x", Held: held})[tunnel.HeaderSize:])
		if err != nil || o.ID != "x" || !o.Held.Equal(held) || o.Held.IsZero() != held.IsZero() {
			t.Errorf("%v: %+v %v", held, o, err)
		}
	}
}
