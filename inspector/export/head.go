package export

import (
	"bytes"
	"strings"
)

// Head masks a raw head: the query in its first line and the values of its header lines. Line ends, spaces and faults stay.
func (m *Mask) Head(raw []byte) []byte {
	if m == nil {
		return raw
	}
	out := make([]byte, 0, len(raw)+64)
	first, hidden := true, false
	for line := range bytes.Lines(raw) {
		text := bytes.TrimRight(line, "\r\n")
		end := line[len(text):]
		switch {
		case len(text) == 0:
		case first:
			text, first = m.startLine(text), false
		case text[0] == ' ' || text[0] == '\t': // a folded line belongs to the one before
			if hidden {
				text = []byte(" " + Hidden)
			}
		default:
			text, hidden = m.headerLine(text)
		}
		out = append(append(out, text...), end...)
	}
	return out
}

// startLine masks the target between the first and the last space.
func (m *Mask) startLine(line []byte) []byte {
	from, to := bytes.IndexByte(line, ' '), bytes.LastIndexByte(line, ' ')
	if from < 0 {
		return line
	}
	if from == to {
		to = len(line)
	}
	return []byte(string(line[:from+1]) + m.Target(string(line[from+1:to])) + string(line[to:]))
}

func (m *Mask) headerLine(line []byte) (masked []byte, hidden bool) {
	name, value, ok := strings.Cut(string(line), ":")
	if !ok || !m.HidesHeader(name) {
		return line, false
	}
	bare := strings.Trim(value, " \t")
	if bare == "" {
		return line, true
	}
	at := strings.Index(value, bare)
	return []byte(name + ":" + value[:at] + m.Header(name, bare) + value[at+len(bare):]), true
}

// Target masks the query of a request target or URL, and the password in its authority.
func (m *Mask) Target(target string) string {
	if m == nil {
		return target
	}
	path, query, ok := strings.Cut(target, "?")
	if ok {
		query = "?" + string(m.form([]byte(query)))
	}
	if scheme, rest, ok := strings.Cut(path, "://"); ok {
		authority, tail, _ := strings.Cut(rest, "/")
		if user, host, ok := strings.Cut(authority, "@"); ok {
			name, _, _ := strings.Cut(user, ":")
			_, password, _ := strings.Cut(user, ":")
			path = scheme + "://" + name + ":" + m.stand(password, "") + "@" + host + path[len(scheme)+len("://")+len(authority):len(path)-len(tail)] + tail
		}
	}
	return path + query
}
