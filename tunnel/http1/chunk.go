package http1

import "math"

// chunks follows the framing of a chunked body (RFC 9112 §7.1) one byte at a time; the data between is for the caller to pass.
type chunks struct {
	state   chunkState
	left    int64 // data of this chunk that is still to come
	digits  int   // of this chunk's size
	ext     int   // bytes of extensions in the whole body
	trailer []byte
	line    int // where the trailer's last line begins
	lines   int
	limits  Limits
}

type chunkState uint8

const (
	atSize      chunkState = iota // a chunk's size begins
	inSize                        // one digit at least
	afterSize                     // blanks; then an extension or the line's end
	inExtension                   // up to CR
	sizeLF                        // CR seen
	inData                        // left bytes of data
	dataCR                        // data passed
	dataLF                        // CR seen
	atTrailer                     // a trailer line begins, or the empty line
	inTrailer                     // up to CR
	trailerLF                     // CR seen
	lastLF                        // CR of the empty line seen
	atEnd
)

// step takes one byte of framing.
func (c *chunks) step(b byte) *Error {
	switch c.state {
	case atSize, inSize:
		return c.sizeByte(b)
	case afterSize, inExtension:
		return c.extensionByte(b)
	case sizeLF:
		return c.want(b, '\n', c.sized(), "bare CR in a chunk size line")
	case dataCR:
		return c.want(b, '\r', dataLF, "a chunk that doesn't end where its size says")
	case dataLF:
		return c.want(b, '\n', atSize, "a chunk that doesn't end where its size says")
	case lastLF:
		return c.want(b, '\n', atEnd, "bare CR in the trailer")
	}
	return c.trailerByte(b)
}

// want goes on to the next state if the byte is the only one allowed.
func (c *chunks) want(b, only byte, next chunkState, otherwise string) *Error {
	if b != only {
		return bad(otherwise)
	}
	c.state = next
	if next == atSize {
		c.digits = 0
	}
	return nil
}

// sized tells what follows the size line.
func (c *chunks) sized() chunkState {
	if c.left == 0 {
		return atTrailer
	}
	return inData
}

func (c *chunks) sizeByte(b byte) *Error {
	d := hexDigit(b)
	if d < 0 {
		if c.state == atSize {
			return bad("a chunk without a size")
		}
		return c.extensionByte(b)
	}
	if c.digits == 16 || c.left > (math.MaxInt64-d)/16 {
		return bad("a chunk size that is too large")
	}
	c.state = inSize
	c.digits++
	c.left = c.left*16 + d
	return nil
}

// extensionByte takes what stands between the size and the line's end. Extensions mean nothing to us but are counted: a body of
// nothing else would be endless (CVE-2023-39326).
func (c *chunks) extensionByte(b byte) *Error {
	switch {
	case b == '\r':
		c.state = sizeLF
		return nil
	case b == '\n':
		return bad("a chunk size line that ends with LF alone")
	case class[b]&inText == 0:
		return badByte(b, "a chunk size line")
	case c.state == inExtension || b == ';':
		c.state = inExtension
	case isBlank(b):
		c.state = afterSize
	default:
		return badByte(b, "a chunk size")
	}
	if c.ext++; c.ext > maxExtensionBytes {
		return bad("too many chunk extensions")
	}
	return nil
}

// trailerByte keeps the trailer as it comes, without the empty line that ends it.
func (c *chunks) trailerByte(b byte) *Error {
	if c.state == atTrailer && b == '\r' {
		c.state = lastLF
		return nil
	}
	c.trailer = append(c.trailer, b)
	switch {
	case c.state == trailerLF && b == '\n':
		return c.trailerLine()
	case c.state == trailerLF:
		return bad("bare CR in the trailer")
	case b == '\n':
		return bad("a trailer line that ends with LF alone")
	case b == '\r':
		c.state = trailerLF
	case class[b]&inText == 0:
		return badByte(b, "the trailer")
	case len(c.trailer) > c.limits.HeadBytes || c.lines == c.limits.Lines:
		return &Error{Status: 431, Reason: "the trailer is too long"}
	default:
		c.state = inTrailer
	}
	return nil
}

func (c *chunks) trailerLine() *Error {
	line := c.trailer[c.line : len(c.trailer)-2]
	c.line = len(c.trailer)
	c.lines++
	c.state = atTrailer
	return checkField(line)
}

func hexDigit(b byte) int64 {
	switch {
	case isDigit(b):
		return int64(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int64(b|0x20-'a') + 10
	}
	return -1
}
