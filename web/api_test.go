package web

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/store"
)

type object = map[string]any

func TestAPIListAndNext(t *testing.T) {
	r := newRoom(t)
	for i := range 5 {
		r.add(200, func(c *store.Capture) { c.Target = fmt.Sprintf("/n/%d?token=s3cr3t", i) })
	}
	var page struct {
		Requests []object
		Next     *string
	}
	var got []string
	for path := "/api/requests?limit=2"; ; path = "/api/requests?limit=2&before=" + *page.Next {
		page.Next = nil
		r.get(path).is(200).json(&page).lacks("s3cr3t")
		for _, c := range page.Requests {
			got = append(got, c["target"].(string)[:4])
		}
		if page.Next == nil {
			break
		}
	}
	if want := "/n/4 /n/3 /n/2 /n/1 /n/0"; strings.Join(got, " ") != want {
		t.Errorf("pages gave %v, want %s", got, want)
	}
}

func TestAPICaptureObject(t *testing.T) {
	r := newRoom(t)
	at := time.Date(2026, 11, 21, 22, 10, 3, 123456000, time.FixedZone("", 3600))
	c := r.add(204, func(c *store.Capture) { c.ReceivedAt = at; c.Hints = []string{"answer 200"} })
	var list struct{ Requests []object }
	r.get("/api/requests?failed").is(200).has(c.ID)
	r.get("/api/requests?failed=0").is(200).has(c.ID)
	r.get("/api/requests?provider=telerivet&failed=true").is(200).json(&list)
	o := list.Requests[0]
	for name, want := range (object{
		"id": c.ID, "received_at": "2026-11-21T21:10:03.123456Z", "state": "complete", "method": "POST", "target": "/hooks/sms?x=1",
		"proto": "HTTP/1.1", "public_url": "http://127.0.0.1:8080/hooks/sms?x=1", "remote_addr": "203.0.113.9:4444", "provider": "telerivet",
		"event": "incoming_message", "event_id": "SM1a", "duplicate_of": nil, "verdict": "valid", "reason": "the secret fits",
		"body_size": float64(c.BodySize), "body_sha256": c.BodySHA256, "pinned": false, "failed": true, "deliveries_count": 1.0,
	}) {
		if got, ok := o[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	last := o["last_delivery"].(object)
	for name, want := range (object{
		"kind": "live", "target": "http://localhost:3000/hooks/sms?x=1", "status": 204.0, "error": nil, "duration_ms": 12.0,
		"accepted": false, "judgement": "answered 204, wants 200", "response_size": 11.0,
	}) {
		if got, ok := last[name]; !ok || got != want {
			t.Errorf("last_delivery.%s is %v, want %v", name, got, want)
		}
	}
}

func TestAPICaptureInFull(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	var full struct {
		Head       string
		Headers    [][2]string
		Body       struct{ Text, Base64 *string }
		Deliveries []struct {
			Status int
			Head   string
			Body   struct{ Text string }
		}
	}
	r.get("/api/requests/"+c.ID).is(200).json(&full).lacks("czNjcjN0OmhlYWRlcg", "s3cr3t-field", "s3cr3t-cookie")
	if !strings.HasPrefix(full.Head, "POST /hooks/sms?x=1 HTTP/1.1\r\nHost: ") || full.Headers[1] != [2]string{"user-agent", "Telerivet"} {
		t.Errorf("head %q, headers %v", full.Head, full.Headers)
	}
	if d := full.Deliveries[0]; d.Status != 200 || d.Body.Text != `{"ok":true}` || !strings.HasPrefix(d.Head, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("delivery %+v", d)
	}
	r.get("/api/requests/"+c.ID+"?reveal=1").is(200).has("czNjcjN0OmhlYWRlcg", "secret=s3cr3t-field", "s3cr3t-cookie")
	binary, _ := sms()
	r.addBody(200, binary, []byte("\xff\x00"))
	full.Body.Text = nil
	r.get("/api/requests/" + binary.ID).json(&full)
	if full.Body.Text != nil || full.Body.Base64 == nil || *full.Body.Base64 != base64.StdEncoding.EncodeToString([]byte("\xff\x00")) {
		t.Errorf("bytes that are no text: %+v", full.Body)
	}
}

func TestAPIVeryBytes(t *testing.T) {
	r := newRoom(t)
	c, body := sms()
	r.addBody(200, c, body)
	for part, want := range map[string]string{"head": string(c.Head), "body": string(body)} {
		a := r.get("/api/requests/" + c.ID + "/" + part).is(200)
		if a.body != want {
			t.Errorf("%s: %q, want %q", part, a.body, want)
		}
		if a.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: not an attachment of bytes: %v", part, a.Header)
		}
	}
}

func TestAPIExports(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	path := "/api/requests/" + c.ID + "/export?as="
	r.get(path+"curl").is(200).has("curl ", "/hooks/sms?x=1").lacks("czNjcjN0OmhlYWRlcg", "s3cr3t-field")
	r.get(path + "http").is(200).has("POST /hooks/sms?x=1 HTTP/1.1\r\n").lacks("s3cr3t-field")
	r.get(path + "json").is(200).has(`"headers":[["Host"`).lacks("s3cr3t-field")
	r.get(path + "http&reveal=1").is(200).has("s3cr3t-field")
	r.get(path + "pdf").is(400).has("curl, http, har or json")
	bad := r.add(-1, func(c *store.Capture) { c.State = store.Malformed; c.Head = []byte("\x16\x03\x01 nonsense") })
	r.get("/api/requests/" + bad.ID + "/export?as=curl").is(409)
	r.get("/api/requests/" + bad.ID + "/export?as=http").is(200).has("nonsense")
}

func TestAPIReplay(t *testing.T) {
	r := newRoom(t)
	c := r.add(500)
	path := "/api/requests/" + c.ID + "/replay"
	var d object
	r.call("POST", path, "").is(200).json(&d)
	if d["kind"] != "replay" || d["status"] != 200.0 || d["capture_id"] != c.ID {
		t.Errorf("delivery %v", d)
	}
	r.post(path, `{"to":"http://localhost:9999","method":"PUT","target":"/x","headers":[["A","b"]],"drop_headers":["C"],"body_base64":"/wA=","resign":true}`).is(200)
	e := r.app.edits[1]
	if e.To != "http://localhost:9999" || e.Method != "PUT" || e.Target != "/x" || e.Headers[0] != [2]string{"A", "b"} || string(e.Body) != "\xff\x00" || !e.HasBody || !e.Resign {
		t.Errorf("edit %+v", e)
	}
	r.post(path, `{"body":""}`).is(200)
	if e := r.app.edits[2]; !e.HasBody || len(e.Body) != 0 {
		t.Errorf("an empty body is an edit: %+v", e)
	}
	for _, bad := range []string{
		`{"to":"file:///etc/passwd"}`, `{"to":"//x"}`, `{"to":"http://u:p@x"}`, `{"method":"A B"}`, `{"method":"A\r\nB"}`, `{"target":"x"}`, `{"target":"/a b"}`,
		`{"target":"/\r\nX: y"}`, `{"headers":[["A\r\nB","c"]]}`, `{"headers":[["A","b\r\nC: d"]]}`, `{"drop_headers":["a:"]}`, `{"traget":"/x"}`,
		`{"body":"a","body_base64":"YQ=="}`, `{} {}`, `[`, `"x"`,
	} {
		r.post(path, bad).is(400).has(`"status":400`)
	}
	r.call("POST", path, `{}`, "Content-Type: text/plain").is(415)
	r.post(path, `{"body":"`+strings.Repeat("x", editBytes)+`"}`).is(413)
	r.post("/api/requests/01JDB7Q4M8T0Z5X2C9R1W6K3VN/replay", "{}").is(404)
	if n := r.app.count(); n != 3 {
		t.Errorf("%d replays reached the app, want 3", n)
	}
}

func TestIdempotencyKeyMakesOneDelivery(t *testing.T) {
	r := newRoom(t)
	c := r.add(500)
	r.app.gate = make(chan struct{})
	path := "/api/requests/" + c.ID + "/replay"
	ids := make([]string, 4)
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			var d object
			r.post(path, `{}`, "Idempotency-Key: k1").is(200).json(&d)
			ids[i], _ = d["id"].(string)
		})
	}
	close(r.app.gate)
	wait.Wait()
	if r.app.count() != 1 || ids[0] == "" || ids[0] != ids[1] || ids[0] != ids[3] {
		t.Errorf("%d deliveries, answers %v; want one", r.app.count(), ids)
	}
	r.post(path, `{"method":"PUT"}`, "Idempotency-Key: k1").is(422)
	r.post(path, `{}`, "Idempotency-Key: k2").is(200)
	if r.app.count() != 2 {
		t.Errorf("another key made %d deliveries, want 2", r.app.count())
	}
}

