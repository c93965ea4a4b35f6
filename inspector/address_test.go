package inspector_test

import (
	"errors"
	"strings"
	"testing"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// TestProvenByAddress: a sender without a secret is judged on a route without one, by the address that called.
func TestProvenByAddress(t *testing.T) {
	zipwhip, _ := provider.ByName("zipwhip")
	for _, reject := range []bool{false, true} {
		r := newRig(t, func(c *inspector.Config) {
			c.Routes = []inspector.Route{{Path: "/zip", Provider: zipwhip, RejectInvalid: reject}}
		})
		answer := r.send("POST /zip/message/send HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}")
		c := r.only()
		if c.Verdict != store.Invalid || c.Event != "send" || !strings.HasPrefix(c.Reason, "127.0.0.1 is none of Zipwhip's addresses") || len(c.Hints) == 0 {
			t.Errorf("recorded as %s %s: %s, hints %q", c.Event, c.Verdict, c.Reason, c.Hints)
		}
		if got := status(answer); (got == "403") != reject || len(r.app.got()) > 0 == reject {
			t.Errorf("rejecting %t: answered %s, the app got %d requests", reject, got, len(r.app.got()))
		}
		if _, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{Resign: true}); !errors.Is(err, inspector.ErrUnsigned) {
			t.Errorf("signing it anew: %v", err)
		}
	}
}
