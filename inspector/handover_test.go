package inspector_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/store"
)

// A handed channel is what a tunnel makes of a request that its relay has held.
type handed struct {
	*channel
	relay *handing
}

func (c *handed) Held() time.Time  { return c.relay.since }
func (c *handed) Repeated() string { return c.relay.id }
func (c *handed) Recorded()        { c.relay.recorded.Add(1) }

// handing is a listener whose connections hand over one arrival, again and again.
type handing struct {
	net.Listener
	id       string
	since    time.Time
	recorded atomic.Int32
}

func (l *handing) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &handed{&channel{Conn: c, gone: make(chan struct{})}, l}, nil
}

func (r *rig) handing(id string, since time.Time) *handing {
	r.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	l := &handing{Listener: ln, id: id, since: since}
	go func() { _ = r.in.Serve(l) }()
	r.t.Cleanup(func() { _ = ln.Close() })
	return l
}

// TestHandedOver: what a relay has held is recorded as of when it came, once, and the relay is told so each time.
func TestHandedOver(t *testing.T) {
	for _, hold := range []bool{false, true} {
		for _, size := range []int{5, 600 << 10} {
			t.Run(fmt.Sprintf("hold %v, %d bytes", hold, size), func(t *testing.T) {
				changes := []func(*inspector.Config){}
				if hold {
					changes = append(changes, holding(accepted))
				}
				r := newRig(t, changes...)
				since := time.Now().Add(-3 * time.Hour).Truncate(time.Microsecond)
				l := r.handing("ARRIVAL", since)
				raw := fmt.Sprintf("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size))
				for n := range 3 {
					if got := r.send(raw); !strings.HasPrefix(status(got), "20") {
						t.Errorf("time %d: %q", n, got)
					}
				}
				c := r.only()
				if !c.ReceivedAt.Equal(since) || c.BodySize != int64(size) {
					t.Errorf("recorded %v, %d bytes", c.ReceivedAt, c.BodySize)
				}
				r.drains()
				eventually(t, "it is delivered", func() bool { return len(r.app.got()) == 1 && len(r.deliveries(c.ID)) == 1 })
				if d := r.deliveries(c.ID)[0]; d.SenderGone != 0 || d.Duration > time.Hour {
					t.Errorf("delivery %+v", d)
				}
				if n := l.recorded.Load(); n != 3 {
					t.Errorf("the relay was told %d times that it is on disk", n)
				}
			})
		}
	}
}

// TestHandedOverWaits: whoever sent what a relay has held was answered, so that it waits for an app that is down, also where
// devhook holds nothing itself by now.
func TestHandedOverWaits(t *testing.T) {
	r := newRig(t, withRoute("github", "/x", ""))
	r.drains()
	addr := r.down()
	bodies := map[string]string{"/x": "one", "/y": "two"}
	for path, body := range bodies {
		l := r.handing("ARRIVAL "+path, time.Now())
		if got := r.send(post(path, body)); status(got) != "200" || l.recorded.Load() != 1 {
			t.Errorf("%s: %q, told %d times", path, got, l.recorded.Load())
		}
	}
	if got := r.states(); got[store.Held] != len(bodies) {
		t.Fatalf("states %v", got)
	}
	app := newRawAppAt(t, addr)
	eventually(t, "all are delivered", func() bool { return r.states()[store.Complete] == len(bodies) && r.settled() })
	if got := app.got(); len(got) != len(bodies) {
		t.Errorf("the app got %q", got)
	}
}

// TestHandedOverInPieces: what was cut on its way from the relay is no record: the relay has it whole and hands it over
// again.
func TestHandedOverInPieces(t *testing.T) {
	for _, sent := range []int64{1000, 600 << 10} {
		r := newRig(t)
		r.drains()
		l := r.handing("ARRIVAL", time.Now())
		head := "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 700000\r\n\r\n"
		c := r.dial()
		_, _ = io.WriteString(c, head)
		_, _ = io.CopyN(c, pattern{}, sent)
		time.Sleep(50 * time.Millisecond) // a reset overtakes what was not read
		reset(c)
		r.send(head + strings.Repeat("x", 700000))
		eventually(t, "it is delivered", func() bool { return len(r.captures()) == 1 && r.settled() })
		if c := r.only(); c.State != store.Complete || l.recorded.Load() != 1 || len(r.app.got()) != 1 {
			t.Errorf("recorded as %s, told %d times, %d at the app", c.State, l.recorded.Load(), len(r.app.got()))
		}
	}
}
