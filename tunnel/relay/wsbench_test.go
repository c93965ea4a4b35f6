package relay_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/tunneltest"
)

func viaWebSocket(b *testing.B) string {
	r := byWebSocketDirect(b, func(c *tunnel.Conn) {
		_ = c.Finish(small(c))
		_ = c.Close()
	})
	return r.public()
}

func BenchmarkCloseC16WebSocket(b *testing.B) { callers(b, 16, fresh(viaWebSocket(b))) }
func BenchmarkCloseC1WebSocket(b *testing.B)  { callers(b, 1, fresh(viaWebSocket(b))) }

const chunk = 16 << 20

// swallow reads a body and says how long it was.
func swallow(c *tunnel.Conn) {
	defer c.Close()
	in := http1.NewReader(c)
	q, err := in.ReadRequest(http1.Limits{})
	if err != nil {
		return
	}
	n, _ := io.Copy(io.Discard, in.Body(q.Framing()))
	answer(c, 200, fmt.Sprint(n), false)
}

func upload(b *testing.B, r *rig) {
	b.SetBytes(chunk)
	for b.Loop() {
		c := dial(b, r.public())
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: relay.test\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", chunk)
		if _, err := io.CopyN(c, zeros{}, chunk); err != nil {
			b.Fatal(err)
		}
		if code, body := readAnswer(b, bufio.NewReader(c)); code != 200 || body != fmt.Sprint(chunk) {
			b.Fatalf("%d %q", code, body)
		}
		_ = c.Close()
	}
}

// pour answers with a long body.
func pour(c *tunnel.Conn) {
	defer c.Close()
	if _, err := http1.NewReader(c).ReadRequest(http1.Limits{}); err != nil {
		return
	}
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", chunk)
	_, _ = io.CopyN(c, zeros{}, chunk)
	_ = c.Finish(false)
}

func download(b *testing.B, r *rig) {
	b.SetBytes(chunk)
	for b.Loop() {
		c := dial(b, r.public())
		send(b, c, "GET / HTTP/1.1\r\nHost: relay.test\r\nConnection: close\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReaderSize(c, 64<<10), nil)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, res.Body); n != chunk || err != nil {
			b.Fatal(n, err)
		}
		_ = c.Close()
	}
}

func BenchmarkUploadTunnel(b *testing.B)      { upload(b, newRig(b, swallow)) }
func BenchmarkUploadWebSocket(b *testing.B)   { upload(b, byWebSocketDirect(b, swallow)) }
func BenchmarkDownloadTunnel(b *testing.B)    { download(b, newRig(b, pour)) }
func BenchmarkDownloadWebSocket(b *testing.B) { download(b, byWebSocketDirect(b, pour)) }

// byWebSocketDirect has nothing between agent and relay.
func byWebSocketDirect(t testing.TB, handle func(*tunnel.Conn)) *rig {
	t.Helper()
	r := tunneltest.NewRelay(t, nil)
	url := r.WebSocket(t, nil)
	c := r.Config(t)
	c.Dial = tunneltest.DialWebSocket(url, tunnel.WebSocketOptions{})
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, handle)
	return &rig{r, l}
}
