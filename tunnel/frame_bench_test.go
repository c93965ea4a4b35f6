package tunnel

import (
	"bytes"
	"testing"
)

// BenchmarkFrames writes and reads the frames of an exchange: open, its data and the end, as they lie in one packet.
func BenchmarkFrames(b *testing.B) {
	o := Open{Sender: "203.0.113.9:4444", Scheme: "https", Host: "shop.relay.example.com", ID: "01JD0000000000000000000000", LocalPort: 443}
	for _, c := range []struct {
		name string
		size int
	}{{"1KiB", 1 << 10}, {"32KiB", MaxFinalData - 256}} {
		data := bytes.Repeat([]byte{'x'}, c.size)
		block := GetBlock()
		defer block.Put()
		b.Run("append/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(c.size))
			b.ReportAllocs()
			for b.Loop() {
				appendExchange(block[:0], &o, data)
			}
		})
		frames := appendExchange(block[:0], &o, data)
		b.Run("parse/"+c.name, func(b *testing.B) {
			b.SetBytes(int64(c.size))
			b.ReportAllocs()
			for b.Loop() {
				parseExchange(b, frames)
			}
		})
	}
}

func appendExchange(dst []byte, o *Open, data []byte) []byte {
	dst = AppendOpen(dst, o)
	dst = append(appendHeader(dst, FrameData, len(data)), data...)
	return AppendEnd(dst, EndKeep)
}

func parseExchange(b *testing.B, frames []byte) {
	for _, want := range []FrameType{FrameOpen, FrameData, FrameEnd} {
		f, rest, ok, err := parseFrame(frames)
		if err != nil || !ok || f.Type != want {
			b.Fatalf("frame %d, %v, %v; want type %d", f.Type, ok, err, want)
		}
		if f.Type == FrameOpen {
			if _, err := ParseOpen(f.Payload); err != nil {
				b.Fatal(err)
			}
		}
		frames = rest
	}
}
