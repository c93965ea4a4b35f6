package tunnel

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A hijacker is the ResponseWriter of a connection that is a pipe.
type hijacker struct {
	http.ResponseWriter
	c net.Conn
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.c, bufio.NewReadWriter(bufio.NewReader(h.c), bufio.NewWriter(h.c)), nil
}

// rawSocket opens a WebSocket whose other end the test plays by hand, behind the handshake.
func rawSocket(t testing.TB) (s net.Conn, peer net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if peer, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake())))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = AcceptWebSocket(hijacker{c: c}, r); err != nil {
		t.Fatal(err)
	}
	_ = peer.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := http.ReadResponse(bufio.NewReaderSize(io.LimitReader(peer, int64(len(switching))), 16), nil); err != nil {
		t.Fatal(err)
	}
	return s, peer
}

// switching is as long as the answer to handshake.
const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: devhook\r\n\r\n"

func handshake(lines ...string) string {
	lines = append([]string{
		"GET " + WebSocketPath + " HTTP/1.1", "Host: relay.test", "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: devhook",
	}, lines...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// frame is one of a client's, with the key 0 unless bare.
func frame(first byte, payload string) string {
	return lengthFrame(first, uint64(len(payload)), payload)
}

func lengthFrame(first byte, length uint64, payload string) string {
	b := []byte{first}
	switch {
	case length < 126:
		b = append(b, 0x80|byte(length))
	case length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), length)
	}
	return string(b) + "\x00\x00\x00\x00" + payload
}

const (
	fin     = 0x80
	cont    = 0
	text    = 1
	bin     = 2
	closing = 8
	ping    = 9
	pong    = 10
)

func TestSocketFrames(t *testing.T) {
	good := frame(fin|bin, "good")
	for name, c := range map[string]struct {
		frames string
		read   string // before the end
		code   int    // of the close message that is answered, 0 if none
		clean  bool   // the end is EOF
	}{
		"one message":                {good + frame(fin|closing, "\x03\xe8"), "good", 1000, true},
		"fragments":                  {frame(bin, "go") + frame(cont, "") + frame(fin|cont, "od") + frame(fin|closing, "\x03\xe8"), "good", 1000, true},
		"ping between fragments":     {frame(bin, "go") + frame(fin|ping, "") + frame(fin|cont, "od") + frame(fin|closing, "\x03\xe8"), "good", 1000, true},
		"length not minimal":         {string([]byte{fin | bin, 0x80 | 126, 0, 4, 0, 0, 0, 0}) + "good" + frame(fin|closing, "\x03\xe8"), "good", 1000, true},
		"close without a code":       {good + frame(fin|closing, ""), "good", 1005, true},
		"going away":                 {good + frame(fin|closing, "\x03\xe9bye"), "good", 1001, true},
		"error close":                {good + frame(fin|closing, "\x03\xf3"), "good", 1011, false},
		"close 1005":                 {good + frame(fin|closing, "\x03\xed"), "good", 1002, false},
		"close 1006":                 {good + frame(fin|closing, "\x03\xee"), "good", 1002, false},
		"close 0":                    {good + frame(fin|closing, "\x00\x00"), "good", 1002, false},
		"close 65535":                {good + frame(fin|closing, "\xff\xff"), "good", 1002, false},
		"close with bad UTF-8":       {good + frame(fin|closing, "\x03\xe8\xff\xfe"), "good", 1002, false},
		"no close":                   {good, "good", 0, false},
		"cut in a header":            {good + good[:3], "good", 0, false},
		"cut in a payload":           {good + frame(fin|bin, "half")[:8], "goodha", 0, false},
		"unmasked":                   {good + string([]byte{fin | bin, 1}) + "x", "good", 1002, false},
		"text":                       {good + frame(fin|text, "x"), "good", 1003, false},
		"text with bad UTF-8":        {good + frame(fin|text, "\xff"), "good", 1003, false},
		"reserved bit 1":             {good + frame(fin|bin|0x40, "x"), "good", 1002, false},
		"reserved bit 3":             {good + frame(fin|bin|0x10, "x"), "good", 1002, false},
		"opcode 3":                   {good + frame(fin|3, "x"), "good", 1002, false},
		"opcode 11":                  {good + frame(fin|11, "x"), "good", 1002, false},
		"fragmented ping":            {good + frame(ping, "x"), "good", 1002, false},
		"long ping":                  {good + frame(fin|ping, strings.Repeat("x", 126)), "good", 1002, false},
		"continuation of nothing":    {good + frame(fin|cont, "x"), "good", 1002, false},
		"message inside a message":   {frame(bin, "good") + frame(fin|bin, "x"), "good", 1002, false},
		"length 2^63":                {good + lengthFrame(fin|bin, 1<<63, ""), "good", 0, false},
		"length 2^63-1":              {good + lengthFrame(fin|bin, 1<<63-1, ""), "good", 1009, false},
		"message over the limit":     {good + lengthFrame(fin|bin, maxMessage+1, ""), "good", 1009, false},
		"fragments over the limit":   {frame(bin, "good") + lengthFrame(fin|cont, maxMessage, ""), "good", 1009, false},
		"empty messages without end": {good + strings.Repeat(frame(fin|bin, ""), maxQuiet+1), "good", 1008, false},
		"pongs without end":          {good + strings.Repeat(frame(fin|pong, ""), maxQuiet+1), "good", 1008, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, peer := rawSocket(t)
			defer s.Close()
			if _, err := io.WriteString(peer, c.frames); err != nil {
				t.Fatal(err)
			}
			if c.code == 0 {
				_ = peer.(*net.TCPConn).CloseWrite()
			}
			_ = s.SetReadDeadline(time.Now().Add(20 * time.Second))
			got, err := io.ReadAll(s)
			if string(got) != c.read || (err == nil) != c.clean {
				t.Errorf("read %q, %v; want %q, clean: %v", got, err, c.read, c.clean)
			}
			if code := closeCode(t, peer); code != c.code {
				t.Errorf("answered with close code %d, want %d", code, c.code)
			}
			_ = peer.Close()
		})
	}
}

