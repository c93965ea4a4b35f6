package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A house is all that was started, in order; it is taken down backwards.
type house struct {
	dir       string
	processes []*process
	up        *process // `devhook up`, once it runs
}

// start brings up the app and a way to it for each peer.
func (h *house) start(ctx context.Context, s settings) (map[string]*peer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	app, err := h.spawn("app", self, "app")
	if err != nil {
		return nil, err
	}
	appAddr, err := app.await(ctx, firstLine)
	if err != nil {
		return nil, err
	}
	peers := map[string]*peer{}
	for _, name := range s.peers {
		addr := appAddr
		switch name {
		case "direct":
		case "ssh":
			addr, err = h.startSSH(ctx, appAddr)
		case "devhook":
			addr, err = h.startDevhook(ctx, s.devhook, appAddr)
		default:
			err = fmt.Errorf("-peers: %q is none of direct, ssh, devhook", name)
		}
		if err != nil {
			return nil, err
		}
		peers[name] = &peer{name: name, addr: addr}
	}
	return peers, nil
}

func (h *house) spawn(name, program string, args ...string) (*process, error) {
	p, err := spawn(h.dir, name, program, args...)
	if err == nil {
		h.processes = append(h.processes, p)
	}
	return p, err
}

func (h *house) stop() error {
	var all error
	for _, p := range slices.Backward(h.processes) {
		all = errors.Join(all, p.stop())
	}
	return all
}

func firstLine(output string) (string, bool) {
	line, _, ok := strings.Cut(output, "\n")
	return line, ok
}
