package relay_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/http1"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

// byWebSocket is a relay with an agent that comes by WebSocket, over a proxy that can be cut.
func byWebSocket(t testing.TB, change func(*relay.Config), agent func(*tunnel.Config)) (*rig, *tunneltest.Proxy) {
	t.Helper()
	r := tunneltest.NewRelay(t, change)
	p := tunneltest.NewProxy(t, strings.TrimPrefix(r.WebSocket(t, nil), "ws://"), 0)
	c := r.Config(t)
	c.Dial = tunneltest.DialWebSocket("ws://"+p.Addr, tunnel.WebSocketOptions{})
	if agent != nil {
		agent(&c)
	}
	return &rig{r, tunneltest.Listen(t, c)}, p
}

func TestWebSocketRoundTrip(t *testing.T) {
	r, _ := byWebSocket(t, nil, nil)
	tunneltest.Serve(r.agent, echo)
	for n := range 50 {
		body := fmt.Sprint("hello ", n)
		if got := r.ask(t, post("/hooks", body, closing)); !strings.HasSuffix(got, "POST /hooks "+body) {
			t.Fatalf("answer %q", got)
		}
	}
	if got := r.agent.PublicURL(); got != "http://relay.test:8080" {
		t.Errorf("PublicURL %q", got)
	}
	if n := r.Stats().ChannelsOpened; n > 8 {
		t.Errorf("50 requests one after another opened %d channels", n)
	}
}

func TestWebSocketCarries10MiBBothWays(t *testing.T) {
	r, _ := byWebSocket(t, nil, nil)
	tunneltest.Serve(r.agent, mirror)
	mirrored(t, r, 10<<20)
}

// mirror answers with the body it got, while it gets it.
func mirror(c *tunnel.Conn) {
	defer c.Close()
	in := http1.NewReader(c)
	q, err := in.ReadRequest(http1.Limits{})
	if err != nil {
		return
	}
	framing, length := q.Framing()
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", length)
	if _, err := io.Copy(c, in.Body(framing, length)); err == nil {
		_ = c.Finish(false)
	}
}

func mirrored(t testing.TB, r *rig, size int) {
	t.Helper()
	c := r.dial(t)
	_ = c.SetDeadline(time.Now().Add(3 * patience))
	sent := bytes.Repeat([]byte("0123456789abcde\n"), size/16)
	go func() {
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: relay.test\r\nContent-Length: %d\r\n\r\n", len(sent))
		_, _ = c.Write(sent)
	}()
	code, body := readAnswer(t, bufio.NewReader(c))
	if code != 200 || body != string(sent) {
		t.Errorf("%d with %d bytes, want the %d that were sent", code, len(body), len(sent))
	}
}

func TestWebSocketComesBackAfterACut(t *testing.T) {
	r, p := byWebSocket(t, nil, nil)
	tunneltest.Serve(r.agent, echo)
	for range 3 {
		p.Cut()
		eventually(t, "503 at the address", func() bool {
			return strings.HasPrefix(r.ask(t, post("/", "x", closing)), "HTTP/1.1 503 ")
		})
		p.Mend()
		eventually(t, "answer", func() bool { return strings.HasSuffix(r.ask(t, post("/", "2", closing)), "POST / 2") })
	}
}

// A proxy that answers for the relay, as a captive portal does, must not end a Listener that was online.
func TestWebSocketComesBackAfterACaptivePortal(t *testing.T) {
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>Welcome</html>")
	}))
	defer portal.Close()
	var dial, other tunnel.Config
	other.Dial = tunneltest.DialWebSocket("ws"+strings.TrimPrefix(portal.URL, "http"), tunnel.WebSocketOptions{})
	away := make(chan struct{}, 100)
	r, p := byWebSocket(t, nil, func(c *tunnel.Config) {
		dial.Dial = c.Dial
		c.Dial = diverted(dial.Dial, other.Dial, away)
	})
	tunneltest.Serve(r.agent, echo)
	for range cap(away) {
		away <- struct{}{}
	}
	p.Cut()
	eventually(t, "the portal", func() bool {
		s := r.agent.State()
		return s.Phase == tunnel.Offline && s.Err != nil && strings.Contains(s.Err.Error(), "with a web page")
	})
	p.Mend()
	for len(away) > 0 {
		select {
		case <-away:
		default:
		}
	}
	eventually(t, "answer", func() bool { return strings.HasSuffix(r.ask(t, post("/", "2", closing)), "POST / 2") })
}

func TestWebSocketSilentProxy(t *testing.T) {
	r, p := byWebSocket(t, nil, func(c *tunnel.Config) {
		c.Ping, c.PingTimeout, c.DialTimeout = 50*time.Millisecond, 100*time.Millisecond, 500*time.Millisecond
	})
	eventually(t, "ping", func() bool { return r.agent.State().RTT > 0 })
	p.Hush()
	eventually(t, "offline", phase(r.agent, tunnel.Offline))
	p.Speak()
	eventually(t, "online again", phase(r.agent, tunnel.Online))
}

