package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"devhook/web/view"
)

// typed is what stands in the form of the edit page.
type typed struct {
	method, target, to string
	lines              []typedLine
	text               string // the body's text area
	hasText            bool
	replace            bool // a body that can't be shown as text is to be replaced by the text
	file               []byte
	fileName           string
	resign, reveal     bool
	nonce, print       string
	do                 string // which button was pressed: "" sends
}

// typedLine is one row of the headers. of is the recorded line it was filled with, -1 for a row that was added.
type typedLine struct {
	of          int
	name, value string
}

// lineMost is how many header lines a request may have, as on its way in.
const lineMost = 200

// readTyped reads the form, with a file in it or without.
func readTyped(w http.ResponseWriter, r *http.Request) (typed, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return typed{}, fault{http.StatusUnsupportedMediaType, "this takes the form of a page", err}
	}
	raw, err := readAll(w, r, editBytes)
	if err != nil {
		return typed{}, err
	}
	var t typed
	var f url.Values
	if kind == "multipart/form-data" {
		f, err = t.parts(multipart.NewReader(bytes.NewReader(raw), params["boundary"]))
	} else {
		f, err = url.ParseQuery(string(raw))
	}
	if err != nil {
		return typed{}, fault{http.StatusBadRequest, "the form can’t be read", err}
	}
	t.method, t.target, t.to = strings.TrimSpace(f.Get("verb")), strings.TrimSpace(f.Get("target")), strings.TrimSpace(f.Get("to"))
	t.text, t.hasText, t.replace = f.Get("text"), f.Has("text"), f.Get("body") == "text"
	t.resign, t.reveal, t.nonce, t.do = f.Get("resign") != "", f.Get("reveal") != "", f.Get("nonce"), f.Get("do")
	t.print = t.fingerprint(f)
	if t.nonce == "" {
		return typed{}, bad("this form is not complete; load the page again")
	}
	return t, t.rows(f)
}

// fieldMost bounds the parts of the form: three for each header line, and a few more.
const fieldMost = 3*(lineMost+20) + 50

func (t *typed) parts(m *multipart.Reader) (url.Values, error) {
	f := url.Values{}
	for n := 0; ; n++ {
		p, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		if n > fieldMost {
			return nil, errors.New("web: read form: more fields than it has")
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return nil, err
		}
		switch {
		case p.FormName() != "file":
			f.Add(p.FormName(), string(b))
		case p.FileName() != "": // a browser sends the nameless part of an empty field
			t.file, t.fileName = b, p.FileName()
		}
	}
}

// fingerprint tells one edit from another under the same nonce: a page that was gone back to has the old one.
func (t *typed) fingerprint(f url.Values) string {
	sum := sha256.New()
	_, _ = io.WriteString(sum, f.Encode()+"\x00"+t.fileName+"\x00")
	_, _ = sum.Write(t.file)
	return hex.EncodeToString(sum.Sum(nil))
}

// rows puts names, values and where they came from together again.
func (t *typed) rows(f url.Values) error {
	names, values, of := f["name"], f["value"], f["of"]
	if len(names) != len(values) || len(names) != len(of) {
		return bad("this form is not complete; load the page again")
	}
	if len(names) > lineMost+20 {
		return bad("a request has at most " + strconv.Itoa(lineMost) + " header lines")
	}
	for i, name := range names {
		l := typedLine{of: -1, name: strings.TrimSpace(name), value: strings.Trim(values[i], " \t")}
		if of[i] != "" {
			n, err := strconv.Atoi(of[i])
			if err != nil || n < 0 {
				return bad("this form is not complete; load the page again")
			}
			l.of = n
		}
		t.lines = append(t.lines, l)
	}
	return nil
}

// press does what the buttons do that send nothing, and says whether it was one of them.
func (t *typed) press() (stays bool) {
	what, which, _ := strings.Cut(t.do, " ")
	switch what {
	case "check", "reveal":
		return true
	case "add":
		if len(t.lines) < lineMost {
			t.lines = append(t.lines, typedLine{of: -1})
		}
		return true
	case "remove":
		if n, err := strconv.Atoi(which); err == nil && n >= 0 && n < len(t.lines) {
			t.lines = append(t.lines[:n:n], t.lines[n+1:]...)
		}
		return true
	}
	return false
}

// view is the rows as they are drawn.
func (l typedLine) view() view.EditLine {
	v := view.EditLine{Name: l.name, Value: l.value}
	if l.of >= 0 {
		v.Of = strconv.Itoa(l.of)
	}
	return v
}
