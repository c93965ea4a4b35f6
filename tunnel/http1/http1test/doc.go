// Package http1test has the raw inputs that HTTP/1.1 is tested with, by their numbers in the catalogue of bad input, and
// real servers to read them beside ours.
package http1test

// An Input is the bytes of one connection, what http1 makes of them, and what a stock net/http server does. Where the two
// differ, the difference is why http1 exists.
type Input struct {
	Name, In    string
	Want, Stock string // one part for each request and for the end, see the tests of http1
}

// Inputs are all of them.
func Inputs() []Input { return append(append(framing(), heads()...), bodies()...) }
