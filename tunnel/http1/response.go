package http1

import (
	"bytes"
	"math"
	"net/http"
	"strings"
)

// Response is the head of an answer.
type Response struct {
	Head
	Status int    // 100 to 999
	Reason string // as written, often empty
	Proto  string // as written, such as HTTP/1.1
	Minor  int    // 0 or 1: any HTTP/1.x above 1.0 counts as 1.1

	framing Framing
	length  int64
}

// ReadResponse reads the next answer's head, be it a final one or one of 100 to 199. Errors are those of ReadRequest, but that an
// Error has Status 502: it isn't the sender's fault.
func (r *Reader) ReadResponse(l Limits) (*Response, error) {
	s := scan{limits: l.orDefault(), answer: true}
	raw, err := r.readHead(&s)
	if len(raw) == 0 {
		return nil, err
	}
	p := newResponse(raw, &s, err == nil)
	if bad, ok := err.(*Error); ok {
		return p, ofAnswer(bad)
	}
	if err != nil {
		return p, err
	}
	if bad := p.settle(); bad != nil {
		return p, ofAnswer(bad)
	}
	return p, nil
}

// ParseResponse reads a recorded head, without limits.
func ParseResponse(head []byte) (*Response, error) {
	return NewReader(bytes.NewReader(head)).ReadResponse(Limits{HeadBytes: len(head) + 1, Lines: math.MaxInt})
}

// newResponse makes an answer of its head; whole says that a scan has passed it.
func newResponse(raw []byte, s *scan, whole bool) *Response {
	block := new(struct { // one allocation for both
		Response
		fields [16]Field
	})
	p, text := &block.Response, string(raw)
	line, n := nextLine(raw)
	p.Raw, p.Fields = raw, block.fields[:0]
	if s.lines > len(block.fields) {
		p.Fields = make([]Field, 0, s.lines)
	}
	p.Fields = appendFields(p.Fields, raw[n:], text[n:], whole)
	if whole || checkStatusText(line) == nil && checkStatusLine(line) == nil {
		p.readStart(text[:len(line)])
	}
	return p
}

// readStart takes apart a status line that checkStatusLine has passed.
func (p *Response) readStart(line string) {
	var status string
	p.Proto, line, _ = strings.Cut(line, " ")
	status, p.Reason, _ = strings.Cut(line, " ")
	for i := range len(status) {
		p.Status = p.Status*10 + int(status[i]-'0')
	}
	if p.Proto != "HTTP/1.0" {
		p.Minor = 1
	}
}

func (p *Response) settle() *Error {
	var body bodyLines
	for i := range p.Fields {
		body.note(&p.Fields[i])
	}
	framing, length, err := body.decide(p.Minor)
	if framing == None {
		framing, length = UntilClose, -1
	}
	p.framing, p.length = framing, length
	return err
}

// Framing tells where the body of an answer to such a request ends. Answers to HEAD, and those of 1xx, 204 and 304, have none,
// whatever their head says; if more bytes come, the connection can't be used again. The length is -1 if unknown.
func (p *Response) Framing(method string) (Framing, int64) {
	if method == "HEAD" || p.Status < 200 || p.Status == 204 || p.Status == 304 {
		return None, 0
	}
	return p.framing, p.length
}

// checkStatusText looks at a status line, or the beginning of one, for bytes that can't be made good by what follows.
func checkStatusText(text []byte) *Error {
	const begin = "HTTP/1."
	n := min(len(text), len(begin))
	if string(text[:n]) != begin[:n] {
		return bad("an answer that doesn't begin with HTTP/1")
	}
	if i := firstNot(inText, text); i >= 0 {
		return badByte(text[i], "the status line")
	}
	return nil
}

// checkStatusLine looks at a complete status line that checkStatusText has passed. A missing reason is allowed, and the blank
// before it too.
func checkStatusLine(text []byte) *Error {
	const version, status = len("HTTP/1.1"), len("HTTP/1.1 200")
	if len(text) < status || !isDigit(text[version-1]) || text[version] != ' ' {
		return bad("a status line without version and status")
	}
	for _, c := range text[version+1 : status] {
		if !isDigit(c) {
			return bad("a status that isn't three digits")
		}
	}
	if len(text) > status && text[status] != ' ' {
		return bad("a status that isn't three digits")
	}
	if text[version+1] == '0' {
		return bad("a status below 100")
	}
	return nil
}

// StatusText returns the usual reason for a status, or "" for one that isn't registered.
func StatusText(status int) string { return http.StatusText(status) }
