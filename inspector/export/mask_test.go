package export

import (
	"strings"
	"testing"
)

func telerivetMask() *Mask {
	return NewMask([]string{"X-Odd-Proof"}, []string{"secret", "status_secret", "odd_proof"})
}

func TestMaskHeader(t *testing.T) {
	const signature = "9b1f6c0e5f2c0e9ab7d14c3380e4f6a1927bd05e4be19f07c2d8a1b2c3d47a3d"
	m := telerivetMask()
	for _, c := range []struct{ name, value, want string }{
		{"X-Signature", signature, "9b1f6c0e••••••••7a3d"},
		{"x-hub-signature-256", "sha256=" + signature, "sha256=9••••••••7a3d"},
		{"X-Shopify-Hmac-Sha256", signature, "9b1f6c0e••••••••7a3d"},
		{"X-Signature", "short", "••••••••"},
		{"X-Signature", strings.Repeat("é", 40), "••••••••"},
		{"Authorization", "Basic dGVsZXJpdmV0OnJpZ2h0", "Basic ••••••••"},
		{"authorization", "Bearer " + signature, "Bearer ••••••••"},
		{"Authorization", signature + " x", "••••••••"},
		{"Proxy-Authorization", "Basic x", "Basic ••••••••"},
		{"Cookie", "a=b; c=d", "••••••••"},
		{"Set-Cookie", "sid=1; Path=/", "••••••••"},
		{"X-Gitlab-Token", signature, "••••••••"},
		{"X-Telegram-Bot-Api-Secret-Token", "x", "••••••••"},
		{"X-Api-Key", "k", "••••••••"},
		{"X-Hook-Secret", "k", "••••••••"},
		{"x_odd_proof", "k", "••••••••"},
		{"X-Api-Key", "", ""},
		{"X-HubSpot-Signature-Version", "v3", "v3"},
		{"X-Timestamp", "1795299249", "1795299249"},
		{"User-Agent", "seven.io/webhooks", "seven.io/webhooks"},
	} {
		if got := m.Header(c.name, c.value); got != c.want {
			t.Errorf("%s: %s\ngot  %q\nwant %q", c.name, c.value, got, c.want)
		}
		if got := (*Mask)(nil).Header(c.name, c.value); got != c.value {
			t.Errorf("%s: no mask made %q", c.name, got)
		}
	}
}

func TestMaskHead(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"spaces, order, case and duplicates stay",
			"\r\nPOST /x?secret=a%20b&y=%7e&Z=;&token HTTP/1.1\r\nhost:h\r\nAUTHORIZATION:\t Basic abc \t\r\nX-A:  1 \r\nx-a: 2\r\nCookie: a\r\nCookie:b\r\nX-Api-Key:\r\n\r\n",
			"\r\nPOST /x?secret=••••••••&y=%7e&Z=;&token HTTP/1.1\r\nhost:h\r\nAUTHORIZATION:\t Basic •••••••• \t\r\nX-A:  1 \r\nx-a: 2\r\nCookie: ••••••••\r\nCookie:••••••••\r\nX-Api-Key:\r\n\r\n",
		},
		{
			"malformed",
			"POST /?token=x\nAuthorization : abc\n def\nno colon\n\xff\xfe: \x00\nX: y\n folded",
			"POST /?token=••••••••\nAuthorization : ••••••••\n ••••••••\nno colon\n\xff\xfe: \x00\nX: y\n folded",
		},
		{"an answer", "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n", "HTTP/1.1 200 OK\r\nSet-Cookie: ••••••••\r\n\r\n"},
		{"nothing", "", ""},
		{"one word", "GET", "GET"},
	} {
		if got := string(telerivetMask().Head([]byte(c.in))); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
		if got := string((*Mask)(nil).Head([]byte(c.in))); got != c.in {
			t.Errorf("%s: no mask made %q", c.name, got)
		}
	}
}

