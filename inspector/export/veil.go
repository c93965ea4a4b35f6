package export

import (
	"errors"
	"strconv"
	"strings"
)

// A Veil is text whose credentials are hidden under a sign each, so that what is around them can be edited and the real
// ones be put back: a sign may be moved, doubled or left out.
type Veil struct {
	Text string // what may be shown

	mark  string   // stands in the text nowhere but in signs
	signs []string // as they stand in Text, with their quotes
	pairs []string // sign, value, sign, value: for a Replacer
}

// ErrSign says that an edited text holds something like a sign that stands for no value.
var ErrSign = errors.New("export: a masked value was changed")

// VeilBody masks a body as Body does.
func (m *Mask) VeilBody(contentType, body string) *Veil {
	return m.under(body, func(m *Mask) string { return string(m.Body(contentType, []byte(body))) })
}

// VeilTarget masks a request target as Target does.
func (m *Mask) VeilTarget(target string) *Veil {
	return m.under(target, func(m *Mask) string { return m.Target(target) })
}

// under masks a text with signs of its own instead of Hidden.
func (m *Mask) under(text string, hide func(*Mask) string) *Veil {
	v := &Veil{Text: text, mark: "••••"}
	if m == nil {
		return v
	}
	for strings.Contains(text, v.mark) {
		v.mark += "•"
	}
	veiled := *m
	veiled.veil = v
	v.Text = hide(&veiled)
	return v
}

// cover gives a value its sign.
func (v *Veil) cover(value, quote string) string {
	sign := quote + v.mark + strconv.Itoa(len(v.signs)+1) + v.mark + quote
	v.signs = append(v.signs, sign)
	v.pairs = append(v.pairs, sign, value)
	return sign
}

// Hides is how many values are hidden.
func (v *Veil) Hides() int { return len(v.signs) }

// Lift puts the real values into text that was edited under the veil. What is left of a sign that was changed would be
// sent in place of a credential, so it is an ErrSign.
func (v *Veil) Lift(edited string) (string, error) {
	if len(v.signs) == 0 {
		return edited, nil
	}
	rest := edited
	for _, s := range v.signs {
		rest = strings.ReplaceAll(rest, s, "")
	}
	if strings.Contains(rest, v.mark) {
		return "", ErrSign
	}
	return strings.NewReplacer(v.pairs...).Replace(edited), nil
}
