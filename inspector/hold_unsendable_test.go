package inspector_test

import (
	"strings"
	"testing"

	"devhook/store"
)

// TestHoldUnsendable: what was recorded by other rules than those there are now is a failed delivery, and keeps nothing waiting.
func TestHoldUnsendable(t *testing.T) {
	r := newRig(t, holding(accepted))
	old := &store.Capture{
		State: store.Held, Instance: "test", App: r.target.URL(), Method: "POST", Target: "/old",
		Head: []byte("POST /old HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\n"),
	}
	if err := r.db.Add(t.Context(), old, []byte("x")); err != nil {
		t.Fatal(err)
	}
	r.send(post("/next", "x"))
	r.drains()
	eventually(t, "both have ended", func() bool { return r.states()[store.Complete] == 2 && r.settled() })
	if got := targets(r.app); len(got) != 1 || got[0] != "/next" {
		t.Errorf("the app got %v", got)
	}
	c := r.captures()[0]
	if !c.Failed || c.Delivering || !strings.HasPrefix(c.Last.Error, "it can't be sent: ") || !c.Last.WasHeld() {
		t.Errorf("%+v, %+v", c, c.Last)
	}
}
