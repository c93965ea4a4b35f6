package inspector_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/store"

	"github.com/google/go-cmp/cmp"
)

// TestReplayIsTheSame: without an edit the app gets what it got the first time.
func TestReplayIsTheSame(t *testing.T) {
	for _, raw := range []string{
		"POST /a?x=%zz;y HTTP/1.1\r\nhOST: h\r\nx-A:1\r\nX-a: 2\r\nContent-Length: 3\r\n\r\na\x00\xff",
		"POST /t HTTP/1.1\r\nHost: h\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n",
		"GET /n HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		r := newRig(t)
		r.send(raw)
		c := r.only()
		d, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{})
		if err != nil {
			t.Fatal(err)
		}
		got := r.app.got()
		if len(got) != 2 || cmp.Diff(got[0], got[1]) != "" {
			t.Errorf("live and replayed differ:\n%s", cmp.Diff(got[0], got[len(got)-1]))
		}
		if d.Kind != store.Replay || d.Edited || d.Request != nil || d.N != 2 {
			t.Errorf("recorded %+v", d)
		}
	}
}

// TestEdit changes what it names and nothing else.
func TestEdit(t *testing.T) {
	const raw = "POST /a HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-two:2\r\nX-One: 3\r\nContent-Length: 2\r\n\r\nhi"
	tests := []struct {
		name string
		edit inspector.Edit
		want string // head lines and body, before what the table adds
		body string
	}{
		{
			"method and target",
			inspector.Edit{Method: "PUT", Target: "/b?c=d"},
			"PUT /b?c=d HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-two:2\r\nX-One: 3\r\nContent-Length: 2\r\n", "hi",
		},
		{
			"a header replaced, one added",
			inspector.Edit{Headers: [][2]string{{"x-one", "9"}, {"X-New", "n"}}},
			"POST /a HTTP/1.1\r\nHost: h\r\nx-one: 9\r\nx-two:2\r\nContent-Length: 2\r\nX-New: n\r\n", "hi",
		},
		{
			"a header dropped",
			inspector.Edit{DropHeaders: []string{"X-ONE"}},
			"POST /a HTTP/1.1\r\nHost: h\r\nx-two:2\r\nContent-Length: 2\r\n", "hi",
		},
		{
			"another body",
			inspector.Edit{HasBody: true, Body: []byte("longer")},
			"POST /a HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-two:2\r\nX-One: 3\r\nContent-Length: 6\r\n", "longer",
		},
		{
			"framing is not an edit's to say",
			inspector.Edit{Headers: [][2]string{{"Content-Length", "9"}, {"transfer-encoding", "chunked"}}, DropHeaders: []string{"content-length"}},
			"POST /a HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-two:2\r\nX-One: 3\r\nContent-Length: 2\r\n", "hi",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.send(raw)
			c := r.only()
			d, err := r.in.Replay(t.Context(), c.ID, tt.edit)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want + added("h", c.ID) + "\r\n" + tt.body
			if diff := cmp.Diff(want, r.app.got()[1]); diff != "" {
				t.Errorf("at the app (-want +got):\n%s", diff)
			}
			if !d.Edited {
				t.Error("not marked as edited")
			}
			if after := r.only(); string(after.Head) != string(c.Head) || r.body(c.ID) != "hi" {
				t.Error("the capture changed")
			}
		})
	}
}

func TestBadEdits(t *testing.T) {
	r := newRig(t)
	r.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
	id := r.only().ID
	tests := []struct {
		edit inspector.Edit
		want error
	}{
		{inspector.Edit{Method: "A B"}, inspector.ErrBadEdit},
		{inspector.Edit{Target: "/a b"}, inspector.ErrBadEdit},
		{inspector.Edit{Target: "/\r\nX: y"}, inspector.ErrBadEdit},
		{inspector.Edit{Target: "http://example.com/"}, inspector.ErrBadEdit},
		{inspector.Edit{Target: "1/x"}, inspector.ErrBadEdit},
		{inspector.Edit{Headers: [][2]string{{"A", "b\r\nC: d"}}}, inspector.ErrBadEdit},
		{inspector.Edit{Headers: [][2]string{{"A B", "c"}}}, inspector.ErrBadEdit},
		{inspector.Edit{DropHeaders: []string{"host"}}, inspector.ErrBadEdit},
		{inspector.Edit{To: "ftp://localhost"}, inspector.ErrBadEdit},
		{inspector.Edit{To: "http://169.254.169.254/"}, inspector.ErrForbidden},
		{inspector.Edit{To: "http://example.com/"}, inspector.ErrForbidden},
		{inspector.Edit{Resign: true}, inspector.ErrNoSecret},
	}
	for _, tt := range tests {
		if _, err := r.in.Replay(t.Context(), id, tt.edit); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.edit, err, tt.want)
		}
	}
	if _, err := r.in.Replay(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", inspector.Edit{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown capture: %v", err)
	}
	if n := len(r.app.got()); n != 1 {
		t.Errorf("the app got %d requests", n)
	}
	if n := len(r.deliveries(id)); n != 1 {
		t.Errorf("%d deliveries recorded, want the live one", n)
	}
}

