package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"devhook/web/view"
)

const xmlTokens = 50_000 // of a longer text the lines are left as they came

// xmlToken is one as it was written; empty is a closing tag that was not.
type xmlToken struct {
	kind  byte // '<' opens, '>' closes, 't' is text, '!' is anything else
	text  string
	empty bool
}

// fillXML shows a text with a line and an indent for each element, or as it is with a mark where it is no XML.
func (p presenter) fillXML(b *view.Body, kind string, data []byte, more bool) {
	shown := p.mask.Body(kind, data)
	if !bytes.Equal(shown, data) {
		b.Masked = 1
	}
	b.Kind, b.Said, b.Good = "XML", "well-formed XML", true
	tokens, at, err := xmlTokensOf(shown)
	switch {
	case more: // no wonder that its end is missing
		b.Said, b.Good = "XML", false
	case err != nil:
		b.Said, b.Good = "not well-formed XML", false
		var syntax *xml.SyntaxError
		what := err.Error()
		if errors.As(err, &syntax) {
			what = syntax.Msg
		}
		b.Mistake = (presenter{}).mistake(kind, shown, at, what) // it is masked already
	}
	if err != nil || more || len(tokens) == 0 {
		b.Text = textOf(shown[:min(textBytes, len(shown))], int64(len(shown)), false)
		return
	}
	text := indentedXML(tokens)
	b.Text = textOf([]byte(text[:min(textBytes, len(text))]), int64(len(text)), false)
}

var errManyTags = errors.New("more than " + strconv.Itoa(xmlTokens) + " tags and texts")

// xmlTokensOf reads a text; at is where an error was met.
func xmlTokensOf(data []byte) (list []xmlToken, at int, err error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	deep, roots := 0, 0
	for {
		from := int(d.InputOffset())
		tok, err := d.Token()
		at := int(d.InputOffset())
		switch {
		case errors.Is(err, io.EOF) && roots == 0:
			return nil, at, errors.New("there is no element in it")
		case errors.Is(err, io.EOF):
			return list, at, nil
		case err != nil:
			return nil, at, err
		case len(list) == xmlTokens:
			return nil, at, errManyTags
		case deep > treeDepth:
			return nil, at, errDeep
		}
		t := xmlToken{kind: '!', text: string(data[from:at])}
		switch tok.(type) {
		case xml.StartElement:
			t.kind = '<'
			deep, roots = deep+1, roots+1
		case xml.EndElement:
			t.kind, t.empty = '>', from == at
			deep--
		case xml.CharData:
			if t.kind = 't'; strings.HasPrefix(t.text, "<![CDATA[") {
				t.kind = '!'
			}
		}
		list = append(list, t)
	}
}

// indentedXML sets each element on a line of its own; one that holds only text stays on one.
func indentedXML(list []xmlToken) string {
	var b strings.Builder
	deep := 0
	put := func(text string) {
		b.WriteString(strings.Repeat("  ", max(0, deep)) + text + "\n")
	}
	for i := 0; i < len(list); i++ {
		t := list[i]
		switch t.kind {
		case '<':
			line, n := oneLine(list[i:])
			put(line)
			if i += n - 1; n == 1 {
				deep++
			}
		case '>':
			deep--
			if !t.empty {
				put(t.text)
			}
		default:
			if text := strings.TrimSpace(t.text); text != "" {
				put(text)
			}
		}
	}
	return b.String()
}

// oneLine is an element with nothing or only text in it, and how many tokens that are; or else only its opening tag.
func oneLine(list []xmlToken) (line string, n int) {
	switch {
	case len(list) > 1 && list[1].kind == '>':
		return list[0].text + list[1].text, 2
	case len(list) > 2 && list[1].kind == 't' && list[2].kind == '>':
		return list[0].text + list[1].text + list[2].text, 3
	}
	return list[0].text, 1
}
