package hooks_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"devhook/inspector/hooks"
	"devhook/inspector/hooks/hookstest"
)

func TestSeven(t *testing.T) {
	r := newRig(t, "seven", fakeOf("seven"))
	made, err := r.Add(t.Context(), hooks.Wish{
		URL: "https://acme.example/hook?a=1&b=2", Events: []string{"sms_mo", "dlr"}, Method: "JSON", Filter: "49157123456789",
		Secret: "Authorization: Basic dXNlcjpwYXNz",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 2 || made[0].ID != "12345" || made[1].ID != "12346" {
		t.Fatalf("made %+v", made)
	}
	all := must[[]hooks.Hook](t)(r.List(t.Context()))
	want := hooks.Hook{
		ID: "12345", URL: "https://acme.example/hook?a=1&b=2", Events: []string{"sms_mo"}, Method: "JSON", State: "enabled",
		Extra: []hooks.Field{{Name: "filter", Value: "49157123456789"}, {Name: "headers", Value: "Authorization: …"}, {Name: "created", Value: "2026-11-21 22:10:03"}},
	}
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Fatal(diff)
	}
	if err := r.Remove(t.Context(), "12345"); err != nil {
		t.Fatal(err)
	}
	last := r.fake.Last()
	if last.Method != "DELETE" || last.Body != "id=12345" || last.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("removed by %+v", last)
	}
	same := hooks.Wish{URL: "https://acme.example/hook?a=1&b=2", Events: []string{"dlr"}, Method: "JSON"}
	if err := r.RemoveSame(t.Context(), same); err != nil {
		t.Fatal(err)
	}
	if all := must[[]hooks.Hook](t)(r.List(t.Context())); len(all) != 0 {
		t.Errorf("left %+v", all)
	}
	err = r.Remove(t.Context(), "12345")
	refused, ok := errors.AsType[*hooks.Error](err)
	if !ok || refused.Words != "the webhook does not exist" || refused.Tries != 1 {
		t.Errorf("a second removal: %v", err)
	}
	for _, err := range []error{second(r.Update(t.Context(), "1", hooks.Wish{URL: "https://x"})), second(r.Test(t.Context(), "1"))} {
		if !errors.Is(err, hooks.ErrUnsupported) {
			t.Errorf("%v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestZipwhip(t *testing.T) {
	r := newRig(t, "zipwhip", fakeOf("zipwhip"))
	made := must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: "https://acme.example/message/receive", Events: []string{"receive", "optout"}}))
	if notes := r.Notes(); len(notes) != 2 {
		t.Errorf("notes %q", notes)
	}
	if !slices.Equal(made[1].Events, []string{"optout"}) {
		t.Errorf("made %+v", made)
	}
	now := must[hooks.Hook](t)(r.Update(t.Context(), made[0].ID, hooks.Wish{Method: "PUT"}))
	want := hooks.Hook{
		ID: "687557714", URL: "https://acme.example/message/receive", Events: []string{"receive"}, Method: "PUT",
		Extra: []hooks.Field{{Name: "type", Value: "message"}},
	}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Error(diff)
	}
	for _, h := range made {
		if err := r.Remove(t.Context(), h.ID); err != nil {
			t.Error(err)
		}
	}
	if all := must[[]hooks.Hook](t)(r.List(t.Context())); len(all) != 0 {
		t.Errorf("left %+v", all)
	}
	logins := 0
	for _, c := range r.fake.Calls() {
		if c == "POST /user/login" {
			logins++
		}
	}
	if logins != 1 {
		t.Errorf("logged in %d times", logins)
	}
}

func TestRicloud(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		r := newRig(t, "ricloud", hookstest.Ricloud(credential, method))
		made := must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: receiver(t, 200)}))
		if len(made) != 1 || made[0].State != "valid" || made[0].Secret != "ricloud-made-1" {
			t.Fatalf("made %+v", made)
		}
		id := made[0].ID
		var status atomic.Int32
		status.Store(500)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
		defer server.Close()
		bad := must[hooks.Hook](t)(r.Update(t.Context(), id, hooks.Wish{URL: server.URL}))
		if bad.State != "invalid" {
			t.Errorf("with a receiver that is down: %s", bad.State)
		}
		r.Notes()
		if tested := must[hooks.Hook](t)(r.Test(t.Context(), id)); tested.State != "invalid" {
			t.Errorf("tested: %s", tested.State)
		}
		notes := r.Notes()
		told := strings.Join(notes, "; ")
		if strings.Contains(told, "by GET") != (method == "GET") || !strings.Contains(told, "its state was invalid before the test too") {
			t.Errorf("test by %s noted %q", method, notes)
		}
		status.Store(200)
		if tested := must[hooks.Hook](t)(r.Test(t.Context(), id)); tested.State != "valid" {
			t.Errorf("tested when the receiver was back: %s", tested.State)
		}
		status.Store(500)
		if tested := must[hooks.Hook](t)(r.Test(t.Context(), id)); tested.State != "invalid" {
			t.Errorf("tested when the receiver was down again: %s", tested.State)
		}
		r.Notes()
		if err := r.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if notes := r.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "deactivated") {
			t.Errorf("removal noted %q", notes)
		}
		if all := must[[]hooks.Hook](t)(r.List(t.Context())); len(all) != 0 {
			t.Errorf("left %+v", all)
		}
	}
}

