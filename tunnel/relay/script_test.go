package relay

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// wire is an SSH channel over a pipe.
type wire struct{ net.Conn }

func (wire) CloseWrite() error                              { return nil }
func (wire) SendRequest(string, bool, []byte) (bool, error) { return false, nil }
func (wire) Stderr() io.ReadWriter                          { return nil }

// oneChannel is an SSH connection that opens no further channel.
type oneChannel struct{ ssh.Conn }

func (oneChannel) OpenChannel(string, []byte) (ssh.Channel, <-chan *ssh.Request, error) {
	return nil, nil, io.EOF
}

// perform lets a hostile agent send a script on a lane that carries the exchange of one sender, who sends requests and
// leaves. It returns what the sender got, and waits until everything has ended.
func perform(requests, script []byte) []byte {
	s := &Server{}
	s.cfg.Log, s.cfg.Now = slog.New(slog.DiscardHandler), time.Now
	s.cfg.Limits = Limits{
		Head: 50 * time.Millisecond, Idle: 50 * time.Millisecond, BodySilence: 50 * time.Millisecond,
		AnswerSilence: 50 * time.Millisecond,
	}.withDefaults()
	a := &agent{s: s, line: tunnel.NewLine(nil), conn: oneChannel{}, budget: tunnel.NewBudget(growth), tickets: newTickets(8)}
	a.lanes.agent = a
	here, there := net.Pipe()
	l := &lane{pool: &a.lanes, ch: tunnel.NewChannel(wire{here})}
	a.lanes.all, a.lanes.free = 1, []*lane{l}
	s.running.Go(l.run)

	d := &address{s: s, place: place{port: 8080}}
	d.agent.Store(a)
	inside, outside := net.Pipe()
	s.running.Go(newSender(&entrance{s: s, port: 8080, scheme: "http", whole: d}, inside).serve)

	var ends sync.WaitGroup
	var got []byte
	ends.Go(func() { _, _ = io.Copy(io.Discard, there) })
	ends.Go(func() { got, _ = io.ReadAll(outside) })
	ends.Go(func() {
		_, _ = there.Write(script)
		time.Sleep(time.Millisecond)
		a.lanes.close() // the connection ends
		_ = there.Close()
	})
	_, _ = outside.Write(requests)
	time.Sleep(2 * time.Millisecond)
	_ = outside.Close()
	ends.Wait()
	s.running.Wait()
	return got
}

func data(p string) []byte {
	b := make([]byte, tunnel.HeaderSize, tunnel.HeaderSize+len(p))
	tunnel.PutHeader(b, tunnel.FrameData, len(p))
	return append(b, p...)
}

func script(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

var (
	get     = []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	offer   = []byte("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly")
	half    = []byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\nhalf")
	keepEnd = tunnel.AppendEnd(nil, tunnel.EndKeep|tunnel.EndConsumed)
	lastEnd = tunnel.AppendEnd(nil, tunnel.EndConsumed)
)

func TestHostileAgents(t *testing.T) {
	for name, s := range map[string][]byte{
		"nothing":               nil,
		"open":                  tunnel.AppendOpen(nil, new(tunnel.Open)),
		"end at once":           keepEnd,
		"two ends":              script(keepEnd, keepEnd),
		"data behind the end":   script(data("x"), lastEnd, data("x")),
		"upgrade":               script(data("x"), tunnel.AppendUpgraded(nil), data("y"), lastEnd, data("z"), lastEnd),
		"two upgrades":          script(tunnel.AppendUpgraded(nil), tunnel.AppendUpgraded(nil)),
		"abort":                 script(data("x"), tunnel.AppendAbort(nil, "x"), data("y")),
		"more than its credit":  bytes.Repeat(data(string(make([]byte, tunnel.MaxData))), 20),
		"credit overflow":       tunnel.AppendCredit(nil, 1<<31),
		"blocked all the time":  bytes.Repeat(tunnel.AppendBlocked(nil), 1000),
		"a frame of 16 MiB":     {2, 255, 255, 255},
		"unknown frame":         {66, 0, 0, 0},
		"half a frame":          data("xyz")[:5],
		"consumed what was not": script(data("x"), keepEnd, data("y"), keepEnd),
	} {
		for _, requests := range [][]byte{get, script(get, get), offer, half, nil} {
			done := make(chan struct{})
			go func() { defer close(done); perform(requests, s) }()
			select {
			case <-done:
			case <-time.After(30 * time.Second):
				t.Fatalf("%s, against %.30q: hangs", name, requests)
			}
		}
	}
}

// open is a wire whose other end takes no notice of a close.
type open struct{ wire }

func (open) Close() error { return nil }

func TestALaneCountsUntilTheAgentHasClosedIt(t *testing.T) {
	s := &Server{}
	s.cfg.Log, s.cfg.Limits = slog.New(slog.DiscardHandler), Limits{}.withDefaults()
	a := &agent{s: s, line: tunnel.NewLine(nil), conn: oneChannel{}}
	a.lanes.agent = a
	here, there := net.Pipe()
	l := &lane{pool: &a.lanes, ch: tunnel.NewChannel(open{wire{here}})}
	a.lanes.all, a.lanes.free = 1, []*lane{l}
	s.running.Go(l.run)
	_, _ = there.Write(script(data("nobody asked"), make([]byte, 1<<20))) // all of it is taken
	a.lanes.mu.Lock()
	if a.lanes.all != 1 || len(a.lanes.free) != 0 {
		t.Errorf("%d lanes, %d free: want 1 that is not free", a.lanes.all, len(a.lanes.free))
	}
	a.lanes.mu.Unlock()
	_ = there.Close()
	s.running.Wait()
	if a.lanes.all != 0 {
		t.Errorf("%d lanes in the end", a.lanes.all)
	}
}

func FuzzAgent(f *testing.F) {
	f.Add(get, script(data("HTTP/1.1 200 OK\r\n\r\n"), keepEnd))
	f.Add(offer, script(data("x"), tunnel.AppendUpgraded(nil), tunnel.AppendCredit(nil, 7), data("y"), lastEnd))
	f.Add(half, script(tunnel.AppendBlocked(nil), data("x"), lastEnd))
	f.Fuzz(func(t *testing.T, requests, s []byte) {
		if len(requests) > 1<<16 || len(s) > 1<<16 {
			return
		}
		perform(requests, s)
	})
}
