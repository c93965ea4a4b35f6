package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// ErrNoPlace is the error of Set for a place that the request does not have and that can't be made.
var ErrNoPlace = errors.New("the request has no such place")

// Set gives one place of an unsigned request a value: h:NAME is a header, q:NAME of the query, any other name a field of
// a form, or a path of a JSON body such as data.object.id or items.0.sku. A last member that is not there is added.
func (q *Request) Set(place, value string) error {
	kind, name, found := strings.Cut(place, ":")
	switch {
	case found && kind == "h" && name != "":
		q.setHeader(name, value)
		return nil
	case found && kind == "q" && name != "":
		q.setQuery(name, value)
		return nil
	case q.isForm():
		q.setField(place, value)
		return nil
	case len(bytes.TrimSpace(q.Body)) == 0:
		q.setQuery(place, value)
		return nil
	}
	body, err := replaceMember(q.Body, strings.Split(place, "."), value)
	if err != nil {
		return fmt.Errorf("provider: set %q: %w", place, err)
	}
	q.setBody(body)
	return nil
}

// setQuery gives every pair of that name the value, or appends one.
func (q *Request) setQuery(name, value string) {
	path, query, _ := strings.Cut(q.Target, "?")
	pair, found := url.QueryEscape(name)+"="+url.QueryEscape(value), false
	var pairs []string
	for one := range strings.SplitSeq(query, "&") {
		k, _, _ := strings.Cut(one, "=")
		if unescape(k) == name && one != "" {
			one, found = pair, true
		}
		if one != "" {
			pairs = append(pairs, one)
		}
	}
	if !found {
		pairs = append(pairs, pair)
	}
	q.Target = path + "?" + strings.Join(pairs, "&")
}

// replaceMember replaces the bytes of one value of a JSON text; all others stay as they are.
func replaceMember(text []byte, path []string, value string) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	first, err := d.Token()
	if err != nil {
		return nil, ErrNoPlace
	}
	open, nested := first.(json.Delim)
	if !nested {
		return nil, ErrNoPlace
	}
	for n := 0; d.More(); n++ {
		name := strconv.Itoa(n)
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return nil, ErrNoPlace
			}
			name, _ = key.(string)
		}
		var old json.RawMessage
		if err := d.Decode(&old); err != nil {
			return nil, ErrNoPlace
		}
		if name != path[0] {
			continue
		}
		to := int(d.InputOffset())
		from := to - len(old)
		put := asWritten(old, value)
		if len(path) > 1 {
			if put, err = replaceMember(old, path[1:], value); err != nil {
				return nil, err
			}
		}
		return bytes.Join([][]byte{text[:from], put, text[to:]}, nil), nil
	}
	if len(path) > 1 || open != '{' {
		return nil, ErrNoPlace
	}
	return appendMember(text, d, path[0], value)
}

// appendMember puts a member behind the last one of the object that d has read to its end.
func appendMember(text []byte, d *json.Decoder, name, value string) ([]byte, error) {
	if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) {
		return nil, ErrNoPlace
	}
	end := int(d.InputOffset()) - 1
	before := bytes.TrimRight(text[:end], " \t\r\n")
	key, _ := json.Marshal(name)
	member := string(key) + ":" + string(asWritten(nil, value))
	if !bytes.HasSuffix(before, []byte("{")) {
		member = "," + member
	}
	return bytes.Join([][]byte{before, []byte(member), text[len(before):]}, nil), nil
}

// asWritten is a value in JSON: a string stays one, anything else takes what is JSON as it is.
func asWritten(old json.RawMessage, value string) []byte {
	isString := len(old) > 0 && old[0] == '"'
	if !isString && json.Valid([]byte(value)) {
		return []byte(value)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // a string
	return bytes.TrimRight(b.Bytes(), "\n")
}
