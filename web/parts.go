package web

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/quotedprintable"
	"strings"

	"devhook/inspector/export"
	"devhook/web/view"
)

const (
	partsShown = 100 // parts of a multipart body that are drawn
	partsDeep  = 4   // multipart bodies in one another that are taken apart
)

// fillParts draws the parts of a multipart body, each by its own type; false: it can't be taken apart.
func (p presenter) fillParts(b *view.Body, kind string, data []byte, more bool, deep int) bool {
	if deep == partsDeep {
		b.Said = "multipart bodies nested deeper than " + view.Counted(partsDeep, "level")
		return false
	}
	parts, err := export.Parts(kind, data)
	if len(parts) == 0 {
		b.Said = "not well-formed " + visible(mediaType(kind), false)
		if err != nil {
			b.Said += ": " + visible(err.Error(), false)
		}
		return false
	}
	b.Kind, b.Said, b.Good = "multipart", view.Counted(len(parts), "part"), err == nil
	switch {
	case errors.Is(err, export.ErrEnd) && more: // no wonder
	case errors.Is(err, export.ErrEnd):
		b.Mistake = p.mistake(kind, data, len(data), "the text ends before the last boundary")
	case err != nil:
		b.Said = visible(mediaType(kind), false) + ": " + err.Error()
	}
	for i, one := range parts {
		if i == partsShown {
			b.Cut = "Shown are the first " + view.Counted(partsShown, "part") + "; Save has all of them."
			break
		}
		v := p.part(one, more && i == len(parts)-1, deep)
		b.Masked += v.Body.Masked + v.Masked
		b.Parts = append(b.Parts, v)
	}
	return true
}

// part is one of them. What belongs to a masked name is masked whole, whatever it is.
func (p presenter) part(one export.Part, more bool, deep int) view.BodyPart {
	name, file := one.Name(), one.File()
	v := view.BodyPart{Name: label(name), File: label(file), Size: size(int64(len(one.Body)))}
	for line := range bytes.Lines(one.Head) {
		n, value, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ":")
		if n == "" && value == "" {
			continue
		}
		value = strings.Trim(value, " \t")
		shown := p.mask.Header(n, value)
		h := view.Header{Name: visible(n, false), Value: visible(shown, false), Masked: shown != value}
		if h.Masked {
			v.Masked++
		}
		v.Headers = append(v.Headers, h)
	}
	if p.mask.HidesField(name) && len(one.Body) > 0 {
		v.Secret = p.lifts.secret(p.lifts.next(), string(one.Body))
		if !v.Lifted {
			v.Masked++
			v.Body = view.Body{Kind: "text", Said: "masked"}
			v.Body.Text.Text = export.Hidden
			return v
		}
	}
	data, said, cut := transferred(one)
	kind := orWord(one.Value("Content-Type"), "text/plain")
	v.Body = p.content(kind, data, more || cut, deep+1)
	if said != "" {
		v.Body.Said += ", " + said
	}
	if pic := imageOf(data, int64(len(data))); pic != nil {
		v.Body.Said = pic.Alt
	}
	return v
}

// transferred undoes how a part was encoded for mail.
func transferred(one export.Part) (data []byte, said string, cut bool) {
	name := strings.ToLower(strings.TrimSpace(one.Value("Content-Transfer-Encoding")))
	var r io.Reader = bytes.NewReader(one.Body)
	switch name {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	default:
		return one.Body, "", false
	}
	out, err := io.ReadAll(r) // shorter than what it was made from
	if err != nil {
		return out, "decoded from " + name + " up to where it is damaged", true
	}
	return out, "decoded from " + name, false
}
