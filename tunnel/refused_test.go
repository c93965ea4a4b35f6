package tunnel_test

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"devhook/tunnel"
)

func TestDialWebSocketToSomethingElse(t *testing.T) {
	page := func(status int, kind, body string, lines ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for n := 0; n+1 < len(lines); n += 2 {
				w.Header().Set(lines[n], lines[n+1])
			}
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		h      http.HandlerFunc
		status int
		says   string
	}{
		"captive portal": {page(200, "text/html; charset=utf-8", "<h1>Welcome to our hotel</h1>"), 200, "not a devhook relay: answered 200 with a web page"},
		"API":            {page(200, "application/json", "{}"), 200, "not a devhook relay: answered 200 instead of opening a WebSocket"},
		"redirect":       {page(302, "text/html", "", "Location", "https://u:p@login.example/?secret=1"), 302, "answered 302, go to https://login.example/"},
		"unauthorised":   {page(401, "text/plain", ""), 401, "refused: something before the relay answered 401"},
		"forbidden":      {page(403, "text/plain", ""), 403, "refused: something before the relay answered 403"},
		"not found":      {page(404, "text/plain", ""), 404, "not a devhook relay: answered 404 for /_devhook/tunnel"},
		"no upgrade": {func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Upgrade")
			_, _ = tunnel.AcceptWebSocket(w, r)
		}, 426, "a proxy in between took the WebSocket upgrade away"},
		"bad gateway":    {page(502, "text/html", ""), 502, "answered 502: the relay is not there"},
		"TLS expected":   {page(400, "text/html", "The plain HTTP request was sent to HTTPS port"), 400, "use wss://"},
		"wrong accept":   {page(101, "", "", "Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Accept", "x"), 101, "its WebSocket handshake is unsound"},
		"no subprotocol": {other(""), 101, "not devhook's protocol"},
		"extension":      {other("Sec-WebSocket-Protocol: devhook\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"), 101, "an extension"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(c.h)
			defer srv.Close()
			_, err := tunnel.DialWebSocket(t.Context(), "ws"+strings.TrimPrefix(srv.URL, "http"), tunnel.WebSocketOptions{})
			var refused *tunnel.RefusedError
			if !errors.As(err, &refused) || refused.Status != c.status || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("a query got into the error: %v", err)
			}
		})
	}
}

// other is a WebSocket server of another kind.
func other(lines string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
			acceptKey(r.Header.Get("Sec-Websocket-Key")), lines)
		_, _ = c.Read(make([]byte, 1))
	}
}

func TestDialWebSocketToAnSSHServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1\r\n")
			_, _ = c.Read(make([]byte, 4096))
			_ = c.Close()
		}
	}()
	for _, scheme := range [...]string{"ws", "wss"} {
		_, err = tunnel.DialWebSocket(t.Context(), scheme+"://"+ln.Addr().String(), tunnel.WebSocketOptions{})
		if err == nil || !strings.Contains(err.Error(), "use ssh://") {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestDialWebSocketURLs(t *testing.T) {
	for _, address := range [...]string{"http://relay.test", "ws://", "relay.test", "ws://user:pw@relay.test", "wss://a b/", "%"} {
		_, err := tunnel.DialWebSocket(t.Context(), address, tunnel.WebSocketOptions{})
		if err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455 §1.3
	return base64.StdEncoding.EncodeToString(sum[:])
}
