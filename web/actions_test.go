package web

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"devhook/store"
)

var nonceField = regexp.MustCompile(`name="nonce" value="([^"]+)"`)

func nonceIn(t *testing.T, page string) string {
	t.Helper()
	m := nonceField.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no nonce in\n%s", page)
	}
	return m[1]
}

func TestReplayByFormOnceForADoubleClick(t *testing.T) {
	r := newRoom(t)
	c := r.add(500)
	nonce := nonceIn(t, r.get("/requests/"+c.ID).body)
	var to [3]string
	var wait sync.WaitGroup
	for i := range to {
		wait.Go(func() {
			to[i] = r.form("/requests/"+c.ID+"/replay", "nonce="+nonce+"&q=is:failed").is(303).Header.Get("Location")
		})
	}
	wait.Wait()
	if r.app.count() != 1 || to[0] != to[1] || to[1] != to[2] {
		t.Fatalf("%d deliveries, redirected to %v; want one", r.app.count(), to)
	}
	page := r.get(to[0]).is(200).has("Replayed: 200 in 12 ms", "Replay 1", "Telerivet would take this answer", "q=is%3Afailed")
	if next := nonceIn(t, page.body); next == nonce {
		t.Error("the page that comes back has the same nonce: a second replay would be none")
	}
	r.form("/requests/"+c.ID+"/replay", "").is(400)
	r.call("POST", "/requests/"+c.ID+"/replay?nonce=x", "", "Content-Type: text/plain").is(415)
	r.form("/requests/"+c.ID+"/replay", strings.Repeat("x", formBytes+1)).is(413)
	if r.app.count() != 1 {
		t.Errorf("%d deliveries in the end, want 1", r.app.count())
	}
}

func TestPaneComesBackForAScript(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	a := r.form("/requests/"+c.ID+"/pin", "pinned=1").is(303)
	r.get(a.Header.Get("Location"), "HX-Target: article#request").is(200).has(`aria-pressed="true"`, `<article`).lacks("<html")
}

func TestPinAndUnpinByForm(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	for _, pinned := range []bool{true, false} {
		r.form("/requests/"+c.ID+"/pin", "pinned="+map[bool]string{true: "1", false: "0"}[pinned]).is(303)
		if now, err := r.db.Capture(t.Context(), c.ID); err != nil || now.Pinned != pinned {
			t.Errorf("pinned %v, want %v (%v)", now.Pinned, pinned, err)
		}
	}
	r.form("/requests/"+c.ID+"/pin", "pinned=perhaps").is(400)
}

func TestDeleteAndClearAskFirst(t *testing.T) {
	r := newRoom(t)
	c, other := r.add(200), r.add(200)
	r.get("/requests/"+c.ID+"/delete").is(200).has("Delete POST /hooks/sms?x=1?", `action="/requests/`+c.ID+`/delete"`)
	r.get("/clear").is(200).has("Delete all 2 requests?", "Pinned ones stay")
	r.get("/api/requests").has(c.ID, other.ID)
	r.form("/requests/"+c.ID+"/delete", "").is(303)
	r.get("/api/requests").has(other.ID).lacks(c.ID)
	r.form("/clear", "").is(303)
	r.get("/").has("Nothing has come yet")
	r.get("/clear").is(200).lacks("Delete all</button>")
}

func TestResendAllFailedAsksAndMeansTheSame(t *testing.T) {
	r := newRoom(t)
	first, second := r.add(500).ID, r.add(404).ID
	r.add(200)
	nonce := nonceIn(t, r.get("/resend").is(200).has("Resend 2 failed requests?", "Oldest first").body)
	r.add(500) // came after the question: the answer doesn't mean it
	to := r.form("/resend", "nonce="+nonce).is(303).Header.Get("Location")
	if again := r.form("/resend", "nonce="+nonce).is(303).Header.Get("Location"); again != to || !strings.HasPrefix(to, "/resends/") {
		t.Errorf("a second click goes to %q, want the progress of the first, %q", again, to)
	}
	if to := r.form("/resend", "nonce=longago").is(303).Header.Get("Location"); to != "/resend" {
		t.Errorf("a page from long ago leads to %q, want the question anew", to)
	}
	r.eventually("both are resent", func() bool { return r.app.count() == 2 })
	r.app.mu.Lock()
	got := strings.Join(r.app.ids, " ")
	r.app.mu.Unlock()
	if got != first+" "+second {
		t.Errorf("resent %s, want the two that were asked about, oldest first", got)
	}
	r.get("/resend?provider=github").is(200).has("No failed request fits this search", `href="/?q=provider%3Agithub"`).lacks("Nothing has failed")
	r.get("/resend?provider=telerivet").is(200).has("Only those that fit the search.")
}

func TestOneResendAtATime(t *testing.T) {
	r := newRoom(t)
	r.add(500)
	r.app.gate = make(chan struct{})
	nonce := nonceIn(t, r.get("/resend").body)
	r.form("/resend", "nonce="+nonce).is(303)
	r.post("/api/resend", `{"failed":true}`).is(409)
	r.form("/resend", "nonce="+nonceIn(t, r.get("/resend").body)).is(409).has("A resend is under way; wait until it is done.", `href="/resends/`)
	close(r.app.gate)
}

func TestWhatCannotBeReplayedSaysWhy(t *testing.T) {
	r := newRoom(t)
	for state, why := range map[store.State]string{store.Malformed: "not understood as HTTP", store.Incomplete: "did not arrive whole"} {
		c := r.add(-1, func(c *store.Capture) { c.State = state })
		r.get("/requests/"+c.ID).is(200).has(`disabled title="`, why).lacks(`/replay"`)
	}
}

func TestOwnFilesAreAskedForAnew(t *testing.T) {
	r := newRoom(t)
	tag := r.get("/static/app.css").is(200).Header.Get("ETag")
	r.get("/static/app.css", "If-None-Match: "+tag).is(304)
	for _, path := range []string{"/static/nothing.css", "/static/..%2fweb.go", "/static/"} {
		r.get(path).is(404)
	}
}
