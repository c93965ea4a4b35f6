package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	fault31 "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/schema_validation"

	"devhook/store"
)

// document is openapi.json, read by others' code.
func document(t *testing.T) (libopenapi.Document, validator.Validator) {
	t.Helper()
	doc, err := libopenapi.NewDocument(openapi)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc, strictly()...)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return doc, v
}

// strictly has an answer hold nothing that the document lacks, but for what is a map there: the names of a message's
// headers, and ngrok's details.
func strictly() []config.Option {
	own := []string{"Allow", "Content-Disposition", "Retry-After", "X-Accel-Buffering", "WWW-Authenticate"}
	for name := range safety {
		own = append(own, name)
	}
	return []config.Option{
		config.WithStrictMode(), config.WithFormatAssertions(), config.WithStrictIgnoredHeadersExtra(own...),
		config.WithStrictIgnorePaths("$.body.**.headers.*", "$.body.details.*"),
	}
}

// found is what the validator found, in a few lines.
func found(faults []*fault31.ValidationError) string {
	var b strings.Builder
	for _, f := range faults {
		fmt.Fprintf(&b, "\n\t%s: %s", f.Message, f.Reason)
		for _, s := range f.SchemaValidationErrors {
			fmt.Fprintf(&b, "\n\t\t%s: %s", s.FieldPath, s.Reason)
		}
	}
	return b.String()
}

func TestOpenAPIDocument(t *testing.T) {
	doc, v := document(t)
	if ok, faults := v.ValidateDocument(); !ok {
		t.Errorf("openapi.json is no OpenAPI 3.1: %s", found(faults))
	}
	if doc.GetVersion() != "3.1.0" {
		t.Errorf("it calls itself %s", doc.GetVersion())
	}
	r := newRoom(t)
	if a := r.get("/api/openapi.json").is(200); a.body != string(openapi) || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("served is another document, as %s", a.Header.Get("Content-Type"))
	}
}

