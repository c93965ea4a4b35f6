package inspector_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"devhook/inspector"
)

// Reach finds who listens and asks nothing of it.
func TestReach(t *testing.T) {
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came") }))
	app.StartTLS()
	defer app.Close()
	_, port, err := net.SplitHostPort(app.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	reach := func(local string, o inspector.AppOptions) []inspector.Reach {
		a, err := inspector.NewApp(local, o)
		if err != nil {
			t.Fatal(err)
		}
		return a.Reach(t.Context())
	}
	all := reach("localhost:"+port, inspector.AppOptions{})
	if len(all) != 2 || all[0].Address != "127.0.0.1:"+port || all[0].Refused != nil || !errors.Is(all[1].Refused, syscall.ECONNREFUSED) {
		t.Errorf("localhost: %+v", all)
	}
	if all = reach("https://127.0.0.1:"+port, inspector.AppOptions{}); len(all) != 1 || all[0].TLS == nil || !strings.Contains(all[0].TLS.Error(), "certificate") {
		t.Errorf("a certificate of nobody's: %+v", all)
	}
	if all = reach("https://127.0.0.1:"+port, inspector.AppOptions{Insecure: true}); len(all) != 1 || all[0].TLS != nil {
		t.Errorf("unchecked: %+v", all)
	}
}