func TestWebSocketKeyIsRefused(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Dial, c.Signer = tunneltest.DialWebSocket(r.WebSocket(t, nil), tunnel.WebSocketOptions{}), tunneltest.Key(t)
	_, err := tunnel.Listen(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), tunnel.ErrKeyRefused.Error()) {
		t.Errorf("Listen: %v", err)
	}
}

const asksUpgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

func TestWebSocketHandshake(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	address := strings.TrimPrefix(r.WebSocket(t, nil), "ws://")
	const get, path, host, protocol = "GET ", tunnel.WebSocketPath, " HTTP/1.1\r\nHost: relay.test\r\n", "Sec-WebSocket-Protocol: devhook\r\n"
	for name, c := range map[string]struct{ raw, want string }{
		"sound":             {get + path + host + asksUpgrade + protocol, "101"},
		"among others":      {get + path + host + asksUpgrade + "Sec-WebSocket-Protocol: chat, devhook\r\n", "101"},
		"root":              {get + "/" + host + asksUpgrade + protocol, "404"},
		"path below":        {get + path + "/x" + host + asksUpgrade + protocol, "404"},
		"OPTIONS *":         {"OPTIONS *" + host, "404"},
		"origin":            {get + path + host + asksUpgrade + protocol + "Origin: http://relay.test\r\n", "403"},
		"empty origin":      {get + path + host + asksUpgrade + protocol + "Origin:\r\n", "403"},
		"no upgrade":        {get + path + host, "426"},
		"HTTP/1.0":          {get + path + " HTTP/1.0\r\nHost: relay.test\r\n" + asksUpgrade + protocol, "426"},
		"POST":              {"POST " + path + host + asksUpgrade + protocol + "Content-Length: 0\r\n", "405"},
		"no key":            {get + path + host + strings.Replace(asksUpgrade, "dGhlIHNhbXBsZSBub25jZQ==", "", 1) + protocol, "400"},
		"short key":         {get + path + host + strings.Replace(asksUpgrade, "dGhlIHNhbXBsZSBub25jZQ==", "eA==", 1) + protocol, "400"},
		"version 12":        {get + path + host + strings.Replace(asksUpgrade, "13", "12", 1) + protocol, "400"},
		"no subprotocol":    {get + path + host + asksUpgrade, "400"},
		"other subprotocol": {get + path + host + asksUpgrade + "Sec-WebSocket-Protocol: chat\r\n", "400"},
		"1 MiB of headers":  {get + path + host + asksUpgrade + protocol + "X: " + strings.Repeat("x", 1<<20) + "\r\n", "431"},
		"not HTTP":          {"SSH-2.0-OpenSSH_9.2p1\r\n", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, address)
			go func() { _, _ = io.WriteString(conn, c.raw+"\r\n") }()
			line, err := bufio.NewReader(conn).ReadString('\n')
			if !strings.HasPrefix(line, "HTTP/1.1 "+c.want+" ") && !strings.HasPrefix(line, "HTTP/1.0 "+c.want+" ") {
				t.Errorf("answer %q, %v; want %s", line, err, c.want)
			}
		})
	}
}

func TestWebSocketDeclinesCompression(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	conn := dial(t, strings.TrimPrefix(r.WebSocket(t, nil), "ws://"))
	send(t, conn, "GET "+tunnel.WebSocketPath+" HTTP/1.1\r\nHost: relay.test\r\n"+asksUpgrade+"Sec-WebSocket-Protocol: devhook\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("answer %+v, %v", res, err)
	}
}

// Who connects and says nothing, before the upgrade or behind it, is bounded in time and number, whatever it says
// about where it comes from.
func TestWebSocketPreAuthLimits(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) {
		c.Limits.HandshakesPer, c.Limits.Handshake = 4, 700*time.Millisecond
	})
	address := strings.TrimPrefix(r.WebSocket(t, nil), "ws://")
	ask := func(n int) *net.TCPConn {
		c := dial(t, address)
		_, _ = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.%d\r\n%sSec-WebSocket-Protocol: devhook\r\n\r\n", tunnel.WebSocketPath, n, asksUpgrade)
		return c
	}
	for n := range 2 {
		if _, err := ask(n).Read(make([]byte, 1)); err != nil {
			t.Fatalf("agent %d: %v", n, err)
		}
	}
	silent := []*net.TCPConn{dial(t, address), dial(t, address)}
	eventually(t, "door closed", func() bool { _, err := ask(9).Read(make([]byte, 1)); return err != nil })
	for _, c := range silent {
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("a silent connection ended by %v", err)
		}
	}
	eventually(t, "door open again", func() bool { _, err := ask(10).Read(make([]byte, 1)); return err == nil })
}

