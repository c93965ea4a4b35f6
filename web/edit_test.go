package web

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
)

// signer is what the tests' sender signs.
type signer Signing

func (s signer) Signing(context.Context, string) (Signing, error) { return Signing(s), nil }

func canSign(c *Config) {
	c.Signer = signer{Sets: []string{"X-Timestamp", "X-Signature"}, Secret: "env:SEVEN_SIGNING_KEY", Proof: "HMAC-SHA256 of time+url+body in X-Signature", URL: "https://shop.example.com/hooks/seven", Seals: true}
}

func (a *app) lastEdit() Edit {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.edits) == 0 {
		return Edit{Method: "nothing was sent"}
	}
	return a.edits[len(a.edits)-1]
}

// bodies that a text area, a form's encoding or an escape would spoil.
var bodies = map[string]string{
	"every line end": "a\r\nb\nc\rd\r\n\r\n\n", "starts with a line end": "\n\r\na", "empty": "", "one line end": "\n",
	"NUL":           "a\x00b\r\nc\n",
	"invalid UTF-8": "caf\xe9\r\n\xff\n",
	"unseen":        "a\u202eb\u2028c\ufeffd\x1b[31m\x0c\u200b\n", "tags": "</textarea><script>x</script>&amp;&#10;",
	"masked": "event=1&secret=s3cr3t&x=%zz\n", "long": strings.Repeat("x\r\n", textMost/3+2),
}

func TestEditOfNothingSendsTheSameBytes(t *testing.T) {
	r := newRoom(t, canSign)
	for name, body := range bodies {
		c, _ := sms(func(c *store.Capture) {
			c.Head = []byte("POST /hooks/sms?x=1 HTTP/1.1\r\nHost: h\r\nX-Bytes: caf\xe9\r\nX-a:1\r\nX-A:  2\r\nCookie: s=1\r\nX-T:a\tb\r\nContent-Length: 9\r\n\r\n")
		})
		r.addBody(500, c, []byte(body))
		for _, path := range []string{"/edit", "/edit?reveal=1"} {
			f := r.filledForm("/requests/" + c.ID + path)
			f.Del("resign")
			before := r.app.count()
			r.send(f, nil).is(303)
			if got := r.app.lastEdit(); r.app.count() != before+1 || !cmp.Equal(got, Edit{}) {
				t.Errorf("%s%s: sent with the edit %+.200v, want none", name, path, got)
			}
			f.Set("nonce", "another")
			f.addLine("X-New", "1")
			f.addLine("", "")
			r.send(f, nil).is(303)
			if got := r.app.lastEdit(); !cmp.Equal(got, Edit{Headers: [][2]string{{"X-New", "1"}}}) {
				t.Errorf("%s%s: sent with the edit %+.200v, want the new header alone", name, path, got)
			}
		}
	}
}

func TestEditSendsWhatWasTyped(t *testing.T) {
	r := newRoom(t, canSign)
	c := r.add(401)
	page := r.get("/requests/"+c.ID+"/edit?q=is:failed").is(200).
		has("env:SEVEN_SIGNING_KEY", "HMAC-SHA256 of time+url+body in X-Signature", "<code>X-Timestamp</code>", "https://shop.example.com/hooks/seven").
		lacks("s3cr3t-field", "czNjcjN0OmhlYWRlcg")
	f := r.filledPage(page.body)
	f.Set("verb", "PUT")
	f.Set("target", "/other?y=2")
	f.Set("to", "http://localhost:4000")
	f.line("user-agent", "mine")
	f.addLine("X-Debug", "1")
	f.Values["name"][slices.Index(f.Values["name"], "Content-Type")] = "" // an emptied name leaves the line out
	f.Set("text", strings.Replace(f.Get("text"), "content=Hello", "content=Bye", 1))
	to := r.send(f, nil).is(303).Header.Get("Location")
	want := Edit{
		To: "http://localhost:4000", Method: "PUT", Target: "/other?y=2", Headers: [][2]string{{"user-agent", "mine"}, {"X-Debug", "1"}},
		DropHeaders: []string{"Content-Type"}, HasBody: true, Resign: true,
		Body: []byte("event=incoming_message&id=SM1a&content=Bye&contact%5Bname%5D=Ana&contact%5Bvars%5D%5Bcity%5D=Recife&time_created=1795299061&secret=s3cr3t-field"),
	}
	if diff := cmp.Diff(want, r.app.lastEdit()); diff != "" {
		t.Errorf("the edit (-want +got):\n%s", diff)
	}
	path, mark, _ := strings.Cut(to, "#")
	if !strings.Contains(path, "tab=deliveries") || !strings.Contains(path, "q=is%3Afailed") {
		t.Errorf("leads to %s", to)
	}
	r.get(path).is(200).has("Replayed: 200 in 12 ms", `id="`+mark+`"`)
}

