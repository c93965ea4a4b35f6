package http1

// class says where a byte may stand. Bits, one table lookup for each byte.
const (
	inToken  = 1 << iota // RFC 9110 §5.6.2: methods, field names
	inText               // field values, chunk extensions, reasons: all but control characters; HTAB is text
	inTarget             // the request target: all above the blank but DEL, UTF-8 in the raw too
	inHost               // RFC 3986 §3.2.2: reg-name and the brackets and colons of addresses and ports
)

var class = classes()

func classes() (t [256]uint8) {
	for c := range t {
		if c >= 0x20 && c != 0x7f || c == '\t' {
			t[c] |= inText
		}
		if c > 0x20 && c != 0x7f {
			t[c] |= inTarget
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' && c < 0x80 {
			t[c] |= inToken | inHost
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		t[c] |= inToken
	}
	for _, c := range []byte("-._~%!$&'()*+,;=:[]") {
		t[c] |= inHost
	}
	return t
}

// firstNot gives the index of the first byte that may not stand in the place, or -1.
func firstNot[T string | []byte](place uint8, s T) int {
	for i := range len(s) {
		if class[s[i]]&place == 0 {
			return i
		}
	}
	return -1
}

// equalFold compares ASCII letters without regard to case. strings.EqualFold would let the Kelvin sign pass for a k in "chunked".
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}

// trimBlanks cuts spaces and tabs (OWS) off both ends.
func trimBlanks(s string) string {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// ValidMethod tells whether s can be sent as a method: a token of at most 32 bytes.
func ValidMethod(s string) bool {
	return s != "" && len(s) <= maxMethodBytes && firstNot(inToken, s) < 0
}

// ValidTarget tells whether s can be sent as a request target: not empty, without blanks and control characters.
func ValidTarget(s string) bool { return s != "" && firstNot(inTarget, s) < 0 }

// ValidField tells whether a header line can be made of the two without breaking out of it.
func ValidField(name, value string) bool {
	return name != "" && firstNot(inToken, name) < 0 && firstNot(inText, value) < 0
}
