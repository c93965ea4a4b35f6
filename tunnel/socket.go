package tunnel

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxMessage  = 1 << 20     // bytes of one message that is taken
	maxQuiet    = 100         // pings, pongs and empty messages that may come between two bytes of data
	lastWords   = time.Second // for a pong, for the close message and for the other end's
	socketAhead = 128 << 10   // bytes that are read ahead of Read
)

// A socket is a stream over the binary messages of a WebSocket; where one ends and the next begins means nothing.
//
// A WebSocket can't be read again after a deadline, so there never is one on it: a goroutine of its own reads, and Read
// waits for that. A Write that is late leaves half a frame behind, so it ends the connection, as with TLS.
type socket struct {
	ws    *websocket.Conn
	out   sync.Mutex    // one writer at a time
	quiet int           // what came since the last data; the pump's
	ended chan struct{} // closed when the pump has

	mu      sync.Mutex
	changed *sync.Cond
	ring    *[socketAhead]byte // nil while nothing waits to be read
	start   int
	length  int
	filling bool // the pump writes into the ring's free part
	readBy  deadline
	writeBy deadline
	writing bool
	closed  bool
	err     error // why the pump ended
}

var rings = sync.Pool{New: func() any { return new([socketAhead]byte) }}

// newSocket makes a stream of a WebSocket, which nobody else may use any more.
func newSocket(ws *websocket.Conn) net.Conn {
	s := &socket{ws: ws, ended: make(chan struct{})}
	s.changed = sync.NewCond(&s.mu)
	s.writeBy.late = s.breakWrite
	ws.SetReadLimit(maxMessage)
	ws.SetPingHandler(s.pinged)
	ws.SetPongHandler(func(string) error { return s.silent() })
	go s.pump()
	return s
}

// pump reads until the connection ends.
func (s *socket) pump() {
	defer close(s.ended)
	var err error
	for err == nil {
		err = s.message()
	}
	s.mu.Lock()
	s.err = ending(err)
	s.changed.Broadcast()
	s.mu.Unlock()
	_ = s.ws.Close() // it can't be read any more, so writing is of no use either
}

// message reads one message.
func (s *socket) message() error {
	kind, r, err := s.ws.NextReader()
	if err != nil {
		return err
	}
	if kind != websocket.BinaryMessage {
		s.say(websocket.CloseUnsupportedData, "only binary messages")
		return errors.New("a text message")
	}
	some := false
	for {
		n, err := r.Read(s.room())
		s.filled(n)
		if n > 0 {
			some, s.quiet = true, 0
		}
		switch {
		case errors.Is(err, io.EOF) && !some:
			return s.silent()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// silent counts what brings no data.
func (s *socket) silent() error {
	if s.quiet++; s.quiet > maxQuiet {
		s.say(websocket.ClosePolicyViolation, "too many messages without data")
		return errors.New("too many messages without data")
	}
	return nil
}

func (s *socket) pinged(data string) error {
	if err := s.silent(); err != nil {
		return err
	}
	_ = s.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(lastWords))
	return nil
}

// room waits for free space in the ring and gives a part of it. Once the socket is closed what comes is thrown away.
func (s *socket) room() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.length == socketAhead && !s.closed {
		s.changed.Wait()
	}
	if s.closed {
		s.length = 0
	}
	if s.length == 0 {
		s.start = 0
	}
	if s.ring == nil {
		s.ring = rings.Get().(*[socketAhead]byte)
	}
	s.filling = true
	from, to := (s.start+s.length)%socketAhead, socketAhead
	if from < s.start {
		to = s.start
	}
	return s.ring[from:to]
}

// filled ends what room began.
func (s *socket) filled(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filling = false
	s.length += n
	s.release()
	s.changed.Broadcast()
}

// release gives an empty ring back. The lock is held.
func (s *socket) release() {
	if s.length == 0 && !s.filling && s.ring != nil {
		rings.Put(s.ring)
		s.ring = nil
	}
}

// Read reads what has come.
func (s *socket) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.closed:
			return 0, net.ErrClosed
		case s.readBy.over:
			return 0, errTimeout
		case s.length > 0 || len(p) == 0:
			return s.take(p), nil
		case s.err != nil:
			return 0, s.err
		}
		s.changed.Wait()
	}
}

