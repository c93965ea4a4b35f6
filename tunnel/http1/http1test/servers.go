package http1test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A Server is a stock server in front of an app.
type Server struct {
	Name string
	// Start runs one that hands whole requests on to the app at an address, and returns its own address on loopback.
	Start func(t testing.TB, app string) string
}

// Servers are those that most webhooks pass on their way.
func Servers() []Server {
	return []Server{{"nginx", startNginx}, {"haproxy", startHAProxy}}
}

const nginxConfig = `daemon off; master_process off; pid DIR/pid; error_log DIR/log;
events {}
http {
	access_log off;
	client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e;
	server {
		listen ADDRESS;
		location / { proxy_pass http://APP; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_ignore_client_abort on; }
	}
}
`

func startNginx(t testing.TB, app string) string {
	return run(t, nginxConfig, app, "nginx", func(dir, config string) []string { return []string{"-p", dir, "-c", config} })
}

const haproxyConfig = `defaults
	mode http
	option http-buffer-request
	retries 0
	timeout connect 5s
	timeout client 30s
	timeout server 30s
	timeout http-request 30s
listen front
	bind ADDRESS
	server app APP
`

func startHAProxy(t testing.TB, app string) string {
	return run(t, haproxyConfig, app, "haproxy", func(_, config string) []string { return []string{"-db", "-f", config} })
}

// run starts a server until it listens. Its port may be taken between choosing and listening, so it is tried again.
func run(t testing.TB, config, app, name string, args func(dir, config string) []string) string {
	t.Helper()
	program, err := lookUp(name)
	if err != nil {
		t.Fatalf("%v; on Debian: apt-get install nginx-light haproxy", err)
	}
	said := ""
	for range 5 {
		dir, address := t.TempDir(), freeAddress(t)
		file := filepath.Join(dir, "config")
		if err := os.WriteFile(file, []byte(strings.NewReplacer("ADDRESS", address, "APP", app, "DIR", dir).Replace(config)), 0o600); err != nil {
			t.Fatal(err)
		}
		var output strings.Builder
		cmd := exec.Command(program, args(dir, file)...)
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		end := func() { _ = cmd.Process.Kill(); <-ended }
		t.Cleanup(end)
		if listens(address, ended) {
			return address
		}
		end()
		said = output.String()
	}
	t.Fatalf("%s does not start: %s", name, said)
	return ""
}

// lookUp finds a server, also where only root's PATH leads.
func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path, ok := exec.LookPath(filepath.Join(dir, name)); ok == nil {
			return path, nil
		}
	}
	return "", err
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

func listens(address string, ended <-chan struct{}) bool {
	for range 1000 {
		select {
		case <-ended:
			return false
		case <-time.After(30 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return true
		}
	}
	return false
}
