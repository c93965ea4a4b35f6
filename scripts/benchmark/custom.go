package main

import (
	"context"
	"net"
)

// startCustom has the shell run a command of -peer and waits until it answers. What the command starts is counted with it, and
// ended with it: all of it is one process group.
func (h *house) startCustom(ctx context.Context, p *peer, dir, command string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	_, appPort, err := net.SplitHostPort(h.appAddr)
	if err != nil {
		return err
	}
	more := []string{"APP=" + h.appAddr, "APP_PORT=" + appPort, "PORT=" + port}
	shell, err := spawn(dir, "shell", more, "/bin/sh", "-c", command)
	if err != nil {
		return err
	}
	h.processes = append(h.processes, shell)
	p.addr, p.relay = net.JoinHostPort("127.0.0.1", port), []*process{shell}
	return h.answers(ctx, p, shell)
}
