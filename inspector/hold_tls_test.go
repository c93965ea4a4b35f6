package inspector_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"devhook/inspector"
	"devhook/store"
)

// TestHoldNoTLS: an app that does not take the connection as it must be has seen nothing of the request: it is tried again,
// and delivered once that works.
func TestHoldNoTLS(t *testing.T) {
	r := newRig(t, holding(accepted), func(c *inspector.Config) {
		app, err := inspector.NewApp("https://"+c.App.URL()[len("http://"):], inspector.AppOptions{Insecure: true})
		if err != nil {
			t.Fatal(err)
		}
		c.App = app
	})
	r.app.do(func(net.Conn, string) bool { return false })
	r.drains()
	r.send(post("/first", "x"))
	r.send(post("/second", "y"))
	at := store.Place{App: r.target.URL()}
	eventually(t, "it was tried in vain", func() bool {
		w, err := r.db.NextHeld(t.Context(), "test", at)
		return err == nil && w.Tries > 1 && strings.HasPrefix(w.Why, "no TLS connection to ")
	})
	ln, err := net.Listen("tcp", r.down())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []string
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, q.URL.Path)
	}))
	_ = app.Listener.Close()
	app.Listener = ln
	app.StartTLS()
	defer app.Close()
	eventually(t, "both are delivered", func() bool { return r.states()[store.Complete] == 2 && r.settled() })
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(got, []string{"/first", "/second"}) {
		t.Errorf("the app got %v", got)
	}
}