// TestRicloudNeverTests holds that a state is not followed for ever.
func TestRicloudNeverTests(t *testing.T) {
	r := newRig(t, "ricloud", fakeOf("ricloud"))
	untested := `{"id":"wc0001","url":"https://acme.example","state":"new"}`
	for range 100 {
		r.fake.Fail(hookstest.Fault{Path: "GET /configs/webhook/wc0001", Status: 200, Body: untested})
	}
	made := must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: receiver(t, 200)}))
	if made[0].State != "new" || made[0].Secret != "ricloud-made-1" {
		t.Errorf("made %+v", made)
	}
	if notes := r.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "after 30s ricloud had not tested") {
		t.Errorf("noted %q", notes)
	}
}

func TestTelerivet(t *testing.T) {
	r := newRig(t, "telerivet", fakeOf("telerivet"))
	wish := hooks.Wish{URL: "https://acme.example:8443/hooks", Events: []string{"incoming_message", "send_status", "contact_update"}, Secret: "s1"}
	made := must[[]hooks.Hook](t)(r.Add(t.Context(), wish))
	if len(made) != 2 || made[0].ID != "PJ1/services/SV0001" || made[1].ID != "PJ1/webhooks/WH0002" {
		t.Fatalf("made %+v", made)
	}
	for range 4 { // more than one page
		must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: "https://acme.example/more", Events: []string{"send_status"}}))
	}
	all := must[[]hooks.Hook](t)(r.List(t.Context()))
	if len(all) != 6 || all[0].URL != wish.URL || all[0].Secret != "s1" || all[0].State != "active" {
		t.Fatalf("listed %+v", all)
	}
	if now := must[hooks.Hook](t)(r.Update(t.Context(), made[0].ID, hooks.Wish{URL: "https://acme.example/b"})); now.URL != "https://acme.example/b" || now.Secret != "s1" {
		t.Errorf("the service became %+v", now)
	}
	now := must[hooks.Hook](t)(r.Update(t.Context(), made[1].ID, hooks.Wish{Events: []string{"send_broadcast"}}))
	if now.URL != wish.URL || !slices.Equal(now.Events, []string{"send_broadcast"}) {
		t.Errorf("the webhook became %+v", now)
	}
	for _, h := range all {
		if err := r.Remove(t.Context(), h.ID); err != nil {
			t.Error(err)
		}
	}
	if all := must[[]hooks.Hook](t)(r.List(t.Context())); len(all) != 0 {
		t.Errorf("left %+v", all)
	}
}

// TestTelerivetNumbers: without it short codes and names would be left out in silence.
func TestTelerivetNumbers(t *testing.T) {
	r := newRig(t, "telerivet", fakeOf("telerivet"))
	must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: "https://acme.example", Events: []string{"incoming_message"}}))
	var sent map[string]any
	if err := json.Unmarshal([]byte(r.fake.Last().Body), &sent); err != nil {
		t.Fatal(err)
	}
	if sent["contact_number_filter"] != "all" || sent["service_type"] != "incoming_message_webhook" {
		t.Errorf("sent %v", sent)
	}
}

func TestTelerivetProjects(t *testing.T) {
	r := newRig(t, "telerivet", hookstest.Telerivet(key, 1, "PJ1", "PJ2", "PJ3"))
	wish := hooks.Wish{URL: "https://acme.example", Events: []string{"send_status"}}
	if _, err := r.Add(t.Context(), wish); !errors.Is(err, hooks.ErrWish) || !strings.Contains(err.Error(), "PJ1 (Project PJ1), PJ2") {
		t.Errorf("without a project: %v", err)
	}
	wish.Within = "PJ3"
	made := must[[]hooks.Hook](t)(r.Add(t.Context(), wish))
	if made[0].ID != "PJ3/webhooks/WH0001" {
		t.Errorf("made %+v", made)
	}
	wish.Within = "PJ9"
	if _, err := r.Add(t.Context(), wish); !errors.Is(err, hooks.ErrWish) || !strings.Contains(err.Error(), `no project "PJ9"; it has PJ1 (Project PJ1), PJ2`) {
		t.Errorf("in a project that is none: %v", err)
	}
}

