package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"devhook/store"
)

func TestNgrokTunnels(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	var list struct {
		Tunnels []object
		URI     string
	}
	r.get("/api/tunnels").is(200).json(&list)
	if len(list.Tunnels) != 1 || list.URI != "/api/tunnels" {
		t.Fatalf("%+v", list)
	}
	one := list.Tunnels[0]
	for name, want := range (object{
		"name": "command_line", "uri": "/api/tunnels/command_line", "public_url": "http://127.0.0.1:8080", "proto": "http",
	}) {
		if one[name] != want {
			t.Errorf("%s is %v, want %v", name, one[name], want)
		}
	}
	if c := one["config"].(object); c["addr"] != "http://localhost:3000" || c["inspect"] != true {
		t.Errorf("config %v", c)
	}
	m := one["metrics"].(object)["http"].(object)
	if m["count"] != 1.0 || m["p50"] != 12e6 || m["p99"] != 12e6 || m["rate1"] != 1.0/60 {
		t.Errorf("metrics %v", m)
	}
	var again object
	r.get("/api/tunnels/command_line").is(200).json(&again)
	if fmt.Sprint(again) != fmt.Sprint(one) {
		t.Errorf("by name %v, in the list %v", again, one)
	}
	var endpoints struct{ Endpoints []object }
	r.get("/api/endpoints").is(200).json(&endpoints)
	e := endpoints.Endpoints[0]
	if e["url"] != "http://127.0.0.1:8080" || e["upstream"].(object)["url"] != "http://localhost:3000" {
		t.Errorf("endpoint %v", e)
	}
	r.get("/api/endpoints/command_line").is(200).has(`"url":"http://127.0.0.1:8080"`)
}

func TestNgrokWithoutATunnel(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Status = nil })
	r.get("/api/tunnels").is(200).has(`"tunnels":[]`)
	r.get("/api/endpoints").is(200).has(`"endpoints":[]`)
	r.get("/api/tunnels/command_line").is(404)
	r.get("/api/status").is(200).has(`"legs":[]`)
}

func TestNgrokStatusIsOursToo(t *testing.T) {
	r := newRoom(t)
	var o object
	r.get("/api/status").is(200).json(&o)
	for name, want := range (object{
		"state": "online", "version": "1.0.0", "requests": 0.0, // ours
		"status": "online", "agent_version": "1.0.0", "uri": "/api/status", // ngrok's
	}) {
		if o[name] != want {
			t.Errorf("%s is %v, want %v", name, o[name], want)
		}
	}
	if legs := o["session"].(object)["legs"].([]any); len(legs) != 1 || legs[0].(object)["region"] != "embedded relay" || legs[0].(object)["latency"] != "0s" {
		t.Errorf("legs %v", legs)
	}
}

// ngrokShape is a captured request as a client reads it.
type ngrokShape struct {
	URI        string
	ID         string
	TunnelName string `json:"tunnel_name"`
	RemoteAddr string `json:"remote_addr"`
	Start      time.Time
	Duration   int64
	Request    struct {
		Method, Proto, URI string
		Headers            map[string][]string
		Raw                []byte
	}
	Response *struct {
		Status     string
		StatusCode int `json:"status_code"`
		Proto      string
		Headers    map[string][]string
		Raw        []byte
	}
}

func TestNgrokCapturedRequest(t *testing.T) {
	r := newRoom(t)
	at := time.Date(2026, 11, 21, 22, 10, 3, 123456000, time.UTC)
	c := r.add(404, func(c *store.Capture) { c.ReceivedAt = at })
	var o ngrokShape
	a := r.get("/api/requests/http/" + c.ID).is(200).json(&o)
	if o.URI != "/api/requests/http/"+c.ID || o.ID != c.ID || o.TunnelName != "command_line" || o.RemoteAddr != "203.0.113.9" || !o.Start.Equal(at) {
		t.Errorf("%s", a.body)
	}
	if o.Duration != 12e6 {
		t.Errorf("duration %d, want nanoseconds", o.Duration)
	}
	q, p := o.Request, o.Response
	if q.Method != "POST" || q.Proto != "HTTP/1.1" || q.URI != "/hooks/sms?x=1" || q.Headers["User-Agent"][0] != "Telerivet" {
		t.Errorf("request %+v", q)
	}
	if p == nil || p.Status != "404 Not Found" || p.StatusCode != 404 || p.Proto != "HTTP/1.1" || p.Headers["Content-Type"][0] != "application/json" {
		t.Fatalf("response %+v", p)
	}
	if raw := string(q.Raw); !strings.HasPrefix(raw, "POST /hooks/sms?x=1 HTTP/1.1\r\nHost: ") || !strings.Contains(raw, "\r\n\r\nevent=incoming_message&") {
		t.Errorf("raw request %q", raw)
	}
	if raw := string(p.Raw); !strings.HasPrefix(raw, "HTTP/1.1 404 Not Found\r\n") || !strings.HasSuffix(raw, "\r\n\r\n{\"ok\":true}") {
		t.Errorf("raw response %q", raw)
	}
	r.get("/api/requests/http/" + c.ID[len(c.ID)-6:]).is(200)
	waiting := r.add(-1)
	r.get("/api/requests/http/"+waiting.ID).is(200).has(`"response":null`, `"duration":0`)
	down := r.add(0)
	r.get("/api/requests/http/" + down.ID).is(200).has(`"response":null`)
}

