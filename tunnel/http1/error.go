package http1

// Error says that a message breaks the rules of HTTP/1.1 or our limits.
type Error struct {
	Status int    // what to answer the sender: 400, 405, 414, 417, 431, 501 or 505; 502 for an answer of the app
	Reason string // one fragment of a sentence, such as "two different Content-Length values"
}

func (e *Error) Error() string { return "http1: " + e.Reason }