func TestMaskTarget(t *testing.T) {
	for in, want := range map[string]string{
		"/a?b=c":                           "/a?b=c",
		"/a?access_token=x&b=%zz&&c#f":     "/a?access_token=••••••••&b=%zz&&c#f",
		"/a?%73ecret=x":                    "/a?%73ecret=••••••••",
		"http://u:pw@h:1/a?b=c":            "http://u:••••••••@h:1/a?b=c",
		"http://h/a@b?contact[password]=x": "http://h/a@b?contact[password]=••••••••",
		"*":                                "*",
		"http://u@h":                       "http://u:••••••••@h",
	} {
		if got := telerivetMask().Target(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestMaskBody(t *testing.T) {
	const form, jsonType = "application/x-www-form-urlencoded; charset=utf-8", "application/json"
	for _, c := range []struct{ name, kind, in, want string }{
		{
			"form", form, "event=a+b%7e&secret=x%20y&&;=%zz&secret=&contact%5Bvars%5D%5Bstatus_secret%5D=q&secrets=1&odd-proof=z",
			"event=a+b%7e&secret=••••••••&&;=%zz&secret=&contact%5Bvars%5D%5Bstatus_secret%5D=••••••••&secrets=1&odd-proof=••••••••",
		},
		{"form of no declared type", "", "a=b&secret=x", "a=b&secret=••••••••"},
		{"form called text", "text/plain", "a=b&secret=x", "a=b&secret=••••••••"},
		{
			"JSON", jsonType, `{ "a" : "secret", "secret" :"x\"y" ,"n":1.50,"deep":[{"status_secret":12e3,"b":"c"}],"token":""}`,
			`{ "a" : "secret", "secret" :"••••••••" ,"n":1.50,"deep":[{"status_secret":"••••••••","b":"c"}],"token":""}`,
		},
		{"JSON, escaped name", jsonType, `{"\u0073ecret":"x"}`, `{"\u0073ecret":"••••••••"}`},
		{
			"JSON, whole values", jsonType, `{"token":["a",{"b":"c","d":[1,"e"]},null],"e":"f","secret":{"x":"y"},"g":"h"}`,
			`{"token":["••••••••",{"b":"••••••••","d":["••••••••","••••••••"]},null],"e":"f","secret":{"x":"••••••••"},"g":"h"}`,
		},
		{"JSON, other kinds of value", jsonType, `{"secret":true,"a":"b","token":null,"c":"d"}`, `{"secret":true,"a":"b","token":null,"c":"d"}`},
		{"JSON, cut off in the value", jsonType, `{"a":1,"secret":"half`, `{"a":1,"secret":"••••••••"`},
		{"JSON, cut off in an escape", jsonType, `{"secret":"half\`, `{"secret":"••••••••"`},
		{"JSON, malformed", jsonType, `}]{"secret":'x',"token":"y",,]]`, `}]{"secret":'x',"token":"••••••••",,]]`},
		{"JSON, a value before a colon", jsonType, `{"secret":"x":"y"}`, `{"secret":"••••••••":"y"}`},
		{"JSON of no declared type", "", " {\"secret\":\"x\"}", " {\"secret\":\"••••••••\"}"},
		{"JSON of a vendor", "application/vnd.a+json", `[{"password":"x"}]`, `[{"password":"••••••••"}]`},
		{
			"multipart", `multipart/form-data; boundary="b b"`,
			"pre secret=x\r\n--b b\r\nContent-Disposition: form-data; name=\"secret\"\r\nX-Api-Key: k\r\n\r\nline\r\n--b bx\r\n--b b \r\n" +
				"Content-Disposition: form-data; name=a; filename=secret\r\nContent-Type: application/json\r\n\r\n{\"token\":\"x\"}\r\n--b b\r\n\r\nplain\r\n--b b--\r\nsecret=x",
			"pre secret=x\r\n--b b\r\nContent-Disposition: form-data; name=\"secret\"\r\nX-Api-Key: ••••••••\r\n\r\n••••••••\r\n--b b \r\n" +
				"Content-Disposition: form-data; name=a; filename=secret\r\nContent-Type: application/json\r\n\r\n{\"token\":\"••••••••\"}\r\n--b b\r\n\r\nplain\r\n--b b--\r\nsecret=x",
		},
		{
			"multipart, cut off, in one another", "multipart/mixed; boundary=a",
			"--a\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Disposition: x; name=token\n\nx\n--b--\n--a\nContent-Disposition: x; name=token\n\nhalf",
			"--a\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Disposition: x; name=token\n\n••••••••\n--b--\n--a\nContent-Disposition: x; name=token\n\n••••••••",
		},
		{"multipart without boundary", "multipart/mixed", "--a\r\n\r\n", "--a\r\n\r\n"},
		{
			"XML", "text/xml; charset=utf-8", `<?xml version="1.0"?><a><!-- secret --><w:Password Type="x">p&amp;w <b>q</b></w:Password><c token = 'x' d="secret"/><secret/><e>f</e></a>`,
			`<?xml version="1.0"?><a><!-- secret --><w:Password Type="x">•••••••• <b>••••••••</b></w:Password><c token = '••••••••' d="secret"/><secret/><e>f</e></a>`,
		},
		{"XML, CDATA and cut off", "application/soap+xml", "<token><![CDATA[ x ]]>\n<!--y--></token>z<token a=\"b\"> x", "<token><![CDATA[ •••••••• ]]>\n<!--••••••••--></token>z<token a=\"b\"> ••••••••"},
		{"XML of no declared type", "", "<?xml version='1.0'?><token>x</token>", "<?xml version='1.0'?><token>••••••••</token>"},
		{"XML, malformed", "text/xml", `<<token "'=>x</a><b secret=x>`, `<<token "'=>••••••••</a><b secret=x>`},
		{"binary", "application/octet-stream", "secret=x", "secret=x"},
		{"prose", "text/plain", "the token=x&password=y", "the token=x&password=y"},
		{"HTML", "text/html", "<p>secret=x&amp;</p>", "<p>secret=x&amp;</p>"},
		{"nothing", form, "", ""},
	} {
		if got := string(telerivetMask().Body(c.kind, []byte(c.in))); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if got := string((*Mask)(nil).Body(c.kind, []byte(c.in))); got != c.in {
			t.Errorf("%s: no mask made %q", c.name, got)
		}
	}
}