func TestEditOnceForADoubleClick(t *testing.T) {
	r := newRoom(t)
	f := r.filledForm("/requests/" + r.add(500).ID + "/edit")
	f.Set("text", "one")
	first := r.send(f, nil).is(303).Header.Get("Location")
	if again := r.send(f, nil).is(303).Header.Get("Location"); again != first || r.app.count() != 1 {
		t.Errorf("a second click made %d deliveries and leads to %s, want %s", r.app.count(), again, first)
	}
	f.Set("text", "two") // the page was gone back to: it has its old nonce
	if r.send(f, nil).is(303); r.app.count() != 2 || string(r.app.lastEdit().Body) != "two" {
		t.Errorf("%d deliveries, the last of %q", r.app.count(), r.app.lastEdit().Body)
	}
}

func TestEditOfMaskedValues(t *testing.T) {
	r := newRoom(t)
	c, _ := sms(func(c *store.Capture) {
		c.Target, c.PublicURL = "/hooks/sms?token=t0ken&x=1", "http://h/hooks/sms?token=t0ken&x=1"
		c.Head = []byte("POST /hooks/sms?token=t0ken&x=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer b3arer\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n")
	})
	r.addBody(500, c, []byte(`{"token":"in-b0dy","a":1}`))
	path := "/requests/" + c.ID + "/edit"
	secrets := []string{"t0ken", "b3arer", "in-b0dy"}
	r.get(path).lacks(secrets...)
	f := r.filledForm(path)
	f.Set("target", strings.Replace(f.Get("target"), "x=1", "x=2", 1))
	f.Set("text", strings.Replace(f.Get("text"), `"a":1`, `"a":2`, 1))
	r.send(f, nil).is(303)
	got := r.app.lastEdit()
	if got.Target != "/hooks/sms?token=t0ken&x=2" || string(got.Body) != `{"token":"in-b0dy","a":2}` || len(got.Headers) != 0 {
		t.Errorf("sent %+v, want the real values around the edit", got)
	}
	sent := r.app.count()
	for field, value := range map[string]string{"target": "/hooks?token=••••1•••&x=1", "text": `{"token":"••••"}`} {
		f := r.filledForm(path)
		f.Set(field, value)
		r.send(f, nil).is(422).has("holds a masked value that was changed", `id="wrong"`).lacks(secrets...)
	}
	f = r.filledForm(path)
	f.line("Authorization", "Basic ••••••••")
	again := r.send(f, nil).is(422).has("holds a masked value that was changed", "Basic ••••••••").lacks(secrets...)
	if r.app.count() != sent {
		t.Errorf("%d were sent", r.app.count()-sent)
	}
	f = r.filledPage(again.body)
	f.line("Authorization", "Bearer ••••••••")
	f.addLine("X-Kept", "typed")
	f.Set("do", "reveal")
	open := r.send(f, nil).is(200).has(secrets...).has(`value="typed"`)
	f = r.filledPage(open.body)
	f.Set("text", strings.Replace(f.Get("text"), "in-b0dy", "mine", 1))
	r.send(f, nil).is(303)
	if got := r.app.lastEdit(); string(got.Body) != `{"token":"mine","a":1}` || got.Target != "" || !cmp.Equal(got.Headers, [][2]string{{"X-Kept", "typed"}}) {
		t.Errorf("revealed, sent %+v", got)
	}
}

