package web

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"devhook/inspector/export"
	"devhook/web/view"
)

const (
	previewBytes = 1 << 20  // how much of a body is looked at for a page
	hexBytes     = 16 << 10 // how much of it is drawn as a hex dump
)

// body is the pretty view: a tree, a table, text or a hex dump, and what is to be said of it.
func (p presenter) body(o opened) view.Body {
	c := o.capture
	b := view.Body{Save: "/api/requests/" + c.ID + "/body", Size: size(c.BodySize)}
	if c.BodySize == 0 {
		b.Kind, b.Said = "empty", "No body"
		return b
	}
	data, said, cut := plain(headerOf(c.Head, "Content-Encoding"), o.body)
	kind := contentType(c.Head)
	p.fill(&b, kind, data, o.more || cut)
	if said != "" {
		b.Said += ", " + said
	}
	if o.more {
		b.Cut = "Shown are the first " + size(previewBytes) + " of " + size(c.BodySize) + "; Save has all of it."
	}
	return b
}

// fill takes the most telling form that fits; a body that claims a form and doesn't fit it is shown as text.
func (p presenter) fill(b *view.Body, kind string, data []byte, more bool) {
	media := mediaType(kind)
	switch {
	case media == "application/x-www-form-urlencoded" && !more:
		b.Kind, b.Said, b.Good = "form", "form fields, decoded", true
		b.Groups, b.Masked = p.fields(string(data))
		return
	case looksJSON(media, data) && !more:
		tree, err := p.tree(data)
		if err == nil {
			b.Kind, b.Said, b.Good, b.Tree = "JSON", "well-formed JSON", true, tree.root
			b.Masked, b.Cut = tree.masked, tree.cut()
			return
		}
		b.Said = "not well-formed JSON: " + visible(err.Error(), false)
	}
	shown := p.mask.Body(kind, data)
	if !bytes.Equal(shown, data) {
		b.Masked = 1
	}
	b.Text = textOf(shown, int64(len(shown)), false)
	b.Kind = "text"
	if b.Text.Hex {
		b.Kind = "binary"
	}
	if b.Said == "" {
		b.Said = orWord(visible(media, false), "no content type") + map[bool]string{true: ", not text", false: ""}[b.Text.Hex]
	}
}

// plain undoes gzip for the preview, within its bounds.
func plain(encoding string, data []byte) (out []byte, said string, cut bool) {
	if !strings.EqualFold(strings.TrimSpace(encoding), "gzip") {
		return data, "", false
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return data, "called gzip but isn’t", false
	}
	out, err = io.ReadAll(io.LimitReader(z, previewBytes))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return data, "called gzip but damaged", false
	}
	if len(out) == previewBytes {
		return out, "unpacked from gzip and cut at " + size(previewBytes), true
	}
	return out, "unpacked from gzip", false
}

func looksJSON(media string, data []byte) bool {
	if strings.HasSuffix(media, "json") {
		return true
	}
	t := bytes.TrimLeft(data, " \t\r\n")
	return len(t) > 0 && (t[0] == '{' || t[0] == '[') && media != "text/html"
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
		f := view.Field{Name: label(name), Aka: moment(name, value)}
		if p.mask.HidesField(name) {
			f.Value, f.Aka = export.Hidden, ""
			masked++
		} else {
			f.Value = visible(value, true)
		}
		g := &groups[at[group]]
		g.Fields = append(g.Fields, f)
	}
	return groups, masked
}

// decoded undoes a form's escapes; what is no valid escape stays as it came.
func decoded(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}