// FuzzMask: whatever comes, nothing panics, and what is hidden doesn't come through.
func FuzzMask(f *testing.F) {
	f.Add(`{"a":[{"secret":"x"}]}`, "application/json")
	f.Add(`a=b&c`, "application/x-www-form-urlencoded")
	f.Add("POST /?a=b HTTP/1.1\r\nA: b\r\n", "")
	f.Fuzz(func(t *testing.T, text, kind string) {
		const mark = "Zq7vMarkZq7v"
		if strings.Contains(text, mark) {
			return
		}
		m := NewMask(nil, nil)
		m.Body(kind, []byte(text))
		m.Head([]byte(text))
		m.Target(text)
		quoted := `{"a":"` + strings.NewReplacer(`\`, "", `"`, "").Replace(text) + `","secret":"` + mark + `"` + text
		if got := string(m.Body("application/json", []byte(quoted))); strings.Contains(got, mark) {
			t.Errorf("JSON %q shows it: %q", quoted, got)
		}
		head := "GET / HTTP/1.1\r\n" + strings.ReplaceAll(strings.ReplaceAll(text, "\r", ""), "\n", "") + "\r\nAuthorization: " + mark + "\r\n"
		if got := string(m.Head([]byte(head))); strings.Contains(got, mark) {
			t.Errorf("head %q shows it: %q", head, got)
		}
		xml := strings.NewReplacer("<", "", ">", "", "'", "", `"`, "").Replace(text) + "<a><secret>" + mark + "</secret>" + text
		if got := string(m.Body("text/xml", []byte(xml))); strings.Contains(got, mark) {
			t.Errorf("XML %q shows it: %q", xml, got)
		}
		parts := "--b\r\nContent-Disposition: form-data; name=secret\r\n\r\n" + mark + "\r\n--b\r\n" + text
		if got := string(m.Body("multipart/form-data; boundary=b", []byte(parts))); strings.Contains(got, mark) {
			t.Errorf("parts %q show it: %q", parts, got)
		}
		form := text + "&secret=" + mark
		if got := string(m.Body("application/x-www-form-urlencoded", []byte(form))); strings.Contains(got, mark) {
			t.Errorf("form %q shows it: %q", form, got)
		}
	})
}