func TestEditRefusesWhatWouldNotBeSentAsWritten(t *testing.T) {
	r := newRoom(t)
	path := "/requests/" + r.add(500).ID + "/edit"
	for said, change := range map[string]func(filled){
		"one line without control characters": func(f filled) { f.addLine("X-A", "b\r\nX-Evil: c") },
		"must be one word: X A":               func(f filled) { f.addLine("X A", "b") },
		"a header needs a name":               func(f filled) { f.addLine("", "b") },
		"follows from the body":               func(f filled) { f.addLine("content-length", "5") },
		"method must be one word":             func(f filled) { f.Set("verb", "GET IT") },
		"not CONNECT":                         func(f filled) { f.Set("verb", "CONNECT") },
		"needs a method":                      func(f filled) { f.Set("verb", "") },
		"path must start with /":              func(f filled) { f.Set("target", "http://169.254.169.254/") },
		"target must have no spaces":          func(f filled) { f.Set("target", "/a b") },
		"needs a path":                        func(f filled) { f.Set("target", "") },
		"to must be an http or https URL":     func(f filled) { f.Set("to", "ftp://h") },
		"this form is not of this request":    func(f filled) { f.Values["of"][0] = "199" },
		"at most 200 header lines": func(f filled) {
			for i := range lineMost {
				f.addLine("X-"+strconv.Itoa(i), "v")
			}
		},
	} {
		f := r.filledForm(path)
		change(f)
		r.send(f, nil).is(422).has(html.EscapeString(said[1:]), "Nothing was sent.").lacks("web.")
	}
	for _, c := range []struct {
		body, kind string
		status     int
	}{
		{"", "text/plain", 415},
		{"x", "multipart/form-data; boundary=b", 400},
		{"nonce=%zz", "application/x-www-form-urlencoded", 400},
		{"verb=POST", "application/x-www-form-urlencoded", 400},
		{"nonce=n&name=a&value=b", "application/x-www-form-urlencoded", 400},
		{"nonce=n&of=x&name=a&value=b", "application/x-www-form-urlencoded", 400},
		{"nonce=n" + strings.Repeat("&of=&name=a&value=b", 10000), "application/x-www-form-urlencoded", 400},
		{strings.Repeat("x", editBytes+1), "application/x-www-form-urlencoded", 413},
	} {
		r.call("POST", path, c.body, "Content-Type: "+c.kind, "Origin: "+r.url).is(c.status)
	}
	many := r.filledForm(path)
	for range 5000 {
		many.addLine("X", "v")
	}
	r.send(many, nil).is(400)
	if n := r.app.count(); n != 0 {
		t.Errorf("%d replays were sent", n)
	}
}

func TestEditOfWhatIsNotThere(t *testing.T) {
	r := newRoom(t)
	r.get("/requests/01JDB7Q4M8T0Z5X2C9R1W6K3VN/edit").is(404)
	r.form("/requests/01JDB7Q4M8T0Z5X2C9R1W6K3VN/edit", "nonce=n").is(404)
	for state, why := range map[store.State]string{store.Malformed: "not understood as HTTP", store.Incomplete: "did not arrive whole"} {
		c := r.add(-1, func(c *store.Capture) { c.State = state })
		r.get("/requests/" + c.ID + "/edit").is(409).has(why)
		r.form("/requests/"+c.ID+"/edit", "nonce=n&verb=POST&target=/").is(409)
		r.get("/requests/" + c.ID).is(200).has("Edit…").lacks(`/edit"`)
	}
	c := r.add(200)
	r.call("POST", "/requests/"+c.ID+"/edit", "nonce=n", "Content-Type: application/x-www-form-urlencoded", "Origin: http://evil.example").is(403)
}

