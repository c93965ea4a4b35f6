package tunnel

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// FrameType says what a frame is. PROTOCOL.md describes each of them.
type FrameType byte

// The frames of an exchange channel, protocol version 1.
const (
	FrameOpen     FrameType = 1 // relay → agent: an exchange begins
	FrameData     FrameType = 2 // bytes of the request, or of the answer
	FrameCredit   FrameType = 3 // the other end may send so many more bytes
	FrameBlocked  FrameType = 4 // there is more to send and no credit left
	FrameEnd      FrameType = 5 // nothing more will be sent in this direction
	FrameUpgraded FrameType = 6 // agent → relay: raw bytes both ways from now on
	FrameAbort    FrameType = 7 // the exchange broke
)

// Sizes of frames, in bytes.
const (
	HeaderSize   = 4                    // type, then the length of the payload in three bytes
	MaxData      = 32764                // payload of a data frame: with its header one SSH packet
	MaxOpen      = 8192                 // payload of an open frame
	MaxAbort     = 256                  // payload of an abort frame
	EndSize      = HeaderSize + 1       // an end frame, header included
	MaxFinalData = MaxData - EndSize    // data that still shares a packet with the end frame behind it
	blockSize    = HeaderSize + MaxData // the largest frame, and one SSH packet
	maxString    = 1024                 // one string of an open frame
)

// Flags of an end frame; they mean something only from agent to relay.
const (
	EndKeep     = 1 << 0 // the sender's connection may carry another request
	EndConsumed = 1 << 1 // the request's end was read before: the channel may carry another exchange
	EndRecorded = 1 << 2 // the request is on the agent's disk: who holds it may forget it
)

// ErrProtocol is wrapped by every error that says the other end broke the rules of PROTOCOL.md.
var ErrProtocol = errors.New("tunnel: protocol violated")

func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// Frame is one frame as it was read.
type Frame struct {
	Type    FrameType
	Payload []byte // valid until the next read
}

// PutHeader writes the header of a frame with a payload of n bytes to the first HeaderSize bytes of p.
func PutHeader(p []byte, t FrameType, n int) {
	binary.BigEndian.PutUint32(p, uint32(t)<<24|uint32(n))
}

func appendHeader(dst []byte, t FrameType, n int) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(t)<<24|uint32(n))
}

// AppendCredit appends a credit frame of n bytes.
func AppendCredit(dst []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(dst, FrameCredit, 4), uint32(n))
}

// AppendBlocked appends a blocked frame.
func AppendBlocked(dst []byte) []byte { return appendHeader(dst, FrameBlocked, 0) }

// AppendEnd appends an end frame.
func AppendEnd(dst []byte, flags byte) []byte { return append(appendHeader(dst, FrameEnd, 1), flags) }

// AppendUpgraded appends an upgraded frame.
func AppendUpgraded(dst []byte) []byte { return appendHeader(dst, FrameUpgraded, 0) }

// AppendAbort appends an abort frame with a reason for logs, cut to MaxAbort bytes.
func AppendAbort(dst []byte, reason string) []byte {
	reason = reason[:min(len(reason), MaxAbort)]
	return append(appendHeader(dst, FrameAbort, len(reason)), reason...)
}

// checkSize judges the header of a frame before any of its payload is waited for.
func checkSize(t FrameType, n int) error {
	low, high := 0, 0
	switch t {
	case FrameOpen:
		low, high = 1, MaxOpen
	case FrameData:
		low, high = 1, MaxData
	case FrameCredit:
		low, high = 4, 4
	case FrameEnd:
		low, high = 1, 1
	case FrameAbort:
		high = MaxAbort
	case FrameBlocked, FrameUpgraded:
	default:
		return violation("frame of unknown type %d", t)
	}
	if n < low || n > high {
		return violation("frame of type %d with %d bytes", t, n)
	}
	return nil
}

// Credit is the number of bytes a credit frame grants.
func (f Frame) Credit() int { return int(binary.BigEndian.Uint32(f.Payload)) }

// EndFlags are the flags of an end frame.
func (f Frame) EndFlags() byte { return f.Payload[0] }

// parseFrame takes the first frame off b. ok is false while it is not whole.
func parseFrame(b []byte) (f Frame, rest []byte, ok bool, err error) {
	if len(b) < HeaderSize {
		return f, b, false, nil
	}
	h := binary.BigEndian.Uint32(b)
	f.Type = FrameType(h >> 24)
	n := int(h & 0xffffff)
	if err := checkSize(f.Type, n); err != nil {
		return f, b, false, err
	}
	if n > len(b)-HeaderSize {
		return f, b, false, nil
	}
	f.Payload = b[HeaderSize : HeaderSize+n]
	return f, b[HeaderSize+n:], true, nil
}
