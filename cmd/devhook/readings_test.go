//go:build unix

package main_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/tunnel/http1/http1test"
)

// readings is an app that keeps what it reads.
type readings struct {
	mu     sync.Mutex
	whole  []string // method, target and the body's hash
	broken []string
}

func (a *readings) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	line := fmt.Sprintf("%s %s %x", r.Method, r.RequestURI, sha256.Sum256(body))
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.broken = append(a.broken, line)
		return
	}
	a.whole = append(a.whole, line)
}

// serve starts the app, and returns its address.
func (a *readings) serve(t *testing.T) string {
	s := httptest.NewUnstartedServer(a)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.DisableGeneralOptionsHandler = true // it would answer OPTIONS * itself
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// push sends bytes, ends its side and waits for the end, whatever it is.
func (u *up) push(bytes string) {
	u.t.Helper()
	c, err := net.Dial("tcp", u.address())
	if err != nil {
		u.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	go func() { // beside the reading: it may answer and stop listening before all is sent
		_, _ = io.WriteString(c, bytes)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(io.Discard, c)
}

// TestAppReadsWhatIsRecorded sends the whole catalogue of raw inputs through relay, tunnel and inspector to an app, and to one
// behind nginx or haproxy. The app reads those requests that are recorded as whole, one for one, and nothing besides.
func TestAppReadsWhatIsRecorded(t *testing.T) {
	front := append(http1test.Servers(), http1test.Server{Name: "net/http", Start: func(_ testing.TB, app string) string { return app }})
	for _, s := range front {
		t.Run(s.Name, func(t *testing.T) {
			app := &readings{}
			db := filepath.Join(t.TempDir(), "devhook.db")
			u := startUp(t, db, nil, nil, "--local", s.Start(t, app.serve(t)), "--inspect", "off")
			for _, in := range http1test.Inputs() {
				u.push(in.In)
			}
			u.stop()
			all := captured(t, db, "--limit", "10000")
			slices.Reverse(all)
			var taken []string
			refused := 0
			for _, c := range all {
				last, _ := c["last_delivery"].(map[string]any)
				switch {
				case c["state"] != "complete":
					if last != nil {
						t.Errorf("%s, and handed on: %v", c["state"], c)
					}
				case last["status"] == 200.0:
					taken = append(taken, fmt.Sprint(c["method"], " ", c["target"], " ", c["body_sha256"]))
				default:
					refused++
					t.Logf("%s refuses %s %.60s: %v", s.Name, c["method"], c["target"], last["status"])
				}
			}
			app.mu.Lock()
			defer app.mu.Unlock()
			if diff := cmp.Diff(taken, app.whole); diff != "" {
				t.Errorf("read by the app (-recorded +read):\n%s", diff)
			}
			if len(app.broken) > 0 {
				t.Errorf("handed on and broken off: %q", app.broken)
			}
			if len(taken) < 20 || len(all) < len(http1test.Inputs())-3 {
				t.Errorf("%d records of %d inputs, %d at the app: this shows little", len(all), len(http1test.Inputs()), len(taken))
			}
			t.Logf("%d inputs: %d records, %d read by the app, %d refused by %s", len(http1test.Inputs()), len(all), len(taken), refused, s.Name)
		})
	}
}
