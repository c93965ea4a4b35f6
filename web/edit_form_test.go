package web

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// filled is the form of an edit page as a browser would send it: every field as it stands in the HTML.
type filled struct {
	t      *testing.T
	action string
	url.Values
}

var (
	formAction = regexp.MustCompile(`<form id="edit"[^>]* action="([^"]*)"`)
	fieldTag   = regexp.MustCompile(`<input[^>]*>`)
	areaTag    = regexp.MustCompile(`(?s)<textarea[^>]*name="text"[^>]*>(.*?)</textarea>`)
	optionTag  = regexp.MustCompile(`<option selected>([^<]*)</option>`)
)

func attr(tag, name string) string {
	m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func fill(t *testing.T, page string) filled {
	t.Helper()
	action := formAction.FindStringSubmatch(page)
	if action == nil {
		t.Fatalf("no form in\n%s", page)
	}
	f := filled{t, html.UnescapeString(action[1]), url.Values{"verb": {html.UnescapeString(optionTag.FindStringSubmatch(page)[1])}}}
	page, _, _ = strings.Cut(page, "<template") // what stands in it is no part of the form
	whole := page
	for _, tag := range fieldTag.FindAllString(whole, -1) {
		kind, name := attr(tag, "type"), attr(tag, "name")
		if name == "" || kind == "file" || kind == "search" || (kind == "radio" || kind == "checkbox") && !strings.Contains(tag, " checked") {
			continue
		}
		f.Add(name, attr(tag, "value"))
	}
	return f
}

// filledForm fetches an edit page and fills its form, the text area too.
func (r *room) filledForm(path string) filled {
	r.Helper()
	return r.filledPage(r.get(path).is(200).body)
}

func (r *room) filledPage(page string) filled {
	r.Helper()
	f := fill(r.T, page)
	_, rest, _ := strings.Cut(page, "</template>")
	for _, tag := range fieldTag.FindAllString(rest, -1) {
		if strings.Contains(tag, " checked") {
			f.Set(attr(tag, "name"), attr(tag, "value"))
		}
	}
	if m := areaTag.FindStringSubmatch(rest); m != nil {
		f.Set("text", browsed(strings.TrimPrefix(html.UnescapeString(m[1]), "\n")))
	}
	return f
}

// line changes the value of a header's row.
func (f filled) line(name, to string) {
	f.t.Helper()
	for i, n := range f.Values["name"] {
		if strings.EqualFold(n, name) {
			f.Values["value"][i] = to
			return
		}
	}
	f.t.Fatalf("no row %q in %v", name, f.Values["name"])
}

func (f filled) addLine(name, value string) {
	f.Add("of", "")
	f.Add("name", name)
	f.Add("value", value)
}

// multipart is the form as the page's own encoding has it, with a file.
func (f filled) multipart(file []byte) (body, kind string) {
	f.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range f.Values {
		for _, v := range values {
			if err := m.WriteField(name, v); err != nil {
				f.t.Fatal(err)
			}
		}
	}
	name := ""
	if file != nil {
		name = "body.bin"
	}
	w, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = w.Write(file)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}

// send sends the form as a browser does and returns what came back.
func (r *room) send(f filled, file []byte) *answered {
	r.Helper()
	body, kind := f.multipart(file)
	return r.call("POST", f.action, body, "Content-Type: "+kind, "Origin: "+r.url, "Sec-Fetch-Site: same-origin")
}
