package web

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"devhook/store"
)

// bodied is a capture with a body of a kind; header lines end with CRLF.
func (r *room) bodied(kind, lines, body string) *store.Capture {
	r.Helper()
	c, _ := sms(func(c *store.Capture) {
		c.Head = fmt.Appendf(nil, "POST /b HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n%s\r\n", kind, lines)
	})
	return r.addBody(200, c, []byte(body))
}

func utf16LE(s string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// partsBody is a multipart body of parts, each with its head.
func partsBody(boundary string, parts ...string) string {
	return "--" + boundary + "\r\n" + strings.Join(parts, "\r\n--"+boundary+"\r\n") + "\r\n--" + boundary + "--\r\n"
}

func TestBodyViews(t *testing.T) {
	r := newRoom(t)
	const mixed = "multipart/mixed; boundary=b"
	nested := "text"
	for i := range partsDeep + 1 {
		inner := fmt.Sprintf("b%d", partsDeep-i)
		nested = partsBody(inner, "Content-Type: multipart/mixed; boundary="+fmt.Sprintf("b%d", partsDeep-i+1)+"\r\n\r\n"+nested)
	}
	for _, c := range []struct {
		name, kind, body string
		want, lacks      []string
	}{
		{"JSON, a syntax error", "application/json", "{\"a\":1,\n \"b\": tru}", []string{
			"not well-formed JSON", "Line 2, column 10", "invalid character '}' in literal true (expecting 'e')", " \"b\": tru}\n         ^",
		}, nil},
		{"JSON, its end missing", "application/json", `{"a":[1,2`, []string{"Line 1, column 10", "unexpected end of JSON input", "{\"a\":[1,2\n         ^"}, nil},
		{"JSON, an error behind a credential", "application/json", `{"token":"s3cr3t","b":}`, []string{"Line 1, column 23", "{\"token\":\"••••••••\",\"b\":\n"}, []string{"s3cr3t"}},
		{"JSON, two values", "application/json", `{} {}`, []string{"Line 1, column 4", "after top-level value"}, nil},
		{"JSON, cut within a credential", "application/json", `{"token":"s3cr3t`, []string{"unexpected end"}, []string{"s3cr3t"}},
		{"form, a broken escape", "application/x-www-form-urlencoded", "a=1&b=50%&c=%zz", []string{"Line 1, column 9", "not followed by two hexadecimal digits", "50%"}, nil},
		{"form, escapes that are none but cut", "application/x-www-form-urlencoded", "a=%4", []string{"Line 1, column 3"}, nil},
		{"XML", "application/xml", `<?xml version="1.0"?><a x="1"><b>text</b><c/><d><e>1</e></d></a>`, []string{
			"well-formed XML", "<a x=\"1\">\n  <b>text</b>\n  <c/>\n  <d>\n    <e>1</e>\n  </d>\n</a>",
		}, nil},
		{"XML with a credential", "text/xml", `<a><Password>s3cr3t</Password><b token="s3cr3t"/></a>`, []string{"<Password>••••••••</Password>", `token="••••••••"`}, []string{"s3cr3t"}},
		{"XML, a syntax error", "text/xml", "<a>\n <b></c>\n</a>", []string{"not well-formed XML", "Line 2, column 9", "closed by </c>", "<b></c>"}, nil},
		{"XML, its end missing", "text/xml", "<a><b>", []string{"unexpected EOF"}, nil},
		{"XML, an entity of its own", "text/xml", `<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z SYSTEM "file:///etc/passwd">]><a>&x;&z;</a>`, []string{"not well-formed XML", "&x;"}, []string{"root:"}},
		{"XML, deep", "text/xml", strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000), []string{"nested deeper than 200 levels"}, nil},
		{"XML without an element", "text/xml", "  ", []string{"there is no element in it"}, nil},
		{"SVG is text", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, []string{"well-formed XML", "<script>alert(1)</script>"}, nil},
		{"an image that is none", "image/png", "not a picture", []string{"image/png", "not a picture"}, nil},
		{"UTF-16", "application/json", utf16LE(`{"é":"日本","token":"s3cr3t"}`), []string{"well-formed JSON, decoded from utf-16le", "日本"}, []string{"s3cr3t"}},
		{"a byte order mark", "application/json", "\xef\xbb\xbf{\"a\":1}", []string{"well-formed JSON, after a byte order mark"}, nil},
		{"Latin 1", "text/plain; charset=iso-8859-1", "caf\xe9", []string{"café", "decoded from windows-1252"}, nil},
		{"Japanese", "text/plain; charset=Shift_JIS", "\x93\xfa\x96{", []string{"日本", "decoded from shift_jis"}, nil},
		{"an encoding nobody knows", "text/plain; charset=x-none", "abc", []string{"abc", "in the unknown encoding x-none"}, nil},
		{"multipart", "multipart/form-data; boundary=b", partsBody(
			"b", "Content-Disposition: form-data; name=\"note\"\r\n\r\nhello", "Content-Disposition: form-data; name=secret\r\n\r\ns3cr3t",
			"Content-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\nContent-Type: application/json\r\nX-Api-Key: s3cr3t\r\n\r\n{\"k\":{\"token\":\"s3cr3t\"}}",
			"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8gYmFzZTY0", "Content-Type: application/octet-stream\r\n\r\n\x00\x01",
		), []string{"5 parts", "hello", "a.json", "well-formed JSON", "••••••••", "hello base64", "decoded from base64", "00000000  00 01", "part 4"}, []string{"s3cr3t"}},
		{"multipart, its end missing", mixed, "--b\r\n\r\nfirst\r\n--b\r\n\r\nsec", []string{"2 parts", "first", "the text ends before the last boundary"}, nil},
		{"multipart without a boundary", "multipart/mixed", "--b\r\n\r\nfirst", []string{"names no boundary", "first"}, nil},
		{"multipart without a part", mixed, "hello", []string{"no part begins with the boundary"}, nil},
		{"multipart, deep", "multipart/mixed; boundary=b0", nested, []string{"multipart bodies nested deeper than 4 levels"}, nil},
		{"multipart, very many", mixed, partsBody("b", make([]string, 1500)...), []string{"more than 1000 parts", "Shown are the first 100 parts"}, nil},
		{"a signed token", "application/json", `{"jws":"eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE3OTUyOTkwNjF9.c2ln"}`, []string{"signed token, ES256, until 2026-11-2"}, nil},
		{"no token", "application/json", `{"a":"ey.b.c","time":"now"}`, []string{"ey.b.c"}, []string{"signed"}},
		{"one value", "application/json", `"text"`, []string{"well-formed JSON", "text"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := r.bodied(c.kind, "", c.body)
			page := r.get("/requests/"+one.ID+"?tab=body").is(200).lacks("s3cr3t", "<script>alert")
			inert(t, c.name, page.body)
			page.said().has(c.want...).lacks(c.lacks...)
		})
	}
}

