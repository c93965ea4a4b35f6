package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// nginxConfig makes nginx one plain hop before the app, with connections to it that are kept, and no log.
const nginxConfig = `daemon off;
%[1]spid %[2]s/nginx.pid;
error_log stderr error;
worker_processes auto;
worker_rlimit_nofile 16384;
events { worker_connections 4096; }
http {
  access_log off;
  client_max_body_size 0;
  client_body_temp_path %[2]s/body;
  proxy_temp_path %[2]s/proxy;
  fastcgi_temp_path %[2]s/fastcgi;
  uwsgi_temp_path %[2]s/uwsgi;
  scgi_temp_path %[2]s/scgi;
  keepalive_requests 1000000;
  upstream app { server %[3]s; keepalive 64; keepalive_requests 1000000; }
  server {
    listen %[4]s;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }
}
`

func (h *house) startNginx(ctx context.Context, p *peer, dir string) error {
	program, err := program("nginx", "/usr/sbin/nginx")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	p.addr = net.JoinHostPort("127.0.0.1", port)
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // or its workers could not use dir
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, user, dir, h.appAddr, p.addr), 0o600); err != nil {
		return err
	}
	server, err := h.spawn(dir, "nginx", program, "-p", dir, "-e", "stderr", "-c", file)
	if err != nil {
		return err
	}
	p.relay = []*process{server}
	return h.answers(ctx, p, server)
}

// program finds a program by its name, or where Debian puts it.
func program(name, debian string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if _, err := os.Stat(debian); err != nil {
		return "", fmt.Errorf("%s is not installed; install it, or leave this peer out of -peers: %w", name, err)
	}
	return debian, nil
}
