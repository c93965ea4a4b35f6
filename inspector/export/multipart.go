package export

import (
	"bytes"
	"errors"
	"mime"
	"strings"
)

const (
	partsMost = 1000 // parts of one body that are told apart
	partsDeep = 4    // multipart bodies in one another that are
)

// Part is one part of a multipart body: slices of it, as they came.
type Part struct {
	Head []byte // its header lines with the empty one behind them
	Body []byte
}

// Name and File are those that its Content-Disposition gives it; "" for none.
func (p Part) Name() string { return p.disposition("name") }

// File is the name of the file it was.
func (p Part) File() string { return p.disposition("filename") }

func (p Part) disposition(param string) string {
	_, params, err := mime.ParseMediaType(p.Value("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params[param]
}

// Value is the first value of one of its header lines.
func (p Part) Value(name string) string {
	return headValue(append([]byte("part\r\n"), p.Head...), name) // behind something like a start line
}

// Errors of Parts. With ErrEnd the parts that are there are given all the same.
var (
	ErrBoundary = errors.New("the Content-Type names no boundary")
	ErrStart    = errors.New("no part begins with the boundary that the Content-Type names")
	ErrEnd      = errors.New("it breaks off before the last boundary")
	ErrParts    = errors.New("it has more than 1000 parts")
)

// Parts takes a multipart body apart (RFC 2046 §5.1). What stands before the first boundary and behind the last is in
// no part.
func Parts(contentType string, body []byte) ([]Part, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return nil, ErrBoundary
	}
	mark := []byte("--" + params["boundary"])
	_, at, last := boundary(body, mark, 0)
	if at < 0 {
		return nil, ErrStart
	}
	var parts []Part
	for !last {
		if len(parts) == partsMost {
			return parts, ErrParts
		}
		end, next, closes := boundary(body, mark, at)
		if next < 0 {
			return append(parts, partOf(body[at:])), ErrEnd
		}
		parts = append(parts, partOf(body[at:end]))
		at, last = next, closes
	}
	return parts, nil
}

// boundary finds the next line that is one. The line end before it belongs to it: end is where the part before ends,
// next where what follows begins.
func boundary(body, mark []byte, from int) (end, next int, last bool) {
	for at := from; ; {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			return 0, -1, false
		}
		i += at
		at = i + len(mark)
		if i > 0 && body[i-1] != '\n' {
			continue
		}
		rest := body[at:]
		last = bytes.HasPrefix(rest, []byte("--"))
		line, _, found := bytes.Cut(rest, []byte("\n"))
		if !last && (!found || len(bytes.Trim(line, " \t\r")) > 0) {
			continue // a longer word that begins like it, or cut off in the middle of it
		}
		end = i
		if end > from && body[end-1] == '\n' {
			end--
		}
		if end > from && body[end-1] == '\r' {
			end--
		}
		return max(end, from), min(at+len(line)+1, len(body)), last
	}
}

// partOf parts a part's head from its body.
func partOf(text []byte) Part {
	for at := 0; at < len(text); {
		line, _, found := bytes.Cut(text[at:], []byte("\n"))
		at = min(at+len(line)+1, len(text))
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return Part{Head: text[:at], Body: text[at:]}
		}
		if !found {
			break
		}
	}
	return Part{Head: text, Body: text[len(text):]}
}

// multipart masks each part by its name or by what it is, and leaves every other byte as it is.
func (m *Mask) multipart(contentType string, body []byte, deep int) []byte {
	parts, _ := Parts(contentType, body) // of what is cut off the parts that are there
	out := make([]byte, 0, len(body))
	done := 0
	for _, p := range parts {
		from := offset(body, p.Head)
		out = append(out, body[done:from]...)
		out = append(out, m.PartHead(p.Head)...)
		out = append(out, m.partBody(p, deep+1)...)
		done = from + len(p.Head) + len(p.Body)
	}
	return append(out, body[done:]...)
}

// offset is where a slice of body begins in it.
func offset(body, part []byte) int { return cap(body) - cap(part) }

// PartHead masks the header lines of a part.
func (m *Mask) PartHead(head []byte) []byte {
	const start = "part\r\n" // something like a start line
	return m.Head(append([]byte(start), head...))[len(start):]
}

func (m *Mask) partBody(p Part, deep int) []byte {
	if len(p.Body) > 0 && m.HidesField(p.Name()) {
		return []byte(Hidden)
	}
	kind := p.Value("Content-Type")
	if strings.HasPrefix(mediaType(kind), "multipart/") {
		if deep >= partsDeep {
			return p.Body
		}
		return m.multipart(kind, p.Body, deep)
	}
	if kind == "" {
		kind = "text/plain"
	}
	return m.Body(kind, p.Body)
}
