package http1

import (
	"bytes"
	"io"
)

// readHead waits until the head is complete or can't become a good one. It returns a copy of the head, or of what came of it.
func (r *Reader) readHead(s *scan) ([]byte, error) {
	r.limits = s.limits
	for {
		came := r.ahead()
		came = came[:min(len(came), s.limits.HeadBytes)]
		n, bad := s.advance(came)
		if n > 0 {
			return r.takeHead(n), nil
		}
		if bad == nil && len(came) == s.limits.HeadBytes {
			bad = &Error{Status: 431, Reason: "the head is too long"}
		}
		if bad != nil {
			return r.takeHead(faultyEnd(came)), bad
		}
		if err := r.fill(s.limits.HeadBytes); err != nil {
			return r.cutHead(s, err)
		}
	}
}

func (r *Reader) takeHead(n int) []byte {
	raw := bytes.Clone(r.ahead()[:n])
	r.take(n)
	return raw
}

// cutHead deals with a connection that ended, or failed, before the head did. After a time-out the bytes stay: more may come.
func (r *Reader) cutHead(s *scan, err error) ([]byte, error) {
	came := r.ahead()
	switch {
	case len(came) == 0:
		return nil, err
	case err != io.EOF:
		return bytes.Clone(came), err
	case s.pos == len(came) && !s.started: // nothing but an empty line, as some clients send after a POST
		r.take(len(came))
		return nil, io.EOF
	}
	return r.takeHead(len(came)), io.ErrUnexpectedEOF
}

// faultyEnd tells how much of what came belongs to a head with a fault in it: up to an empty line, however its lines end, or all.
func faultyEnd(came []byte) int {
	for at := emptyLines(came); at < len(came); {
		text, n := nextLine(came[at:])
		at += n
		if len(text) == 0 {
			return at
		}
	}
	return len(came)
}
