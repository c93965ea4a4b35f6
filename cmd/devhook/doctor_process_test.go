//go:build unix

package main_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"devhook/tunnel/tunneltest"
)

// lonely is an address of one test of one process, so that the five public ports are free there.
func lonely(n int) string {
	pid := os.Getpid()
	return fmt.Sprintf("127.%d.%d.%d", 60+pid>>8&0x1f, pid&0xff, n)
}

// says holds that the doctor's findings match, each as a line of its own.
func says(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !regexp.MustCompile("(?m)^" + w + "$").MatchString(got) {
			t.Errorf("no line %q in\n%s", w, got)
		}
	}
}

// pipe joins two connections until one of them ends.
func pipe(a, b net.Conn) {
	go func() { _, _ = io.Copy(a, b); _ = a.Close() }()
	_, _ = io.Copy(b, a)
	_ = b.Close()
}

// serveEach serves each connection to a listener.
func serveEach(t *testing.T, ln net.Listener, serve func(net.Conn)) {
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
}

// A server that ends TLS before devhook: its certificate is told of, and its clock compared.
func TestDoctorLooksBehindTLS(t *testing.T) {
	ca, at := tunneltest.NewCA(t), lonely(1)
	dir := t.TempDir()
	ca.WriteFiles(t, dir, "127.0.0.1")
	front := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := fresh.Get("http://" + at + ":8080" + r.URL.Path)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	})}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = front.ServeTLS(ln, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")) }()
	t.Cleanup(func() { _ = front.Close() })
	url := "https://" + ln.Addr().String()
	args := []string{"doctor", "--bind", at, "--port", "8080", "--inspect", "off", "--public-url", url}

	out, _, code := devhook(t, environ(t, "SSL_CERT_FILE="+filepath.Join(dir, "ca.pem")), args...)
	says(t, out,
		`note  certificate  that of `+url+` is good until \d{4}-\d\d-\d\d, [01] days?`,
		`hint: renew it, and see why that was not done by itself`,
		`ok    round trip   a request through `+url+` came back in \d+ms`,
		`FAIL  clock        this machine's clock is (59m\d+s|1h0m\ds) ahead of that of 127.0.0.1:\d+`)
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	out, _, code = devhook(t, nil, args...)
	says(t, out, `FAIL  certificate  the certificate of `+url+` is not trusted: .*`)
	if code != 1 || strings.Contains(out, "round trip ") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// relayAt starts a devhook relay that knows the key of a home.
func relayAt(t *testing.T, env []string, ip string) {
	t.Helper()
	key, errs, code := devhook(t, env, "key")
	if code != 0 {
		t.Fatal(errs)
	}
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	if err := os.WriteFile(keys, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "relay", "--bind", ip, "--ports", "8000,8080", "--ssh", ip+":0", "--http", ip+":7080", "--authorized-keys", keys, "--state", dir)
	cmd.Env = env
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if lines.Text() == "ready" {
			return
		}
	}
	t.Fatal("the relay never was ready")
}

// A relay behind wss://, straight and through a proxy: by a name that only the proxy knows.
func TestDoctorReachesRelaysByTLSAndProxy(t *testing.T) {
	ca, ip := tunneltest.NewCA(t), lonely(2)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environ(t)
	relayAt(t, env, ip)
	front, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := ca.Certificate(t, or(h.ServerName, "127.0.0.1"))
		return &c, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	serveEach(t, front, func(c net.Conn) {
		if to, err := net.Dial("tcp", ip+":7080"); err == nil {
			pipe(c, to)
		}
	})
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveEach(t, proxy, func(c net.Conn) {
		q, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || q.Method != http.MethodConnect {
			_ = c.Close()
			return
		}
		if to, err := net.Dial("tcp", front.Addr().String()); err == nil {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
			pipe(c, to)
		}
	})

	args := []string{"doctor", "--inspect", "off", "--accept-new-host-key", "--relay"}
	trusting := append(env, "SSL_CERT_FILE="+filepath.Join(dir, "ca.pem"), "HTTPS_PROXY=http://"+proxy.Addr().String())
	straight := "wss://" + front.Addr().String()
	out, errs, code := devhook(t, trusting, append(args, straight)...)
	says(t, out,
		`ok    relay        `+straight+` opens, at 127.0.0.1:\d+, in \d+ms`,
		`note  certificate  that of `+straight+` is good until .*`,
		`ok    server       devhook`,
		`ok    login        .* accepts SHA256:\S+ for devhook, devhook's own`,
		`ok    address      the devhook relay on 127.0.0.1 gives http://`+ip+`:8080`,
		`ok    round trip   a request through http://`+ip+`:8080 came back in \d+ms`,
		`ok    clock        within a minute of that of 127.0.0.1:\d+`)
	if code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
	out, errs, code = devhook(t, trusting, append(args, "wss://relay.test")...)
	says(t, out,
		`ok    relay        wss://relay.test opens, through the proxy http://127.0.0.1:\d+, in \d+ms`,
		`ok    round trip   a request through http://`+ip+`:8080 came back in \d+ms`,
		`ok    clock        within a minute of that of relay.test:443`)
	if code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
	out, _, code = devhook(t, env, append(args, straight)...)
	says(t, out, `FAIL  relay        the certificate of `+straight+` is not trusted: .*`, `skip  round trip   .*`)
	if code != 1 {
		t.Errorf("exit %d", code)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
