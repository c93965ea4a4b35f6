package http1

import (
	"bytes"
	"iter"
	"strings"
)

// Field is one line of a header or trailer.
type Field struct {
	Name  string // as written
	Value string // as written, without the blanks around it; may hold any byte but control characters
}

// Head is what requests and answers have in common. Its lookups compare names without regard to case.
type Head struct {
	Raw    []byte  // from the start line up to and including the empty line, as it came; an empty line in front is kept too
	Fields []Field // in their order; of a malformed head, those that can be read
}

// Get returns the value of the first line so named, or "".
func (h *Head) Get(name string) string {
	for i := range h.Fields {
		if equalFold(h.Fields[i].Name, name) {
			return h.Fields[i].Value
		}
	}
	return ""
}

// Values returns the values of all lines so named, in their order.
func (h *Head) Values(name string) []string {
	var values []string
	for i := range h.Fields {
		if equalFold(h.Fields[i].Name, name) {
			values = append(values, h.Fields[i].Value)
		}
	}
	return values
}

// HasToken tells whether the comma lists of the lines so named hold the token, in any case.
func (h *Head) HasToken(name, token string) bool {
	for i := range h.Fields {
		if equalFold(h.Fields[i].Name, name) && listHas(h.Fields[i].Value, token) {
			return true
		}
	}
	return false
}

// Lines yields each of the Fields beside its line as it came, line end included: for handing some lines on untouched.
func (h *Head) Lines() iter.Seq2[Field, []byte] {
	return func(yield func(Field, []byte) bool) {
		rest := h.Raw[emptyLines(h.Raw):]
		_, n := nextLine(rest)
		for rest = rest[n:]; len(rest) > 0; rest = rest[n:] {
			var text []byte
			text, n = nextLine(rest)
			if readable(text, rest[:n]) && !yield(splitField(string(text)), rest[:n:n]) {
				return
			}
		}
	}
}

// KeepAlive tells whether the connection may carry another message after this one (RFC 9112 §9.3). An answer that ends with the
// connection ([UntilClose]) ends it whatever this says.
func KeepAlive(minor int, h *Head) bool {
	if h.HasToken("Connection", "close") {
		return false
	}
	return minor >= 1 || h.HasToken("Connection", "keep-alive")
}

func listHas(list, token string) bool {
	for list != "" {
		item, rest, _ := strings.Cut(list, ",")
		if equalFold(trimBlanks(item), token) {
			return true
		}
		list = rest
	}
	return false
}

// emptyLines tells how many bytes of line ends stand before the start line.
func emptyLines(raw []byte) int {
	n := 0
	for n < len(raw) && (raw[n] == '\r' || raw[n] == '\n') {
		n++
	}
	return n
}

// nextLine gives the first line without its end, and its length with it. The last line may have no end.
func nextLine(b []byte) (text []byte, n int) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, len(b)
	}
	text, _ = cutCR(b[:i])
	return text, i + 1
}

// cutCR takes a CR off the end.
func cutCR(b []byte) (text []byte, found bool) {
	if n := len(b) - 1; n >= 0 && b[n] == '\r' {
		return b[:n], true
	}
	return b, false
}

// checkField looks at a header line that holds no control characters.
func checkField(line []byte) *Error {
	colon := bytes.IndexByte(line, ':')
	switch {
	case len(line) > 0 && isBlank(line[0]):
		return bad("a header line that begins with a blank")
	case colon < 0:
		return bad("a header line without a colon")
	case colon == 0:
		return bad("a header line without a name")
	}
	if i := firstNot(inToken, line[:colon]); i >= 0 && isBlank(line[i]) {
		return bad("a blank in a header name or before its colon")
	} else if i >= 0 {
		return badByte(line[i], "a header name")
	}
	return nil
}

// readable tells whether a line of a head that may be faulty can be shown as a Field: a good line that came to its end.
func readable(text, line []byte) bool {
	return line[len(line)-1] == '\n' && firstNot(inText, text) < 0 && checkField(text) == nil
}

// splitField takes a line that checkField has passed.
func splitField(line string) Field {
	colon := strings.IndexByte(line, ':')
	return Field{Name: line[:colon], Value: trimBlanks(line[colon+1:])}
}

// appendFields reads the header lines in text, which has the bytes of raw. Lines that can't be read are left out.
func appendFields(dst []Field, raw []byte, text string, checked bool) []Field {
	for at := 0; at < len(raw); {
		line, n := nextLine(raw[at:])
		if checked && len(line) > 0 || !checked && readable(line, raw[at:at+n]) {
			dst = append(dst, splitField(text[at:at+len(line)]))
		}
		at += n
	}
	return dst
}