func TestAPIResend(t *testing.T) {
	r := newRoom(t)
	first := r.add(500).ID
	r.add(200)
	second := r.add(0, func(c *store.Capture) { c.Provider = "github" }).ID
	r.add(-1, func(c *store.Capture) { c.State = store.Malformed })
	third := r.add(404).ID
	var out struct{ Deliveries []object }
	r.post("/api/resend", `{}`).is(400)
	r.post("/api/resend", `{"failed":true,"provider":"github"}`).is(200).json(&out)
	if len(out.Deliveries) != 1 || out.Deliveries[0]["capture_id"] != second {
		t.Fatalf("of one provider: %v", out)
	}
	r.post("/api/resend", `{"failed":true,"since":"1h"}`).is(200).json(&out)
	if got := strings.Join(r.app.ids, " "); got != second+" "+first+" "+third {
		t.Errorf("resent %s, want the rest oldest first", got)
	}
	r.post("/api/resend", `{"failed":true}`).is(200).json(&out)
	if len(out.Deliveries) != 0 {
		t.Errorf("nothing is failed any more, but %v was resent", out)
	}
}

func TestAPIPinDeleteClear(t *testing.T) {
	r := newRoom(t)
	keep, drop := r.add(200), r.add(200)
	r.add(200)
	r.call("PUT", "/api/requests/"+keep.ID+"/pin", "").is(204)
	r.get("/api/requests/" + keep.ID).has(`"pinned":true`)
	r.call("DELETE", "/api/requests/"+drop.ID, "").is(204)
	r.call("DELETE", "/api/requests/"+drop.ID, "").is(404)
	r.call("DELETE", "/api/requests", "").is(200).has(`"deleted":1`)
	r.get("/api/requests").has(keep.ID).lacks(drop.ID)
	r.call("DELETE", "/api/requests/"+keep.ID+"/pin", "").is(204)
	r.call("DELETE", "/api/requests", "").is(200)
	r.get("/api/requests").has(`"requests":[]`)
}

func TestAPIStatus(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	r.add(500)
	r.get("/api/status").is(200).has(`"state":"online"`, `"public_url":"http://127.0.0.1:8080"`, `"requests":2`, `"failed":1`, `"p99":12`)
}

func TestAPIErrorsAreProblems(t *testing.T) {
	r := newRoom(t)
	for path, status := range map[string]int{"/api/nothing": 404, "/api/requests?limit=0": 400, "/api/requests?limit=x": 400, "/api/requests?verdict=x": 400, "/api/events?from=x": 400} {
		a := r.get(path).is(status).has(fmt.Sprintf(`"status":%d`, status), `"title":`, `"detail":`)
		if a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: content type %s", path, a.Header.Get("Content-Type"))
		}
	}
	a := r.call("PATCH", "/api/requests", "").is(405)
	if a.Header.Get("Allow") != "DELETE, GET, HEAD" {
		t.Errorf("Allow: %s", a.Header.Get("Allow"))
	}
}