// TestReplayElsewhere sends to another app of this machine.
func TestReplayElsewhere(t *testing.T) {
	r := newRig(t)
	r.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
	other := newRawApp(t)
	d, err := r.in.Replay(t.Context(), r.only().ID, inspector.Edit{To: "http://127.0.0.1:" + other.port() + "/b?c"})
	if err != nil || d.Target != "http://127.0.0.1:"+other.port()+"/b?c" {
		t.Fatalf("%+v, %v", d, err)
	}
	if got := other.got(); len(got) != 1 || !strings.HasPrefix(got[0], "POST /b?c HTTP/1.1\r\n") {
		t.Errorf("the other app got %q", got)
	}
}

// TestNotReplayable: what never was whole can't be sent again.
func TestNotReplayable(t *testing.T) {
	for _, raw := range []string{"GET / HTTP/1.1\nHost: h\n\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhi"} {
		r := newRig(t)
		r.send(raw)
		if _, err := r.in.Replay(t.Context(), r.only().ID, inspector.Edit{}); !errors.Is(err, inspector.ErrNotReplayable) {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}

// TestResign puts the configured secret in place of a wrong one; the rest of the form keeps its bytes.
func TestResign(t *testing.T) {
	const secret = "right & secret"
	r := newRig(t, withTelerivet(secret))
	r.send(telerivet("wrong-secret"))
	c := r.only()
	d, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{Resign: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Resigned) == 0 {
		t.Error("nothing is marked as computed anew")
	}
	got := r.app.got()
	_, body, _ := strings.Cut(got[1], "\r\n\r\n")
	form, err := url.ParseQuery(body)
	if err != nil || form.Get("secret") != secret {
		t.Errorf("the app got %q", body)
	}
	_, was, _ := strings.Cut(got[0], "\r\n\r\n")
	if a, b := strings.Split(was, "&secret=")[0], strings.Split(body, "&secret=")[0]; a != b {
		t.Errorf("the rest of the form changed: %q, was %q", b, a)
	}
}

// TestReplayAbsoluteTarget: a target that names a host goes to the app as it came; what is recorded of where it went is
// a URL all the same.
func TestReplayAbsoluteTarget(t *testing.T) {
	for target, want := range map[string]string{"http://h/a?b": "/a?b", "http://h?b": "/?b", "*": "/*", "//a": "//a", "a": "/a"} {
		r := newRig(t)
		r.send("OPTIONS " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")
		if _, err := r.in.Replay(t.Context(), r.only().ID, inspector.Edit{Target: target}); err != nil {
			t.Fatal(err)
		}
		for _, d := range r.deliveries(r.only().ID) {
			if d.Target != "http://localhost:"+r.app.port()+want || d.Edited {
				t.Errorf("%s: a %s went to %s, edited %v", target, d.Kind, d.Target, d.Edited)
			}
		}
		if got := r.app.got(); len(got) != 2 || got[0] != got[1] || !strings.HasPrefix(got[0], "OPTIONS "+target+" ") {
			t.Errorf("the app got %q", got)
		}
	}
}

// TestReplayForgottenBody: a body that goes away while it is read is no fault of the app's, and does not keep it waiting.
func TestReplayForgottenBody(t *testing.T) {
	r := newRig(t)
	const size = 32 << 20
	_, _ = io.CopyN(r.upload(size), pattern{}, size)
	id := r.await(1)[0].ID
	r.finished(1)
	slow, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	deleted := make(chan error, 1)
	go func() {
		c, err := slow.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.CopyN(io.Discard, c, 1000)
		deleted <- r.db.Delete(context.Background(), id)
		_, _ = io.Copy(io.Discard, c)
	}()
	start := time.Now()
	_, err = r.in.Replay(t.Context(), id, inspector.Edit{To: "http://" + slow.Addr().String()})
	if !errors.Is(err, store.ErrNotFound) || time.Since(start) > 4*time.Second {
		t.Errorf("replay: %v after %v", err, time.Since(start))
	}
	if err := <-deleted; err != nil {
		t.Error(err)
	}
}

// upload opens a request with a body of that many bytes.
func (r *rig) upload(size int) io.Writer {
	r.t.Helper()
	c := r.dial()
	_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", size)
	return c
}

// TestResignEverywhere: a proof that stands in several places is renewed in each, and each line keeps its place.
func TestResignEverywhere(t *testing.T) {
	const secret = "right-secret"
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("telerivet:"+password))
	}
	body := "event=incoming_message&secret=wrong-1&id=SM1&secret=wrong-2"
	head := "POST /hooks/sms HTTP/1.1\r\nHost: h\r\nauthorization: %s\r\nX-A:  b\r\nAuthorization: %s\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
	r := newRig(t, withTelerivet(secret))
	r.send(fmt.Sprintf(head, basic(secret), basic("wrong")) + fmt.Sprintf("\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body))
	c := r.only()
	d, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{Resign: true})
	if err != nil || len(d.Resigned) != 2 {
		t.Fatalf("computed anew: %v, %v", d, err)
	}
	body = strings.NewReplacer("wrong-1", secret, "wrong-2", secret).Replace(body)
	want := fmt.Sprintf(head, basic(secret), basic(secret)) + added("h", c.ID) + fmt.Sprintf("\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	if diff := cmp.Diff(want, r.app.got()[1]); diff != "" {
		t.Errorf("at the app (-want +got):\n%s", diff)
	}
}
