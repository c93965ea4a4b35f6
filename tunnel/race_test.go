package tunnel

import (
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"
)

// loose is an exchange on a lane whose other end takes everything and says nothing. It tells the frames that were sent.
func loose(t *testing.T, upgrade bool) (c *Conn, sent func() []FrameType) {
	t.Helper()
	here, there := net.Pipe()
	l := &Listener{accepted: make(chan net.Conn, 1), budget: NewBudget(growth)}
	l.cfg.Now, l.cfg.Log = time.Now, slog.New(slog.DiscardHandler)
	ln := &lane{session: &session{l: l}, ch: NewChannel(wire{here})}
	c = newConn(ln, &Open{Upgrade: upgrade}, l.budget)
	ln.conn = c
	ln.session.exchanges.begin()
	var frames []FrameType
	done := make(chan struct{})
	go func() {
		defer close(done)
		other := NewChannel(wire{there})
		defer other.Release()
		for {
			f, err := other.Next()
			if err != nil {
				return
			}
			frames = append(frames, f.Type)
		}
	}()
	return c, func() []FrameType {
		_ = here.Close()
		<-done
		return frames
	}
}

func count(frames []FrameType, of FrameType) (n int) {
	for _, f := range frames {
		if f == of {
			n++
		}
	}
	return n
}

func TestAnExchangeEndsOnce(t *testing.T) {
	for range 500 {
		c, sent := loose(t, false)
		var both sync.WaitGroup
		var finished error
		c.outflow.credit = 0
		_, _ = c.Write([]byte("x"))
		waiting := make(chan struct{})
		both.Go(func() { close(waiting); finished = c.Finish(false) })
		<-waiting
		time.Sleep(20 * time.Microsecond) // for credit
		both.Go(func() { _ = c.outflow.Add(1) })
		both.Go(func() { _ = c.Close() })
		both.Wait()
		if open := c.lane.session.exchanges.n; open != 0 {
			t.Fatalf("after Finish (%v) beside Close %d exchanges go on", finished, open)
		}
		if ends := count(sent(), FrameEnd); (ends == 1) != (finished == nil) {
			t.Fatalf("Finish returned %v, and %d end frames were sent", finished, ends)
		}
	}
}

func TestAnUpgradedExchangeEndsOnce(t *testing.T) {
	for n := range 500 {
		c, sent := loose(t, true)
		if err := c.Upgrade(); err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(func() { _ = c.CloseWrite() })
		both.Go(func() { time.Sleep(time.Duration(n%40) * 100 * time.Nanosecond); _ = c.Close() })
		both.Wait()
		if ends := count(sent(), FrameEnd); ends != 1 {
			t.Fatalf("CloseWrite beside Close sent %d end frames", ends)
		}
	}
}

// stuck is a wire that takes nothing until it is freed.
type stuck struct {
	wire
	entered chan struct{}
	free    chan struct{}
}

func (s stuck) Write(p []byte) (int, error) {
	close(s.entered)
	<-s.free
	return len(p), nil
}

func TestCloseBeforeTheUpgradeHasLeftIsAnAbort(t *testing.T) {
	c, sent := loose(t, true)
	whole := c.lane.ch.ssh
	s := stuck{wire{nil}, make(chan struct{}), make(chan struct{})}
	c.lane.ch.ssh = s
	upgraded := make(chan struct{})
	go func() { defer close(upgraded); _ = c.Upgrade() }()
	<-s.entered
	c.mu.Lock()
	raw := c.raw
	c.mu.Unlock()
	close(s.free)
	<-upgraded
	c.lane.ch.ssh = whole
	_ = c.Close()
	_ = sent()
	if raw {
		t.Error("the exchange counts as upgraded before the frame that says so has left")
	}
}
