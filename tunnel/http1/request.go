package http1

import (
	"bytes"
	"math"
	"strings"
)

// Request is the head of a request.
type Request struct {
	Head
	Method string
	Target string // as written: /path?query, an absolute URL, or *
	Proto  string // as written, such as HTTP/1.1
	Minor  int    // 0 or 1: any HTTP/1.x above 1.0 counts as 1.1

	framing Framing
	length  int64
}

// ReadRequest reads the next request's head. Errors:
//
//   - io.EOF: the connection ended before the first byte of a request;
//   - *Error: the head is malformed or too big. The connection can't be used for reading on;
//   - io.ErrUnexpectedEOF: the connection ended inside the head;
//   - what the connection said, such as a time-out. Its bytes stay in the Reader: ReadRequest may be called again.
//
// Whenever a byte had come, the error is accompanied by a Request with Raw (what came, at most Limits.HeadBytes, at most up to the
// head's end) and as much of Method, Target and Fields as can be read.
func (r *Reader) ReadRequest(l Limits) (*Request, error) {
	s := scan{limits: l.orDefault()}
	raw, err := r.readHead(&s)
	if len(raw) == 0 {
		return nil, err
	}
	q := newRequest(raw, &s, err == nil)
	if err != nil {
		return q, err
	}
	if bad := q.settle(); bad != nil {
		return q, bad
	}
	return q, nil
}

// ParseRequest reads a recorded head. It was within the limits when it came, so none are set; errors are those of ReadRequest.
func ParseRequest(head []byte) (*Request, error) {
	return NewReader(bytes.NewReader(head)).ReadRequest(Limits{HeadBytes: len(head) + 1, Lines: math.MaxInt, TargetBytes: len(head) + 1})
}

// newRequest makes a request of its head; whole says that a scan has passed it.
func newRequest(raw []byte, s *scan, whole bool) *Request {
	block := new(struct { // one allocation for both
		Request
		fields [16]Field
	})
	q, text := &block.Request, string(raw)
	begin := emptyLines(raw)
	line, n := nextLine(raw[begin:])
	q.Raw, q.Fields = raw, block.fields[:0]
	if s.lines > len(block.fields) {
		q.Fields = make([]Field, 0, s.lines)
	}
	q.Fields = appendFields(q.Fields, raw[begin+n:], text[begin+n:], whole)
	q.readStart(text[begin:begin+len(line)], whole)
	return q
}

// readStart takes the request line apart. Of a faulty one it leaves out what isn't fit to be shown as what it would be.
func (q *Request) readStart(line string, whole bool) {
	method, rest, spaced := strings.Cut(line, " ")
	target, proto, _ := strings.Cut(rest, " ")
	if whole || spaced && ValidMethod(method) {
		q.Method = method
	}
	if whole || ValidTarget(target) {
		q.Target = target
	}
	if whole || checkProto([]byte(proto)) == nil {
		q.Proto = proto
	}
	if q.Proto != "" && q.Proto != "HTTP/1.0" {
		q.Minor = 1
	}
}

// settle decides what only the whole head can tell: Host, framing and expectations.
func (q *Request) settle() *Error {
	var (
		hosts  int
		host   string
		expect string
		body   bodyLines
	)
	for i := range q.Fields {
		switch f := &q.Fields[i]; {
		case body.note(f):
		case equalFold(f.Name, "Host"):
			hosts++
			host = f.Value
		case equalFold(f.Name, "Expect") && f.Value != "" && !equalFold(f.Value, "100-continue"):
			expect = f.Value
		}
	}
	if err := checkHost(hosts, host, q.Minor); err != nil {
		return err
	}
	var err *Error
	if q.framing, q.length, err = body.decide(q.Minor); err != nil {
		return err
	}
	if expect != "" {
		return &Error{Status: 417, Reason: "an Expect other than 100-continue"}
	}
	return nil
}

// Framing tells where the body ends: None, Length or Chunked, decided and checked when the head was read. The length is -1 if
// unknown.
func (q *Request) Framing() (Framing, int64) { return q.framing, q.length }

// ExpectsContinue tells whether the sender waits for a "100 Continue" before it sends the body (RFC 9110 §10.1.1).
func (q *Request) ExpectsContinue() bool {
	return q.Minor >= 1 && q.framing != None && equalFold(q.Get("Expect"), "100-continue")
}

// Asks reports whether the request asks for something rather than tells it: for a page, or for another protocol. Nobody can
// answer that in an app's place (RFC 9110, 9.2.1 calls these methods safe; CONNECT asks for a way).
func (q *Request) Asks() bool {
	switch q.Method {
	case "GET", "HEAD", "OPTIONS", "CONNECT", "TRACE":
		return true
	}
	return q.Upgrade() != ""
}

// Upgrade returns the protocols the sender offers to change to, such as "websocket", or "".
func (q *Request) Upgrade() string {
	if q.Minor < 1 || !q.HasToken("Connection", "upgrade") {
		return ""
	}
	return q.Get("Upgrade")
}
