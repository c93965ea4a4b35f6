package web

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"devhook/inspector/export"
	"devhook/web/view"
)

const (
	previewBytes = 1 << 20  // how much of a body is read for a page
	textBytes    = 1 << 20  // how much of it is drawn as text
	hexBytes     = 16 << 10 // how much of it is drawn as a hex dump
)

// body is the pretty view: a tree, a table, text or a hex dump, and what is to be said of it.
func (p presenter) body(o opened) view.Body {
	c := o.capture
	if c.BodySize == 0 {
		return view.Body{Kind: "empty", Said: "No body"}
	}
	kind := contentType(c.Head)
	u := unpack(headersOf(c.Head, "Content-Encoding"), o.body, o.more)
	b := p.content(kind, u.data, u.cut, 0)
	b.Save = "/api/requests/" + c.ID + "/body"
	if u.said != "" {
		b.Said += ", " + u.said
		b.Good = b.Good && !u.bad
	}
	if pic := imageOf(o.body, c.BodySize); pic != nil && u.said == "" {
		pic.Src = "/requests/" + c.ID + "/image"
		b.Kind, b.Said, b.Good, b.Image = "image", pic.Alt, true, pic
	}
	if o.more {
		b.Cut = "Shown are the first " + size(previewBytes) + " of " + size(c.BodySize) + "; Save has all of it."
	}
	return b
}

// content is the view of a body or of a part of one. more says that data is only its start; deep counts the multipart
// bodies around it.
func (p presenter) content(kind string, data []byte, more bool, deep int) view.Body {
	var b view.Body
	data, said := decodeText(kind, data)
	p.fill(&b, kind, data, more, deep)
	if said != "" {
		b.Said += ", " + said
	}
	return b
}

// fill takes the most telling form that fits; a body that claims a form and doesn't fit it is shown as text, with the
// place where it doesn't.
func (p presenter) fill(b *view.Body, kind string, data []byte, more bool, deep int) {
	media := mediaType(kind)
	switch {
	case media == "application/x-www-form-urlencoded" && !more:
		b.Kind, b.Said, b.Good = "form", "form fields, decoded", true
		b.Groups, b.Masked = p.fields(string(data))
		if b.Mistake = p.formMistake(kind, data); b.Mistake != nil {
			b.Good = false
		}
		return
	case looksJSON(media, data):
		if p.fillJSON(b, kind, data, more) {
			return
		}
	case looksXML(media, data) && isText(data):
		p.fillXML(b, kind, data, more)
		return
	case strings.HasPrefix(media, "multipart/"):
		if p.fillParts(b, kind, data, more, deep) {
			return
		}
	}
	p.fillText(b, kind, data)
}

// fillJSON draws a tree; false: it is no JSON, or only the start of it.
func (p presenter) fillJSON(b *view.Body, kind string, data []byte, more bool) bool {
	if more {
		return false
	}
	tree, err := p.tree(data)
	if err == nil {
		b.Kind, b.Said, b.Good, b.Tree = "JSON", "well-formed JSON", true, tree.root
		b.Masked, b.Cut = tree.masked, tree.cut()
		return true
	}
	if !errors.Is(err, errDeep) {
		b.Mistake = p.jsonMistake(kind, data)
	}
	if b.Said = "not well-formed JSON"; b.Mistake == nil {
		b.Said = "JSON that is not shown as such: " + visible(err.Error(), false)
	}
	return false
}

// fillText is what is left: text, or a hex dump.
func (p presenter) fillText(b *view.Body, kind string, data []byte) {
	shown := p.mask.Body(kind, data)
	if !bytes.Equal(shown, data) {
		b.Masked = 1
	}
	b.Text = textOf(shown[:min(textBytes, len(shown))], int64(len(shown)), false)
	b.Kind = "text"
	if b.Text.Hex {
		b.Kind = "binary"
	}
	if b.Said == "" {
		b.Said = orWord(visible(mediaType(kind), false), "no content type") + map[bool]string{true: ", not text", false: ""}[b.Text.Hex]
	}
}

func looksJSON(media string, data []byte) bool {
	if strings.HasSuffix(media, "json") {
		return true
	}
	t := bytes.TrimLeft(data, " \t\r\n")
	return len(t) > 0 && (t[0] == '{' || t[0] == '[') && media != "text/html"
}

// looksXML goes by the type, or by how every XML text of some care begins. HTML is text.
func looksXML(media string, data []byte) bool {
	if media == "application/xhtml+xml" {
		return false
	}
	return strings.HasSuffix(media, "/xml") || strings.HasSuffix(media, "+xml") || bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("<?xml"))
}

// textOf is bytes as text with what can't be seen escaped, or as a hex dump if they are no text. whole is how many
// there are in all.
func textOf(data []byte, whole int64, truncated bool) view.Text {
	var t view.Text
	if truncated {
		t.Cut = "Only the first part of " + size(whole) + " was recorded."
	} else if whole > int64(len(data)) {
		t.Cut = "Shown are the first " + size(int64(len(data))) + " of " + size(whole) + "."
	}
	if isText(data) {
		t.Text = visible(string(data), true)
		return t
	}
	if len(data) > hexBytes {
		data = data[:hexBytes]
		t.Cut = "Shown are the first " + size(hexBytes) + " of " + size(whole) + "."
	}
	t.Hex, t.Text = true, hex.Dump(data)
	return t
}

// isText says that bytes are UTF-8 without a NUL; a character cut off at the end is forgiven.
func isText(data []byte) bool {
	if bytes.IndexByte(data, 0) >= 0 {
		return false
	}
	for i := 0; i < utf8.UTFMax && i < len(data); i++ {
		if utf8.Valid(data[:len(data)-i]) {
			return true
		}
	}
	return len(data) == 0
}

// maxFields is how many form fields are drawn.
const maxFields = 2000

// fields are a form's, decoded, in their order; names like contact[vars][city] are put under what they share.
func (p presenter) fields(body string) (groups []view.Group, masked int) {
	at := map[string]int{"": 0}
	groups = []view.Group{{}}
	n := 0
	for part := range strings.SplitSeq(body, "&") {
		if part == "" {
			continue
		}
		if n++; n > maxFields {
			groups = append(groups, view.Group{Name: "more fields than are shown"})
			break
		}
		name, value, _ := strings.Cut(part, "=")
		name, value = decoded(name), decoded(value)
		group := ""
		if i := strings.IndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") {
			group = name[:i]
		}
		if _, ok := at[group]; !ok {
			at[group] = len(groups)
			groups = append(groups, view.Group{Name: label(group)})
		}
		f := p.field(name, value, p.lifts.next)
		if f.Ref != "" && !f.Lifted || f.Hidden {
			masked++
		}
		g := &groups[at[group]]
		g.Fields = append(g.Fields, f)
	}
	return groups, masked
}

// field is one of a form or a query; ref gives its reference if it is masked.
func (p presenter) field(name, value string, ref func() string) view.Field {
	f := view.Field{Name: label(name), Value: visible(value, true), Aka: p.aka(name, value)}
	if value == "" || !p.mask.HidesField(name) { // that one is empty may be what is wrong
		return f
	}
	f.Secret = p.lifts.secret(ref(), value)
	if !f.Lifted {
		f.Value, f.Aka, f.Hidden = export.Hidden, "", true
	}
	return f
}

// decoded undoes a form's escapes; what is no valid escape stays as it came.
func decoded(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}
