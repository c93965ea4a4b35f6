package web

import (
	"net/url"
	"strings"
	"testing"
)

func TestNoteByFormAndAPI(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	path := "/requests/" + c.ID
	r.get(path).is(200).has("Add a note")
	r.form(path+"/note", url.Values{"note": {" ask Ana\r\n<b>about\u202e this\x00 "}, "failed": {"0"}}.Encode()).is(303)
	if now, err := r.db.Capture(t.Context(), c.ID); err != nil || now.Note != "ask Ana\n<b>about this" {
		t.Errorf("kept %q (%v)", now.Note, err)
	}
	r.get(path).has("ask Ana\n&lt;b&gt;about this", "Edit note")
	r.get("/").has("note: ask Ana &lt;b&gt;about this", `>ask Ana &lt;b&gt;about`)
	r.get("/api/requests/" + c.ID).has(`"note":"ask Ana\n\u003cb\u003eabout this"`)
	r.call("PUT", "/api/requests/"+c.ID+"/note", `{"note":"by a program"}`, "Content-Type: application/json").is(204)
	r.get(path).has("by a program").lacks("ask Ana")
	r.form(path+"/note", "note=").is(303)
	r.get(path).has("Add a note").lacks("by a program")
}

func TestNoteRefusesWhatIsNone(t *testing.T) {
	r := newRoom(t)
	path := "/requests/" + r.add(200).ID + "/note"
	r.form(path, "").is(400)
	r.form(path, "note="+strings.Repeat("x", noteBytes+1)).is(400).has("at most 4000 bytes")
	r.form(path, "note=%ff").is(400)
	r.form("/requests/01JDB7Q4M8T0Z5X2C9R1W6K3VN/note", "note=x").is(404)
	r.call("POST", path, "note=x", "Content-Type: application/x-www-form-urlencoded", "Origin: http://evil.example").is(403)
	for doc, status := range map[string]int{`{}`: 400, `{"note":5}`: 400, `{"note":"x","y":1}`: 400, ``: 400, `{"note":"` + strings.Repeat("x", noteBytes+1) + `"}`: 400} {
		r.call("PUT", "/api"+path, doc, "Content-Type: application/json").is(status)
	}
	r.call("PUT", "/api/requests/01JDB7Q4M8T0Z5X2C9R1W6K3VN/note", `{"note":"x"}`, "Content-Type: application/json").is(404)
}

func TestDeleteSelectedAsksFirst(t *testing.T) {
	r := newRoom(t)
	one, two, three := r.add(200).ID, r.add(200).ID, r.add(200).ID
	ids := url.Values{"id": {one, two}, "q": {"provider:telerivet"}}
	r.form("/delete", ids.Encode()).is(200).has("Delete 2 selected requests?", `name="id" value="`+one+`"`, `name="sure" value="1"`, `href="/?q=provider%3Atelerivet"`)
	r.get("/api/requests").has(one, two, three)
	ids.Set("sure", "1")
	for range 2 { // a second click finds them gone
		if to := r.form("/delete", ids.Encode()).is(303).Header.Get("Location"); to != "/?q=provider%3Atelerivet" {
			t.Errorf("leads to %s", to)
		}
	}
	r.get("/api/requests").has(three).lacks(one, two)
	r.form("/delete", "id="+one+"&id="+three).is(200).has("Delete 1 selected request?") // one was deleted in another tab
	r.form("/resend", "id="+one+"&id="+three).is(200).has("Resend 1 selected request?")
	r.form("/delete", "").is(400)
	r.form("/delete", "id=nothing").is(404)
	r.get("/delete?id=" + three + "&sure=1").is(405)
	r.get("/api/requests").has(three)
}

func TestActionsOfTheMenu(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	path := "/api/requests/" + c.ID + "/export?as="
	r.get("/requests/"+c.ID).has(`data-key="e"`, `href="/requests/`+c.ID+`/edit"`, `data-key="d"`, `href="/diff?a=`+c.ID+`"`, `data-key="t"`, path+"har", "Copies mask credentials.").lacks("reveal=1\" data-copy-from")
	r.get("/requests/"+c.ID+"?reveal=1").has(path+"curl&amp;reveal=1", path+"har&amp;reveal=1", "Copies hold the credentials")
	var har struct {
		Log struct {
			Entries []struct {
				Request  struct{ Method, URL string }
				Response struct{ Status int }
			}
		}
	}
	r.get(path+"har").is(200).lacks("s3cr3t", "czNjcjN0OmhlYWRlcg").json(&har)
	if e := har.Log.Entries; len(e) != 1 || e[0].Request.URL != c.PublicURL || e[0].Response.Status != 200 {
		t.Errorf("the HAR has %+v", har)
	}
	r.get(path+"har&reveal=1").is(200).has("czNjcjN0OmhlYWRlcg", "s3cr3t-field", "s3cr3t-cookie")
	never := r.add(-1)
	r.get("/api/requests/" + never.ID + "/export?as=har").is(200).has(`"status": 0`)
}