// TestNgrokMasks: the credentials of the sample are in its header, in its form and in the answer.
func TestNgrokMasks(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	planted := []string{"czNjcjN0OmhlYWRlcg", "s3cr3t-field", "s3cr3t-cookie"}
	for _, path := range []string{"/api/requests/http/" + c.ID, "/api/requests/http"} {
		o := struct {
			ngrokShape
			Requests []ngrokShape
		}{}
		a := r.get(path).is(200).json(&o).lacks(planted...)
		if len(o.Requests) > 0 {
			o.ngrokShape = o.Requests[0]
		}
		raw := string(o.Request.Raw) + string(o.Response.Raw)
		for _, secret := range planted {
			if strings.Contains(raw, secret) {
				t.Errorf("%s: %q is in raw %q", a.what, secret, raw)
			}
		}
		r.get(path+"?reveal=1").json(&o).has(planted[0], planted[2])
		if len(o.Requests) > 0 {
			o.ngrokShape = o.Requests[0]
		}
		if !strings.Contains(string(o.Request.Raw), planted[1]) {
			t.Errorf("%s: revealed raw %q", path, o.Request.Raw)
		}
	}
}

func TestNgrokList(t *testing.T) {
	r := newRoom(t)
	for i := range 3 {
		r.add(200, func(c *store.Capture) { c.Target = fmt.Sprintf("/n/%d", i) })
	}
	for query, want := range map[string]string{
		"": "/n/2 /n/1 /n/0", "?limit=2": "/n/2 /n/1", "?tunnel_name=command_line": "/n/2 /n/1 /n/0", "?tunnel_name=other": "",
	} {
		var o struct {
			URI      string
			Requests []ngrokShape
		}
		r.get("/api/requests/http" + query).is(200).json(&o).lacks("null")
		var got []string
		for _, one := range o.Requests {
			got = append(got, one.Request.URI)
		}
		if strings.Join(got, " ") != want || o.URI != "/api/requests/http" {
			t.Errorf("%q lists %v at %s, want %s", query, got, o.URI, want)
		}
	}
	r.get("/api/requests/http?limit=x").is(400).has(`"msg":"limit must be a number from 1 to 1000"`)
	c, _ := sms()
	long := r.addBody(200, c, []byte(strings.Repeat("x", ngrokListed+1)))
	var o struct{ Requests []ngrokShape }
	r.get("/api/requests/http?limit=1&reveal=1").json(&o)
	if got := len(o.Requests[0].Request.Raw); got != len(long.Head)+ngrokListed {
		t.Errorf("a long body is %d bytes in a list", got-len(long.Head))
	}
	var one ngrokShape
	r.get("/api/requests/http/" + long.ID + "?reveal=1").json(&one)
	if got := len(one.Request.Raw); got != len(long.Head)+ngrokListed+1 {
		t.Errorf("a long body is %d bytes by itself", got-len(long.Head))
	}
}

func TestNgrokReplayAndClear(t *testing.T) {
	r := newRoom(t)
	c := r.add(500)
	path := "/api/requests/http"
	for _, doc := range []string{`{"id":"` + c.ID + `"}`, `{"id":"` + c.ID + `","tunnel_name":null}`, `{"id":"` + c.ID + `","tunnel_name":"command_line","tunnelName":"x"}`} {
		if a := r.post(path, doc).is(204); a.body != "" {
			t.Errorf("204 with %q", a.body)
		}
	}
	if n := r.app.count(); n != 3 {
		t.Errorf("%d replays, want 3", n)
	}
	r.post(path, `{"id":"`+c.ID+`","tunnel_name":"other"}`).is(404).has(`"msg":"no tunnel has this name`)
	r.post(path, `{"id":"01JDB7Q4M8T0Z5X2C9R1W6K3VN"}`).is(404)
	r.post(path, `{}`).is(400).has(`"status_code":400`)
	r.post(path, `[`).is(400)
	r.call("POST", path, `{"id":"`+c.ID+`"}`, "Content-Type: text/plain").is(415)
	r.call("POST", path, `{"id":"`+c.ID+`"}`, "Content-Type: application/json", "Origin: http://evil.example").is(403)
	if n := r.app.count(); n != 3 {
		t.Errorf("%d replays, want 3", n)
	}
	if err := r.db.SetPinned(t.Context(), r.add(200).ID, true); err != nil {
		t.Fatal(err)
	}
	r.call("DELETE", path, "{}", "Content-Type: application/json").is(204)
	var o struct{ Requests []ngrokShape }
	if r.get(path).json(&o); len(o.Requests) != 1 {
		t.Errorf("%d are left, want the pinned one", len(o.Requests))
	}
}

// TestNgrokErrors: what these addresses don't take is told in the shape of their API.
func TestNgrokErrors(t *testing.T) {
	r := newRoom(t)
	for _, tt := range []struct{ method, path, allow string }{
		{"POST", "/api/tunnels", "GET, HEAD"},
		{"DELETE", "/api/tunnels/command_line", "GET, HEAD"},
		{"PUT", "/api/requests/http", "DELETE, GET, HEAD, POST"},
		{"POST", "/api/requests/http/x", "GET, HEAD"},
	} {
		a := r.call(tt.method, tt.path, "{}", "Content-Type: application/json").is(http.StatusMethodNotAllowed).has(`"status_code":405`, `"msg":"this address takes `+tt.allow)
		if got := a.Header.Get("Allow"); got != tt.allow || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s allows %q as %s, want %q", tt.method, tt.path, got, a.Header.Get("Content-Type"), tt.allow)
		}
	}
	r.get("/api/tunnels/other").is(404).has(`"msg"`, `"path":"/api/tunnels/other"`)
	r.get("/api/requests/http/nothing").is(404).has(`"msg":"no such request`)
	r.get("/api/requests/none/body").is(404).has(`"title":"Not Found"`)
	if isNgrok("/api/tunnelsx") || isNgrok("/api/requests/httpx") || !isNgrok("/api/tunnels/") {
		t.Error("addresses that only begin alike are not ngrok's")
	}
}
