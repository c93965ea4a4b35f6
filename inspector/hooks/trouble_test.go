package hooks_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"devhook/inspector/hooks"
	"devhook/inspector/hooks/hookstest"
)

var senders = []string{"ricloud", "seven", "telerivet", "zipwhip"}

// wishOf is a webhook that each sender takes, of one call.
func wishOf(sender, to string) hooks.Wish {
	return hooks.Wish{URL: to, Events: map[string][]string{
		"seven": {"dlr"}, "zipwhip": {"send"}, "telerivet": {"send_status"},
	}[sender]}
}

// creation is the call that makes it.
var creation = map[string]string{
	"seven": "POST /hooks", "zipwhip": "POST /webhook/add", "telerivet": "POST /v1/projects/PJ1/webhooks", "ricloud": "POST /configs/webhook",
}

func TestRateLimit(t *testing.T) {
	r := newRig(t, "seven", fakeOf("seven"))
	r.fake.Fail(
		hookstest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}},
		hookstest.Fault{Status: 429, Header: http.Header{"Retry-After": {r.now.Add(27 * time.Second).Format(http.TimeFormat)}}},
		hookstest.Fault{Status: 503},
		hookstest.Fault{Cut: true},
	)
	must[[]hooks.Hook](t)(r.List(t.Context()))
	if len(r.slept) != 4 || r.slept[0] < 7*time.Second || r.slept[1] < 20*time.Second-8*time.Second || r.slept[3] > 8*time.Second {
		t.Errorf("slept %v", r.slept)
	}
	if n := len(r.fake.Calls()); n != 5 {
		t.Errorf("called %d times", n)
	}
}

func TestGivesUp(t *testing.T) {
	r := newRig(t, "seven", fakeOf("seven"))
	for range 9 {
		r.fake.Fail(hookstest.Fault{Status: 503, Body: `{"success":false,"error_message":"down for repairs"}`})
	}
	_, err := r.List(t.Context())
	told, ok := errors.AsType[*hooks.Error](err)
	if !ok || told.Tries != 5 || told.Words != "down for repairs" || told.Status != 503 {
		t.Errorf("%v", err)
	}
	if n := len(r.fake.Calls()); n != 5 {
		t.Errorf("called %d times", n)
	}
}

// TestLongWait: who asks for an hour is not waited for, and is quoted.
func TestLongWait(t *testing.T) {
	r := newRig(t, "telerivet", fakeOf("telerivet"))
	r.fake.Fail(hookstest.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}, Body: `{"error":{"code":"rate_limit","message":"Slow down."}}`})
	_, err := r.List(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Slow down.; it asks to try again after 3600") || len(r.slept) > 0 {
		t.Errorf("%v after %v", err, r.slept)
	}
}

// TestRefusedOnce: what a sender refuses is not asked again.
func TestRefusedOnce(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 422} {
		r := newRig(t, "ricloud", fakeOf("ricloud"))
		r.fake.Fail(hookstest.Fault{Status: status, Body: `{"detail":"Because."}`})
		_, err := r.List(t.Context())
		told, ok := errors.AsType[*hooks.Error](err)
		if !ok || told.Status != status || told.Words != "Because." || len(r.fake.Calls()) != 1 {
			t.Errorf("%d: %v after %q", status, err, r.fake.Calls())
		}
	}
}

func TestWrongCredential(t *testing.T) {
	for sender, fake := range map[string]*hookstest.Fake{
		"seven": hookstest.Seven("other"), "zipwhip": hookstest.Zipwhip("1", "2"), "ricloud": hookstest.Ricloud("other", "GET"),
		"telerivet": hookstest.Telerivet("other", 10),
	} {
		r := newRig(t, sender, fake)
		_, err := r.List(t.Context())
		told, ok := errors.AsType[*hooks.Error](err)
		if !ok || told.Words == "" || len(r.fake.Calls()) != 1 {
			t.Errorf("%s: %v", sender, err)
		}
		t.Logf("%v", err)
	}
}

