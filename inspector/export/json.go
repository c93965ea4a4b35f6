package export

import (
	"bytes"
	"encoding/json"
	"strings"
)

// json masks the values of JSON members by name, at any depth. It reads tokens and not structure, so a body that is cut
// off or malformed is masked as well. All strings and numbers under a hidden name are replaced, also those deeper in it.
func (m *Mask) json(body []byte) []byte {
	s := jsonScan{mask: m, in: body}
	for s.at < len(body) {
		s.step()
	}
	return append(s.out, body[s.done:]...)
}

type jsonScan struct {
	mask *Mask
	in   []byte
	out  []byte
	at   int  // the next byte to look at
	done int  // in up to here stands in out
	hide bool // the next value has a hidden name
	deep int  // how many brackets of a hidden value are open
}

func (s *jsonScan) step() {
	switch c := s.in[s.at]; {
	case c == '"':
		s.text()
		return
	case c == '-' || '0' <= c && c <= '9':
		s.number()
		return
	case c == '[' || c == '{':
		if s.hide || s.deep > 0 {
			s.deep++
		}
		s.hide = false
	case c == ']' || c == '}':
		s.deep, s.hide = max(0, s.deep-1), false
	case c == ',':
		s.hide = false
	}
	s.at++
}

// text takes one string: the name of a member, or a value.
func (s *jsonScan) text() {
	from := s.at
	for s.at++; s.at < len(s.in) && s.in[s.at] != '"'; s.at++ {
		if s.in[s.at] == '\\' {
			s.at++
		}
	}
	s.at = min(s.at+1, len(s.in))
	if !s.hide && s.colonFollows() {
		s.hide = s.mask.HidesField(unquoted(s.in[from:s.at]))
		return
	}
	s.value(from)
}

func (s *jsonScan) colonFollows() bool {
	for _, c := range s.in[s.at:] {
		if strings.IndexByte(" \t\r\n", c) < 0 {
			return c == ':'
		}
	}
	return false
}

func (s *jsonScan) number() {
	from := s.at
	for s.at < len(s.in) && strings.IndexByte("+-.0123456789eE", s.in[s.at]) >= 0 {
		s.at++
	}
	s.value(from)
}

// value leaves the value from there to here as it is, or hides it. Empty text has nothing to hide.
func (s *jsonScan) value(from int) {
	if (s.hide || s.deep > 0) && string(s.in[from:s.at]) != `""` {
		s.out = append(append(s.out, s.in[s.done:from]...), s.mask.stand(string(s.in[from:s.at]), `"`)...)
		s.done = s.at
	}
	s.hide = false
}

func unquoted(token []byte) string {
	bare := string(bytes.Trim(token, `"`))
	if !strings.Contains(bare, `\`) {
		return bare
	}
	var name string
	if json.Unmarshal(token, &name) != nil {
		return bare
	}
	return name
}
