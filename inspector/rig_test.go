package inspector_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
	"devhook/store/storetest"
)

// A rawApp is an app below HTTP: it keeps the very bytes of each request it is sent and answers with what the test
// wrote, so that nothing in between can be forgiven by a parser.
type rawApp struct {
	t  *testing.T
	ln net.Listener

	mu       sync.Mutex
	requests []string
	conns    int
	answer   func(c net.Conn, request string) (again bool)
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func newRawApp(t *testing.T) *rawApp { return newRawAppAt(t, "127.0.0.1:0") }

func newRawAppAt(t *testing.T, addr string) *rawApp {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	a := &rawApp{t: t, ln: ln}
	a.respond(okAnswer)
	go a.accept()
	t.Cleanup(func() { _ = ln.Close() })
	return a
}

func (a *rawApp) port() string {
	_, p, _ := net.SplitHostPort(a.ln.Addr().String())
	return p
}

// respond makes every request get these bytes, on a connection that stays open.
func (a *rawApp) respond(answer string) {
	a.do(func(c net.Conn, _ string) bool {
		_, err := io.WriteString(c, answer)
		return err == nil
	})
}

func (a *rawApp) do(f func(c net.Conn, request string) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = f
}

func (a *rawApp) accept() {
	for {
		c, err := a.ln.Accept()
		if err != nil {
			return
		}
		a.mu.Lock()
		a.conns++
		a.mu.Unlock()
		go a.serve(c)
	}
}

func (a *rawApp) serve(c net.Conn) {
	defer c.Close()
	br := bufio.NewReader(c)
	for {
		req, err := readRaw(br)
		if err != nil {
			return
		}
		a.mu.Lock()
		a.requests = append(a.requests, req)
		answer := a.answer
		a.mu.Unlock()
		if !answer(c, req) {
			return
		}
	}
}

// readRaw takes one request off the wire with as little understanding as will do: to the empty line, and then what
// Content-Length or the last chunk says.
func readRaw(br *bufio.Reader) (string, error) {
	var b strings.Builder
	length, chunked := 0, false
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
		low := strings.ToLower(strings.TrimSpace(line))
		if v, ok := strings.CutPrefix(low, "content-length:"); ok {
			if _, err := fmt.Sscan(v, &length); err != nil {
				return "", err
			}
		}
		chunked = chunked || strings.HasPrefix(low, "transfer-encoding:")
		if low == "" {
			break
		}
	}
	if !chunked {
		body := make([]byte, length)
		_, err := io.ReadFull(br, body)
		b.Write(body)
		return b.String(), err
	}
	for last := false; ; {
		line, err := br.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
		if last && line == "\r\n" {
			return b.String(), nil
		}
		if last {
			continue
		}
		var n int
		if _, err := fmt.Sscanf(line, "%x", &n); err != nil {
			return "", err
		}
		if last = n == 0; last {
			continue
		}
		piece := make([]byte, n+2)
		if _, err := io.ReadFull(br, piece); err != nil {
			return "", err
		}
		b.Write(piece)
	}
}

func (a *rawApp) got() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.requests...)
}

func (a *rawApp) connections() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.conns
}

// A rig is an inspector between a listener on loopback and a raw app, with a real database.
type rig struct {
	t    *testing.T
	app  *rawApp
	db   *store.DB
	in   *inspector.Inspector
	addr string
	path string

	target *inspector.App // what in delivers to
}

func newRig(t *testing.T, change ...func(*inspector.Config)) *rig {
	t.Helper()
	r := &rig{t: t, app: newRawApp(t), path: filepath.Join(t.TempDir(), "d", "devhook.db")}
	r.db = storetest.OpenAt(t, r.path)
	if err := r.db.Register(t.Context(), store.Instance{ID: "test"}); err != nil {
		t.Fatal(err)
	}
	app, err := inspector.NewApp(r.app.port(), inspector.AppOptions{Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	c := inspector.Config{Store: r.db, Instance: "test", App: app, Probe: "nonce"}
	for _, f := range change {
		f(&c)
	}
	r.in, r.target = inspector.New(c), c.App
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- r.in.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = r.in.Shutdown(ctx)
	})
	return r
}

func withTelerivet(secret string) func(*inspector.Config) {
	p, _ := provider.ByName("telerivet")
	return func(c *inspector.Config) {
		c.Routes = []inspector.Route{{
			Path: "/hooks/sms", Provider: p, Secrets: []provider.Secret{{Ref: "env:SECRET", Value: secret}},
		}}
	}
}

// rejecting keeps what is not proven from the app, on every route.
func rejecting(c *inspector.Config) {
	c.RejectInvalid = true
	for n := range c.Routes {
		c.Routes[n].RejectInvalid = true
	}
}

// dial opens a sender's connection.
func (r *rig) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(60 * time.Second))
	return c
}

// send writes raw bytes, says that no more come, and returns the whole answer. A sender that half-closes like this is
// in its rights.
func (r *rig) send(raw string) string {
	r.t.Helper()
	c := r.dial()
	go func() {
		_, _ = io.WriteString(c, raw)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	b, err := io.ReadAll(c)
	if err != nil {
		r.t.Fatalf("answer to %.60q: %v after %q", raw, err, b)
	}
	return string(b)
}

// captures are all captures, oldest first.
func (r *rig) captures() []*store.Capture {
	r.t.Helper()
	all, err := r.db.List(r.t.Context(), store.Filter{OldestFirst: true, Limit: 1000})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// only is the one capture there is, in full.
func (r *rig) only() *store.Capture {
	r.t.Helper()
	all := r.captures()
	if len(all) != 1 {
		r.t.Fatalf("%d captures, want one", len(all))
	}
	c, err := r.db.Capture(r.t.Context(), all[0].ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) body(owner string) string {
	r.t.Helper()
	b, err := r.db.Body(r.t.Context(), owner)
	if err != nil {
		r.t.Fatal(err)
	}
	defer b.Close()
	all, err := io.ReadAll(b)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(all)
}

func (r *rig) deliveries(id string) []*store.Delivery {
	r.t.Helper()
	all, err := r.db.Deliveries(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

func status(answer string) string {
	f := strings.Fields(answer)
	if len(f) < 2 {
		return ""
	}
	return f[1]
}
