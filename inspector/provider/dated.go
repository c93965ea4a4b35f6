package provider

import (
	"bytes"
	"encoding/json"
	"slices"
)

// dated is a moment of signing that stands as a number in the body: the signature over the body covers it, so it can be
// judged, and to sign anew is to change the body.
type dated struct {
	member string // directly in the JSON object
	header string // repeats it and is not signed
}

func (d *dated) read(body []byte) string {
	from, to, ok := d.find(body)
	if !ok {
		return ""
	}
	return string(body[from:to])
}

// write sets the moment where it stands; every other byte of the body stays as it is. It reports whether there was one.
func (d *dated) write(q *Request, moment string) bool {
	from, to, ok := d.find(q.Body)
	if !ok {
		return false
	}
	q.setBody(slices.Concat(q.Body[:from], []byte(moment), q.Body[to:]))
	q.setHeader(d.header, moment)
	return true
}

// find is where the member's number stands. Of several members of the name the last counts, as with most readers of JSON.
func (d *dated) find(body []byte) (from, to int, ok bool) {
	if !json.Valid(body) {
		return 0, 0, false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return 0, 0, false
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return 0, 0, false
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return 0, 0, false
		}
		if name == d.member {
			to = int(dec.InputOffset())
			from, ok = to-len(value), isNumber(value)
		}
	}
	return from, to, ok
}

func isNumber(value []byte) bool {
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(value) > 0
}
