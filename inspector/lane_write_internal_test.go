package inspector

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
	"devhook/tunnel/http1"
)

// A stuck connection takes so many bytes and then none.
type stuck struct {
	net.Conn
	takes int
}

func (c *stuck) Write(p []byte) (int, error) {
	n := min(len(p), c.takes)
	c.takes -= n
	if n < len(p) {
		return n, errors.New("broken pipe")
	}
	return n, nil
}

func (c *stuck) Read([]byte) (int, error)         { return 0, io.ErrUnexpectedEOF }
func (c *stuck) Close() error                     { return nil }
func (c *stuck) SetDeadline(time.Time) error      { return nil }
func (c *stuck) SetReadDeadline(time.Time) error  { return nil }
func (c *stuck) SetWriteDeadline(time.Time) error { return nil }

// TestNoByteLeft: where the first write fails the request waits again, however long its body and whatever the connection; once
// something has left the outcome is unknown.
func TestNoByteLeft(t *testing.T) {
	for _, size := range []int{1, shortBody + 1, 3 * shortBody} {
		for _, takes := range []int{0, 1, 200} {
			db := storetest.Open(t)
			app, err := NewApp("3000", AppOptions{})
			if err != nil {
				t.Fatal(err)
			}
			i := New(Config{Store: db, App: app, Instance: "test"})
			if err := db.Register(t.Context(), store.Instance{ID: "test"}); err != nil {
				t.Fatal(err)
			}
			body := strings.Repeat("x", size)
			c := &store.Capture{
				State: store.Held, Instance: "test", App: app.URL(), Method: "POST", Target: "/x", Framing: "length",
				Head: []byte("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + strconv.Itoa(size) + "\r\n\r\n"),
			}
			if err := db.Add(t.Context(), c, []byte(body)); err != nil {
				t.Fatal(err)
			}
			handOnce(t, i, c, takes)
			w, err := db.HeldOne(t.Context(), c.ID)
			if waits := err == nil && w.Tries == 1 && w.Why != ""; waits != (takes == 0) {
				t.Errorf("%d bytes, %d left: it waits again: %v, %+v, %v", size, takes, waits, w, err)
			}
			after, err := db.Capture(t.Context(), c.ID)
			if unknown := err == nil && after.Last != nil && after.Last.Error == store.OutcomeUnknown; unknown != (takes > 0) {
				t.Errorf("%d bytes, %d left: unknown: %v, %v", size, takes, unknown, err)
			}
		}
	}
}

// handOnce hands a capture to a connection that takes so many bytes.
func handOnce(t *testing.T, i *Inspector, c *store.Capture, takes int) {
	t.Helper()
	l := &lane{Inspector: i, at: store.Place{App: c.App}}
	w, err := i.cfg.Store.NextHeld(t.Context(), "test", l.at)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.prepareHeld(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.cfg.Store.BeginHeld(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	conn := &appConn{Conn: &stuck{takes: takes}}
	conn.r = http1.NewReader(conn)
	if back := l.hand(context.Background(), w, r, conn); (back != nil) != (takes == 0) {
		t.Errorf("%d left: back %v", takes, back)
	}
}
