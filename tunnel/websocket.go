package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// What a relay's WebSocket is called. PROTOCOL.md, "Transport and login".
const (
	WebSocketPath     = "/_devhook/tunnel"
	WebSocketProtocol = "devhook"
)

const socketBuffer = 32 << 10 // bytes of a WebSocket's buffers, and of the longest message we send

// WebSocketOptions are those of DialWebSocket; all may be zero.
type WebSocketOptions struct {
	TLS    *tls.Config                           // for wss; default: the system's authorities
	Proxy  func(*http.Request) (*url.URL, error) // default http.ProxyFromEnvironment, which leaves loopback out; http and socks5 proxies
	Header http.Header                           // further lines of the request, as some proxies ask for
}

// DialWebSocket connects to a relay's WebSocket: address is a ws or wss URL. The stream is like one of TCP; a Write
// whose deadline passes while it sends ends it. The error of an answer that no relay would give is a *RefusedError.
func DialWebSocket(ctx context.Context, address string, o WebSocketOptions) (net.Conn, error) {
	u, err := webSocketURL(address)
	if err != nil {
		return nil, err
	}
	d := &socketDial{dialer: net.Dialer{}, proxy: o.Proxy}
	defer context.AfterFunc(ctx, d.abort)()
	ws, res, err := d.websocket(o).DialContext(ctx, u.String(), o.Header)
	if err == nil {
		err = agreed(res)
		if err == nil {
			return newSocket(ws), nil
		}
		_ = ws.Close()
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return nil, d.fault(u, res, err)
}

func webSocketURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("tunnel: relay's address is no URL")
	case u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "":
		return nil, fmt.Errorf("tunnel: relay %q: want ws://HOST or wss://HOST", u.Redacted())
	case u.User != nil:
		return nil, fmt.Errorf("tunnel: relay %q: a WebSocket takes no user or password", u.Redacted())
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = WebSocketPath
	}
	u.Fragment = ""
	return u, nil
}

// agreed checks what gorilla doesn't: a server may take nothing that was not offered, and compressed messages have no
// limit.
func agreed(res *http.Response) error {
	switch {
	case res.Header.Get("Sec-Websocket-Protocol") != WebSocketProtocol:
		return &RefusedError{Status: res.StatusCode, Reason: "it speaks WebSocket, but not devhook's protocol"}
	case res.Header.Get("Sec-Websocket-Extensions") != "":
		return &RefusedError{Status: res.StatusCode, Reason: "it wants an extension of WebSocket that was not offered"}
	}
	return nil
}

// A socketDial is one attempt. gorilla minds the context's deadline but not its end.
type socketDial struct {
	dialer net.Dialer
	proxy  func(*http.Request) (*url.URL, error)

	mu      sync.Mutex
	aborted bool
	conn    net.Conn
	via     *url.URL // the proxy; nil if none
}

func (d *socketDial) websocket(o WebSocketOptions) *websocket.Dialer {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	config.NextProtos = []string{"http/1.1"}
	return &websocket.Dialer{
		NetDialContext: d.dial, Proxy: d.choose, TLSClientConfig: config, Subprotocols: []string{WebSocketProtocol},
		ReadBufferSize: socketBuffer, WriteBufferSize: socketBuffer, WriteBufferPool: &socketBuffers,
	}
}

var socketBuffers sync.Pool // of gorilla's write buffers

func (d *socketDial) choose(r *http.Request) (*url.URL, error) {
	choose := d.proxy
	if choose == nil {
		choose = http.ProxyFromEnvironment
	}
	via, err := choose(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.via = via
	return via, err
}

func (d *socketDial) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn = c
	if d.aborted {
		_ = c.Close()
	}
	return c, nil
}

func (d *socketDial) abort() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.aborted = true
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

// fault names what was dialled and why it did not work.
func (d *socketDial) fault(u *url.URL, res *http.Response, err error) error {
	if res != nil && errors.Is(err, websocket.ErrBadHandshake) {
		err = refusal(res)
	}
	if hint := misdirected(u, err); hint != "" {
		err = &RefusedError{Reason: hint, Err: err}
	}
	where := strings.TrimSuffix(u.Redacted(), WebSocketPath)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.via != nil {
		return fmt.Errorf("tunnel: dial %s through the proxy %s: %w", where, d.via.Redacted(), err)
	}
	return fmt.Errorf("tunnel: dial %s: %w", where, err)
}

// socketUpgrader takes agents. Browsers, which send an Origin, are none.
var socketUpgrader = websocket.Upgrader{
	ReadBufferSize: socketBuffer, WriteBufferSize: socketBuffer, WriteBufferPool: &socketBuffers,
	Subprotocols: []string{WebSocketProtocol},
	CheckOrigin:  func(r *http.Request) bool { return len(r.Header["Origin"]) == 0 },
	Error:        func(http.ResponseWriter, *http.Request, int, error) {},
}

// AcceptWebSocket is the relay's end of DialWebSocket. If the request is not an agent's it is answered, and the error
// says why.
func AcceptWebSocket(w http.ResponseWriter, r *http.Request) (net.Conn, error) {
	status, why := unwanted(r)
	if status == 0 {
		ws, err := socketUpgrader.Upgrade(w, r, nil)
		if err == nil {
			return newSocket(ws), nil
		}
		var faulty websocket.HandshakeError
		if !errors.As(err, &faulty) {
			return nil, fmt.Errorf("tunnel: websocket: %w", err) // the connection is closed
		}
		status, why = http.StatusBadRequest, "not a sound WebSocket handshake"
	}
	w.Header().Set("Connection", "close")
	if status == http.StatusUpgradeRequired {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "close, Upgrade")
	}
	http.Error(w, "devhook relay: "+why, status)
	return nil, fmt.Errorf("tunnel: websocket: %s", why)
}

// unwanted says how to answer a request that is no agent's; 0 if it may be one.
func unwanted(r *http.Request) (status int, why string) {
	switch {
	case r.URL.Path != WebSocketPath:
		return http.StatusNotFound, "nothing here"
	case len(r.Header["Origin"]) > 0:
		return http.StatusForbidden, "not for web pages"
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "agents ask with GET"
	case !r.ProtoAtLeast(1, 1) || !websocket.IsWebSocketUpgrade(r):
		return http.StatusUpgradeRequired, "agents connect here by WebSocket"
	}
	for _, p := range websocket.Subprotocols(r) {
		if p == WebSocketProtocol {
			return 0, ""
		}
	}
	return http.StatusBadRequest, "the subprotocol must be " + WebSocketProtocol
}
