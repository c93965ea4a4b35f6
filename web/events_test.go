package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

type event struct {
	id, name string
	data     object
}

// stream opens an event stream and returns its events; the comments are on the second channel.
func (r *room) stream(ctx context.Context, path string, header ...string) (<-chan event, <-chan string) {
	r.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", r.url+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		r.Fatalf("%s: answered %s, %v", path, resp.Status, resp.Header)
	}
	events, comments := make(chan event, 100), make(chan string, 100)
	go func() {
		defer close(events)
		defer resp.Body.Close()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				_ = json.Unmarshal([]byte(value), &e.data) // a test sees that it is nil
			case "":
				if strings.HasPrefix(lines.Text(), ":") {
					select {
					case comments <- value:
					default: // nobody counts them
					}
				} else if e.name != "" {
					events <- e
					e = event{}
				}
			}
		}
	}()
	<-comments // the stream stands
	return events, comments
}

func next(t *testing.T, events <-chan event) event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event came")
	}
	return event{}
}

func TestEventsTellWhatHappens(t *testing.T) {
	r := newRoom(t)
	events, _ := r.stream(t.Context(), "/api/events")
	c := r.add(204, func(c *store.Capture) { c.Target = "/x?token=s3cr3t" })
	if e := next(t, events); e.name != "request" || e.data["id"] != c.ID || e.id == "" || strings.Contains(e.data["target"].(string), "s3cr3t") {
		t.Errorf("first %+v, want the request with its credentials masked", e)
	}
	if e := next(t, events); e.name != "delivery" || e.data["capture_id"] != c.ID || e.data["status"] != 204.0 {
		t.Errorf("then %+v, want its delivery", e)
	}
}

func TestEventsResume(t *testing.T) {
	r := newRoom(t)
	ctx, stop := context.WithCancel(t.Context())
	events, _ := r.stream(ctx, "/api/events")
	r.add(200)
	next(t, events)
	last := next(t, events).id
	stop()
	missed := r.add(-1).ID
	for _, how := range [][]string{{"/api/events", "Last-Event-ID: " + last}, {"/api/events?from=" + last}} {
		again, _ := r.stream(t.Context(), how[0], how[1:]...)
		if e := next(t, again); e.name != "request" || e.data["id"] != missed {
			t.Errorf("%v: goes on with %+v, want what was missed", how, e)
		}
	}
}

func TestTunnelEvents(t *testing.T) {
	changes := make(chan Status, 1)
	r := newRoom(t, func(c *Config) { c.TunnelEvents = func(context.Context) <-chan Status { return changes } })
	events, _ := r.stream(t.Context(), "/api/events")
	changes <- Status{Phase: "connecting", Attempt: 2, Problem: "the relay does not answer"}
	if e := next(t, events); e.name != "tunnel" || e.data["state"] != "connecting" || e.id != "" || e.data["requests"] != nil {
		t.Errorf("%+v", e)
	}
}

func TestStreamsAreBeatenAndBounded(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Heartbeat = time.Millisecond })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, comments := r.stream(ctx, "/api/events")
	select {
	case <-comments:
	case <-time.After(20 * time.Second):
		t.Fatal("no heartbeat came")
	}
	r = newRoom(t)
	r.stream(ctx, "/api/events")
	for range streamMost - 1 {
		r.stream(ctx, "/api/events")
	}
	a := r.get("/api/events").is(503)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r.call("HEAD", "/api/events", "").is(200)
	stop()
	r.eventually("no stream is counted after its reader left", func() bool { return len(r.streams) == 0 })
}

func TestSlowReadersAreDropped(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Patience = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/events HTTP/1.1\r\nHost: %s\r\n\r\n", strings.TrimPrefix(r.url, "http://"))
	r.eventually("the stream stands", func() bool { return len(r.streams) == 1 })
	long := strings.Repeat("x", 1<<20)
	for range 16 { // more than the sockets' buffers take
		r.add(-1, func(c *store.Capture) { c.Reason = long })
	}
	r.eventually("the stream is given up", func() bool { return len(r.streams) == 0 })
}

func TestShutdownEndsStreams(t *testing.T) {
	r := newRoom(t)
	events, _ := r.stream(t.Context(), "/api/events")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if _, more := <-events; more {
		t.Error("the stream went on")
	}
}

func TestEventsTellOfWhatIsDeleted(t *testing.T) {
	r := newRoom(t)
	c, other := r.add(200), r.add(200)
	events, _ := r.stream(t.Context(), "/api/events")
	for _, do := range []func(){
		func() { r.call("DELETE", "/api/requests/"+c.ID, "").is(204) },
		func() { r.form("/requests/"+other.ID+"/delete", "").is(303) },
		func() { r.form("/clear", "").is(303) },
	} {
		do()
		if e := next(t, events); e.name != "deleted" || e.id != "" {
			t.Errorf("%+v, want a deletion", e)
		}
	}
	r.call("DELETE", "/api/requests/"+c.ID, "").is(404) // nothing was done
	last := r.add(200)
	if e := next(t, events); e.name != "request" || e.data["id"] != last.ID {
		t.Errorf("%+v, want the next request", e)
	}
}