func (s *socket) take(p []byte) int {
	taken := 0
	for taken < len(p) && s.length > 0 {
		n := copy(p[taken:], s.ring[s.start:min(s.start+s.length, socketAhead)])
		taken += n
		s.start, s.length = (s.start+n)%socketAhead, s.length-n
	}
	s.release()
	s.changed.Broadcast()
	return taken
}

// Write sends p as one message, or as several if it is long.
func (s *socket) Write(p []byte) (int, error) {
	s.out.Lock()
	defer s.out.Unlock()
	sent := 0
	for sent < len(p) {
		part := p[sent:min(sent+socketBuffer, len(p))]
		if err := s.beginWrite(); err != nil {
			return sent, err
		}
		if err := s.endWrite(s.ws.WriteMessage(websocket.BinaryMessage, part)); err != nil {
			return sent, err
		}
		sent += len(part)
	}
	return sent, nil
}

func (s *socket) beginWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return net.ErrClosed
	case s.writeBy.over:
		return errTimeout
	}
	s.writing = true
	return nil
}

func (s *socket) endWrite(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	switch {
	case err == nil:
		return nil
	case s.closed:
		return net.ErrClosed
	case s.writeBy.over:
		return errTimeout
	}
	return fmt.Errorf("tunnel: websocket: %w", err)
}

// breakWrite ends the connection under a Write that is late. The lock is held.
func (s *socket) breakWrite() {
	if s.writing {
		go s.ws.Close() // TLS may take its time for that
	}
}

// Close ends the connection at once for who uses it. The other end is told behind it, in a second at most, unless a
// Write stands in the way.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	s.readBy.set(time.Time{}, &s.mu, s.changed)
	s.writeBy.set(time.Time{}, &s.mu, s.changed)
	s.changed.Broadcast()
	if s.writing {
		go s.ws.Close()
	} else {
		go s.farewell()
	}
	return nil
}

// farewell is the closing handshake.
func (s *socket) farewell() {
	late := time.NewTimer(lastWords)
	defer late.Stop()
	s.say(websocket.CloseNormalClosure, "")
	select {
	case <-s.ended:
	case <-late.C:
	}
	_ = s.ws.Close()
}

func (s *socket) say(code int, text string) {
	_ = s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), time.Now().Add(lastWords))
}

// LocalAddr is that of the connection below.
func (s *socket) LocalAddr() net.Addr { return s.ws.LocalAddr() }

// RemoteAddr is that of the connection below: a proxy's, if there is one between.
func (s *socket) RemoteAddr() net.Addr { return s.ws.RemoteAddr() }

// SetDeadline sets both deadlines.
func (s *socket) SetDeadline(t time.Time) error {
	_ = s.SetReadDeadline(t)
	return s.SetWriteDeadline(t)
}

// SetReadDeadline says when Read gives up. It can go on later.
func (s *socket) SetReadDeadline(t time.Time) error { return s.set(&s.readBy, t) }

// SetWriteDeadline says when Write gives up. If it had begun to send, the connection has ended then.
func (s *socket) SetWriteDeadline(t time.Time) error { return s.set(&s.writeBy, t) }

func (s *socket) set(d *deadline, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	d.set(t, &s.mu, s.changed)
	return nil
}

// ending says in one error why a WebSocket can't be read any more.
func ending(err error) error {
	var c *websocket.CloseError
	switch {
	case !errors.As(err, &c):
		return fmt.Errorf("tunnel: websocket: %w", err)
	case c.Code == websocket.CloseNormalClosure, c.Code == websocket.CloseGoingAway, c.Code == websocket.CloseNoStatusReceived:
		return io.EOF
	case c.Code == websocket.CloseAbnormalClosure:
		return fmt.Errorf("tunnel: websocket: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("tunnel: websocket: closed by the other end: %d %q", c.Code, c.Text)
}
