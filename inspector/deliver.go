package inspector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"devhook/tunnel/http1"
)

// outgoing is a request as it goes to the app.
type outgoing struct {
	method  string
	head    []byte // start line to empty line, as sent
	framing http1.Framing
	body    []byte                        // a short body, whole
	long    func() (io.ReadCloser, error) // a long one instead, from the store or from memory
	trailer []http1.Field
	upgrade bool
}

// reply is the app's answer: its head, and its body still on the wire.
type reply struct {
	*http1.Response
	framing http1.Framing
	length  int64
	body    *http1.Body

	conn  *appConn
	app   *App
	sent  chan error    // the end of the request's writing, nil error if all of it left
	done  bool          // the body was read to its clean end
	ended chan struct{} // closed when a stream's sender need not be watched any more
	gone  bool          // the connection was given back or closed
}

// maxInterim bounds the informational answers passed on before the final one.
const maxInterim = 8

// call hands out to the app, once, and reads the answer's head. interim gets each 1xx answer but 100 and 101; nil
// drops them. An error is a sentence about what happened instead of an answer.
//
// It is never repeated: from the first byte on the app may have acted on the request. The connection it goes over was
// looked at just before, so that an app that closed it in time costs nothing.
func (a *App) call(ctx context.Context, out outgoing, interim func(*http1.Response) error) (*reply, error) {
	if a.opts.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.opts.Timeout)
		defer cancel()
	}
	c, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	return a.over(ctx, c, out, interim)
}

// over is call on a connection that is there; ctx is bounded.
func (a *App) over(ctx context.Context, c *appConn, out outgoing, interim func(*http1.Response) error) (*reply, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	p := &reply{conn: c, app: a, sent: make(chan error, 1)}
	p.send(out)
	if err := p.readHead(out, interim); err != nil {
		c.close() // which also ends the writing
		stop()
		return nil, a.explain(ctx, c, p.cause(err))
	}
	if !stop() {
		c.close()
		return nil, a.explain(ctx, c, context.DeadlineExceeded)
	}
	return p, nil
}

// explain says in a sentence why there is no answer.
func (a *App) explain(ctx context.Context, c *appConn, err error) error {
	var bad *http1.Error
	var unread *storeError
	switch {
	case errors.As(err, &unread):
		return fmt.Errorf("the recorded body could not be read: %w", unread)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no answer within %s", a.opts.Timeout)
	case ctx.Err() != nil:
		return errors.New("given up while waiting for the answer")
	case errors.As(err, &bad):
		return fmt.Errorf("the app's answer is not HTTP: %s", bad.Reason)
	case c.heard:
		return errors.New("the app closed the connection in the middle of its answer")
	default:
		return errors.New("the app closed the connection without an answer")
	}
}

// send writes the request: a short one at once, a long one beside the reading, since an app may answer early.
func (p *reply) send(out outgoing) {
	if out.long == nil {
		_, err := p.conn.Write(frame(out))
		p.sent <- err
		return
	}
	go func() {
		err := p.stream(out)
		p.sent <- err
		if isUnread(err) {
			_ = p.conn.Conn.Close() // or else the app waits for the rest
		}
	}()
}

// cause prefers what was wrong with our own request to what the app made of it. It waits for the end of the writing: from
// then on it is certain how much left.
func (p *reply) cause(err error) error {
	if sent := <-p.sent; isUnread(sent) {
		return sent
	}
	return err
}

// isUnread says that our own record of the request could not be read.
func isUnread(err error) bool {
	_, unread := errors.AsType[*storeError](err)
	return unread
}

// frame is head, body and trailer in one piece.
func frame(out outgoing) []byte {
	if out.framing != http1.Chunked {
		return append(out.head, out.body...)
	}
	var b buffer
	b.Write(out.head)
	w := http1.NewChunkedWriter(&b)
	if len(out.body) > 0 {
		_, _ = w.Write(out.body)
	}
	_ = w.Close(out.trailer)
	return b.bytes
}

// buffer is an io.Writer into memory that never fails.
type buffer struct{ bytes []byte }

func (b *buffer) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

func (p *reply) stream(out outgoing) error {
	body, err := out.long()
	if err != nil {
		return &storeError{err}
	}
	defer body.Close()
	if _, err := p.conn.Write(out.head); err != nil {
		return err
	}
	if out.framing != http1.Chunked {
		return copyStored(p.conn, body)
	}
	w := http1.NewChunkedWriter(p.conn)
	if err := copyStored(w, body); err != nil {
		return err
	}
	return w.Close(out.trailer)
}

// copyStored copies out of the store, or of memory, and tells its errors from the connection's.
func copyStored(w io.Writer, body io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := body.Read(buf)
		if _, werr := w.Write(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &storeError{err}
		}
	}
}

// readHead reads answers until one is final.
func (p *reply) readHead(out outgoing, interim func(*http1.Response) error) error {
	for n := 0; ; {
		res, err := p.conn.r.ReadResponse(http1.Limits{})
		if err != nil {
			return err
		}
		if res.Status == 101 && !out.upgrade {
			return &http1.Error{Status: 502, Reason: "101 Switching Protocols without a request to upgrade"}
		}
		if res.Status >= 200 || res.Status == 101 {
			p.Response = res
			p.framing, p.length = res.Framing(out.method)
			p.body = p.conn.r.Body(p.framing, p.length)
			return nil
		}
		if n++; res.Status != 100 && n <= maxInterim && interim != nil {
			if err := interim(res); err != nil {
				interim = nil // the sender left; the app goes on
			}
		}
	}
}

// Read reads the answer's body, decoded.
func (p *reply) Read(b []byte) (int, error) {
	n, err := p.body.Read(b)
	if err == io.EOF {
		p.done = true
	}
	return n, err
}

// watch ends the app's side of a stream when nobody is left to hear it.
func (p *reply) watch(gone <-chan struct{}) {
	if gone == nil {
		return
	}
	ended := make(chan struct{}) // not read from p: unwatch clears it
	p.ended = ended
	go func() {
		select {
		case <-gone:
			_ = p.conn.Conn.Close()
		case <-ended:
		}
	}()
}

func (p *reply) unwatch() {
	if p.ended != nil {
		close(p.ended)
		p.ended = nil
	}
}

// close ends the exchange; again it does nothing. The connection is kept for the next one if this one left nothing
// behind on it.
func (p *reply) close() {
	if p.gone {
		return
	}
	p.gone = true
	p.unwatch()
	if p.reusable() {
		p.app.keep(p.conn)
		return
	}
	p.conn.close()
}

func (p *reply) reusable() bool {
	if !p.done || p.framing == http1.UntilClose || p.Status == 101 || p.conn.r.Buffered() > 0 {
		return false
	}
	select {
	case err := <-p.sent:
		return err == nil && http1.KeepAlive(p.Minor, &p.Head)
	default:
		return false // the request is still being written: the answer came early
	}
}