// TestMadeOnce: whatever becomes of the answer to a creation, there is one webhook afterwards.
func TestMadeOnce(t *testing.T) {
	for _, sender := range senders {
		for name, fault := range map[string]hookstest.Fault{
			"the answer is lost":          {Lose: true},
			"the call is cut off":         {Cut: true},
			"a web page comes instead":    {Lose: true, Status: 200, Body: "<html>Welcome"},
			"other JSON comes instead":    {Lose: true, Status: 200, Body: `{"success":true,"response":[{}],"id":"","url":"https://x.example"}`},
			"the JSON ends too early":     {Lose: true, Status: 200, Body: `{"success":true,"id":"1`},
			"an error, and nothing done":  {Status: 500},
			"a gateway, and nothing done": {Status: 502, Body: "<html>bad gateway"},
			"asked to wait":               {Status: 429, Header: http.Header{"Retry-After": {"1"}}},
		} {
			r := newRig(t, sender, fakeOf(sender))
			to := receiver(t, 200)
			must[[]hooks.Hook](t)(r.Add(t.Context(), wishOf(sender, to))) // one like it is there already
			fault.Path = creation[sender]
			r.fake.Fail(fault)
			made, err := r.Add(t.Context(), wishOf(sender, to))
			if err != nil || len(made) != 1 {
				t.Errorf("%s, %s: %v, %v", sender, name, made, err)
				continue
			}
			all := must[[]hooks.Hook](t)(r.List(t.Context()))
			if len(all) != 2 || all[1].ID != made[0].ID {
				t.Errorf("%s, %s: made %s, there are %+v", sender, name, made[0].ID, all)
			}
		}
	}
}

// TestHalf: what was made before a failure is named, and is there.
func TestHalf(t *testing.T) {
	for sender, events := range map[string][]string{
		"seven": {"dlr", "tracking"}, "zipwhip": {"send", "receive"}, "telerivet": {"incoming_message", "send_status"},
	} {
		r := newRig(t, sender, fakeOf(sender))
		fault := hookstest.Fault{Path: creation[sender], Status: 400, Body: `{"error":{"message":"full"},"error_message":"full","desc":"full"}`, Skip: 1}
		if sender == "telerivet" {
			fault.Skip = 0 // the first of the two goes elsewhere
		}
		r.fake.Fail(fault)
		made, err := r.Add(t.Context(), hooks.Wish{URL: "https://acme.example", Events: events})
		half, ok := errors.AsType[*hooks.Partial](err)
		if !ok || len(half.Made) != 1 || len(made) != 1 || !strings.Contains(err.Error(), `"full"`) || !strings.Contains(err.Error(), made[0].ID) {
			t.Errorf("%s: %v", sender, err)
			continue
		}
		if all := must[[]hooks.Hook](t)(r.List(t.Context())); len(all) != 1 || all[0].ID != half.Made[0].ID {
			t.Errorf("%s: there are %+v", sender, all)
		}
	}
}

// TestRemovedOnce: a removal whose answer is lost is one nevertheless.
func TestRemovedOnce(t *testing.T) {
	r := newRig(t, "telerivet", fakeOf("telerivet"))
	made := must[[]hooks.Hook](t)(r.Add(t.Context(), wishOf("telerivet", "https://acme.example")))
	r.fake.Fail(hookstest.Fault{Path: "DELETE /v1/projects/PJ1/webhooks/WH0001", Lose: true})
	if err := r.Remove(t.Context(), made[0].ID); err != nil {
		t.Error(err)
	}
	if err := r.Remove(t.Context(), made[0].ID); err == nil {
		t.Error("one that isn't there was removed")
	}
}

// TestSilence: no credential, no session and no password stands in an error, whatever the sender echoes.
func TestSilence(t *testing.T) {
	for _, sender := range senders {
		secret := credentialOf(sender)
		echo := `{"detail":"no access for ` + secret + ` (` + url.QueryEscape(secret) + `)","error":{"message":"` + secret + ` Basic ` + base64.StdEncoding.EncodeToString([]byte(secret+":")) +
			`"},"error_message":"` + secret + ` ` + strings.ReplaceAll(secret, "/", `\\/`) + `","desc":"` + secret + ` may+see 3d0f1dde-aaff-4ce8-b61a-af212a860abc:299538202"}`
		for _, status := range []int{200, 403, 500} {
			r := newRig(t, sender, fakeOf(sender))
			for range 5 {
				path := map[string]string{"seven": "GET /hooks", "zipwhip": "GET /webhook/list", "telerivet": "GET /v1/projects", "ricloud": "GET /configs/webhook"}
				r.fake.Fail(hookstest.Fault{Path: path[sender], Status: status, Body: echo})
			}
			_, err := r.List(t.Context())
			if err == nil {
				if sender != "ricloud" || status != 200 { // which judges by the status
					t.Errorf("%s, %d: no error", sender, status)
				}
				continue
			}
			quiet(t, err)
		}
	}
}

func quiet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"k3y-That", "may+see", "may%2Bsee", base64.StdEncoding.EncodeToString([]byte(key))[:12], "3d0f1dde"} {
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q in %v", secret, err)
		}
	}
}

