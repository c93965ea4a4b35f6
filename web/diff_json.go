package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"devhook/inspector/export"
)

// orderedMost is how many values a JSON body may have to be put in order for a diff.
const orderedMost = 100_000

var errMany = errors.New("more than " + strconv.Itoa(orderedMost) + " values")

// jsonValue is a value of a JSON text that knows how it was written.
type jsonValue struct {
	kind    byte   // '{', '[', 's', 'n' or 'w'
	raw     string // a scalar as it was written
	canon   string // a scalar in the one form that equal ones share
	keyRaw  string // the key it stands under as it was written, and as it is meant
	key     string
	members []*jsonValue // of objects and lists, in their order
}

// jsonReader takes a JSON text apart, with the spaces between its parts.
type jsonReader struct {
	data  []byte
	dec   *json.Decoder
	at    int // how far data is read
	gaps  []byte
	count int
}

// orderedJSON reads a text that is one JSON value; gaps are the spaces in it, one piece after the other.
func orderedJSON(data []byte) (v *jsonValue, gaps []byte, err error) {
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	if v, err = r.value(0); err != nil {
		return nil, nil, err
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("something follows the value")
	}
	return v, append(r.gaps, r.data[r.at:]...), nil
}

// token is the next one and how it was written.
func (r *jsonReader) token() (json.Token, string, error) {
	tok, err := r.dec.Token()
	if err != nil {
		return nil, "", noEOF(err)
	}
	end := int(r.dec.InputOffset())
	text := r.data[r.at:end]
	n := 0
	for ; n < len(text) && strings.IndexByte(" \t\r\n,:", text[n]) >= 0; n++ {
		if text[n] != ',' && text[n] != ':' {
			r.gaps = append(r.gaps, text[n])
		}
	}
	r.gaps = append(r.gaps, '|')
	r.at = end
	return tok, string(text[n:]), nil
}

func (r *jsonReader) value(depth int) (*jsonValue, error) {
	tok, raw, err := r.token()
	if err != nil {
		return nil, err
	}
	if r.count++; r.count > orderedMost {
		return nil, errMany
	}
	if depth > treeDepth {
		return nil, errDeep
	}
	switch t := tok.(type) {
	case json.Delim:
		return r.collection(byte(t), depth)
	case string:
		return &jsonValue{kind: 's', raw: raw, canon: encoded(t)}, nil
	case json.Number:
		return &jsonValue{kind: 'n', raw: raw, canon: plainNumber(raw)}, nil
	}
	return &jsonValue{kind: 'w', raw: raw, canon: raw}, nil
}

func (r *jsonReader) collection(kind byte, depth int) (*jsonValue, error) {
	v := &jsonValue{kind: kind}
	for r.dec.More() {
		key, raw := "", ""
		if kind == '{' {
			tok, text, err := r.token()
			if err != nil {
				return nil, err
			}
			key, _ = tok.(string)
			raw = text
		}
		m, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		m.key, m.keyRaw = key, raw
		v.members = append(v.members, m)
	}
	_, _, err := r.token()
	return v, err
}

// encoded is a string as JSON writes it with as few escapes as it can.
func encoded(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be written
	return strings.TrimSuffix(b.String(), "\n")
}

// plainNumber is a number in one form: its digits without zeros around them, and where the point is. It is never
// computed, so that 1e999999999 is no trouble.
func plainNumber(s string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "-", rest
	}
	digits, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.ParseInt(strings.TrimPrefix(s[i+1:], "+"), 10, 40)
		if err != nil {
			return sign + s
		}
		digits, exp = s[:i], int(n)
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	exp -= len(fraction)
	digits = strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return sign + "0"
	}
	return sign + short + "e" + strconv.Itoa(exp+len(digits)-len(short))
}

// sorted are a value's members in the order a diff shows them: an object's by their keys.
func (v *jsonValue) sorted() []*jsonValue {
	if v.kind != '{' {
		return v.members
	}
	list := slices.Clone(v.members)
	slices.SortStableFunc(list, func(a, b *jsonValue) int { return strings.Compare(a.key, b.key) })
	return list
}

