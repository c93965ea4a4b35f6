package relay_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// small answers like a tiny app, with as little work of its own as can be.
func small(c io.ReadWriter) (keep bool) {
	in := http1.NewReader(c)
	q, err := in.ReadRequest(http1.Limits{})
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, in.Body(q.Framing())); err != nil {
		return false
	}
	keep = http1.KeepAlive(q.Minor, &q.Head)
	_, err = c.Write(okAnswer)
	return keep && err == nil
}

var (
	okAnswer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")
	webhook  = []byte(post("/hooks", strings.Repeat("x", 1024), "Content-Type: application/json"))
	lastHook = []byte(post("/hooks", strings.Repeat("x", 1024), "Content-Type: application/json", closing))
)

func viaTunnel(b *testing.B) string {
	r := newRig(b, func(c *tunnel.Conn) {
		_ = c.Finish(small(c))
		_ = c.Close()
	})
	return r.public()
}

func direct(b *testing.B) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for small(c) {
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// callers sends b.N webhooks from so many callers at once.
func callers(b *testing.B, many int, call func() func(*testing.B)) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range many {
		all.Go(func() {
			one := call()
			for left.Add(-1) >= 0 {
				one(b)
			}
		})
	}
	all.Wait()
}

// fresh calls on a new connection each time.
func fresh(address string) func() func(*testing.B) {
	return func() func(*testing.B) {
		buf := make([]byte, 4096)
		return func(b *testing.B) {
			c, err := net.Dial("tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = c.Write(lastHook)
			n, err := io.ReadFull(c, buf)
			if err != io.ErrUnexpectedEOF || !bytes.HasSuffix(buf[:n], []byte("\r\n\r\nok")) {
				b.Errorf("%q, %v", buf[:n], err)
			}
			_ = c.Close()
		}
	}
}

// kept calls on one connection.
func kept(b *testing.B, address string) func() func(*testing.B) {
	return func() func(*testing.B) {
		buf := make([]byte, 4096)
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Error(err)
			return func(*testing.B) {}
		}
		b.Cleanup(func() { _ = c.Close() })
		return func(b *testing.B) {
			_, _ = c.Write(webhook)
			if n, err := c.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("\r\n\r\nok")) {
				b.Errorf("%q, %v", buf[:n], err)
			}
		}
	}
}

func BenchmarkCloseC16Direct(b *testing.B) { callers(b, 16, fresh(direct(b))) }
func BenchmarkCloseC16Tunnel(b *testing.B) { callers(b, 16, fresh(viaTunnel(b))) }
func BenchmarkKeepC16Direct(b *testing.B)  { callers(b, 16, kept(b, direct(b))) }
func BenchmarkKeepC16Tunnel(b *testing.B)  { callers(b, 16, kept(b, viaTunnel(b))) }
func BenchmarkCloseC1Tunnel(b *testing.B)  { callers(b, 1, fresh(viaTunnel(b))) }
