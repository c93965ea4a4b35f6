package http1

import "fmt"

// Error says that a message breaks the rules of HTTP/1.1, or our limits.
type Error struct {
	Status int    // what to answer the sender: 400, 405, 414, 417, 431, 501 or 505; for a head of the app always 502
	Reason string // a fragment of a sentence, such as "two different Content-Length values"
}

// Error gives the reason with the package's name in front.
func (e *Error) Error() string { return "http1: " + e.Reason }

// bad is an Error that the sender is told with 400.
func bad(reason string) *Error { return &Error{Status: 400, Reason: reason} }

// badByte names the byte that may not stand where it does.
func badByte(c byte, where string) *Error {
	if c == '\r' {
		return bad("bare CR in " + where)
	}
	return bad(fmt.Sprintf("byte 0x%02x in %s", c, where))
}

// ofAnswer makes a fault of the app's head one that the sender is told with 502.
func ofAnswer(e *Error) *Error {
	return &Error{Status: 502, Reason: e.Reason}
}