// documented are the operations of the document: "GET /api/requests".
func documented(t *testing.T) []string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(openapi, &doc); err != nil {
		t.Fatal(err)
	}
	var all []string
	for path, item := range doc.Paths {
		for method := range item {
			if method != "parameters" {
				all = append(all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestOpenAPIHasEveryRoute(t *testing.T) {
	r := newRoom(t)
	has := documented(t)
	var routes []string
	for _, rt := range r.routes() {
		if !strings.HasPrefix(rt.path, "/api/") {
			continue
		}
		one := rt.method + " " + rt.path
		routes = append(routes, one)
		if !slices.Contains(has, one) {
			t.Errorf("openapi.json lacks %s: add paths[%q][%q] with its parameters and the schema of its answer, and a call of it to openapiCalls in openapi_test.go",
				one, rt.path, strings.ToLower(rt.method))
		}
	}
	for _, one := range has {
		if !slices.Contains(routes, one) {
			t.Errorf("openapi.json has %s, which is no route: take it out there, or add it to routes()", one)
		}
	}
}

// openapiCall is one real request. {id} in a path is a capture with everything in it, {new} one that a call may do away
// with, {none} one that there isn't.
type openapiCall struct {
	op, path, body string
	status         int
	header         []string
}

// openapiCalls has every operation once at least, and errors of each kind. What changes much comes last.
var openapiCalls = []openapiCall{
	{op: "GET /api/requests", path: "/api/requests", status: 200},
	{op: "GET /api/requests", path: "/api/requests?limit=1&failed=true&verdict=valid&status=5xx&provider=telerivet&method=POST&path=/hooks&since=1h&q=Hello", status: 200},
	{op: "GET /api/requests", path: "/api/requests?since=yesterday", status: 400},
	{op: "GET /api/requests/{id}", path: "/api/requests/{id}", status: 200},
	{op: "GET /api/requests/{id}", path: "/api/requests/{id}?reveal=true", status: 200},
	{op: "GET /api/requests/{id}", path: "/api/requests/{new}", status: 200},
	{op: "GET /api/requests/{id}", path: "/api/requests/{none}", status: 404},
	{op: "GET /api/requests/{id}/body", path: "/api/requests/{id}/body", status: 200},
	{op: "GET /api/requests/{id}/body", path: "/api/requests/{none}/body", status: 404},
	{op: "GET /api/requests/{id}/head", path: "/api/requests/{id}/head", status: 200},
	{op: "GET /api/requests/{id}/export", path: "/api/requests/{id}/export?as=curl", status: 200},
	{op: "GET /api/requests/{id}/export", path: "/api/requests/{id}/export?as=http&reveal=true", status: 200},
	{op: "GET /api/requests/{id}/export", path: "/api/requests/{id}/export?as=json", status: 200},
	{op: "GET /api/requests/{id}/export", path: "/api/requests/{none}/export?as=curl", status: 404},
	{op: "POST /api/requests/{id}/replay", path: "/api/requests/{id}/replay", status: 200, header: []string{"Idempotency-Key: k"}},
	{
		op: "POST /api/requests/{id}/replay", path: "/api/requests/{id}/replay", status: 200,
		body: `{"to":"http://localhost:9","method":"PUT","target":"/x","headers":[["A","b"]],"drop_headers":["C"],"body":"x","resign":true}`,
	},
	{op: "POST /api/requests/{id}/replay", path: "/api/requests/{id}/replay", body: `{"body_base64":"/wA="}`, status: 200},
	{op: "POST /api/requests/{id}/replay", path: "/api/requests/{id}/replay", body: `{"target":"x"}`, status: 400},
	{op: "GET /api/requests/{id}/export", path: "/api/requests/{id}/export?as=har", status: 200},
	{op: "PUT /api/requests/{id}/note", path: "/api/requests/{id}/note", body: `{"note":"seen"}`, status: 204},
	{op: "PUT /api/requests/{id}/note", path: "/api/requests/{id}/note", body: `{}`, status: 400},
	{op: "PUT /api/requests/{id}/pin", path: "/api/requests/{id}/pin", status: 204},
	{op: "DELETE /api/requests/{id}/pin", path: "/api/requests/{id}/pin", status: 204},
	{op: "PUT /api/requests/{id}/pin", path: "/api/requests/{none}/pin", status: 404},
	{op: "POST /api/resend", path: "/api/resend", body: `{"failed":true,"since":"1h","include_unknown":true}`, status: 200},
	{op: "POST /api/resend", path: "/api/resend", body: `{"ids":["{id}"]}`, status: 200},
	{op: "GET /api/resends/{id}", path: "/api/resends/{none}", status: 404},
	{op: "DELETE /api/resends/{id}", path: "/api/resends/{none}", status: 404},
	{op: "GET /api/queue", path: "/api/queue?limit=1", status: 200},
	{op: "GET /api/queue", path: "/api/queue?limit=none", status: 400},
	{op: "POST /api/queue/pause", path: "/api/queue/pause", body: `{"route":"/hooks/pay"}`, status: 200},
	{op: "POST /api/queue/pause", path: "/api/queue/pause", body: `{}`, status: 400},
	{op: "POST /api/queue/deliver", path: "/api/queue/deliver", body: `{"app":"http://localhost:3000"}`, status: 200},
	{op: "POST /api/queue/resume", path: "/api/queue/resume", body: `{"all":true}`, status: 200},
	{op: "POST /api/queue/cancel", path: "/api/queue/cancel", body: `{"ids":["{none}"]}`, status: 404},
	{op: "POST /api/queue/cancel", path: "/api/queue/cancel", body: `{"all":true}`, status: 200},
	{op: "GET /api/status", path: "/api/status", status: 200},
	{op: "GET /api/openapi.json", path: "/api/openapi.json", status: 200},
	{op: "GET /api/events", path: "/api/events?from=x", status: 400},
	{op: "GET /api/tunnels", path: "/api/tunnels", status: 200},
	{op: "GET /api/tunnels/{name}", path: "/api/tunnels/command_line", status: 200},
	{op: "GET /api/tunnels/{name}", path: "/api/tunnels/other", status: 404},
	{op: "GET /api/endpoints", path: "/api/endpoints", status: 200},
	{op: "GET /api/endpoints/{name}", path: "/api/endpoints/command_line", status: 200},
	{op: "GET /api/requests/http", path: "/api/requests/http?limit=9&tunnel_name=command_line", status: 200},
	{op: "GET /api/requests/http/{id}", path: "/api/requests/http/{id}", status: 200},
	{op: "GET /api/requests/http/{id}", path: "/api/requests/http/{none}", status: 404},
	{op: "POST /api/requests/http", path: "/api/requests/http", body: `{"id":"{id}","tunnel_name":null}`, status: 204},
	{op: "POST /api/requests/http", path: "/api/requests/http", body: `{"id":"{none}"}`, status: 404},
	{op: "DELETE /api/requests/{id}", path: "/api/requests/{new}", status: 204},
	{op: "DELETE /api/requests/http", path: "/api/requests/http", status: 204},
	{op: "DELETE /api/requests", path: "/api/requests", status: 200},
}

// openapiRoom has a capture with every member that there can be, and others.
func openapiRoom(t *testing.T) (r *room, id string, fresh *store.Capture) {
	t.Helper()
	r = newRoom(t)
	r.sample()
	c := r.add(500, func(c *store.Capture) { c.Trailer, c.Hints = []byte("X-Sum: 1\r\n"), []string{"answer 200"} })
	if err := r.db.SetNote(t.Context(), c.ID, "look at this"); err != nil {
		t.Fatal(err)
	}
	d := delivery(c, 200)
	d.Kind, d.Edited, d.Resigned, d.Notes, d.Truncated = store.Replay, true, []string{"X-Signature"}, []string{"a note"}, true
	if err := r.db.AddDelivery(t.Context(), d, []byte("\xff\x00"), false); err != nil {
		t.Fatal(err)
	}
	waits := r.hold("http://localhost:3000", "/hooks/pay")
	if err := r.db.Postpone(t.Context(), waits.ID, r.now(), "nothing listens"); err != nil {
		t.Fatal(err)
	}
	bytes, _ := sms()
	return r, c.ID, r.addBody(0, bytes, []byte("\xff\x00"))
}

// TestOpenAPIAnswers sends every operation to the handlers and holds request and answer against the document.
func TestOpenAPIAnswers(t *testing.T) {
	_, v := document(t)
	r, id, fresh := openapiRoom(t)
	names := strings.NewReplacer("{id}", id, "{new}", fresh.ID, "{none}", "01JDB7Q4M8T0Z5X2C9R1W6K3VN")
	seen := map[string]bool{"GET /api/events": true} // its 200 is held by TestOpenAPIEvents
	for _, c := range openapiCalls {
		seen[c.op] = true
		method, _, _ := strings.Cut(c.op, " ")
		body := names.Replace(c.body)
		if body != "" {
			c.header = append(c.header, "Content-Type: application/json")
		}
		a := r.call(method, names.Replace(c.path), body, c.header...)
		if a.StatusCode != c.status {
			t.Errorf("%s: answered %d, want %d\n%s", a.what, a.StatusCode, c.status, a.body)
			continue
		}
		a.Request.Body = io.NopCloser(strings.NewReader(body))
		a.Body = io.NopCloser(strings.NewReader(a.body))
		check := v.ValidateHttpRequestResponse
		if c.status == 400 {
			check = v.ValidateHttpResponse // the request is meant to be wrong
		}
		if ok, faults := check(a.Request, a.Response); !ok {
			t.Errorf("%s: openapi.json and what is answered differ: %s\n%s", a.what, found(faults), a.body)
		}
	}
	for _, op := range documented(t) {
		if !seen[op] {
			t.Errorf("nothing here asks for %s: add a call of it to openapiCalls", op)
		}
	}
}

// TestOpenAPIEvents holds the data of each event against the schema that the document names for it.
func TestOpenAPIEvents(t *testing.T) {
	doc, _ := document(t)
	model, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	check := schema_validation.NewSchemaValidator(strictly()...)
	changes := make(chan Status, 1)
	r := newRoom(t, func(c *Config) { c.TunnelEvents = func(context.Context) <-chan Status { return changes } })
	events, _ := r.stream(t.Context(), "/api/events")
	changes <- Status{Phase: "connecting", Attempt: 2, Problem: "the relay does not answer", Next: r.now()}
	tunnel := next(t, events)
	r.add(204)
	for name, e := range map[string]event{"Tunnel": tunnel, "Capture": next(t, events), "Delivery": next(t, events)} {
		if len(e.data) == 0 {
			t.Errorf("%s: no data in %+v", name, e)
		}
		schema := model.Model.Components.Schemas.GetOrZero(name).Schema()
		if ok, faults := check.ValidateSchemaObject(schema, map[string]any(e.data)); !ok {
			t.Errorf("event %s is not a %s: %s", e.name, name, found(faults))
		}
	}
}

// TestOpenAPISeesDrift shows that the tests above can fail: a member too many, one too few and one of another kind.
func TestOpenAPISeesDrift(t *testing.T) {
	_, v := document(t)
	r, id, _ := openapiRoom(t)
	for what, change := range map[string]func(o object){
		"a new member":       func(o object) { o["colour"] = "green" },
		"a new one deep in":  func(o object) { o["deliveries"].([]any)[0].(object)["colour"] = "green" },
		"a member less":      func(o object) { delete(o, "head") },
		"one less deep in":   func(o object) { delete(o["last_delivery"].(object), "status") },
		"one of other kind":  func(o object) { o["body_size"] = "12" },
		"a value of no enum": func(o object) { o["verdict"] = "maybe" },
	} {
		var o object
		a := r.get("/api/requests/" + id).is(200).json(&o)
		change(o)
		body, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		a.Body = io.NopCloser(bytes.NewReader(body))
		if ok, _ := v.ValidateHttpResponse(a.Request, a.Response); ok {
			t.Errorf("%s was not noticed", what)
		}
	}
	a := r.get("/api/requests/none").is(http.StatusNotFound)
	a.Body = io.NopCloser(strings.NewReader("{}"))
	if ok, _ := v.ValidateHttpResponse(a.Request, a.Response); ok {
		t.Error("a problem document without anything was not noticed")
	}
}