// TestWishes holds that what a sender would not take is not sent.
func TestWishes(t *testing.T) {
	for _, c := range []struct {
		sender, want string
		wish         hooks.Wish
	}{
		{"seven", "wants an event", hooks.Wish{URL: "https://x.example"}},
		{"seven", `no event "sms"`, hooks.Wish{URL: "https://x.example", Events: []string{"sms"}}},
		{"seven", "named twice", hooks.Wish{URL: "https://x.example", Events: []string{"dlr", "dlr"}}},
		{"seven", "header line", hooks.Wish{URL: "https://x.example", Events: []string{"dlr"}, Secret: "s"}},
		{"seven", "wants a URL", hooks.Wish{Events: []string{"dlr"}}},
		{"zipwhip", "no secrets", hooks.Wish{URL: "https://x.example", Events: []string{"send"}, Secret: "s"}},
		{"ricloud", "no choice of events", hooks.Wish{URL: "https://x.example", Events: []string{"task.created"}}},
		{"ricloud", "makes the secret itself", hooks.Wish{URL: "https://x.example", Secret: "s"}},
		{"telerivet", "takes no method", hooks.Wish{URL: "https://x.example", Events: []string{"send_status"}, Method: "GET"}},
		{"ricloud", "takes no method", hooks.Wish{URL: "https://x.example", Method: "POST"}},
		{"zipwhip", "takes no filter", hooks.Wish{URL: "https://x.example", Events: []string{"send"}, Filter: "4915"}},
		{"seven", "takes no project", hooks.Wish{URL: "https://x.example", Events: []string{"dlr"}, Within: "PJ1"}},
	} {
		r := newRig(t, c.sender, fakeOf(c.sender))
		if _, err := r.Add(t.Context(), c.wish); !errors.Is(err, hooks.ErrWish) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.sender, err, c.want)
		}
		if calls := r.fake.Calls(); len(calls) > 0 {
			t.Errorf("%s: called %q", c.sender, calls)
		}
	}
}

// TestPorts: an address that a sender never calls is told.
func TestPorts(t *testing.T) {
	r := newRig(t, "telerivet", fakeOf("telerivet"))
	must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: "http://acme.example:3000", Events: []string{"incoming_message"}}))
	if notes := r.Notes(); len(notes) != 1 || notes[0] != "Telerivet calls only the ports 80 443 8000 8080 8443" {
		t.Errorf("noted %q", notes)
	}
}

// TestOptions holds that a wrong option is told without what it was.
func TestOptions(t *testing.T) {
	for _, base := range []string{"ftp://x.example", "x.example", "https://user:" + url.QueryEscape(credential) + "@x.example", "https://"} {
		if err := newClient("seven", credential, base); !errors.Is(err, hooks.ErrWish) || strings.Contains(err.Error(), "k3y") {
			t.Errorf("%s: %v", base, err)
		}
	}
	if err := newClient("zipwhip", "no-colon-in-it", ""); !errors.Is(err, hooks.ErrWish) || strings.Contains(err.Error(), "no-colon") {
		t.Error(err)
	}
	if err := newClient("telerivet", "key:and more", ""); !errors.Is(err, hooks.ErrWish) || strings.Contains(err.Error(), "and more") {
		t.Error(err)
	}
	for sender, secret := range map[string]string{"seven": "two\nlines", "telerivet": "key\r", "zipwhip": "1:p\x00"} {
		if err := newClient(sender, secret, ""); !errors.Is(err, hooks.ErrWish) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", sender, err)
		}
	}
	if err := newClient("stripe", credential, ""); !errors.Is(err, hooks.ErrUnsupported) {
		t.Error(err)
	}
}

// TestRicloudKey: a key's events go to one webhook, or by the organisation's choice; never to one that is deactivated.
func TestRicloudKey(t *testing.T) {
	r := newRig(t, "ricloud", fakeOf("ricloud"))
	made := must[[]hooks.Hook](t)(r.Add(t.Context(), hooks.Wish{URL: receiver(t, 200)}))[0]
	in := func(want string) {
		t.Helper()
		if id := must[string](t)(r.InUse(t.Context())); id != want {
			t.Errorf("%q is in use, want %q", id, want)
		}
	}
	in("")
	for _, id := range []string{made.ID, "", made.ID} {
		if err := r.Use(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		in(id)
		if body := r.fake.Last(); body.Path != "/key" {
			t.Errorf("the last call was %+v", body)
		}
	}
	if err := r.Remove(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{made.ID: "it is deactivated", "wc0099": "Not found."} {
		if err := r.Use(t.Context(), id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", id, err, want)
		}
	}
	r.fake.Fail(hookstest.Fault{Path: "GET /key", Status: 200, Body: `{"webhook_config":null}`})
	if _, err := r.InUse(t.Context()); err == nil {
		t.Error("an answer without a key was taken for one")
	}
	if err := newRig(t, "seven", fakeOf("seven")).Use(t.Context(), "1"); !errors.Is(err, hooks.ErrUnsupported) {
		t.Errorf("seven.io: %v", err)
	}
}