func TestEditWarnsOfBrokenJSON(t *testing.T) {
	r := newRoom(t, canSign)
	c, body := r.seven()
	r.addBody(401, c, body)
	f := r.filledForm("/requests/" + c.ID + "/edit")
	f.Set("text", "{\r\n  \"é\": tru\r\n}")
	page := r.send(f, nil).is(422).has("Nothing was sent yet.", "line 2, column 11", `value="anyway"`)
	f = r.filledPage(page.body)
	f.Set("do", "anyway")
	r.send(f, nil).is(303)
	if got := string(r.app.lastEdit().Body); got != "{\n  \"é\": tru\n}" {
		t.Errorf("sent %q", got)
	}
}

func TestEditReplacesWhatIsNoText(t *testing.T) {
	r := newRoom(t)
	c, _ := sms(func(c *store.Capture) {
		c.Head = []byte("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n")
	})
	r.addBody(500, c, []byte("\x1f\x8b\x00\xff"))
	path := "/requests/" + c.ID + "/edit"
	r.get(path).is(200).has("It is packed (gzip)", "byte for byte unless you replace them")
	f := r.filledForm(path)
	f.Set("body", "text")
	f.Set("text", "a\r\nb")
	r.send(f, nil).is(303)
	if got := r.app.lastEdit(); !got.HasBody || string(got.Body) != "a\nb" {
		t.Errorf("replaced by text, sent %+v", got)
	}
	file := []byte("\x00\r\n\xff")
	r.send(r.filledForm(path), file).is(303)
	if got := r.app.lastEdit(); !got.HasBody || !bytes.Equal(got.Body, file) {
		t.Errorf("replaced by a file, sent %+v", got)
	}
}

// TestEditButtonsWithoutScript: rows come and go, and nothing typed is lost.
func TestEditButtonsWithoutScript(t *testing.T) {
	r := newRoom(t, canSign)
	f := r.filledForm("/requests/" + r.add(500).ID + "/edit")
	f.Set("text", "typed=1")
	f.Set("do", "add")
	f = r.filledPage(r.send(f, nil).is(200).has("typed=1").body)
	n := len(f.Values["name"])
	f.Values["name"][n-1], f.Values["value"][n-1] = "X-New", "v"
	f.Set("do", fmt.Sprintf("remove %d", slices.Index(f.Values["name"], "user-agent")))
	f = r.filledPage(r.send(f, nil).is(200).lacks(`value="user-agent" aria-label`).body)
	f.Del("resign")
	f.Set("do", "check")
	r.send(f, nil).is(200).has("typed=1", "left out", "7 B, was", `<mark class="now">v</mark>`)
	f.Del("do")
	r.send(f, nil).is(303)
	want := Edit{Headers: [][2]string{{"X-New", "v"}}, DropHeaders: []string{"user-agent"}, Body: []byte("typed=1"), HasBody: true}
	if diff := cmp.Diff(want, r.app.lastEdit()); diff != "" {
		t.Errorf("the edit (-want +got):\n%s", diff)
	}
}

func TestEditSaysWhyItCannotSign(t *testing.T) {
	r := newRoom(t, func(c *Config) {
		c.Signer = signer{WhyNot: "no secret is configured for seven.io: start devhook with --verify seven=env:NAME", Seals: true}
	})
	r.get("/requests/"+r.add(200).ID+"/edit").is(200).has("No secret is configured for seven.io", `id="unsigned"`, `name="resign" value="1" form="edit" disabled`)
	r = newRoom(t)
	r.get("/requests/" + r.add(200).ID + "/edit").is(200).has("Nothing can be signed here.").lacks(`id="unsigned"`)
}

func TestEditShowsWhatTheReplayerRefuses(t *testing.T) {
	r := newRoom(t, func(c *Config) {
		c.Replayer = &failing{err: &Refusal{Reason: "only the app and addresses of this machine can be called from here"}}
	})
	f := r.filledForm("/requests/" + r.add(500).ID + "/edit")
	f.Set("text", "typed=1")
	r.send(f, nil).is(422).has("Nothing was sent. Only the app and addresses of this machine", "typed=1")
}
