package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// webhook is the head of an ordinary one: 12 lines, some 480 bytes.
const webhook = "POST /hooks/sms?account=AC12345678 HTTP/1.1\r\n" +
	"Host: shop.relay.example.com\r\n" +
	"User-Agent: ExampleWebhooks/1.0 (+https://example.com/docs/webhooks)\r\n" +
	"Accept: */*\r\n" +
	"Accept-Encoding: gzip, deflate, br\r\n" +
	"Content-Type: application/json; charset=utf-8\r\n" +
	"Content-Length: 1024\r\n" +
	"X-Request-Id: 0d4bb1f4-8c1b-4b8e-9a39-0b6f4a1b7a55\r\n" +
	"X-Webhook-Event: message.received\r\n" +
	"X-Webhook-Timestamp: 1763762400\r\n" +
	"X-Webhook-Signature: v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd\r\n" +
	"Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n" +
	"Connection: keep-alive\r\n\r\n"

const webhookAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n" +
	"Date: Sat, 21 Nov 2026 22:10:03 GMT\r\nServer: app\r\nConnection: keep-alive\r\n\r\n"

func BenchmarkReadRequest(b *testing.B) {
	src := strings.NewReader(webhook)
	r := NewReader(src)
	b.SetBytes(int64(len(webhook)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(webhook)
		if _, err := r.ReadRequest(Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadRequestNetHTTP is what the same costs there.
func BenchmarkReadRequestNetHTTP(b *testing.B) {
	src := strings.NewReader(webhook)
	r := bufio.NewReader(src)
	b.SetBytes(int64(len(webhook)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(webhook)
		r.Reset(src)
		if _, err := http.ReadRequest(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadResponse(b *testing.B) {
	src := strings.NewReader(webhookAnswer)
	r := NewReader(src)
	b.SetBytes(int64(len(webhookAnswer)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(webhookAnswer)
		if _, err := r.ReadResponse(Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppendHead writes the head of a webhook.
func BenchmarkAppendHead(b *testing.B) {
	q, err := NewReader(strings.NewReader(webhook)).ReadRequest(Limits{})
	if err != nil {
		b.Fatal(err)
	}
	line, _, _ := strings.Cut(webhook, "\r\n")
	buf := make([]byte, 0, 2*len(webhook))
	b.SetBytes(int64(len(webhook)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendHead(buf[:0], line, q.Fields)
	}
	if string(buf) != webhook {
		b.Fatalf("written as %q", buf)
	}
}

func BenchmarkChunked(b *testing.B) {
	const size = 1 << 20
	for _, bench := range []struct {
		name  string
		chunk int
		body  func(*Reader) *Body
	}{
		{"decode/32KiB", 32 << 10, func(r *Reader) *Body { return r.Body(Chunked, -1) }},
		{"raw/32KiB", 32 << 10, func(r *Reader) *Body { return r.RawBody(Chunked, -1) }},
		{"decode/100B", 100, func(r *Reader) *Body { return r.Body(Chunked, -1) }},
		{"raw/100B", 100, func(r *Reader) *Body { return r.RawBody(Chunked, -1) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var wire bytes.Buffer
			w := NewChunkedWriter(&wire)
			for range size / bench.chunk {
				w.Write(make([]byte, bench.chunk))
			}
			w.Close(nil)
			src := bytes.NewReader(wire.Bytes())
			r := NewReader(src)
			buf := make([]byte, 32<<10)
			b.SetBytes(int64(wire.Len()))
			b.ReportAllocs()
			for b.Loop() {
				src.Reset(wire.Bytes())
				if _, err := io.CopyBuffer(discard{}, struct{ io.Reader }{bench.body(r)}, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkChunkedWriter(b *testing.B) {
	data := make([]byte, 16<<10)
	w := NewChunkedWriter(discard{})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		w.Write(data)
	}
}

// discard is io.Discard without its ReadFrom, which would read in pieces of its own.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
