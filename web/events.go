package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"devhook/store"
)

// streamMost is how many event streams there may be at once; a browser tab has one.
const streamMost = 32

// events is one stream of what happens, until the reader goes or is too slow. Last-Event-ID (or ?from=, for a reader
// that starts anew) resumes after that event.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	from, err := position(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return nil
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return fault{status: http.StatusServiceUnavailable, detail: "too many pages are open; close some"}
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.quit, stop)()
	news, err := s.feed.join(ctx, from)
	if err != nil {
		return err
	}
	var tunnel <-chan Status
	if s.cfg.TunnelEvents != nil {
		tunnel = s.cfg.TunnelEvents(ctx)
	}
	out := stream{w: w, ctl: http.NewResponseController(w), wait: s.cfg.Patience}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out.comment("devhook")
	s.pump(ctx, &out, news, tunnel)
	return nil
}

// position is where a reader wants to go on; zero is now.
func position(r *http.Request) (store.Position, error) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("from")
	}
	if id == "" {
		return store.Position{}, nil
	}
	p, err := store.ParsePosition(id)
	if err != nil {
		return p, badParameter("Last-Event-ID", "the id of an event")
	}
	return p, nil
}

// bell wakes all who wait for it. It says that there is news, not how often.
type bell struct {
	mu   sync.Mutex
	next chan struct{} // closed when it rings
}

func newBell() *bell { return &bell{next: make(chan struct{})} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
}

func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// telling is a handler that deletes something; open pages hear of it.
func (s *Server) telling(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		if err == nil {
			s.deleted.ring()
		}
		return err
	}
}

// pump writes events until the reader is gone.
func (s *Server) pump(ctx context.Context, out *stream, news <-chan []byte, tunnel <-chan Status) {
	beat := time.NewTicker(s.cfg.Heartbeat)
	defer beat.Stop()
	deleted := s.deleted.wait()
	for out.err == nil {
		select {
		case <-ctx.Done():
			return
		case text, ok := <-news:
			if !ok {
				return
			}
			out.printf("%s", text)
			out.flush()
		case t, ok := <-tunnel:
			if !ok {
				tunnel = nil
				continue
			}
			out.event("", "tunnel", statusOf(t))
			out.flush()
		case <-deleted:
			deleted = s.deleted.wait() // before it is told: what follows from now on is told again
			out.event("", "deleted", struct{}{})
			out.flush()
		case <-beat.C:
			out.comment("")
		}
	}
}

func (s *Server) change(out *stream, c store.Change) {
	switch {
	case c.Kind == store.ChangeRequest || c.Kind == store.ChangeConclusion: // the same row, drawn anew
		out.event(c.At.String(), "request", CaptureJSON(c.Capture, s.mask))
	case c.Kind == store.ChangeDelivery:
		out.event(c.At.String(), "delivery", DeliveryJSON(c.Delivery, s.mask))
	}
}

// stream writes Server-Sent Events and remembers the first error.
type stream struct {
	w    io.Writer
	ctl  *http.ResponseController // nil where nobody has to be waited for
	wait time.Duration
	err  error
}

func (o *stream) event(id, name string, v any) {
	data, err := json.Marshal(v) // one line: JSON escapes line breaks
	if err != nil {
		o.err = err
		return
	}
	if id != "" {
		o.printf("id: %s\n", id)
	}
	o.printf("event: %s\ndata: %s\n\n", name, data)
}

func (o *stream) comment(text string) {
	o.printf(": %s\n\n", text)
	o.flush()
}

func (o *stream) printf(format string, args ...any) {
	if o.err == nil {
		o.patience()
		_, o.err = fmt.Fprintf(o.w, format, args...)
	}
}

func (o *stream) flush() {
	if o.err == nil {
		o.patience()
		o.err = o.ctl.Flush()
	}
}

func (o *stream) patience() {
	if o.err == nil && o.ctl != nil {
		o.err = o.ctl.SetWriteDeadline(time.Now().Add(o.wait))
	}
}
