package main

import (
	"context"
	"net"
	"path/filepath"
)

// startMitmproxy runs mitmdump before the app and has it write down all it sees, as one would to look at webhooks. It also prints a
// line for each, as it does and as devhook does.
func (h *house) startMitmproxy(ctx context.Context, p *peer, dir string) error {
	program, err := program("mitmdump", "/usr/bin/mitmdump")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	p.addr = net.JoinHostPort("127.0.0.1", port)
	server, err := h.spawn(dir, "mitmdump", program, "--mode", "reverse:http://"+h.appAddr,
		"--listen-host", "127.0.0.1", "--listen-port", port, "-w", filepath.Join(dir, "flows"), "--set", "confdir="+dir)
	if err != nil {
		return err
	}
	p.relay = []*process{server}
	return h.answers(ctx, p, server)
}