func TestWebSocketShutdownEndsEverything(t *testing.T) {
	r, _ := byWebSocket(t, nil, nil)
	idle := dial(t, strings.TrimPrefix(r.WebSocket(t, nil), "ws://"))
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("a connection that waits outlived the relay")
	}
	eventually(t, "offline", func() bool { return r.agent.State().Phase != tunnel.Online })
}

func TestWebSocketOverTLS(t *testing.T) {
	ca := tunneltest.NewCA(t)
	r := tunneltest.NewRelay(t, nil)
	url := r.WebSocket(t, &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, "127.0.0.1")}})
	c := r.Config(t)
	c.Dial = tunneltest.DialWebSocket(url, tunnel.WebSocketOptions{TLS: &tls.Config{RootCAs: ca.Pool}})
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, mirror)
	mirrored(t, &rig{r, l}, 1<<20)

	wrong := r.WebSocket(t, &tls.Config{Certificates: []tls.Certificate{ca.Certificate(t, "other.test")}})
	plain := strings.Replace(r.WebSocket(t, nil), "ws:", "wss:", 1)
	for name, f := range map[string]struct {
		url  string
		o    tunnel.WebSocketOptions
		says string
	}{
		"unknown authority": {url, tunnel.WebSocketOptions{}, "signed by unknown authority"},
		"other name":        {wrong, tunnel.WebSocketOptions{TLS: &tls.Config{RootCAs: ca.Pool}}, "127.0.0.1"},
		"no TLS":            {plain, tunnel.WebSocketOptions{TLS: &tls.Config{RootCAs: ca.Pool}}, "the server speaks no TLS: use ws://"},
		"TLS unexpected":    {strings.Replace(url, "wss:", "ws:", 1), tunnel.WebSocketOptions{}, "the server speaks TLS: use wss://"},
	} {
		if _, err := tunnel.DialWebSocket(t.Context(), f.url, f.o); err == nil || !strings.Contains(err.Error(), f.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// nginx is the balancer that ends TLS before many a relay. It cuts what is silent for a second here: pings keep it.
func TestWebSocketThroughNginx(t *testing.T) {
	ca := tunneltest.NewCA(t)
	r := tunneltest.NewRelay(t, nil)
	address := nginx(t, ca, r.WebSocket(t, nil))
	c := r.Config(t)
	c.Ping = 100 * time.Millisecond
	c.Dial = tunneltest.DialWebSocket("wss://"+address, tunnel.WebSocketOptions{TLS: &tls.Config{RootCAs: ca.Pool}})
	l := tunneltest.Listen(t, c)
	tunneltest.Serve(l, mirror)
	mirrored(t, &rig{r, l}, 4<<20)
	online := l.State().Since
	time.Sleep(2500 * time.Millisecond)
	if got := l.State(); got.Phase != tunnel.Online || !got.Since.Equal(online) {
		t.Errorf("idle: %+v", got)
	}

	_, err := tunnel.DialWebSocket(t.Context(), "wss://"+address+"/plain", tunnel.WebSocketOptions{TLS: &tls.Config{RootCAs: ca.Pool}})
	if err == nil || !strings.Contains(err.Error(), "took the WebSocket upgrade away") {
		t.Errorf("without the upgrade: %v", err)
	}
	_, err = tunnel.DialWebSocket(t.Context(), "wss://"+address+"/gone", tunnel.WebSocketOptions{TLS: &tls.Config{RootCAs: ca.Pool}})
	if err == nil || !strings.Contains(err.Error(), "answered 502") {
		t.Errorf("no relay behind it: %v", err)
	}
}

func nginx(t *testing.T, ca *tunneltest.CA, upstream string) (address string) {
	t.Helper()
	dir := t.TempDir()
	ca.WriteFiles(t, dir, "127.0.0.1")
	address = freeAddress(t)
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events {}
http {
  access_log off; client_body_temp_path %[1]s/1; proxy_temp_path %[1]s/2;
  fastcgi_temp_path %[1]s/3; uwsgi_temp_path %[1]s/4; scgi_temp_path %[1]s/5;
  server {
    listen %[2]s ssl; ssl_certificate %[1]s/cert.pem; ssl_certificate_key %[1]s/key.pem;
    location /_devhook/tunnel {
      proxy_pass %[3]s; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
      proxy_read_timeout 1s;
    }
    location /plain { proxy_pass %[3]s/_devhook/tunnel; }
    location /gone { proxy_pass http://%[4]s; }
  }
}
`, dir, address, strings.Replace(upstream, "ws:", "http:", 1), freeAddress(t))
	writeFile(t, filepath.Join(dir, "nginx.conf"), conf)
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx"
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, "-c", filepath.Join(dir, "nginx.conf"), "-p", dir, "-e", filepath.Join(dir, "error.log"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	eventually(t, "nginx answers", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("nginx: %v\n%s", err, said.String())
		default:
		}
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return address
}