// jsonLines writes a value as lines, keys in order, as a diff compares them.
type jsonLines struct {
	presenter
	out []line
}

func (p presenter) jsonLines(v *jsonValue) []line {
	w := &jsonLines{presenter: p}
	w.value(v, "", 0, "")
	return w.out
}

// value writes one value under its key; name is what it is called for the mask, also in a list.
func (w *jsonLines) value(v *jsonValue, name string, deep int, tail string) {
	start := ""
	if v.keyRaw != "" {
		name, start = v.key, encoded(v.key)+": "
	}
	switch {
	case w.mask.HidesField(name) && v.canon != `""`:
		w.add(line{cmp: start + whole(v), text: visible(start, false) + `"` + export.Hidden + `"`, deep: deep, tail: tail, masked: true})
	case v.kind != '{' && v.kind != '[':
		shown := v.canon
		if v.kind == 'n' {
			shown = v.raw
		}
		w.add(line{cmp: start + v.canon, text: visible(start+shown, false), deep: deep, tail: tail})
	case len(v.members) == 0:
		w.bracket(start+string(v.kind)+closing(v.kind), deep, tail)
	default:
		w.bracket(start+string(v.kind), deep, "")
		list := v.sorted()
		for i, m := range list {
			comma := ","
			if i == len(list)-1 {
				comma = ""
			}
			w.value(m, name, deep+1, comma)
		}
		w.bracket(closing(v.kind), deep, tail)
	}
}

// add takes a line; how deep it stands is part of what is compared.
func (w *jsonLines) add(l line) {
	l.cmp = strconv.Itoa(l.deep) + " " + l.cmp
	w.out = append(w.out, l)
}

func (w *jsonLines) bracket(text string, deep int, tail string) {
	w.add(line{cmp: text, text: visible(text, false), deep: deep, tail: tail})
}

// closing ends what kind begins.
func closing(kind byte) string {
	if kind == '{' {
		return "}"
	}
	return "]"
}

// whole is a value in the one form that equal ones share.
func whole(v *jsonValue) string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v *jsonValue) write(b *strings.Builder) {
	if v.kind != '{' && v.kind != '[' {
		b.WriteString(v.canon)
		return
	}
	b.WriteByte(v.kind)
	for _, m := range v.sorted() {
		if v.kind == '{' {
			b.WriteString(encoded(m.key) + ":")
		}
		m.write(b)
		b.WriteByte(',')
	}
	b.WriteString(closing(v.kind))
}

// jsonStyle are the ways in which two JSON texts of one value are written differently.
type jsonStyle struct{ order, escapes, numbers bool }

func (s *jsonStyle) compare(a, b *jsonValue) {
	s.escapes = s.escapes || a.kind == 's' && a.raw != b.raw || a.keyRaw != b.keyRaw
	s.numbers = s.numbers || a.kind == 'n' && a.raw != b.raw
	x, y := a.sorted(), b.sorted()
	for i := range min(len(x), len(y)) {
		s.order = s.order || a.members[i].key != b.members[i].key
		s.compare(x[i], y[i])
	}
}

// writtenApart names what is different about two texts that say the same.
func writtenApart(a, b *jsonValue, gapsA, gapsB []byte) []string {
	var s jsonStyle
	s.compare(a, b)
	var out []string
	if s.order {
		out = append(out, "the order of keys")
	}
	if spaced(gapsA, s.order) != spaced(gapsB, s.order) {
		out = append(out, "white space")
	}
	if s.escapes {
		out = append(out, "how characters are escaped")
	}
	if s.numbers {
		out = append(out, "how numbers are written")
	}
	return out
}

// spaced is the white space of a text to compare; where keys have another order, how much of each kind there is.
func spaced(gaps []byte, reordered bool) string {
	if reordered {
		gaps = slices.Clone(gaps)
		slices.Sort(gaps)
	}
	return string(gaps)
}