// closeCode reads until the close message, over pongs, and gives its code: 1005 if it has none, 0 if there is no message.
func closeCode(t *testing.T, peer net.Conn) int {
	t.Helper()
	b, _ := io.ReadAll(peer)
	for len(b) >= 2 {
		n := int(b[1])
		switch {
		case b[0] == fin|closing && n == 0:
			return 1005
		case b[0] == fin|closing && len(b) >= 4:
			return int(binary.BigEndian.Uint16(b[2:]))
		}
		b = b[min(len(b), 2+n):]
	}
	return 0
}

func TestSocketAnswersPings(t *testing.T) {
	s, peer := rawSocket(t)
	defer s.Close()
	defer peer.Close()
	for range 3 * maxQuiet { // data between them
		if _, err := io.WriteString(peer, frame(fin|ping, "hi")+frame(fin|bin, "x")); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 4)
		if _, err := io.ReadFull(peer, answer); err != nil || !bytes.Equal(answer, []byte{fin | pong, 2, 'h', 'i'}) {
			t.Fatalf("answer to a ping: %q, %v", answer, err)
		}
		if _, err := io.ReadFull(s, answer[:1]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSocketPingFloodEnds(t *testing.T) {
	s, peer := rawSocket(t)
	defer s.Close()
	defer peer.Close()
	go func() {
		flood := strings.Repeat(frame(fin|ping, "hello"), 100)
		for range 100 {
			if _, err := io.WriteString(peer, flood); err != nil {
				return
			}
		}
	}()
	if _, err := s.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "without data") {
		t.Errorf("after a flood of pings: %v", err)
	}
}

// Who sends without end is stopped by TCP, and a socket that nobody reads holds no more than its ring.
func TestSocketHoldsBack(t *testing.T) {
	s, peer := rawSocket(t)
	defer peer.Close()
	_ = peer.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	part := frame(fin|bin, strings.Repeat("x", 60_000))
	var err error
	for sent := 0; err == nil; sent += len(part) {
		if sent > 64<<20 {
			t.Fatal("it took 64 MiB that nobody read")
		}
		_, err = io.WriteString(peer, part)
	}
	_ = s.Close()
}

// FuzzSocketRead gives arbitrary frames to a socket: it must come to an end, and give no more than came.
func FuzzSocketRead(f *testing.F) {
	f.Add([]byte(frame(fin|bin, "good") + frame(fin|closing, "\x03\xe8")))
	f.Add([]byte(frame(bin, "go") + frame(fin|ping, "x") + frame(fin|cont, "od")))
	f.Add([]byte(lengthFrame(fin|bin, 1<<63, "x")))
	f.Add([]byte(frame(fin|text, "x") + frame(fin|bin|0x40, "y")))
	f.Add([]byte(frame(fin|bin, strings.Repeat("x", 200_000))))
	f.Fuzz(func(t *testing.T, frames []byte) {
		ours, peer := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, peer) }()
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake())))
		if err != nil {
			t.Fatal(err)
		}
		s, err := AcceptWebSocket(hijacker{c: ours}, r)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = peer.Write(frames)
			_ = peer.Close()
		}()
		_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := io.Copy(io.Discard, s)
		if n > int64(len(frames)) {
			t.Errorf("%d bytes from %d", n, len(frames))
		}
		if err == errTimeout {
			t.Error("no end")
		}
		_ = s.Close()
	})
}
