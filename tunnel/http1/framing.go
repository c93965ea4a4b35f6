package http1

import "math"

// Framing is how a message tells where its body ends.
type Framing int

// The ways a body may end.
const (
	None       Framing = iota // there is no body
	Length                    // after Content-Length bytes; 0 is possible
	Chunked                   // after the last chunk and its trailer
	UntilClose                // with the connection; answers only
)

// String returns the word used in captures: "none", "length", "chunked" or "close".
func (f Framing) String() string {
	switch f {
	case Length:
		return "length"
	case Chunked:
		return "chunked"
	case UntilClose:
		return "close"
	}
	return "none"
}

// bodyLines collects the lines that frame a body.
type bodyLines struct {
	lengths, codings int
	length, coding   string // the first of each
	differ           bool   // two lengths that aren't written alike
}

// note takes a line if it is one of them.
func (b *bodyLines) note(f *Field) bool {
	switch {
	case equalFold(f.Name, "Content-Length"):
		if b.lengths == 0 {
			b.length = f.Value
		}
		b.lengths++
		b.differ = b.differ || f.Value != b.length
	case equalFold(f.Name, "Transfer-Encoding"):
		b.codings++
		b.coding = f.Value
	default:
		return false
	}
	return true
}

// decide is RFC 9112 §6.3 without its lenient branches: what two programs could read differently is refused. Equal
// Content-Length lines are let through, since they have one reading.
func (b *bodyLines) decide(minor int) (Framing, int64, *Error) {
	switch {
	case b.codings > 0 && b.lengths > 0:
		return None, 0, bad("both Transfer-Encoding and Content-Length")
	case b.codings > 0 && minor == 0:
		return None, 0, bad("Transfer-Encoding in HTTP/1.0")
	case b.codings > 1:
		return None, 0, &Error{Status: 501, Reason: "more than one Transfer-Encoding line"}
	case b.codings == 1 && !equalFold(b.coding, "chunked"):
		return None, 0, &Error{Status: 501, Reason: "a Transfer-Encoding other than chunked"}
	case b.codings == 1:
		return Chunked, -1, nil
	case b.differ:
		return None, 0, bad("two different Content-Length values")
	case b.lengths == 0:
		return None, 0, nil
	}
	n, ok := parseLength(b.length)
	if !ok {
		return None, 0, bad("a Content-Length that is no number of bytes")
	}
	return Length, n, nil
}

// parseLength reads decimal digits and nothing else.
func parseLength(s string) (n int64, ok bool) {
	for i := range len(s) {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, s != ""
}
