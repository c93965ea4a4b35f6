package tunneltest

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"devhook/tunnel"
)

// WebSocket starts the relay's WebSocket listener, over TLS if config isn't nil, and gives its URL.
func (r *Relay) WebSocket(t testing.TB, config *tls.Config) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "ws://" + ln.Addr().String()
	if config != nil {
		ln, url = tls.NewListener(ln, config), "wss://"+ln.Addr().String()
	}
	served := make(chan error, 1)
	go func() { served <- r.ServeWebSocket(ln) }()
	t.Cleanup(func() {
		_ = r.Close()
		if err := <-served; err != nil {
			t.Errorf("ServeWebSocket: %v", err)
		}
	})
	return url
}

// DialWebSocket dials a URL.
func DialWebSocket(url string, o tunnel.WebSocketOptions) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return tunnel.DialWebSocket(ctx, url, o) }
}
