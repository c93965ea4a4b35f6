package export

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
)

func TestHAR(t *testing.T) {
	c := &store.Capture{
		ID: "01J", ReceivedAt: time.Date(2026, 11, 21, 22, 10, 3, 0, time.UTC), State: store.Complete, Method: "POST", Target: "/a?x=%zz&token=t0ken",
		Proto: "HTTP/1.1", PublicURL: "http://h:8080/a?x=%zz&token=t0ken", BodySize: 4,
		Head: []byte("POST /a HTTP/1.1\r\nHost: h:8080\r\nX-b: 1\r\nX-B: 2\r\nAuthorization: Bearer s3cret\r\nContent-Type: application/octet-stream\r\n\r\n"),
	}
	body := []byte("\x00\xff\r\n")
	d := &store.Delivery{
		Status: 302, Duration: 1500 * time.Microsecond, BodySize: 2,
		Head: []byte("HTTP/1.1 302 Found\r\nLocation: /b\r\nSet-Cookie: sid=s3cret\r\nContent-Type: text/plain\r\n\r\n"),
	}
	out, err := HAR([]Exchange{{c, body, d, []byte("ok")}, {Capture: c, Delivery: &store.Delivery{Error: "nothing listens on localhost:3000"}}}, "1.0", NewMask(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	var har struct {
		Log struct {
			Version string
			Entries []harEntry
		}
	}
	if err := json.Unmarshal(out, &har); err != nil {
		t.Fatal(err)
	}
	if har.Log.Version != "1.2" || len(har.Log.Entries) != 2 {
		t.Fatalf("not two entries of 1.2:\n%s", out)
	}
	e := har.Log.Entries[0]
	if e.Started != "2026-11-21T22:10:03Z" || e.Time != 1.5 || e.Timings["wait"] != 1.5 || e.Request.BodySize != 4 {
		t.Errorf("entry %+v", e)
	}
	wantHeaders := []harNV{{"Host", "h:8080"}, {"X-b", "1"}, {"X-B", "2"}, {"Authorization", "Bearer " + Hidden}, {"Content-Type", "application/octet-stream"}}
	if diff := cmp.Diff(wantHeaders, e.Request.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]harNV{{"x", "%zz"}, {"token", Hidden}}, e.Request.Query); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if p := e.Request.PostData; p.Encoding != "base64" || p.Text != base64.StdEncoding.EncodeToString(body) {
		t.Errorf("body %+v", p)
	}
	if r := e.Response; r.Status != 302 || r.StatusText != "Found" || r.Version != "HTTP/1.1" || r.RedirectURL != "/b" || r.Content.Text != "ok" || *r.Content.Size != 2 {
		t.Errorf("response %+v", r)
	}
	if r := har.Log.Entries[1].Response; r.Status != 0 || r.Error == "" {
		t.Errorf("no answer is %+v", r)
	}
	if strings.Contains(string(out), "s3cret") || strings.Contains(string(out), "t0ken") {
		t.Errorf("a credential is shown:\n%s", out)
	}
}

func TestHARTakesNothingMalformed(t *testing.T) {
	if out, err := HAR([]Exchange{{Capture: &store.Capture{State: store.Malformed}}}, "", nil); err == nil {
		t.Errorf("made of a malformed request: %s", out)
	}
}
