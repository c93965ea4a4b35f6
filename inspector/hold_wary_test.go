package inspector_test

import (
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"devhook/store"
)

// TestHoldBehindProxy: what takes connections in the app's place and closes them gets nothing to lose.
func TestHoldBehindProxy(t *testing.T) {
	r := newRig(t, holding(accepted))
	ln, err := net.Listen("tcp", r.down())
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{}, 1000)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // it tries to reach the app
			_ = c.Close()
			closed <- struct{}{}
		}
	}()
	r.drains()
	var want []string
	for n := range 3 {
		r.send(post(fmt.Sprint("/", n), "x"))
		want = append(want, fmt.Sprint("/", n))
	}
	for range 3 {
		<-closed
	}
	eventually(t, "it is known why", func() bool {
		w, err := r.db.NextHeld(t.Context(), "test", store.Place{App: r.target.URL()})
		return err == nil && w.Tries > 1 && w.Why == "the app closed the connection before the request"
	})
	if got := r.states(); got[store.Held] != len(want) {
		t.Fatalf("states %v", got)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	app := newRawAppAt(t, addr)
	eventually(t, "all are delivered", func() bool { return r.states()[store.Complete] == len(want) && r.settled() })
	if got := targets(app); !slices.Equal(got, want) {
		t.Errorf("the app got %v", got)
	}
}
