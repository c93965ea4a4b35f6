package inspector_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

// TestStoreFailsMidUpload: the rest of a body that could not be stored is never read as another request.
func TestStoreFailsMidUpload(t *testing.T) {
	r := newRig(t)
	c := r.dial()
	inner := "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
	_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", 512<<10+len(inner))
	_, _ = io.CopyN(c, pattern{}, 256<<10)
	time.Sleep(50 * time.Millisecond) // let the arrival begin
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.CopyN(c, pattern{}, 256<<10)
		_, _ = io.WriteString(c, inner)
	}()
	b, _ := io.ReadAll(c)
	if got := string(b); status(got) != "503" || strings.Count(got, "HTTP/1.1 ") != 1 || !strings.Contains(got, "Connection: close") {
		t.Errorf("answered %q, want one 503 and the end", got)
	}
	if got := r.app.got(); len(got) != 0 {
		t.Errorf("the app got %q", got)
	}
}

// TestStoreFailsUnderTheApp: an answer that can't be stored is not given to the sender, who is told what happened.
func TestStoreFailsUnderTheApp(t *testing.T) {
	r := newRig(t)
	r.app.do(func(c net.Conn, _ string) bool {
		_ = r.db.Close()
		_, err := io.WriteString(c, okAnswer)
		return err == nil
	})
	if got := r.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); status(got) != "503" || !strings.Contains(got, "the app got this request") {
		t.Errorf("answered %q", got)
	}
}

// TestForgottenUnderTheApp: to delete a capture while the app has it is no reason to ask the sender for it again.
func TestForgottenUnderTheApp(t *testing.T) {
	for _, down := range []bool{false, true} {
		r := newRig(t)
		r.app.do(func(c net.Conn, _ string) bool {
			if err := r.db.Delete(t.Context(), r.captures()[0].ID); err != nil {
				t.Error(err)
			}
			if !down {
				_, _ = io.WriteString(c, okAnswer)
			}
			return !down
		})
		want := map[bool]string{false: "200", true: "502"}[down]
		if got := r.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); status(got) != want {
			t.Errorf("answered %q, want %s", got, want)
		}
		if n := len(r.captures()); n != 0 {
			t.Errorf("%d captures are left", n)
		}
	}
}

// A channel is what a tunnel makes of a sender's connection: it carries one exchange, and its errors are its own.
type channel struct {
	net.Conn
	gone chan struct{}
}

var errGone = errors.New("the sender is gone")

func (c *channel) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && err != io.EOF && !errors.Is(err, net.ErrClosed) {
		close(c.gone)
		err = errGone
	}
	return n, err
}

func (c *channel) Finish(bool) error     { return c.Close() }
func (c *channel) Upgrade() error        { return nil }
func (c *channel) CloseWrite() error     { return c.Conn.(*net.TCPConn).CloseWrite() }
func (c *channel) Gone() <-chan struct{} { return c.gone }

type channels struct{ net.Listener }

func (l channels) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &channel{Conn: c, gone: make(chan struct{})}, nil
}

// tunnelled gives the rig a second listener, whose connections are as a tunnel's.
func (r *rig) tunnelled() {
	r.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	go func() { _ = r.in.Serve(channels{ln}) }()
	r.t.Cleanup(func() { _ = ln.Close() })
}

// reset closes a connection the hard way.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// TestResetMidUpload: a request cut off by a reset is kept as far as it came, whatever words the connection has for it.
func TestResetMidUpload(t *testing.T) {
	for _, tunnelled := range []bool{false, true} {
		for _, sent := range []int64{1000, 600 << 10} {
			t.Run(fmt.Sprintf("tunnelled %v, %d", tunnelled, sent), func(t *testing.T) {
				r := newRig(t)
				if tunnelled {
					r.tunnelled()
				}
				c := r.dial()
				_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n")
				_, _ = io.CopyN(c, pattern{}, sent)
				time.Sleep(50 * time.Millisecond) // a reset overtakes what was not read
				reset(c)
				if c := r.await(1)[0]; c.State != store.Incomplete || c.BodySize > sent || int64(len(r.body(c.ID))) != c.BodySize {
					t.Errorf("recorded as %s, %d of %d bytes: %s", c.State, c.BodySize, sent, c.Reason)
				}
				if got := r.app.got(); len(got) != 0 {
					t.Errorf("the app got %q", got)
				}
			})
		}
	}
}

// await waits until there are n captures.
func (r *rig) await(n int) []*store.Capture {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if all := r.captures(); len(all) >= n {
			return all
		}
	}
	r.t.Fatalf("%d captures, want %d", len(r.captures()), n)
	return nil
}

// TestSenderLeavesLongAnswer: that the sender is gone is not the app's fault.
func TestSenderLeavesLongAnswer(t *testing.T) {
	r := newRig(t)
	r.app.do(func(c net.Conn, _ string) bool {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
		_, err := io.CopyN(c, pattern{}, 99999999)
		return err == nil
	})
	c := r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	reset(c)
	if d := r.finished(1)[0]; !strings.HasPrefix(d.Error, "sender gave up after") || d.SenderGone == 0 || d.Accepted {
		t.Errorf("recorded %q, sender gone %v", d.Error, d.SenderGone)
	}
}
