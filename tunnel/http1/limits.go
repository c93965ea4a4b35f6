package http1

// Limits bounds a head, and the trailer of the body behind it. A field that is zero or less takes its default.
type Limits struct {
	HeadBytes   int // bytes from the start line to the empty line, both included; 64 KiB
	Lines       int // header lines; 200
	TargetBytes int // bytes of the request target; 16 KiB
}

const (
	defaultHeadBytes   = 64 << 10
	defaultLines       = 200
	defaultTargetBytes = 16 << 10

	maxMethodBytes    = 32      // longest method in the IANA registry: 17
	maxExtensionBytes = 4 << 10 // chunk extensions of one body; RFC 9112 §7.1.1 asks for a limit
)

func (l Limits) orDefault() Limits {
	if l.HeadBytes <= 0 {
		l.HeadBytes = defaultHeadBytes
	}
	if l.Lines <= 0 {
		l.Lines = defaultLines
	}
	if l.TargetBytes <= 0 {
		l.TargetBytes = defaultTargetBytes
	}
	return l
}