func TestRevealOneByOne(t *testing.T) {
	r := newRoom(t)
	c, _ := sms(func(c *store.Capture) {
		c.Target = "/d?a=1&token=s3cr3t-query&b=2"
		c.Head = []byte("POST /d?a=1&token=s3cr3t-query&b=2 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer s3cr3t-header\r\nContent-Type: application/json\r\nX-Api-Key: s3cr3t-key\r\n\r\n")
	})
	r.addBody(200, c, []byte(`{"secret":"s3cr3t-one","list":[{"token":"s3cr3t-two"},{"token":{"deep":"s3cr3t-three","token":"s3cr3t-four"}}],"password":12345}`))
	page := "/requests/" + c.ID
	for _, tab := range tabNames {
		r.get(page+"?tab="+tab.Name).is(200).lacks("s3cr3t", "12345")
	}
	all := map[string]string{
		"header:2": "Bearer s3cr3t-header", "header:4": "s3cr3t-key", "query:2": "s3cr3t-query", "body:1": `"s3cr3t-one"`,
		"body:2": `"s3cr3t-two"`, "body:3": `{"deep":"s3cr3t-three","token":"s3cr3t-four"}`, "body:4": `"s3cr3t-four"`, "body:5": "12345",
	}
	for ref, value := range all {
		if got := r.get(page + "/value?of=" + ref).is(200); got.body != value || got.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s is %q as %s, want %q", ref, got.body, got.Header.Get("Content-Type"), value)
		}
	}
	for _, ref := range []string{"", "header:1", "header:9", "query:1", "body:6", "body:0", "1", "body:1%00"} {
		r.get(page + "/value?of=" + ref).is(404)
	}
	r.get(page+"/value?of=body:1", "Origin: http://evil.example").is(403)
	r.get(page+"?tab=headers&reveal=header:2").is(200).has("Bearer s3cr3t-header", "reveal=header%3A4", `aria-label="Mask Authorization"`).lacks("s3cr3t-key", "s3cr3t-query", "s3cr3t-one")
	r.get(page+"?tab=headers&reveal=query:2&reveal=header:4").is(200).has("s3cr3t-key", "reveal=query%3A2&amp;reveal=header%3A4&amp;reveal=header%3A2").lacks("s3cr3t-header", "s3cr3t-one")
	shown := r.get(page+"?tab=body&reveal=body:3").is(200).has("s3cr3t-three").lacks("s3cr3t-one", "s3cr3t-two", "s3cr3t-four", "12345")
	inert(t, "revealed", shown.body)
	r.get(page+"?tab=body&reveal=body:2").is(200).has("s3cr3t-two").lacks("s3cr3t-one", "s3cr3t-three")
	r.get(page+"?tab=raw&reveal=1").is(200).has("s3cr3t-header", "s3cr3t-one")
}

func TestRevealOfFormsAndParts(t *testing.T) {
	r := newRoom(t)
	form := r.bodied("application/x-www-form-urlencoded", "", "a=1&secret=s3cr3t%20one&token=s3cr3t-two")
	r.get("/requests/"+form.ID+"?tab=body").has("value?of=body%3A1", "value?of=body%3A2").lacks("s3cr3t")
	r.get("/requests/" + form.ID + "?tab=body&reveal=body:1").has("s3cr3t one").lacks("s3cr3t-two")
	parts := r.bodied("multipart/form-data; boundary=b", "", partsBody("b", "Content-Disposition: form-data; name=secret\r\n\r\ns3cr3t-one", "Content-Type: application/json\r\n\r\n{\"token\":\"s3cr3t-two\"}"))
	if got := r.get("/requests/" + parts.ID + "/value?of=body:2").is(200).body; got != `"s3cr3t-two"` {
		t.Errorf("the second masked value is %q", got)
	}
	r.get("/requests/" + parts.ID + "?tab=body&reveal=body:1").has("s3cr3t-one").lacks("s3cr3t-two")
}
