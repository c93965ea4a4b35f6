package http1

import "bytes"

// scan judges a head while it arrives. It looks at bytes strictly in their order, and at what a line holds before how it ends, so
// that the verdict is the same in whatever pieces they come, and comes with the first byte that settles it.
type scan struct {
	limits  Limits
	answer  bool // of the app: LF alone may end a line, no empty line may stand in front
	blank   bool // the one empty line allowed before a request has been seen
	started bool // the start line is complete
	pos     int  // where the line begins that isn't complete yet
	seen    int  // up to where that line has been looked at
	lines   int  // header lines so far
}

// advance looks at the head so far: b begins with what the last call saw. It returns the head's length once it is complete, else 0.
func (s *scan) advance(b []byte) (int, *Error) {
	for {
		i := bytes.IndexByte(b[s.seen:], '\n')
		if i < 0 {
			err := s.part(b)
			s.seen = len(b)
			return 0, err
		}
		end := s.seen + i
		text, crlf := cutCR(b[s.pos:end])
		done, err := s.line(text, crlf)
		s.pos, s.seen = end+1, end+1
		if err != nil {
			return 0, err
		}
		if done {
			return s.pos, nil
		}
	}
}

// part looks at a line whose end hasn't come. Its last byte may be the CR of the line end.
func (s *scan) part(b []byte) *Error {
	text, _ := cutCR(b[s.pos:])
	if len(text) == 0 {
		return nil
	}
	if !s.started {
		return s.startText(text)
	}
	if s.lines == s.limits.Lines {
		return s.tooManyLines()
	}
	fresh := max(0, s.seen-1-s.pos) // from the byte before on: it may be a CR that turns out bare
	return checkText(text[min(fresh, len(text)):])
}

// line looks at a complete line, and tells whether it is the empty one that ends the head.
func (s *scan) line(text []byte, crlf bool) (done bool, err *Error) {
	if !s.started {
		return false, s.startLine(text, crlf)
	}
	if len(text) > 0 {
		if s.lines == s.limits.Lines {
			return false, s.tooManyLines()
		}
		if err := checkText(text); err != nil {
			return false, err
		}
	}
	if !crlf && !s.answer {
		return false, bad("a line that ends with LF alone")
	}
	if len(text) == 0 {
		return true, nil
	}
	if s.lines > 0 && isBlank(text[0]) {
		return false, bad("a folded header line")
	}
	s.lines++
	return false, checkField(text)
}

func (s *scan) startLine(text []byte, crlf bool) *Error {
	if err := s.startText(text); err != nil {
		return err
	}
	if !crlf && !s.answer {
		return bad("a line that ends with LF alone")
	}
	if s.answer {
		s.started = true
		return checkStatusLine(text)
	}
	if len(text) == 0 {
		if s.blank {
			return bad("more than one empty line before the request")
		}
		s.blank = true
		return nil
	}
	s.started = true
	return checkRequestLine(text)
}

// startText looks at a start line, or the beginning of one.
func (s *scan) startText(text []byte) *Error {
	if s.answer {
		return checkStatusText(text)
	}
	return checkRequestText(text, s.limits.TargetBytes)
}

func (s *scan) tooManyLines() *Error {
	return &Error{Status: 431, Reason: "too many header lines"}
}

func checkText(text []byte) *Error {
	if i := firstNot(inText, text); i >= 0 {
		return badByte(text[i], "a header line")
	}
	return nil
}
