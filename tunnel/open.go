package tunnel

import (
	"encoding/binary"
	"time"
)

// Open is what the relay tells about an exchange when it begins.
type Open struct {
	Sender    string // address of the sender, "203.0.113.9:4444"
	Scheme    string // how the sender called: "http" or "https"
	Host      string // host[:port] callers use, "" if the relay was not told
	ID        string // names the arrival; unique for this relay
	Malformed string // why the relay could not read the request's head; "" for a sound one
	LocalPort int    // public port that was called
	Upgrade   bool   // the request asks for an upgrade: its end comes only with the decision

	Held time.Time // when the request came that the relay has held since; zero if it comes just now
}

const openUpgrade = 1 << 0

// AppendOpen appends an open frame. Strings are cut to 1024 bytes.
func AppendOpen(dst []byte, o *Open) []byte {
	at := len(dst)
	dst = appendHeader(dst, FrameOpen, 0)
	var flags byte
	if o.Upgrade {
		flags |= openUpgrade
	}
	dst = append(dst, flags)
	dst = binary.BigEndian.AppendUint16(dst, uint16(o.LocalPort))
	for _, s := range [...]string{o.Sender, o.Scheme, o.Host, o.ID, o.Malformed} {
		s = s[:min(len(s), maxString)]
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(s)))
		dst = append(dst, s...)
	}
	if !o.Held.IsZero() {
		dst = binary.BigEndian.AppendUint64(dst, uint64(o.Held.UnixNano()))
	}
	PutHeader(dst[at:], FrameOpen, len(dst)-at-HeaderSize)
	return dst
}

// ParseOpen reads the payload of an open frame. Bytes behind the known fields are left for later versions.
func ParseOpen(p []byte) (*Open, error) {
	if len(p) < 3 {
		return nil, violation("open frame of %d bytes", len(p))
	}
	o := &Open{Upgrade: p[0]&openUpgrade != 0, LocalPort: int(binary.BigEndian.Uint16(p[1:]))}
	rest, text := p[3:], string(p[3:]) // one copy for all strings
	for _, to := range [...]*string{&o.Sender, &o.Scheme, &o.Host, &o.ID, &o.Malformed} {
		if len(rest) < 2 {
			return nil, violation("open frame ends early")
		}
		n := int(binary.BigEndian.Uint16(rest))
		if n > maxString || n > len(rest)-2 {
			return nil, violation("open frame with a string of %d bytes", n)
		}
		*to, text = text[2:2+n], text[2+n:]
		rest = rest[2+n:]
	}
	if len(rest) >= 8 {
		if at := int64(binary.BigEndian.Uint64(rest)); at > 0 {
			o.Held = time.Unix(0, at)
		}
	}
	return o, nil
}
