package provider

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Signatures in a body are read and set in its very text: parsing it and writing it anew would change what was not signed
// too. Names must be written exactly and stand once, since two readers may differ on which of two members counts; some take
// Value for value.

// A span is where a value stands in a JSON text.
type span struct{ from, to int }

// objectAt finds the members of the object that begins at from, nil if there is none or its members are ambiguous. At most
// maxHintFields of them are read.
func objectAt(text []byte, from int) map[string]span {
	d := json.NewDecoder(bytes.NewReader(text[from:]))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	found, folded := map[string]span{}, map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil
		}
		key, ok := name.(string)
		fold := strings.ToLower(strings.ToUpper(key))
		twice := folded[fold]
		folded[fold] = true
		s, read := nextValue(d, from)
		if !ok || twice || !read || len(found) >= maxHintFields {
			return nil
		}
		found[key] = s
	}
	if _, err := d.Token(); err != nil {
		return nil
	}
	return found
}

// arrayAt finds the elements of the array that begins at from.
func arrayAt(text []byte, from int) (all []span) {
	d := json.NewDecoder(bytes.NewReader(text[from:]))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil
	}
	for d.More() {
		s, ok := nextValue(d, from)
		if !ok || len(all) >= maxHintFields {
			return nil
		}
		all = append(all, s)
	}
	return all
}

func nextValue(d *json.Decoder, from int) (span, bool) {
	var raw json.RawMessage
	if d.Decode(&raw) != nil {
		return span{}, false
	}
	end := from + int(d.InputOffset())
	return span{end - len(raw), end}, true
}

// wordAt is the text of a string, number, or truth value.
func wordAt(text []byte, s span) string {
	raw := text[s.from:s.to]
	var word string
	if len(raw) > 0 && raw[0] == '"' {
		if json.Unmarshal(raw, &word) != nil {
			return ""
		}
		return word
	}
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[' || raw[0] == 'n') {
		return ""
	}
	return string(raw)
}

// setMember gives the member of the object at from a value, which is JSON, and adds it in front if there is none. text is
// left alone.
func setMember(text []byte, from int, name, value string) []byte {
	if s, ok := objectAt(text, from)[name]; ok {
		return slices.Concat(text[:s.from], []byte(value), text[s.to:])
	}
	open := from + bytes.IndexByte(text[from:], '{') + 1
	key, _ := json.Marshal(name)
	added := string(key) + ":" + value
	if len(objectAt(text, from)) > 0 {
		added += ","
	}
	return slices.Concat(text[:open], []byte(added), text[open:])
}

// quoted is a string as JSON.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
