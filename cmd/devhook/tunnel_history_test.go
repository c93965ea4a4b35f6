package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/tunnel"
	"devhook/web"
)

func TestTunnelHistory(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 11, 21, 22, 0, s, 0, time.UTC) }
	h := &tunnelHistory{}
	for _, s := range []tunnel.State{
		{Phase: tunnel.Online, Since: at(0)},
		{Phase: tunnel.Online, Since: at(0), RTT: time.Millisecond}, // a ping changes nothing
		{Phase: tunnel.Offline, Since: at(10), Err: errors.New("no heartbeat")},
		{Phase: tunnel.Connecting, Since: at(11), Attempt: 1},
		{Phase: tunnel.Offline, Since: at(12), Err: errors.New("refused")},
		{Phase: tunnel.Online, Since: at(15)},
		{Phase: tunnel.Connecting, Since: at(20)},
	} {
		h.note(s)
	}
	var st web.Status
	h.tell(&st)
	want := []web.Moment{
		{At: at(20), Phase: "connecting", Text: "connecting"},
		{At: at(15), Phase: "online", Text: "online again, after 5s"},
		{At: at(10), Phase: "offline", Text: "no heartbeat"},
		{At: at(0), Phase: "online", Text: "online"},
	}
	if diff := cmp.Diff(want, st.History); diff != "" || st.Reconnects != 1 {
		t.Errorf("%d reconnects, history (-want +got):\n%s", st.Reconnects, diff)
	}
	for i := range 50 {
		h.note(tunnel.State{Phase: tunnel.Online, Since: at(30 + 2*i)})
		h.note(tunnel.State{Phase: tunnel.Offline, Since: at(31 + 2*i), Err: fmt.Errorf("cut %d", i)})
	}
	if h.tell(&st); len(st.History) != mostMoments || st.History[0].Text != "cut 49" || st.Reconnects != 51 {
		t.Errorf("%d moments, the latest %q, %d reconnects", len(st.History), st.History[0].Text, st.Reconnects)
	}
}
