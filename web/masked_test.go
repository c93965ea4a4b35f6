package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"devhook/store"
)

// credentials are put into every place where a sender or an app may have one.
var credentials = []string{
	"basic-Pa55w0rd!", "bearer-T0ken<&>", "cookie-S3ssion=", "apikey-K3y/+", "query-T0ken~", "form-S3cret+x", "json-Pa55word", "deep-T0ken",
	"set-C00kie", "answer-T0ken", "sent-T0ken", "sentbody-S3cret",
}

// written are the ways in which a text may stand in a page.
func written(s string) []string {
	out := []string{
		s, html.EscapeString(s), url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
	}
	for shift := range 3 { // a part of something longer begins at one of three places
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := e.EncodeToString([]byte("xx"[:min(shift, 2)] + s))
			out = append(out, text[(shift*8+5)/6:len(text)-1])
		}
	}
	return out
}

// addSecretive stores captures with all the credentials, each with an answer, and with a replay that was edited.
func (r *room) addSecretive() (form, doc *store.Capture) {
	r.Helper()
	c := credentials
	head := fmt.Sprintf("POST /hooks/sms?token=%s HTTP/1.1\r\nHost: h\r\nAuthorization: Basic %s\r\nProxy-Authorization: Bearer %s\r\nCookie: sid=%s\r\nX-Api-Key: %s\r\n",
		url.QueryEscape(c[4]), base64.StdEncoding.EncodeToString([]byte("shop:"+c[0])), c[1], c[2], c[3])
	add := func(kind, body string) *store.Capture {
		one, _ := sms(func(one *store.Capture) {
			one.Target, one.PublicURL = "/hooks/sms?token="+url.QueryEscape(c[4]), "http://127.0.0.1:8080/hooks/sms?token="+url.QueryEscape(c[4])
			one.Head = []byte(head + "Content-Type: " + kind + "\r\n\r\n")
		})
		r.addBody(-1, one, []byte(body))
		answer := fmt.Sprintf(`{"access_token":%q}`, c[9])
		for _, kind := range []store.Kind{store.Live, store.Replay} {
			d := delivery(one, 200)
			d.Kind, d.Target = kind, "http://localhost:3000"+one.Target
			d.Head = []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: sid=" + c[8] + "\r\n\r\n")
			d.BodySize = int64(len(answer))
			if kind == store.Replay {
				d.Edited = true
				d.Request = []byte("POST /other?token=" + c[10] + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + c[10] + "\r\nContent-Type: application/json\r\n\r\n")
				d.RequestBody = fmt.Appendf(nil, `{"client_secret":%q}`, c[11])
			}
			if err := r.db.AddDelivery(r.Context(), d, []byte(answer), false); err != nil {
				r.Fatal(err)
			}
		}
		return one
	}
	form = add("application/x-www-form-urlencoded", "event=x&secret="+url.QueryEscape(c[5]))
	doc = add("application/json", fmt.Sprintf(`{"password":%q,"deep":[{"refresh_token":%q}]}`, c[6], c[7]))
	return form, doc
}

// TestCredentialsAreInNoPage looks for them in every page, in each way of writing them.
func TestCredentialsAreInNoPage(t *testing.T) {
	r := newRoom(t, canSign, func(c *Config) {
		signs := c.Signer.(signer)
		signs.URL += "?token=" + url.QueryEscape(credentials[4])
		c.Signer = signs
	})
	form, doc := r.addSecretive()
	var paths []string
	for _, pair := range []shown{{form, doc}, {doc, form}} {
		for _, p := range places() {
			if path, there := p.is(r, pair); there && !p.empty {
				paths = append(paths, path)
			}
		}
		one := pair.one.ID
		paths = append(paths, "/rows?also="+one, "/requests/"+one+"?tab=raw", "/?q="+short(one), "/complete?asked=1&before=path:", "/complete?before=host:", "/complete?before=event:", "/requests/"+one+"?tab=deliveries", "/api/requests", "/api/requests/"+one,
			"/api/requests/"+one+"/export?as=curl", "/api/requests/"+one+"/export?as=json")
	}
	for _, path := range paths {
		page := r.get(path).body
		for _, secret := range credentials {
			for _, w := range written(secret) {
				if strings.Contains(page, w) {
					t.Errorf("%s shows %q as %q", path, secret, w)
				}
			}
		}
	}
	t.Logf("%d pages, %d credentials, each written in %d ways", len(paths), len(credentials), len(written("x")))
}

// TestCredentialsAreRevealed shows that the test above looks for what would be there: asked for, each is in a page.
func TestCredentialsAreRevealed(t *testing.T) {
	r := newRoom(t)
	form, doc := r.addSecretive()
	var all strings.Builder
	for _, c := range []*store.Capture{form, doc} {
		for _, tab := range tabNames {
			all.WriteString(r.get("/requests/" + c.ID + "?reveal=1&tab=" + tab.Name).is(200).body)
		}
		all.WriteString(r.get("/api/requests/" + c.ID + "?reveal=1").is(200).body)
	}
	for _, secret := range credentials[:10] { // what was sent in an edit is shown unmasked nowhere
		found := false
		for _, w := range written(secret) {
			found = found || strings.Contains(all.String(), w)
		}
		if !found {
			t.Errorf("%q was not revealed: it may not have been there", secret)
		}
	}
}

// TestSealedCredentials puts one where it can't be covered by itself: packed, and in UTF-16.
func TestSealedCredentials(t *testing.T) {
	const secret = "sealed-T0ken"
	text := fmt.Sprintf(`{"access_token":%q}`, secret)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(text))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	wide := []byte("\xff\xfe")
	for _, b := range []byte(text) {
		wide = append(wide, b, 0)
	}
	for name, one := range map[string]struct {
		head string
		body []byte
	}{
		"packed": {"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", packed.Bytes()},
		"UTF-16": {"Content-Type: application/json\r\n", wide},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			add := func(body []byte) *store.Capture {
				c, _ := sms(func(c *store.Capture) { c.Head = []byte("POST / HTTP/1.1\r\nHost: h\r\n" + one.head + "\r\n") })
				r.addBody(-1, c, body)
				return c
			}
			a, b := add(one.body), add(append(bytes.Clone(one.body), ' ', 0))
			for _, path := range []string{"/requests/" + a.ID + "?tab=raw", "/requests/" + a.ID + "?tab=body", "/diff?a=" + a.ID + "&b=" + b.ID + "&raw=1"} {
				page := r.get(path).is(200).body
				for _, w := range append(written(secret), hex.Dump(one.body)[10:30], "s.e.a.l.e.d") {
					if strings.Contains(page, w) {
						t.Errorf("%s shows it as %q", path, w)
					}
				}
				if strings.Contains(path, "raw") && !strings.Contains(page, "hold a credential") {
					t.Errorf("%s does not say what is covered", path)
				}
			}
			page := r.get("/requests/" + a.ID + "?tab=raw&reveal=1").is(200).body
			if !strings.Contains(page, hex.Dump(one.body)[10:30]) {
				t.Error("revealed, the bytes are not there")
			}
		})
	}
}
