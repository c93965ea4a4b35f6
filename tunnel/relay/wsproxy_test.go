package relay_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// diverted dials elsewhere as long as away gives something.
func diverted(home, elsewhere func(context.Context) (net.Conn, error), away <-chan struct{}) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		select {
		case <-away:
			return elsewhere(ctx)
		default:
			return home(ctx)
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// connectProxy is an HTTP proxy that knows CONNECT only, and one login.
func connectProxy(t *testing.T, login string) (address string, connects *atomic.Int64) {
	t.Helper()
	connects = new(atomic.Int64)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				q, err := http.ReadRequest(in)
				switch {
				case err != nil || q.Method != http.MethodConnect:
					_, _ = io.WriteString(c, "HTTP/1.1 405 Method Not Allowed\r\n\r\n")
				case q.Header.Get("Proxy-Authorization") != login:
					_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
				default:
					connects.Add(1)
					splice(c, in, q.Host)
				}
			}()
		}
	}()
	return ln.Addr().String(), connects
}

func splice(c net.Conn, in io.Reader, target string) {
	d, err := net.Dial("tcp", target)
	if err != nil {
		_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
		return
	}
	defer d.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(d, in); _ = d.Close() })
	both.Go(func() { _, _ = io.Copy(c, d); _ = c.Close() })
	both.Wait()
}

func TestWebSocketThroughAConnectProxy(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	target := r.WebSocket(t, nil)
	address, connects := connectProxy(t, "Basic dXNlcjpwYXNz")
	use := func(login *url.Userinfo) tunnel.WebSocketOptions {
		return tunnel.WebSocketOptions{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: address, User: login})}
	}
	c := r.Config(t)
	c.Dial = tunneltest.DialWebSocket(target, use(url.UserPassword("user", "pass")))
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, mirror)
	mirrored(t, &rig{r, l}, 1<<20)
	if connects.Load() != 1 {
		t.Errorf("%d connections went through the proxy, want 1", connects.Load())
	}

	_, err := tunnel.DialWebSocket(t.Context(), target, use(url.UserPassword("user", "wrong")))
	if err == nil || !strings.Contains(err.Error(), "through the proxy http://user:xxxxx@"+address) ||
		!strings.Contains(err.Error(), "Proxy Authentication Required") {
		t.Errorf("without a login: %v", err)
	}
	_, err = tunnel.DialWebSocket(t.Context(), "ws://"+freeAddress(t), use(url.UserPassword("user", "pass")))
	if err == nil || !strings.Contains(err.Error(), "Bad Gateway") {
		t.Errorf("proxy that can't reach the relay: %v", err)
	}
}

// The environment's proxies are never used for loopback: the test above has to name its own.
func TestWebSocketEnvironmentSkipsLoopback(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://"+freeAddress(t))
	r := tunneltest.NewRelay(t, nil)
	c, err := tunnel.DialWebSocket(t.Context(), r.WebSocket(t, nil), tunnel.WebSocketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}
