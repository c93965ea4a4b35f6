package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"devhook/web/view"
)

const (
	mistakeBefore = 60 // characters shown before a mistake in its line
	mistakeAfter  = 20 // and behind it
)

// mistake shows where a text stops being what it claims to be. at is the byte that is wrong, or the length of the text
// where its end comes too early. Where credentials are masked, nothing is shown behind it: what is masked there can't
// be told.
func (p presenter) mistake(kind string, data []byte, at int, what string) *view.Mistake {
	at = max(0, min(at, len(data)))
	from := bytes.LastIndexByte(data[:at], '\n') + 1
	m := &view.Mistake{
		Where: fmt.Sprintf("Line %d, column %d", 1+bytes.Count(data[:at], []byte("\n")), 1+utf8.RuneCount(data[from:at])),
		What:  visible(what, false),
	}
	before, after := data[from:at], data[at:]
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	if !bytes.Equal(p.mask.Body(kind, data), data) {
		shown := p.mask.Body(kind, data[:at])
		before, after = shown[bytes.LastIndexByte(shown, '\n')+1:], nil
	}
	start, end := []rune(string(before)), []rune(strings.TrimRight(string(after), "\r"))
	if len(start) > mistakeBefore {
		start = append([]rune("…"), start[len(start)-mistakeBefore:]...)
	}
	if len(end) > mistakeAfter {
		end = append(end[:mistakeAfter:mistakeAfter], '…')
	}
	lead := visible(string(start), false)
	m.Source = lead + visible(string(end), false)
	m.Caret = strings.Repeat(" ", utf8.RuneCountInString(lead)) + "^"
	return m
}

// jsonMistake is where a text is no JSON, or nil if that isn't why it can't be shown.
func (p presenter) jsonMistake(kind string, data []byte) *view.Mistake {
	var raw json.RawMessage
	var wrong *json.SyntaxError
	if !errors.As(json.Unmarshal(data, &raw), &wrong) {
		return nil
	}
	at := int(wrong.Offset) - 1 // it counts the wrong byte too
	if strings.HasPrefix(wrong.Error(), "unexpected end") {
		at = len(data)
	}
	return p.mistake(kind, data, at, wrong.Error())
}

// formMistake is the first escape of a form that is none, or nil.
func (p presenter) formMistake(kind string, data []byte) *view.Mistake {
	for i := 0; i < len(data); i++ {
		if data[i] != '%' {
			continue
		}
		if i+2 >= len(data) || !isHex(data[i+1]) || !isHex(data[i+2]) {
			return p.mistake(kind, data, i, "a % is not followed by two hexadecimal digits; it is shown as it came")
		}
		i += 2
	}
	return nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