// TestUnreachable: the address of a call may hold a session, so errors of the network name the host alone.
func TestUnreachable(t *testing.T) {
	r := newRig(t, "zipwhip", fakeOf("zipwhip"))
	for range 9 {
		r.fake.Fail(hookstest.Fault{Path: "GET /webhook/list", Cut: true})
	}
	_, err := r.List(t.Context())
	quiet(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = r.client(t, "seven", dead).List(t.Context())
	quiet(t, err)
	if told, ok := errors.AsType[*hooks.Error](err); !ok || told.Tries != 5 || told.Unsure || told.Cause == nil {
		t.Errorf("%v", err)
	}
}

// TestNoTLS: what has no TLS, or a certificate that nobody knows, has none at the next try either.
func TestNoTLS(t *testing.T) {
	plain := httptest.NewServer(fakeOf("seven"))
	t.Cleanup(plain.Close)
	unknown := httptest.NewUnstartedServer(fakeOf("seven"))
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of each handshake that fails
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	for _, base := range []string{"https" + strings.TrimPrefix(plain.URL, "http"), unknown.URL} {
		r := newRig(t, "seven", fakeOf("seven"))
		_, err := r.client(t, "seven", base).List(t.Context())
		if told, ok := errors.AsType[*hooks.Error](err); !ok || told.Tries != 1 || told.Cause == nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

// TestRedirect: neither form nor header goes to another host.
func TestRedirect(t *testing.T) {
	elsewhere := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere <- r.URL.String() }))
	t.Cleanup(other.Close)
	for _, sender := range senders {
		r := newRig(t, sender, fakeOf(sender))
		r.fake.Fail(hookstest.Fault{Status: 307, Header: http.Header{"Location": {other.URL + "/?key=" + credential}}})
		_, err := r.List(t.Context())
		quiet(t, err)
		if err == nil || !strings.Contains(err.Error(), "redirected, which is not followed: to "+other.URL) {
			t.Errorf("%s: %v", sender, err)
		}
	}
	if len(elsewhere) > 0 {
		t.Errorf("another host was called: %s", <-elsewhere)
	}
}

func TestLongAnswer(t *testing.T) {
	r := newRig(t, "seven", fakeOf("seven"))
	r.fake.Fail(hookstest.Fault{Status: 200, Body: `{"success":true,"hooks":[]}` + strings.Repeat(" ", 1<<20)})
	_, err := r.List(t.Context())
	if err == nil || !strings.Contains(err.Error(), "longer than 1 MiB") || len(r.fake.Calls()) != 1 {
		t.Errorf("%v", err)
	}
	r.fake.Fail(hookstest.Fault{Status: 200, Body: strings.Repeat("x", 4000)})
	if _, err = r.List(t.Context()); err == nil || len(err.Error()) > 1000 {
		t.Errorf("%v", err)
	}
}

// TestForeign: what comes from something else than the API is told as such, in a few words and not in its own.
func TestForeign(t *testing.T) {
	for _, sender := range senders {
		r := newRig(t, sender, fakeOf(sender))
		for body, want := range map[string]string{
			"<!DOCTYPE html>\n<script>alert(1)</script>": "a web page came in place of an answer",
			"Welcome!": "Welcome!",
			`{"success":true,"response":7,"hooks":7,"data":7}`: "what came is not the JSON that its document shows",
		} {
			r.fake.Fail(hookstest.Fault{Status: 200, Body: body})
			_, err := r.List(t.Context())
			told, ok := errors.AsType[*hooks.Error](err)
			if sender == "ricloud" { // which judges by the status alone
				want = "what came is not the JSON that its document shows"
			}
			if !ok || !told.Foreign || told.Unsure && told.Do != "log in" || told.Words != want {
				t.Errorf("%s, %q: %v", sender, body, err)
			}
		}
	}
}

// TestEndless: what always fails slowly is not tried for minutes.
func TestEndless(t *testing.T) {
	r := newRig(t, "seven", fakeOf("seven"))
	for range 9 {
		r.fake.Fail(hookstest.Fault{Status: 429, Header: http.Header{"Retry-After": {"40"}}})
	}
	if _, err := r.List(t.Context()); err == nil || len(r.slept) != 2 {
		t.Errorf("%v after %v", err, r.slept)
	}
}

// TestInterrupted: an end that is asked for ends a wait.
func TestInterrupted(t *testing.T) {
	r := newRig(t, "seven", fakeOf("seven"))
	r.fake.Fail(hookstest.Fault{Status: 503}, hookstest.Fault{Status: 503})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.List(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
