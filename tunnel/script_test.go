package tunnel

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"
)

// wire is an SSH channel over a pipe.
type wire struct{ net.Conn }

func (wire) CloseWrite() error                              { return nil }
func (wire) SendRequest(string, bool, []byte) (bool, error) { return false, nil }
func (wire) Stderr() io.ReadWriter                          { return nil }

// perform lets a hostile relay send a script on an exchange channel, cut into pieces, to an agent that answers whatever
// it understands, and waits until both are done.
func perform(script []byte, piece int) (exchanges int) {
	here, there := net.Pipe()
	l := &Listener{accepted: make(chan net.Conn, 8), budget: NewBudget(growth)}
	l.cfg.Now, l.cfg.Log = time.Now, slog.New(slog.DiscardHandler)
	s := &session{l: l}
	var running sync.WaitGroup
	running.Go(func() { _, _ = io.Copy(io.Discard, there) })
	ended := make(chan struct{})
	running.Go(func() {
		defer close(ended)
		(&lane{session: s, ch: NewChannel(wire{here})}).run()
	})
	running.Go(func() {
		for {
			select {
			case c := <-l.accepted:
				exchanges++
				running.Go(func() { respond(c.(*Conn)) })
			case <-ended:
				return
			}
		}
	})
	for len(script) > 0 {
		n := min(piece, len(script))
		if _, err := there.Write(script[:n]); err != nil {
			break
		}
		script = script[n:]
	}
	_ = there.Close()
	running.Wait()
	for {
		select {
		case c := <-l.accepted:
			_ = c.Close()
			exchanges++
		default:
			return exchanges
		}
	}
}

// respond does what the first byte of the request asks for.
func respond(c *Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Millisecond))
	b := make([]byte, 100)
	n, _ := c.Read(b)
	if n == 0 {
		b[0] = 0
	}
	switch b[0] % 4 {
	case 0:
		_, _ = io.Copy(io.Discard, c)
		_, _ = c.Write(make([]byte, 100))
		_ = c.Finish(true)
	case 1:
		_, _ = c.Write(make([]byte, 100))
		_ = c.Finish(false)
	case 2:
		_, _ = c.Write(b)
		_ = c.Upgrade()
		_, _ = c.Write(b)
		_ = c.CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}
}

func data(p string) []byte { return append(appendHeader(nil, FrameData, len(p)), p...) }

func script(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

var (
	anOpen  = AppendOpen(nil, &Open{Sender: "192.0.2.1:1", ID: "x"})
	anOffer = AppendOpen(nil, &Open{Sender: "192.0.2.1:1", ID: "x", Upgrade: true})
	anEnd   = AppendEnd(nil, 0)
)

func TestHostileScripts(t *testing.T) {
	for name, s := range map[string][]byte{
		"nothing":              nil,
		"data before open":     script(data("x"), anOpen),
		"end before open":      script(anEnd, anOpen),
		"open in an exchange":  script(anOpen, anOpen, anEnd),
		"two ends":             script(anOpen, anEnd, anEnd),
		"data behind the end":  script(anOpen, anEnd, data("x")),
		"upgraded by a relay":  script(anOffer, data("\x02"), AppendUpgraded(nil)),
		"credit overflow":      script(anOpen, AppendCredit(nil, MaxCredit)),
		"credit of 4 Gi":       script(anOpen, []byte{3, 0, 0, 4, 255, 255, 255, 255}),
		"no credit":            script(anOpen, bytes.Repeat(data(string(make([]byte, MaxData))), 20)),
		"stray credit":         script(AppendCredit(nil, 1), AppendBlocked(nil), AppendAbort(nil, ""), anOpen, anEnd),
		"abort at once":        script(anOpen, AppendAbort(nil, "x")),
		"half a frame":         script(anOpen, data("x")[:3]),
		"unknown frame":        script(anOpen, []byte{99, 0, 0, 0}),
		"many blocked":         script(anOpen, bytes.Repeat(AppendBlocked(nil), 10000), anEnd),
		"early, then the rest": script(anOpen, data("\x01"), data("x"), anEnd),
	} {
		for _, piece := range []int{1 << 20, 7, 1} {
			if len(s) > 10000 && piece == 1 {
				continue
			}
			done := make(chan struct{})
			go func() { defer close(done); perform(s, piece) }()
			select {
			case <-done:
			case <-time.After(20 * time.Second):
				t.Fatalf("%s in pieces of %d: hangs", name, piece)
			}
		}
	}
}

func TestTinyFramesTakeNoMoreRoomThanTheirBytes(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := newConn(&lane{ch: NewChannel(wire{})}, new(Open), nil)
	for range InitialCredit {
		if err := c.arrived([]byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 4*InitialCredit {
		t.Errorf("%d bytes in frames of one took %d", InitialCredit, grown)
	}
	runtime.KeepAlive(c)
}

func FuzzScript(f *testing.F) {
	f.Add(script(anOpen, data("\x00x"), anEnd, anOpen, data("\x01x"), anEnd), 1000)
	f.Add(script(anOffer, data("\x02x"), AppendCredit(nil, 100), AppendBlocked(nil), data("y"), anEnd), 7)
	f.Add(script(anOpen, AppendAbort(nil, "gone")), 3)
	f.Fuzz(func(t *testing.T, s []byte, piece int) {
		if len(s) > 1<<16 {
			return
		}
		perform(s, max(piece%4096, 1))
	})
}
