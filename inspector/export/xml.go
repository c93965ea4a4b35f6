package export

import (
	"bytes"
	"strings"
)

// xml masks the text of elements and the values of attributes by name. It reads tags and not structure, so a body that
// is cut off or malformed is masked as well. All text under a hidden name is replaced, also that deeper in it.
func (m *Mask) xml(body []byte) []byte {
	s := xmlScan{mask: m, in: body}
	for s.at < len(body) {
		s.step()
	}
	return append(s.out, body[s.done:]...)
}

type xmlScan struct {
	mask *Mask
	in   []byte
	out  []byte
	at   int // the next byte to look at
	done int // in up to here stands in out
	deep int // how many tags of a hidden element are open
}

// step takes the text up to the next tag, and the tag.
func (s *xmlScan) step() {
	from := s.at
	if s.at = s.find("<", from); s.deep > 0 {
		s.hide(from, s.at)
	}
	rest := s.in[s.at:]
	switch {
	case len(rest) == 0:
	case bytes.HasPrefix(rest, []byte("<!--")):
		s.aside(4, "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		s.aside(9, "]]>")
	case bytes.HasPrefix(rest, []byte("<?")), bytes.HasPrefix(rest, []byte("<!")):
		s.at = min(len(s.in), s.find(">", s.at)+1)
	case bytes.HasPrefix(rest, []byte("</")):
		s.deep = max(0, s.deep-1)
		s.at = min(len(s.in), s.find(">", s.at)+1)
	default:
		s.tag()
	}
}

// find is where a text next stands, or the end.
func (s *xmlScan) find(text string, from int) int {
	if i := bytes.Index(s.in[from:], []byte(text)); i >= 0 {
		return from + i
	}
	return len(s.in)
}

// aside takes what stands between a comment's or CDATA's marks.
func (s *xmlScan) aside(start int, end string) {
	from := s.at + start
	to := s.find(end, from)
	if s.deep > 0 {
		s.hide(from, to)
	}
	s.at = min(len(s.in), to+len(end))
}

// hide replaces what is between from and to, but for white space around it.
func (s *xmlScan) hide(from, to int) {
	text := bytes.TrimSpace(s.in[from:to])
	if len(text) == 0 {
		return
	}
	from += bytes.Index(s.in[from:to], text)
	s.out = append(append(s.out, s.in[s.done:from]...), Hidden...)
	s.done = from + len(text)
}

// tag takes an opening tag with its attributes.
func (s *xmlScan) tag() {
	s.at++
	name := s.word()
	for s.at < len(s.in) && s.in[s.at] != '>' {
		if attribute := s.word(); attribute != "" {
			s.attribute(attribute)
			continue
		}
		s.at++
	}
	closed := s.at > 0 && s.at < len(s.in) && s.in[s.at-1] == '/'
	s.at = min(len(s.in), s.at+1)
	if !closed && (s.deep > 0 || s.mask.HidesField(local(name))) {
		s.deep++
	}
}

// word takes a name.
func (s *xmlScan) word() string {
	from := s.at
	for s.at < len(s.in) && strings.IndexByte(" \t\r\n=/>\"'", s.in[s.at]) < 0 {
		s.at++
	}
	return string(s.in[from:s.at])
}

// attribute takes a value, if one follows.
func (s *xmlScan) attribute(name string) {
	at := s.at
	for at < len(s.in) && strings.IndexByte(" \t\r\n=", s.in[at]) >= 0 {
		at++
	}
	if at == len(s.in) || s.in[at] != '"' && s.in[at] != '\'' || !bytes.Contains(s.in[s.at:at], []byte("=")) {
		return
	}
	end := s.find(string(s.in[at]), at+1)
	if s.deep > 0 || s.mask.HidesField(local(name)) {
		s.hide(at+1, end)
	}
	s.at = min(len(s.in), end+1)
}

// local is a name without its namespace's prefix.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }
